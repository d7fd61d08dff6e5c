"""What was not prefetched is fetched: from the servers that are configured, with the token of the call."""

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
    """A FHIR server of which the tests say what it answers, by the type of resource."""

    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    seconds: float = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, kind: str) -> bytes:
        answer = self.answers.get(kind, NONE_FOUND)
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind = urlsplit(self.path).path.split("/")[2]
            told.asked.append(self.path)
            told.tokens.append(self.headers["Authorization"])
            time.sleep(told.seconds)
            body = told.body(kind)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told = Ehr(f"http://127.0.0.1:{server.server_port}/fhir", {"Patient": PATIENT})
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield told
        server.shutdown()


@pytest.fixture
def fetching(make_client: MakeClient, ehr: Ehr) -> TestClient:
    return make_client(fhir_servers=(ehr.url,), fetch_timeout=0.5)


def missing_prefetch_keys(ehr: Ehr, *orders: dict[str, Any], hook: str = "order-sign") -> dict[str, Any]:
    """Return a call without any prefetched data, and with a token for the server."""
    body = call(hook, *orders)
    del body["prefetch"]
    token = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "x", "subject": "y"}
    return body | {"fhirServer": ehr.url, "fhirAuthorization": token}


def refused(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post(service(client, body["hook"]), json=body)
    assert_problem(answer, 412)
    assert TOKEN not in answer.text


def test_what_is_fetched_says_what_it_says_prefetched(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    searches = ("conditions", "medicationStatements", "observations", "allergies")
    prefetched = call("order-sign", order(engine), **dict.fromkeys(searches, NONE_FOUND))
    assert cards(fetching, missing_prefetch_keys(ehr, order(engine))) == cards(fetching, prefetched)
    assert {urlsplit(path).path for path in ehr.asked} == {
        f"/fhir/{what}"
        for what in (
            "Patient/x",
            "Condition",
            "MedicationRequest",
            "MedicationStatement",
            "Observation",
            "AllergyIntolerance",
        )
    }
    queries = [parse_qs(urlsplit(path).query) for path in ehr.asked if "?" in path]
    assert all(query["patient"] == ["x"] for query in queries)
    assert set(ehr.tokens) == {f"Bearer {TOKEN}"}


def test_only_what_is_lacking_is_fetched(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    body = missing_prefetch_keys(ehr, order(engine)) | {
        "prefetch": {
            "who": PATIENT,
            "conditions": None,
            "observations": NONE_FOUND,
            "allergies": NONE_FOUND,
            "medicationStatements": NONE_FOUND,
        }
    }
    assert cards(fetching, body)
    assert ehr.asked == ["/fhir/MedicationRequest?patient=x"]


def test_of_no_other_server_anything_is_asked(client: TestClient, engine: Engine, ehr: Ehr) -> None:
    refused(client, missing_prefetch_keys(ehr, order(engine)))
    assert ehr.asked == []


@pytest.mark.parametrize(
    "change",
    [
        {"fhirServer": "{}/more"},
        {"fhirServer": "{}.elsewhere.test"},
        {"fhirServer": "http://user@127.0.0.1"},
    ],
)
def test_nor_of_one_that_looks_like_it(
    fetching: TestClient, engine: Engine, ehr: Ehr, change: dict[str, str]
) -> None:
    refused(
        fetching,
        missing_prefetch_keys(ehr, order(engine)) | {key: of.format(ehr.url) for key, of in change.items()},
    )
    assert ehr.asked == []


def test_nor_without_a_token(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    body = missing_prefetch_keys(ehr, order(engine))
    del body["fhirAuthorization"]
    refused(fetching, body)
    unfit = missing_prefetch_keys(ehr, order(engine))
    unfit["fhirAuthorization"]["access_token"] = "a\r\nX-More: b"
    refused(fetching, unfit)
    assert ehr.asked == []


@pytest.mark.parametrize("patient", ["../Practitioner", "x/../y", "..", "x?y=z", "x%2Fy"])
def test_no_path_is_made_of_an_id(fetching: TestClient, engine: Engine, ehr: Ehr, patient: str) -> None:
    body = missing_prefetch_keys(ehr, order(engine))
    body["context"]["patientId"] = patient
    refused(fetching, body)
    assert ehr.asked == []


def test_what_is_late_is_not_waited_for(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    ehr.seconds = 5
    began = time.perf_counter()
    refused(fetching, missing_prefetch_keys(ehr, order(engine)))
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize("status", [401, 404, 500])
def test_an_error_is_no_data(fetching: TestClient, engine: Engine, ehr: Ehr, status: int) -> None:
    ehr.status = status
    refused(fetching, missing_prefetch_keys(ehr, order(engine)))


def test_a_redirect_is_not_followed(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    ehr.status, ehr.headers = 302, {"Location": f"{ehr.url}/elsewhere"}
    refused(fetching, missing_prefetch_keys(ehr, order(engine)))
    assert not [path for path in ehr.asked if "elsewhere" in path]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"\xff", b"{" + b'"a":[' * 500],
    ids=["nothing", "broken", "a list", "a text", "no UTF-8", "deep"],
)
def test_what_is_no_resource_is_no_data(fetching: TestClient, engine: Engine, ehr: Ehr, body: bytes) -> None:
    ehr.answers["Patient"] = body
    refused(fetching, missing_prefetch_keys(ehr, order(engine)))


def test_what_is_packed_is_not_unpacked(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    ehr.headers = {"Content-Encoding": "gzip"}
    ehr.answers = {"Patient": gzip.compress(json.dumps(PATIENT).encode())}
    refused(fetching, missing_prefetch_keys(ehr, order(engine)))


def test_what_is_too_large_is_not_read(make_client: MakeClient, engine: Engine, ehr: Ehr) -> None:
    client = make_client(fhir_servers=(ehr.url,), max_body_bytes=65536)
    ehr.answers["Patient"] = PATIENT | {"text": {"status": "generated", "div": "x" * 100_000}}
    refused(client, missing_prefetch_keys(ehr, order(engine)))


def test_another_patient_is_not_taken_for_the_one_asked_for(
    fetching: TestClient, engine: Engine, ehr: Ehr
) -> None:
    ehr.answers["Patient"] = PATIENT | {"id": "y"}
    refused(fetching, missing_prefetch_keys(ehr, order(engine)))


def test_what_is_not_needed_may_be_missing(fetching: TestClient, engine: Engine, ehr: Ehr) -> None:
    ehr.answers["Condition"] = b"{"
    (card,) = [
        card
        for card in cards(fetching, missing_prefetch_keys(ehr, order(engine)))
        if "could not" in card["summary"]
    ]
    assert card["summary"][0].isdigit()
