"""Several rulebooks in one service: their routes, one answer of several, hooks, metrics and readiness."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cds_api.app import ServiceApp, create_app
from cds_api.cds_hooks.discovery import HOOKS
from cds_api.security import area_of
from cds_api.settings import Settings
from fastapi.testclient import TestClient

from tests.api.cds_hooks.calls import call
from tests.api.conftest import JSON, LOCAL
from tests.rulebook.tiny import FULL, engines

RECORD = {**FULL, "as_of": "2026-11-23", "medications": [*FULL["medications"], {"drug": "frobnitol"}]}
KNOWLEDGE = ("", "/rules", "/facts", "/parameters", "/evidence", "/pharmacology", "/rules/lab.zorbulin-low")


@pytest.fixture(scope="module")
def both() -> TestClient:
    return TestClient(
        create_app(Settings(rate_limit=0), *engines()), base_url=LOCAL, raise_server_exceptions=False
    )


@pytest.fixture(scope="module", params=["tiny", "other"])
def alone(request: pytest.FixtureRequest) -> tuple[str, TestClient]:
    """Return the id of a rulebook, and a service that has only this one."""
    [engine] = [engine for engine in engines() if engine.rulebook.id == request.param]
    return request.param, TestClient(create_app(Settings(rate_limit=0), engine), base_url=LOCAL)


def evaluated(client: TestClient, path: str, record: object = RECORD) -> dict[str, Any]:
    response = client.post(path, json=record)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_the_rulebooks_are_listed_the_default_one_first(both: TestClient) -> None:
    response = both.get("/v1/rulebooks")
    body = response.json()
    assert [(book["id"], book["default"]) for book in body["rulebooks"]] == [("tiny", True), ("other", False)]
    assert body["research_use_only"] is True
    assert body["disclaimer"].startswith("Invented for tests")
    headers = {"If-None-Match": response.headers["etag"]}
    assert both.get("/v1/rulebooks", headers=headers).status_code == 304


def test_reliabilities_are_explained_and_shown(both: TestClient) -> None:
    evidence = both.get("/v1/rulebooks/tiny/evidence").json()
    assert evidence["reliabilities"] == {"A": "read in print", "B": "heard from somebody who read it"}
    assert evidence["claims"]["handbook.bands"]["reliability"] == "A"
    rule = both.get("/v1/rulebooks/tiny/rules/amounts.low").json()
    assert [item["reliability"] for item in rule["evidence"]] == ["A"]
    assert {number["parameter"]: number["reliability"] for number in rule["numbers"]} == {
        "amount.minimum": "A"
    }


@pytest.mark.parametrize("path", KNOWLEDGE)
def test_the_knowledge_of_each_rulebook(both: TestClient, alone: tuple[str, TestClient], path: str) -> None:
    name, single = alone
    found = both.get(f"/v1/rulebooks/{name}{path}")
    expected = single.get(f"/v1{path or '/rulebook'}")
    assert found.status_code == 200
    assert found.content == expected.content
    assert found.headers["etag"] == expected.headers["etag"]


def test_the_routes_without_a_rulebook_mean_the_default(both: TestClient) -> None:
    for path in KNOWLEDGE:
        assert both.get(f"/v1{path or '/rulebook'}").content == both.get(f"/v1/rulebooks/tiny{path}").content
    assert evaluated(both, "/v1/evaluate") == evaluated(both, "/v1/rulebooks/tiny/evaluate")


def test_a_rulebook_says_on_what_it_rests(both: TestClient) -> None:
    assert both.get("/v1/rulebooks/other").json()["bases"] == [
        {"basis": "hearsay", "title": "What people say"}
    ]
    assert [item["basis"] for item in both.get("/v1/rulebook").json()["bases"]] == [
        "labelling",
        "standard",
        "literature",
        "operational",
    ]


def test_each_rulebook_evaluates_as_if_it_were_alone(both: TestClient, alone: tuple[str, TestClient]) -> None:
    name, single = alone
    record = {**RECORD, "history": {}}
    expected = single.post("/v1/evaluate?explain=true", json=record).content
    for path in (f"/v1/rulebooks/{name}/evaluate?explain=true", f"/v1/evaluate?explain=true&rulebook={name}"):
        assert both.post(path, json=record).content == expected


def test_one_answer_of_several(both: TestClient) -> None:
    found = evaluated(both, "/v1/evaluate?rulebook=other&rulebook=tiny&explain=true")
    assert [book["id"] for book in found["rulebooks"]] == ["other", "tiny"]
    assert {each["rulebook"] for each in found["advisories"]} == {"other", "tiny"}
    assert len(found["trace"]) == 8
    assert "rulebooks" not in evaluated(both, "/v1/evaluate?rulebook=tiny&rulebook=tiny")


def test_one_answer_of_several_as_fhir(both: TestClient) -> None:
    response = both.post(
        "/v1/evaluate?rulebook=tiny&rulebook=other", json=RECORD, headers={"Accept": "application/fhir+json"}
    )
    assert response.headers["content-type"] == "application/fhir+json"
    authors = {
        entry["resource"]["author"]["display"].split()[0]
        for entry in response.json()["entry"]
        if entry["resource"]["resourceType"] == "DetectedIssue"
    }
    assert authors == {"tiny", "other"}


def test_a_large_record_is_answered_by_several(both: TestClient) -> None:
    results = [{"code": "zorbulin", "value": 9, "unit": "umol/L", "date": "2025-01-01"}] * 1000
    record = {**RECORD, "observations": [*FULL["observations"], *results]}
    assert len(evaluated(both, "/v1/evaluate?rulebook=tiny&rulebook=other", record)["rulebooks"]) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/evaluate?rulebook=tny"),
        ("POST", "/v1/evaluate?rulebook=other&rulebook=tny"),
        ("POST", "/v1/rulebooks/tny/evaluate"),
        ("GET", "/v1/rulebooks/tny"),
        ("GET", "/v1/rulebooks/tny/rules"),
        ("GET", "/v1/rulebooks/tny/rules/lab.shaky"),
        ("GET", "/v1/rulebooks/tny/coverage"),
    ],
)
def test_a_rulebook_that_is_not_served(both: TestClient, method: str, path: str) -> None:
    response = both.request(method, path, content=b"{}" if method == "POST" else None, headers=JSON)
    assert response.status_code == 404
    assert response.json()["detail"] == "There is no rulebook 'tny' (did you mean 'tiny'?)."


def test_other_parameters_are_still_refused(both: TestClient) -> None:
    assert both.post("/v1/rulebooks/tiny/evaluate?rulebook=other", json={}).status_code == 422
    assert both.post("/v1/evaluate?rulebooks=other", json={}).status_code == 422


@pytest.mark.parametrize(
    ("path", "books"),
    [
        ("/v1/evaluate/batch", ["tiny"]),
        ("/v1/evaluate/batch?rulebook=other", ["other"]),
        ("/v1/evaluate/batch?rulebook=tiny&rulebook=other", ["tiny", "other"]),
        ("/v1/rulebooks/other/evaluate/batch", ["other"]),
    ],
)
def test_batches(both: TestClient, path: str, books: list[str]) -> None:
    lines = f"{json.dumps({**RECORD, 'history': {}})}\n{{\n"
    response = both.post(path, content=lines, headers={"Content-Type": "application/x-ndjson"})
    first, second = map(json.loads, response.text.splitlines())
    assert [book["id"] for book in first.get("rulebooks", [first.get("rulebook")])] == books
    assert second["line"] == 2


def test_a_batch_for_a_rulebook_that_is_not_served(both: TestClient) -> None:
    for path in ("/v1/evaluate/batch?rulebook=tny", "/v1/rulebooks/tny/evaluate/batch"):
        response = both.post(path, content=b"{}\n", headers={"Content-Type": "application/x-ndjson"})
        assert response.status_code == 404


def test_hooks_of_each_rulebook(both: TestClient) -> None:
    services = both.get("/cds-services").json()["services"]
    assert [service["id"] for service in services] == [
        f"{name}-{hook}" for name in ("tiny", "other") for hook in HOOKS
    ]
    for name in ("tiny", "other"):
        response = both.post(f"/cds-services/{name}-patient-view", json=call("patient-view"))
        assert response.status_code == 200
        assert f"{name}-cds.research-use" in response.json()["extension"]
    assert both.post("/cds-services/tny-patient-view", json={}).status_code == 404


def test_metrics_and_readiness_name_the_rulebook(both: TestClient) -> None:
    evaluated(both, "/v1/evaluate?rulebook=tiny&rulebook=other")
    text = both.get("/metrics").text
    assert 'cds_advisories_total{indicator="critical",rule="lab.zorbulin-low",rulebook="other"}' in text
    assert 'cds_evaluations_total{rulebook="tiny"}' in text
    assert 'route="/v1/evaluate"' in text
    ready = both.get("/readyz").json()
    assert ready["rulebook"]["id"] == "tiny"
    assert [book["id"] for book in ready["rulebooks"]] == ["tiny", "other"]


def test_the_direct_routes_of_each_rulebook(both: TestClient) -> None:
    assert isinstance(both.app, ServiceApp)
    direct = both.app.direct_routes
    for name in ("tiny", "other"):
        assert ("POST", f"/v1/rulebooks/{name}/evaluate") in direct
        assert ("POST", f"/cds-services/{name}-order-sign") in direct


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/v1/evaluate", "evaluate"),
        ("/v1/rulebooks/tiny/evaluate", "evaluate"),
        ("/v1/rulebooks/tiny/evaluate/batch", "evaluate"),
        ("/v1/rulebooks", "knowledge"),
        ("/v1/rulebooks/tiny", "knowledge"),
        ("/v1/rulebooks/tiny/rules/evaluate", "knowledge"),
    ],
)
def test_areas(path: str, area: str) -> None:
    assert area_of(path) == area


def test_the_document_describes_the_routes(both: TestClient) -> None:
    paths = both.get("/openapi.json").json()["paths"]
    query = {item["name"]: item for item in paths["/v1/evaluate"]["post"]["parameters"]}
    assert query["rulebook"]["schema"]["type"] == "array"
    schema = paths["/v1/evaluate"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert [each["$ref"].rpartition("/")[2] for each in schema["anyOf"]] == [
        "Evaluation",
        "CombinedEvaluation",
    ]
    for path in (
        "/v1/rulebooks/{rulebook}",
        "/v1/rulebooks/{rulebook}/evaluate",
        "/v1/rulebooks/{rulebook}/evaluate/batch",
        "/v1/rulebooks/{rulebook}/rules/{rule_id}",
    ):
        assert path in paths


def test_the_shipped_rulebooks_are_served_by_default(make_client: Callable[..., TestClient]) -> None:
    from cds_engine.rulebook.shipped import shipped_folders

    assert [folder.name for folder in Settings().rulebook_folders()] == list(shipped_folders())
    chosen = Settings(rulebook="mianserin").rulebook_folders()
    assert [folder.name for folder in chosen] == ["mianserin"]
