"""Draft orders: which orders are drafts, what they replace, and the day they are evaluated for."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.cds_hooks.calls import NONE_FOUND, call, cards, order

HOOKS = ("order-select", "order-sign")
TODAY = datetime.datetime.now(datetime.UTC).date()


def found(*resources: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a search."""
    return {**NONE_FOUND, "entry": [{"resource": resource} for resource in resources]}


def named(drug: str, **more: Any) -> dict[str, Any]:
    """Return an active order of a drug, by the rulebook's name for it."""
    return {
        "resourceType": "MedicationRequest",
        "id": drug,
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/x"},
        "authoredOn": "2020-01-01",
        "medicationCodeableConcept": {"coding": [{"code": drug}]},
        **more,
    }


def starting(draft: dict[str, Any], days: int) -> dict[str, Any]:
    """Return a draft that starts in so many days."""
    start = {"start": str(TODAY + datetime.timedelta(days=days))}
    dosage = draft.get("dosageInstruction", [{"timing": {"repeat": {}}}])[0]
    repeat = {**dosage["timing"]["repeat"], "boundsPeriod": start}
    return {**draft, "dosageInstruction": [{**dosage, "timing": {"repeat": repeat}}]}


def rules(client: TestClient, body: dict[str, Any]) -> dict[str, str]:
    """Return the details of the cards by rule."""
    return {card["source"]["topic"]["code"]: card["detail"] for card in cards(client, body)}


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("days", [1, 7, 400])
def test_a_draft_is_evaluated_as_of_the_day_on_which_it_starts(
    client: TestClient, engine: Engine, hook: str, days: int
) -> None:
    body = call(hook, starting(order(engine, 240), days))
    details = rules(client, body)
    assert f"As of {TODAY + datetime.timedelta(days=days)}" in details["dosing.above-every-label"]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_drug_that_is_stopped_before_a_draft_starts_does_not_count(
    client: TestClient, engine: Engine, hook: str
) -> None:
    ending = {"repeat": {"boundsPeriod": {"end": str(TODAY + datetime.timedelta(days=1))}}}
    current = named("phenelzine", dosageInstruction=[{"timing": ending}])
    for days, expected in ((2, True), (400, False)):
        body = call(hook, starting(order(engine), days), medicationRequests=found(current))
        assert ("safety.maoi" in rules(client, body)) is expected


@pytest.mark.parametrize("hook", HOOKS)
def test_a_drug_ordered_for_tomorrow(client: TestClient, engine: Engine, hook: str) -> None:
    taken = {**order(engine, 30), "id": "taken", "status": "active", "authoredOn": "2020-01-01"}
    draft = starting(named("phenelzine", status="draft"), 1)
    details = rules(client, call(hook, draft, medicationRequests=found(taken)))
    assert "As of" in details["safety.maoi"]
    assert "safety.maoi" not in rules(client, call(hook, medicationRequests=found(taken)))


@pytest.mark.parametrize("hook", ["patient-view", *HOOKS])
def test_a_stored_draft_is_not_in_force(client: TestClient, engine: Engine, hook: str) -> None:
    taken = {**order(engine, 240), "id": "taken", "status": "active", "authoredOn": "2020-01-01"}
    stored = {**order(engine, 30), "id": "stored"}
    details = rules(client, call(hook, medicationRequests=found(stored, taken)))
    assert "dosing.above-every-label" in details
    details = rules(client, call(hook, medicationRequests=found({**stored, "id": "s"})))
    assert "dosing.above-every-label" not in details


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("unknown", ["medicationRequests", "medicationStatements"])
def test_null_is_no_empty_list(client: TestClient, engine: Engine, hook: str, unknown: str) -> None:
    known = call(hook, order(engine, 240), medicationStatements=NONE_FOUND, conditions=NONE_FOUND)
    open_ = call(hook, order(engine, 240), medicationStatements=NONE_FOUND, conditions=NONE_FOUND)
    open_["prefetch"][unknown] = None
    assert "monoamine oxidase" not in rules(client, known).get("not-evaluable", "")
    details = rules(client, open_)
    assert "monoamine oxidase" in details["not-evaluable"]
    assert "dosing.above-every-label" in details


@pytest.mark.parametrize("hook", HOOKS)
def test_everything_null(client: TestClient, engine: Engine, hook: str) -> None:
    keys = ("medicationRequests", "medicationStatements", "conditions", "observations", "allergies")
    details = rules(client, call(hook, order(engine, 240), **dict.fromkeys(keys)))
    assert "monoamine oxidase" in details["not-evaluable"]
    assert "dosing.above-every-label" in details


def test_a_search_with_more_matches_than_entries_is_incomplete(client: TestClient, engine: Engine) -> None:
    statements = {**NONE_FOUND, "total": 3}
    details = rules(client, call("order-sign", order(engine, 240), medicationStatements=statements))
    assert "monoamine oxidase" in details["not-evaluable"]


def test_a_draft_order_that_stops_a_drug_is_none_that_starts_it(client: TestClient, engine: Engine) -> None:
    stopping = {**order(engine, 240), "status": "stopped"}
    assert "dosing.above-every-label" not in rules(client, call("order-sign", stopping))


# Nothing to report


@pytest.mark.parametrize("hook", ["patient-view", *HOOKS])
def test_one_card_about_missing_data_if_it_is_configured(
    make_client: Callable[..., TestClient], client: TestClient, hook: str
) -> None:
    body = call(hook, medicationRequests=None, patient={"resourceType": "Patient", "id": "x"})
    assert cards(client, body) == []
    [card] = cards(make_client(report_missing=True), body)
    assert card["indicator"] == "info"
    assert card["source"]["topic"]["code"] == "not-evaluable"
    assert "Missing data:" in card["detail"]


def test_no_card_if_nothing_is_missing(make_client: Callable[..., TestClient]) -> None:
    dead = {"resourceType": "Patient", "id": "x", "deceasedDateTime": "2020-01-01"}
    assert cards(make_client(report_missing=True), call("patient-view", patient=dead)) == []


def test_the_same_cards_if_there_is_something_to_report(
    make_client: Callable[..., TestClient], client: TestClient, engine: Engine
) -> None:
    body = call("order-sign", order(engine, 240))
    assert cards(make_client(report_missing=True), body) == cards(client, body)
