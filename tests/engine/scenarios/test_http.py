"""Scenarios through the API, over a socket, with the requests and errors of the contract."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cds_engine.errors import RecordError
from cds_engine.record.json_text import parse_json
from cds_engine.record.validation import read_record
from cds_engine.scenarios.case import Environment
from cds_engine.scenarios.recorder import run_features

from tests.engine.scenarios.conftest import Write

pytestmark = pytest.mark.slow

FIRES = """
  Scenario: It fires
    Given the patient takes mianserin 30 mg/d
    And neutrophils of 1.2 10*9/L, 3 days ago
    When the record is evaluated{way}
    Then rule `monitoring.neutropenia-moderate` fires because `neutrophils.latest` is 1200 /uL
    And rule `safety.mania` is not evaluable because `condition.mania` is unknown
"""
REFUSED = """
  Scenario: It is refused
    Given the record:
      \"\"\"
      {"as_of": "2026-11-23", "patient": {"sex": "femal"}}
      \"\"\"
    When the record is evaluated
    Then the record is refused at /patient/sex
"""


@pytest.fixture
def paths() -> list[str]:
    return []


@pytest.fixture
def url(environment: Environment, paths: list[str]) -> Iterator[str]:
    engine = environment.engine

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            paths.append(self.path)
            data = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                record = read_record(parse_json(data, "body"), "body", history_fields=engine.history_fields)
                status, body = 200, engine.evaluate(record, explain=True).to_json()
            except RecordError as error:
                errors = [{"pointer": found.pointer, "detail": found.message} for found in error.problems]
                status, body = 422, json.dumps({"errors": errors})
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_scenario_goes_over_http_when_asked(feature: Write, url: str, paths: list[str]) -> None:
    recording = run_features([feature(FIRES.format(way="") + REFUSED)], http=url)
    assert recording.failures == ()
    assert paths == ["/v1/evaluate?explain=true"] * 2


def test_a_server_that_does_not_answer_is_named(feature: Write) -> None:
    (failure,) = run_features([feature(FIRES.format(way=""))], http="http://127.0.0.1:9").failures
    assert "no answer from http://127.0.0.1:9/v1/evaluate" in failure.message


def test_the_api_is_started_for_a_scenario_that_asks(feature: Write) -> None:
    tagged = FIRES.format(way="").replace("  Scenario", "  @http\n  Scenario", 1)
    second = FIRES.format(way=" over HTTP").replace("It fires", "It fires again")
    recording = run_features([feature(tagged + second)])
    assert [failure.message for failure in recording.failures] == []
