"""Missing prefetch data is fetched from configured servers only, with the token of the call."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.cds_hooks.calls import NONE_FOUND, PATIENT, call, cards, order, service
from tests.api.test_errors import assert_problem

TOKEN = "some.opaque-token"
MakeClient = Callable[..., TestClient]


@dataclass
class Ehr:
    """A FHIR server with responses by resource type, and the requests that it received."""

    url: str
    responses: dict[str, Any] = field(default_factory=dict)
    requested: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    delay: float = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, resource_type: str) -> bytes:
        response = self.responses.get(resource_type, NONE_FOUND)
        return response if isinstance(response, bytes) else json.dumps(response).encode()


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            resource_type = urlsplit(self.path).path.split("/")[2]
            ehr_server.requested.append(self.path)
            ehr_server.tokens.append(self.headers["Authorization"])
            time.sleep(ehr_server.delay)
            body = ehr_server.body(resource_type)
            self.send_response(ehr_server.status)
            for name, value in ehr_server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        ehr_server = Ehr(f"http://127.0.0.1:{server.server_port}/fhir", {"Patient": PATIENT})
        server.daemon_threads = False  # wait for late answers, which fail, before the next test
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield ehr_server
        server.shutdown()


@pytest.fixture
def fetching(make_client: MakeClient, ehr: Ehr) -> TestClient:
    return make_client(fhir_servers=(ehr.url,), fetch_timeout=10)


def call_without_prefetch(ehr: Ehr, *orders: dict[str, Any], hook: str = "order-sign") -> dict[str, Any]:
    """Return a call without prefetched data, with a token for the server."""
    body = call(hook, *orders)
    del body["prefetch"]
    token = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "x", "subject": "y"}
    return body | {"fhirServer": ehr.url, "fhirAuthorization": token}


def assert_missing_data(client: TestClient, body: dict[str, Any]) -> None:
    response = client.post(service(client, body["hook"]), json=body)
    assert_problem(response, 412)
    assert TOKEN not in response.text


def test_fetched_data_gives_the_same_cards_as_prefetched_data(
    fetching: TestClient, engine: Engine, ehr: Ehr
) -> None:
    searches = ("conditions", "medicationStatements", "observations", "allergies")
    prefetched = call("order-sign", order(engine), **dict.fromkeys(searches, NONE_FOUND))
    assert cards(fetching, call_without_prefetch(ehr, order(engine))) == cards(fetching, prefetched)
    assert {urlsplit(path).path for path in ehr.requested} == {
        f"/fhir/{path}"
        for path in (
            "Patient/x",
            "Condition",
            "MedicationRequest",
            "MedicationStatement",
            "Observation",
            "AllergyIntolerance",
        )
    }
    queries = [parse_qs(urlsplit(path).query) for path in ehr.requested if "?" in path]
    assert all(query["patient"] == ["x"] for query in queries)
    assert set(ehr.tokens) == {f"Bearer {TOKEN}"}


def test_only_missing_data_is_fetched(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    body = call_without_prefetch(ehr, order(engine)) | {
        "prefetch": {
            "who": PATIENT,
            "conditions": None,
            "observations": NONE_FOUND,
            "allergies": NONE_FOUND,
            "medicationStatements": NONE_FOUND,
        }
    }
    assert cards(fetching, body)
    [requested] = ehr.requested
    assert requested.startswith("/fhir/MedicationRequest?patient=x&")


def test_unlisted_servers_are_not_contacted(client: TestClient, engine: Engine, ehr: Ehr) -> None:
    assert_missing_data(client, call_without_prefetch(ehr, order(engine)))
    assert ehr.requested == []


@pytest.mark.parametrize(
    "change",
    [
        {"fhirServer": "{}/more"},
        {"fhirServer": "{}.elsewhere.test"},
        {"fhirServer": "http://user@127.0.0.1"},
    ],
)
def test_servers_with_similar_addresses_are_not_contacted(
    fetching: TestClient, engine: Engine, ehr: Ehr, change: dict[str, str]
) -> None:
    assert_missing_data(
        fetching,
        call_without_prefetch(ehr, order(engine))
        | {key: template.format(ehr.url) for key, template in change.items()},
    )
    assert ehr.requested == []


def test_nothing_is_fetched_without_a_valid_token(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    body = call_without_prefetch(ehr, order(engine))
    del body["fhirAuthorization"]
    assert_missing_data(fetching, body)
    invalid = call_without_prefetch(ehr, order(engine))
    invalid["fhirAuthorization"]["access_token"] = "a\r\nX-More: b"
    assert_missing_data(fetching, invalid)
    assert ehr.requested == []


@pytest.mark.parametrize("patient", ["../Practitioner", "x/../y", "..", "x?y=z", "x%2Fy"])
def test_invalid_patient_ids_are_not_put_into_a_url(
    fetching: TestClient, engine: Engine, ehr: Ehr, patient: str
) -> None:
    body = call_without_prefetch(ehr, order(engine))
    body["context"]["patientId"] = patient
    assert_missing_data(fetching, body)
    assert ehr.requested == []


def test_late_responses_are_ignored(make_client: MakeClient, engine: Engine, ehr: Ehr) -> None:
    impatient = make_client(fhir_servers=(ehr.url,), fetch_timeout=0.5)
    ehr.delay = 5
    started = time.perf_counter()
    assert_missing_data(impatient, call_without_prefetch(ehr, order(engine)))
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize("status", [401, 404, 500])
def test_error_responses_are_ignored(fetching: TestClient, engine: Engine, ehr: Ehr, status: int) -> None:
    ehr.status = status
    assert_missing_data(fetching, call_without_prefetch(ehr, order(engine)))


def test_redirects_are_not_followed(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    ehr.status, ehr.headers = 302, {"Location": f"{ehr.url}/elsewhere"}
    assert_missing_data(fetching, call_without_prefetch(ehr, order(engine)))
    assert not [path for path in ehr.requested if "elsewhere" in path]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"\xff", b"{" + b'"a":[' * 500],
    ids=["empty", "cut off", "a list", "a text", "not UTF-8", "deep"],
)
def test_invalid_resources_are_ignored(fetching: TestClient, engine: Engine, ehr: Ehr, body: bytes) -> None:
    ehr.responses["Patient"] = body
    assert_missing_data(fetching, call_without_prefetch(ehr, order(engine)))


def test_compressed_responses_are_ignored(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    ehr.headers = {"Content-Encoding": "gzip"}
    ehr.responses = {"Patient": gzip.compress(json.dumps(PATIENT).encode())}
    assert_missing_data(fetching, call_without_prefetch(ehr, order(engine)))


def test_responses_that_are_too_large_are_ignored(make_client: MakeClient, engine: Engine, ehr: Ehr) -> None:
    client = make_client(fhir_servers=(ehr.url,), max_body_bytes=65536)
    ehr.responses["Patient"] = PATIENT | {"text": {"status": "generated", "div": "x" * 100_000}}
    assert_missing_data(client, call_without_prefetch(ehr, order(engine)))


def test_another_patient_is_ignored(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    ehr.responses["Patient"] = PATIENT | {"id": "y"}
    assert_missing_data(fetching, call_without_prefetch(ehr, order(engine)))


def test_optional_data_may_be_missing(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    ehr.responses["Condition"] = b"{"
    (card,) = [
        card
        for card in cards(fetching, call_without_prefetch(ehr, order(engine)))
        if "could not" in card["summary"]
    ]
    assert card["summary"][0].isdigit()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}']
)
def test_a_list_that_cannot_be_fetched_is_unknown(
    fetching: TestClient, engine: Engine, ehr: Ehr, body: bytes
) -> None:
    def missing() -> str:
        found = cards(fetching, call_without_prefetch(ehr, order(engine)))
        return next(str(card["detail"]) for card in found if "could not" in card["summary"])

    assert "monoamine oxidase" not in missing()
    ehr.responses["MedicationStatement"] = body
    assert "monoamine oxidase" in missing()


@pytest.mark.parametrize("resource", [{}, {"resourceType": []}, {"resourceType": {}}, 5])
def test_a_response_with_something_else_than_resources_is_left_out(
    fetching: TestClient, ehr: Ehr, resource: Any
) -> None:
    broken = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource}]}
    ehr.responses["Condition"] = broken
    body = call_without_prefetch(ehr, hook="patient-view")
    assert fetching.post(service(fetching, "patient-view"), json=body).status_code == 200
    ehr.responses["MedicationRequest"] = broken
    problem = assert_problem(fetching.post(service(fetching, "patient-view"), json=body), 412)
    assert [error["pointer"] for error in problem["errors"]] == [  # type: ignore[attr-defined]
        "/prefetch/medicationRequests"
    ]
