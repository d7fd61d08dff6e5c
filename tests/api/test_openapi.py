"""Requests generated from the OpenAPI document never get a 5xx or an undocumented response."""

from __future__ import annotations

import os

import pytest
import schemathesis
from cds_api.app import create_app
from cds_api.settings import Settings
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: object, value: object) -> object:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


CI = bool(os.environ.get("CI"))
app = create_app(Settings(rate_limit=0, public_url="http://testserver"))  # the name that schemathesis uses
schema = schemathesis.openapi.from_asgi("/openapi.json", app)
# Outside CI, no requests at every boundary of the schemas: they are generated when tests are collected.
schema.config.phases.coverage.enabled = CI


@schema.parametrize()
@settings(
    max_examples=25 if CI else 8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_response_is_documented(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=CHECKS)


def test_the_document_covers_the_contract() -> None:
    paths = {operation.ok().path for operation in schema.get_all_operations()}
    assert {
        "/v1/evaluate",
        "/v1/evaluate/batch",
        "/v1/timeline",
        "/v1/coverage",
        "/cds-services/{service_id}",
    } <= paths
