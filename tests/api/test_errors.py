"""Invalid and hostile input gets a problem document, which quotes nothing from it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
from cds_api.problems import omit_values, prefers_fhir
from cds_engine.errors import Problem
from cds_engine.evaluate import Engine
from fastapi.testclient import TestClient

from tests.api.conftest import JSON

MALFORMED = {
    "empty": b"",
    "not JSON": b"{'a': 1}",
    "cut off": b'{"patient": {',
    "a key twice": b'{"patient": {}, "patient": {}}',
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 2000 + b"1" + b"}" * 2000,
    "byte order mark": b"\xef\xbb\xbf{}",
    "not UTF-8": b'{"patient": {"id": "\xff"}}',
    "UTF-16": "{}".encode("utf-16"),
    "half a character": b'{"patient": {"id": "\\ud800"}}',
}
INVALID = {
    "NaN": b'{"patient": {"age_years": NaN}}',
    "infinity": b'{"patient": {"age_years": -Infinity}}',
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "too large a number": b'{"history": {"x": 1e400}}',
    "an unknown field": b'{"patients": {}}',
    "a wrong type": b'{"patient": []}',
    "no such date": b'{"as_of": "2023-02-29"}',
    "a Patient alone": b'{"resourceType": "Patient"}',
    "a Bundle of nonsense": b'{"resourceType": "Bundle", "entry": 5}',
}


def assert_problem(response: object, status: int) -> dict[str, object]:
    assert response.status_code == status, response.text  # type: ignore[attr-defined]
    assert response.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    problem: dict[str, object] = response.json()  # type: ignore[attr-defined]
    assert problem["status"] == status
    assert problem["title"]
    assert problem["request_id"] == response.headers["x-request-id"]  # type: ignore[attr-defined]
    return problem


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed_json(client: TestClient, body: bytes) -> None:
    problem = assert_problem(client.post("/v1/evaluate", content=body, headers=JSON), 400)
    assert problem["errors"]


@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID)
def test_invalid_records(client: TestClient, body: bytes) -> None:
    problem = assert_problem(client.post("/v1/evaluate", content=body, headers=JSON), 422)
    assert problem["errors"]


def test_all_errors_at_once_without_values(client: TestClient) -> None:
    secret = "1948-99-99"
    body = {"patient": {"birth_date": secret, "sex": "Jane Doe"}, "observations": [{"code": 5}]}
    problem = assert_problem(client.post("/v1/evaluate", json=body), 422)
    pointers = {error["pointer"] for error in problem["errors"]}  # type: ignore[attr-defined]
    assert {"/patient/birth_date", "/patient/sex", "/observations/0/code"} <= pointers
    assert secret not in json.dumps(problem)
    assert "Jane Doe" not in json.dumps(problem)


def test_messages_omit_values() -> None:
    def without_values(message: str) -> str:
        return omit_values(Problem("body", message))

    assert without_values("expected a date, found '12/3/48'") == "expected a date"
    assert (
        without_values("expected one of a, b, found 'x' (did you mean 'a'?)")
        == "expected one of a, b (did you mean 'a'?)"
    )
    assert without_values("expected a date on or before stop 2020-01-01, found 2021-01-01") == (
        "expected a date on or before stop"
    )


@pytest.mark.parametrize(
    "message",
    [
        "expected a unit, but 'Jane Doe' is not a UCUM unit",
        "expected one of a, b, found 'x (did you mean 'Jane Doe'",
        "expected one of a, b, found \"x (did you mean 'Jane Doe'?)\"",
        "expected a value; found Jane Doe",
    ],
)
def test_messages_never_echo_a_value(message: str) -> None:
    assert "Jane" not in omit_values(Problem("body", message))


def test_pointers_are_cut(client: TestClient) -> None:
    for body in ({"x" * 100_000: 1}, {"history": {"x" * 100_000: 1}}):
        problem = assert_problem(client.post("/v1/evaluate", json=body), 422)
        assert all(len(error["pointer"]) < 300 for error in problem["errors"])  # type: ignore[attr-defined]
    problem = assert_problem(client.post("/v1/evaluate?" + "x" * 3000, json={}), 422)
    assert len(json.dumps(problem)) < 1000


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/metrics", "/docs", "/docs/start.js", "/openapi.json", "/cds-services", "/v1/rules", "/x"],
)
def test_head_is_get_without_a_body(client: TestClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]
    assert client.head("/v1/evaluate").status_code == 405
    assert "HEAD" in client.put(path).headers.get("allow", "HEAD")


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"],
)
def test_wrong_content_type(client: TestClient, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert_problem(client.post("/v1/evaluate", content=b"{}", headers=headers), 415)


def test_compressed_bodies_are_rejected(client: TestClient) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {**JSON, "Content-Encoding": "gzip"}
    assert_problem(client.post("/v1/evaluate", content=bomb, headers=headers), 415)


def test_too_large(client: TestClient) -> None:
    assert_problem(client.post("/v1/evaluate", content=b" " * 10_000_000, headers=JSON), 413)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/rules/", "/v1//rules", "/v1/rules/../../etc/passwd"])
@pytest.mark.parametrize("encoded", [False, True])
def test_path_tricks(client: TestClient, path: str, encoded: bool) -> None:
    if encoded:
        path = path.replace("..", "%2e%2e").replace("/etc", "%2fetc")
    assert_problem(client.get(path), 404)


def test_docs_serve_their_own_files_only(client: TestClient) -> None:
    assert_problem(client.get("/docs/..%2f..%2fapp.py"), 404)
    assert_problem(client.get("/docs/redoc.standalone.js"), 404)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/evaluate"), ("DELETE", "/v1/rules"), ("PUT", "/docs")]
)
def test_wrong_method(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path)
    assert_problem(response, 405)
    assert response.headers["allow"]


@pytest.mark.parametrize("query", ["explain=perhaps", "as_of=2023-02-29", "as_of=1700000000", "explian=true"])
def test_wrong_parameters(client: TestClient, query: str) -> None:
    problem = assert_problem(client.post(f"/v1/evaluate?{query}", json={}), 422)
    assert problem["errors"][0]["pointer"] == f"?{query.partition('=')[0]}"  # type: ignore[index]


def test_header_flood(client: TestClient) -> None:
    assert_problem(client.get("/healthz", headers={f"x-{n}": "1" for n in range(200)}), 431)
    assert_problem(client.get("/healthz", headers={"x": "1" * 20_000}), 431)
    assert_problem(client.get("/healthz?" + "x" * 5000), 414)


@pytest.mark.parametrize(
    "headers", [{"Accept": "application/fhir+json"}, {"Content-Type": "application/fhir+json"}]
)
def test_fhir_clients_get_an_operation_outcome(client: TestClient, headers: dict[str, str]) -> None:
    response = client.post("/v1/evaluate", content=b'{"as_of": 5}', headers=JSON | headers)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/fhir+json"
    assert response.json()["resourceType"] == "OperationOutcome"
    assert response.json()["issue"][0]["severity"] == "error"


@pytest.mark.parametrize(
    ("accept", "fhir"),
    [
        ("", False),
        ("*/*", False),
        ("application/fhir+json", True),
        ("application/json, application/fhir+json;q=0.5", False),
        ("application/fhir+json; q=0", False),
        ("application/fhir+json;q=x", False),
        ("text/html, Application/FHIR+json", True),
    ],
)
def test_accept_header(accept: str, fhir: bool) -> None:
    assert prefers_fhir(accept) is fhir


def test_an_internal_error_reveals_nothing(
    make_client: Callable[..., TestClient],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Jane Doe")

    client = make_client()
    monkeypatch.setattr(Engine, "evaluate", fail)
    with caplog.at_level("INFO", "cds"):
        problem = assert_problem(client.post("/v1/evaluate", json={}), 500)
    assert "Jane Doe" not in json.dumps(problem) + caplog.text
    fields = caplog.records[-1].__dict__["fields"]
    assert fields["exception"] == "RuntimeError"
    assert any("test_errors.py" in frame for frame in fields["at"])
