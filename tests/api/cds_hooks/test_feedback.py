"""Feedback is validated, counted by rule, and logged without its free text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.cds_hooks.calls import call, cards, order, service
from tests.api.test_errors import assert_problem

WHEN = "2026-11-23T10:15:00Z"


def test_feedback_is_counted_and_logged_without_free_text(
    make_client: Callable[..., TestClient], engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client()
    card = cards(client, call("order-sign", order(engine)))[0]
    rule, reason = card["source"]["topic"]["code"], card["overrideReasons"][0]
    override = {"reason": reason, "userComment": "Jane Doe said no"}
    given = {
        "card": card["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": WHEN,
        "overrideReason": override,
    }
    other = {"card": "unknown", "outcome": "accepted", "outcomeTimestamp": WHEN, "acceptedSuggestions": []}
    with caplog.at_level("INFO", "cds"):
        response = client.post(service(client, "order-sign") + "/feedback", json={"feedback": [given, other]})
    assert response.status_code == 200
    metrics = client.get("/metrics").text
    assert f'cds_feedback_total{{outcome="overridden",rule="{rule}",rulebook="mianserin"}} 1.0' in metrics
    assert 'cds_feedback_total{outcome="accepted",rule="unknown",rulebook="mianserin"} 1.0' in metrics
    logged = [record.__dict__["fields"] for record in caplog.records if record.getMessage() == "feedback"]
    assert [(fields["rule"], fields["outcome"]) for fields in logged] == [
        (rule, "overridden"),
        ("unknown", "accepted"),
    ]
    assert logged[0]["reason"] == reason["code"]
    assert "Jane" not in str(logged)


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "ignored"},
        {"outcome": None},
        {"card": ""},
        {"outcomeTimestamp": "yesterday"},
        {"outcomeTimestamp": "2026-11-23T10:15:00+02:00"},
        {"outcomeTimestamp": "2026-11-23T10:15:00"},
        {"outcome": "accepted"},
        {"overrideReason": {"reason": {"code": "x"}}},
    ],
)
def test_wrong_feedback(client: TestClient, wrong: dict[str, Any]) -> None:
    given = {"card": "c", "outcome": "overridden", "outcomeTimestamp": WHEN} | wrong
    address = service(client, "order-sign") + "/feedback"
    assert_problem(client.post(address, json={"feedback": [given]}), 422)


@pytest.mark.parametrize("body", [{}, {"feedback": []}, {"feedback": {}}, []])
def test_no_feedback(client: TestClient, body: Any) -> None:
    assert_problem(client.post(service(client, "order-sign") + "/feedback", json=body), 422)
