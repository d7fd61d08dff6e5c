"""The routes that are called directly answer exactly as they do through FastAPI."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cds_api.app import ServiceApp
from fastapi.testclient import TestClient

from tests.api.cds_hooks.calls import call
from tests.api.conftest import EXAMPLES, JSON

EVALUATE = "/v1/evaluate"
FHIR = {"Content-Type": "application/json", "Accept": "application/fhir+json"}
REQUESTS: dict[str, tuple[str, str, bytes, dict[str, str]]] = {
    "a record": ("POST", EVALUATE, EXAMPLES[0].read_bytes(), JSON),
    "a trace": ("POST", f"{EVALUATE}?explain=true", EXAMPLES[0].read_bytes(), JSON),
    "FHIR": ("POST", EVALUATE, EXAMPLES[0].read_bytes(), FHIR),
    "an unknown parameter": ("POST", f"{EVALUATE}?x=1", b"{}", JSON),
    "a wrong date": ("POST", f"{EVALUATE}?as_of=x", b"{}", JSON),
    "malformed": ("POST", EVALUATE, b"{", JSON),
    "invalid": ("POST", EVALUATE, b'{"x": 1}', JSON),
    "a wrong type": ("POST", EVALUATE, b"{}", {"Content-Type": "text/plain"}),
    "a wrong method": ("GET", EVALUATE, b"", {}),
    "a hook": ("POST", "{hook}", json.dumps(call("patient-view")).encode(), JSON),
    "another hook": ("POST", "{hook}", json.dumps(call("order-sign")).encode(), JSON),
    "no such service": ("POST", "/cds-services/x", b"{}", JSON),
}


@pytest.fixture(scope="module")
def both(make_client: Callable[..., TestClient]) -> tuple[TestClient, TestClient]:
    """Return a client of the service, and one of a service without direct routes."""
    direct, plain = make_client(), make_client()
    assert isinstance(plain.app, ServiceApp)
    plain.app.direct_routes = {}
    return direct, plain


@pytest.mark.parametrize(("method", "path", "body", "headers"), REQUESTS.values(), ids=REQUESTS)
def test_a_direct_route_answers_as_the_other(
    both: tuple[TestClient, TestClient], method: str, path: str, body: bytes, headers: dict[str, str]
) -> None:
    hook = "/cds-services/" + both[0].get("/cds-services").json()["services"][0]["id"]

    def answer(client: TestClient) -> tuple[int, dict[str, str], Any]:
        request_id = {"X-Request-ID": "0" * 32}
        response = client.request(method, path.format(hook=hook), content=body, headers=headers | request_id)
        return response.status_code, dict(response.headers), response.json()

    assert answer(both[0]) == answer(both[1])


def test_metrics_name_the_template_of_a_direct_route(client: TestClient) -> None:
    hook = "/cds-services/" + client.get("/cds-services").json()["services"][0]["id"]
    client.post(hook, json={})
    client.post(EVALUATE, json={})
    metrics = client.get("/metrics").text
    assert 'route="/cds-services/{service_id}"' in metrics
    assert f'route="{EVALUATE}"' in metrics
    assert hook not in metrics
