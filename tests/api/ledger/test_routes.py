"""``GET /v1/decisions`` and ``/v1/decisions/{id}``: paging, filters, and the area of their own."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import schemathesis
from cds_engine import Engine
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings

from tests.api.cds_hooks.calls import CALL
from tests.api.ledger.conftest import LedgerClient, MakeLedgerClient
from tests.api.ledger.test_storing import FHIR, stored
from tests.api.ledger.test_tampering import fill
from tests.api.test_errors import assert_problem
from tests.api.test_openapi import CHECKS
from tests.api.test_security import digest


@pytest.fixture(scope="module")
def client(
    make_ledger_client: MakeLedgerClient, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> LedgerClient:
    address = f"sqlite:///{tmp_path_factory.mktemp('routes')}/d.db"
    made = make_ledger_client(address, public_url="http://testserver")
    fill(made, engine)
    made.http.post("/v1/evaluate", json={}, headers={"Accept": FHIR})
    return made


def test_decisions_are_listed_page_by_page(client: LedgerClient) -> None:
    expected = [row["id"] for row in reversed(stored(client.database))]
    path, found = "/v1/decisions?limit=4", []
    while path is not None:
        page = client.http.get(path).json()
        assert page["research_use_only"] is True
        assert "For research use only" in page["disclaimer"]
        found += [decision["id"] for decision in page["decisions"]]
        path = page["next"]
    assert found == expected
    assert len(found) == 6


def test_filters(client: LedgerClient) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    tomorrow = today + datetime.timedelta(days=1)
    pages = {
        day: client.http.get("/v1/decisions", params={"since": str(day), "limit": 2}).json()
        for day in (today, tomorrow)
    }
    assert pages[tomorrow]["decisions"] == []
    assert f"since={today}" in pages[today]["next"]
    assert len(client.http.get(pages[today]["next"]).json()["decisions"]) == 2


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "before=x", "since=yesterday", "unknown=1"])
def test_invalid_parameters(client: LedgerClient, query: str) -> None:
    assert_problem(client.http.get(f"/v1/decisions?{query}"), 422)


def test_a_decision_is_given_as_it_was(client: LedgerClient) -> None:
    for row in stored(client.database):
        response = client.http.get(f"/v1/decisions/{row['id']}")
        found = response.json()
        assert found["research_use_only"] is True
        assert found["decision"]["id"] == row["id"]
        assert row["answer"] in response.content  # byte for byte
        assert found["answer"] == json.loads(row["answer"])
        assert found["input"] == json.loads(row["input"])
        answered = hashlib.sha256(row["answer"]).hexdigest()
        assert found["decision"]["answer"]["digest"] == f"sha256:{answered}"
        assert found["checkpoint"] is None
        assert len(found["feedback"]) == (2 if row["hook_instance"] else 0)


def test_a_decision_that_is_not_there(client: LedgerClient) -> None:
    assert_problem(client.http.get(f"/v1/decisions/{CALL}"), 404)
    assert_problem(client.http.get("/v1/decisions/x"), 422)


def test_without_a_ledger(make_client: Callable[..., TestClient]) -> None:
    http = make_client()
    for path in ("/v1/decisions", f"/v1/decisions/{CALL}"):
        response = http.get(path)
        assert_problem(response, 404)
        assert "CDS_LEDGER is not set" in response.json()["detail"]
    assert "x-decision-id" not in http.post("/v1/evaluate", json={}).headers


def test_a_key_must_name_the_area(make_ledger_client: MakeLedgerClient, tmp_path: Path) -> None:
    keys = (f"ward:{digest('ward')}", f"auditor:{digest('auditor')}:decisions")
    http = make_ledger_client(f"sqlite:///{tmp_path}/d.db", api_keys=keys, host="0.0.0.0").http
    ward, auditor = {"X-API-Key": "ward"}, {"X-API-Key": "auditor"}
    made = http.post("/v1/evaluate", json={}, headers=ward)
    assert made.status_code == 200
    path = f"/v1/decisions/{made.headers['x-decision-id']}"
    for address in ("/v1/decisions", path):
        assert_problem(http.get(address), 401)
        assert_problem(http.get(address, headers=ward), 403)
        assert http.get(address, headers=auditor).status_code == 200
    assert_problem(http.post("/v1/evaluate", json={}, headers=auditor), 403)
    assert http.get(path, headers=auditor).json()["decision"]["caller"] == "ward"


def test_a_ledger_that_cannot_be_read(make_ledger_client: MakeLedgerClient, tmp_path: Path) -> None:
    client = make_ledger_client(f"sqlite:///{tmp_path}/d.db")
    with client.database.connect() as connection:
        connection.exec_driver_sql("DROP TABLE entries")
    assert_problem(client.http.get("/v1/decisions"), 503)
    assert_problem(client.http.get(f"/v1/decisions/{CALL}"), 503)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_response_is_documented(client: LedgerClient) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", client.http.app)
    seen: list[int] = []

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        seen.append(case.call_and_validate(checks=CHECKS).status_code)

    for operation in schema.get_all_operations():
        found = operation.ok()
        if found.path in ("/v1/decisions", "/v1/decisions/{decision_id}", "/v1/evaluate"):
            given(case=found.as_strategy())(check)()
    known = {"decision_id": stored(client.database)[0]["id"]}
    case = schema["/v1/decisions/{decision_id}"]["GET"].Case(path_parameters=known)
    assert case.call_and_validate(checks=CHECKS).status_code == 200
    assert 200 in seen
