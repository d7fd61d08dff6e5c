"""Every route returns what its contract says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.conftest import EXAMPLES, JSON

BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": {"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"}}],
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("explain", [False, True])
def test_evaluation_equals_the_output_of_the_command_line(
    client: TestClient, path: Path, explain: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    response = client.post(f"/v1/evaluate?explain={explain}", content=path.read_bytes(), headers=JSON)
    flags = ["--explain"] if explain else []
    assert run(["evaluate", "--format", "json", *flags, str(path), str(path)]) == 0
    assert response.text == capsys.readouterr().out.splitlines()[0]
    assert response.headers["content-type"] == "application/json"


def test_as_of_applies_to_input_without_a_date(client: TestClient) -> None:
    def day(record: object) -> str:
        return str(client.post("/v1/evaluate?as_of=2020-02-29", json=record).json()["as_of"])

    assert day({}) == "2020-02-29"
    assert day({"as_of": "2021-01-01"}) == "2021-01-01"


@pytest.mark.parametrize("content_type", ["application/json", "application/fhir+json; charset=utf-8"])
def test_a_bundle_is_recognised(client: TestClient, content_type: str) -> None:
    body = json.dumps(BUNDLE)
    response = client.post("/v1/evaluate", content=body, headers={"Content-Type": content_type})
    assert response.status_code == 200
    assert response.json()["patient_id"] == "p"


@pytest.mark.parametrize("body", [BUNDLE, json.loads(EXAMPLES[0].read_bytes())])
def test_fhir_response(client: TestClient, body: object) -> None:
    response = client.post("/v1/evaluate", json=body, headers={"Accept": "application/fhir+json"})
    assert response.headers["content-type"] == "application/fhir+json"
    assert response.json()["resourceType"] == "Bundle"


@pytest.mark.parametrize(
    ("route", "key"),
    [
        ("rulebook", "families"),
        ("rules", "rules"),
        ("facts", "facts"),
        ("parameters", "parameters"),
        ("evidence", "claims"),
        ("pharmacology", "targets"),
    ],
)
def test_knowledge_has_an_etag(client: TestClient, engine: Engine, route: str, key: str) -> None:
    response = client.get(f"/v1/{route}")
    assert response.json()[key]
    assert response.json()["research_use_only"] is True
    assert response.json()["disclaimer"] == engine.rulebook.file.disclaimer
    assert response.headers["etag"] == f'"{engine.rulebook.digest}"'
    again = client.get(f"/v1/{route}", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_every_rule_has_resolved_numbers(client: TestClient, engine: Engine) -> None:
    for name in engine.rulebook.rules:
        response = client.get(f"/v1/rules/{name}?as_of=2026-11-23").json()
        assert response["id"] == name
        assert response["as_of"] == "2026-11-23"
        assert all(isinstance(number["value"], int | float) for number in response["numbers"])
        assert "$" not in " ".join([*response["applies_to"]["sentences"], *response["when"]["sentences"]])
        assert response["evidence"]


def test_unknown_rule(client: TestClient, engine: Engine) -> None:
    near = f"{next(iter(engine.rulebook.rules))}x"
    response = client.get(f"/v1/rules/{near}")
    assert response.status_code == 404
    assert f"did you mean '{near[:-1]}'" in response.json()["detail"]


def test_coverage_is_the_stored_audit(client: TestClient, engine: Engine) -> None:
    response = client.get("/v1/coverage")
    if (engine.rulebook.root / "coverage.json").is_file():
        assert response.json()["audit"]["rulebook"]["id"] == engine.rulebook.id
    else:
        assert response.status_code == 404


def test_operations(client: TestClient, engine: Engine) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["rulebook"]["digest"] == engine.rulebook.digest


def test_the_documentation_loads_nothing_from_other_servers(client: TestClient) -> None:
    page = client.get("/docs")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "://" not in page.text
    for asset in ("docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/start.js"):
        assert asset in page.text
        assert client.get(f"/{asset}").status_code == 200
    assert "style=" not in page.text.split("<body>")[0]


def test_every_operation_is_described(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert {"429", "431", "500"} <= set(operation["responses"]), path
    request = document["paths"]["/v1/evaluate"]["post"]["requestBody"]["content"]["application/json"]
    assert set(request["examples"]) == {path.stem for path in EXAMPLES}
