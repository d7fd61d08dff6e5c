"""``POST /v1/timeline``: the answer of ``cds timeline``, for records and Bundles."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import run
from fastapi.testclient import TestClient

from tests.api.conftest import EXAMPLES
from tests.api.test_errors import assert_problem
from tests.api.test_security import digest

KEY, OTHER_KEY = "a-key", "another-key"
RECORD: dict[str, Any] = {
    "as_of": "2026-11-23",
    "patient": {"birth_date": "1948-03-02"},
    "medications": [{"drug": "mianserin", "start": "2026-10-01"}],
    "observations": [],
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_equals_the_output_of_the_command_line(
    client: TestClient, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = "?from=2026-08-01&to=2027-03-01&as_of=2026-11-23"
    response = client.post(
        f"/v1/timeline{query}", content=path.read_bytes(), headers={"Content-Type": "application/json"}
    )
    options = ["--from", "2026-08-01", "--to", "2027-03-01", "--as-of", "2026-11-23", "--format", "json"]
    assert run(["timeline", str(path), *options]) == 0
    assert response.json() == json.loads(capsys.readouterr().out)
    assert response.headers["content-type"] == "application/json"


def test_a_bundle_is_recognised(client: TestClient) -> None:
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}]}
    response = client.post(
        "/v1/timeline?as_of=2026-01-02",
        content=json.dumps(bundle),
        headers={"Content-Type": "application/fhir+json"},
    )
    assert response.json()["patient_id"] == "p"
    assert response.json()["to"] == "2026-01-02"


def test_a_picture(client: TestClient) -> None:
    response = client.post("/v1/timeline", json=RECORD, headers={"Accept": "image/svg+xml"})
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.text.startswith("<svg ")


@pytest.mark.parametrize(
    ("query", "pointer", "detail"),
    [
        ("from=2026-11-24", "?from", "expected a first day on or before the last day"),
        ("from=1900-01-01", "?from", "expected at most 40,000 days"),
        ("from=2026-13-01", "?from", "expected a valid calendar date"),
        ("to=x", "?to", "expected a date written YYYY-MM-DD"),
        ("until=2026-11-24", "?until", "unknown parameter"),
    ],
)
def test_wrong_parameters(client: TestClient, query: str, pointer: str, detail: str) -> None:
    problem = assert_problem(client.post(f"/v1/timeline?{query}", json=RECORD), 422)
    (item,) = problem["errors"]  # type: ignore[misc]
    assert item["pointer"] == pointer
    assert detail in item["detail"]


def test_wrong_bodies(client: TestClient) -> None:
    problem = assert_problem(client.post("/v1/timeline", json={"medications": 5, "symptom": []}), 422)
    assert {item["pointer"] for item in problem["errors"]} == {"/medications", "/symptom"}
    headers = {"Content-Type": "application/json"}
    assert_problem(client.post("/v1/timeline", content=b"{", headers=headers), 400)
    assert_problem(client.post("/v1/timeline", content=b"{}", headers={"Content-Type": "text/plain"}), 415)


def test_it_needs_the_key_of_evaluations(make_client: Callable[..., TestClient]) -> None:
    keys = (f"ward:{digest(KEY)}:evaluate", f"library:{digest(OTHER_KEY)}:knowledge")
    protected = make_client(api_keys=keys, host="0.0.0.0")
    assert_problem(protected.post("/v1/timeline", json=RECORD), 401)
    assert_problem(protected.post("/v1/timeline", json=RECORD, headers={"X-API-Key": OTHER_KEY}), 403)
    assert protected.post("/v1/timeline", json=RECORD, headers={"X-API-Key": KEY}).status_code == 200
