"""The log and the metrics hold no patient data."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from cds_api.observability import LOG, JsonFormatter
from fastapi.testclient import TestClient

from tests.api.conftest import EXAMPLES, JSON


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(JsonFormatter())
    LOG.addHandler(handler)
    LOG.setLevel("INFO")
    yield output
    LOG.removeHandler(handler)


def test_one_log_line_per_request(client: TestClient, log: io.StringIO) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    secret = {"patient": {"id": "Jane Doe", "birth_date": "1931-07-13"}}
    response = client.post("/v1/evaluate?as_of=2026-01-02", json=secret, headers={"X-Request-ID": trace})
    client.post("/v1/evaluate", json={"patient": {"id": "Jane Doe", "sex": "1931-07-13"}})
    client.get("/v1/rules/Jane%20Doe")
    client.get("/Jane%20Doe")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert response.headers["x-request-id"] == trace == lines[0]["request_id"]
    assert [line["route"] for line in lines] == [
        "/v1/evaluate",
        "/v1/evaluate",
        "/v1/rules/{rule_id}",
        "none",
    ]
    assert [line["status"] for line in lines] == [200, 422, 404, 404]
    assert set(lines[0]) == {
        "time",
        "level",
        "event",
        "request_id",
        "method",
        "route",
        "status",
        "ms",
        "client",
    }
    random = ("time", "request_id", "ms")  # these may contain any digits
    told = json.dumps([{name: line[name] for name in line if name not in random} for line in lines])
    for part in ("Jane", "1931", "2026-01-02"):
        assert part not in told


@pytest.mark.parametrize("given", ["Jane Doe 1931-07-13", "short", "x" * 100])
def test_unusual_request_ids_are_replaced(client: TestClient, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] != given


def test_metrics(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    body = EXAMPLES[0].read_bytes()
    found = client.post("/v1/evaluate", content=body, headers=JSON).json()
    client.post("/v1/evaluate", json={"patient": 5})
    text = client.get("/metrics").text
    assert 'cds_evaluations_total{rulebook="mianserin"} 1.0' in text
    assert 'cds_http_requests_total{method="POST",route="/v1/evaluate",status="422"} 1.0' in text
    assert 'cds_http_request_seconds_count{route="/v1/evaluate"} 2.0' in text
    for advisory in found["advisories"]:
        labels = f'indicator="{advisory["indicator"]}",rule="{advisory["rule"]}",rulebook="mianserin"'
        assert f"cds_advisories_total{{{labels}}} 1.0" in text
    for entry in found["not_evaluable"]:
        assert f'cds_not_evaluable_total{{rule="{entry["rule"]}",rulebook="mianserin"}} 1.0' in text
    assert found["patient_id"] not in text


def test_metrics_may_be_asked_for_at_any_time(make_client: Callable[..., TestClient]) -> None:
    client = make_client()
    for times in ("1.0", "2.0", "3.0"):
        client.post("/v1/evaluate", content=EXAMPLES[0].read_bytes(), headers=JSON)
        assert f'cds_evaluations_total{{rulebook="mianserin"}} {times}' in client.get("/metrics").text


def test_a_line_may_have_what_no_encoding_has() -> None:
    record = logging.makeLogRecord(
        {"msg": "half a character: \ud83d", "fields": {"ms": 1.25, "client": None}}
    )
    line = json.loads(JsonFormatter().format(record))
    assert (line["event"], line["ms"], line["client"]) == ("half a character: \ud83d", 1.25, None)
