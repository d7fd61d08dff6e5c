"""Medications: statuses, starts and stops, and one treatment stated more than once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.fhir.bundles import (
    FLUOXETINE,
    INSOMNIA,
    MDD,
    MIANSERIN,
    concept,
    dosage,
    evaluate,
    order,
    patient,
    problem,
    read,
    statement,
)


def medications(*resources: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    record, _, _ = read(patient(), *resources, **options)
    return list(record["medications"])


@pytest.mark.parametrize("status", ["draft", "cancelled", "entered-in-error"])
def test_order_never_taken(status: str) -> None:
    record, _, _ = read(patient(), order(status=status))
    assert record.get("medications", []) == []


@pytest.mark.parametrize(
    "more", [{"doNotPerform": True}, {"intent": "proposal"}, {"intent": "plan"}, {"intent": "option"}]
)
def test_proposals_and_prohibitions_are_not_orders(more: dict[str, Any]) -> None:
    record, notices, _ = read(patient(), order(**more))
    assert record["medications"] == []
    assert len(notices) == 1


def test_reported_plan_is_taken() -> None:
    assert len(medications(order(intent="plan", reportedBoolean=True))) == 1


@pytest.mark.parametrize("status", ["not-taken", "intended", "entered-in-error"])
def test_statement_never_taken(status: str) -> None:
    record, _, _ = read(patient(), statement(status=status))
    assert record.get("medications", []) == []


@pytest.mark.parametrize(
    ("resource", "start", "stop"),
    [
        (order(), "2026-08-15", None),
        (order(authoredOn="2026-08"), None, None),
        (order(authoredOn=None), None, None),
        (order(status="stopped"), "2026-08-15", "2026-11-23"),
        (order(status="completed"), "2026-08-15", "2026-11-23"),
        (order(status="on-hold"), "2026-08-15", "2026-11-23"),
        (order(status="unknown"), "2026-08-15", "2026-11-23"),
        (order(status="stopped", authoredOn="2026-12-01"), "2026-12-01", None),
        (statement(), None, None),
        (statement(effectiveDateTime="2026-08-15"), None, None),
        (statement(effectivePeriod={"start": "2026-08-15"}), "2026-08-15", None),
        (statement(effectivePeriod={"start": "2026-08-15", "end": "2026-11-09"}), "2026-08-15", "2026-11-10"),
        (statement(effectivePeriod={"end": "2026-11-23"}), None, "2026-11-24"),
        (statement(status="stopped", effectivePeriod={"end": "2026-11-23"}), None, "2026-11-23"),
        (statement(status="stopped", effectivePeriod={"end": "2026-11-09"}), None, "2026-11-10"),
        (statement(status="stopped", effectivePeriod={"end": "2026-10"}), None, "2026-11-01"),
        (statement(status="completed", effectivePeriod={"end": "2026"}), None, "2026-11-23"),
        (statement(status="active", effectivePeriod={"end": "2026"}), None, None),
    ],
)
def test_start_and_stop(resource: dict[str, Any], start: str | None, stop: str | None) -> None:
    resource = {name: value for name, value in resource.items() if value is not None}
    [entry] = medications(resource)
    assert (entry.get("start"), entry.get("stop")) == (start, stop)


def test_bounds_of_the_dosage_are_start_and_stop() -> None:
    timing = {"repeat": {"boundsPeriod": {"start": "2026-09-01", "end": "2026-10-01"}}}
    [entry] = medications(order(dosageInstruction=[dosage(30, timing)]))
    assert (entry["start"], entry["stop"]) == ("2026-09-01", "2026-10-02")


def test_stop_without_a_date_is_neither_active_nor_long_ago() -> None:
    """An MAOI has no code in the rulebook, so the drug itself shows it: stopped, and not 14 days ago."""
    record, notices, _ = read(patient(), order(status="stopped"))
    assert record["medications"][0]["stop"] == "2026-11-23"
    assert "but no end date" in notices[0]


@pytest.mark.parametrize(
    ("reasons", "conditions", "indication"),
    [
        ({"reasonCode": [concept(MDD)]}, [], "major-depressive-disorder"),
        ({"reasonReference": [{"reference": "Condition/c"}]}, [problem(INSOMNIA, id="c")], "insomnia"),
        ({"reasonCode": [concept(MDD), concept(INSOMNIA)]}, [], None),
        ({"reasonCode": [concept(("http://x", "1"))]}, [], "http://x|1"),
        ({"reasonCode": [{"text": "low mood"}]}, [], None),
        ({}, [], None),
    ],
)
def test_indication(
    reasons: dict[str, Any], conditions: list[dict[str, Any]], indication: str | None
) -> None:
    [entry] = medications(order(**reasons), *conditions)
    assert entry.get("indication") == indication


# One treatment, written down more than once


def test_two_orders_add_up() -> None:
    found = evaluate(
        patient(), order(dosageInstruction=[dosage(60)]), order(dosageInstruction=[dosage(150)])
    ).evaluation
    assert "dosing.above-every-label" in {advisory.rule for advisory in found.advisories}
    assert any("orders of mianserin in force" in notice.message for notice in found.notices)


@pytest.mark.parametrize(
    ("ordered", "told", "dose"),
    [(60, 60, 60), (60, 30, None), (60, None, 60), (None, 60, 60), (None, None, None)],
)
def test_order_and_statement_are_one_treatment(
    ordered: int | None, told: int | None, dose: int | None
) -> None:
    [entry] = medications(
        order(dosageInstruction=[dosage(ordered)] if ordered else []),
        statement(dosage=[dosage(told)] if told else [], effectivePeriod={"start": "2026-01-01"}),
    )
    assert entry.get("daily_dose", {}).get("value") == dose
    assert entry["start"] == "2026-01-01"


def test_linked_orders_are_one_treatment() -> None:
    first = order(id="a", authoredOn="2026-01-01", dosageInstruction=[dosage(30)])
    renewed = order(
        id="b", dosageInstruction=[dosage(60)], priorPrescription={"reference": "MedicationRequest/a"}
    )
    [entry] = medications(first, renewed)
    assert (entry["daily_dose"]["value"], entry["start"]) == (60, "2026-01-01")
    filled = order(id="c", intent="filler-order", basedOn=[{"reference": "MedicationRequest/a"}])
    [entry] = medications(first, {**filled, "dosageInstruction": [dosage(30)]})
    assert entry["daily_dose"]["value"] == 30


# Draft orders


def test_draft_is_evaluated_only_when_asked() -> None:
    draft = order(status="draft", dosageInstruction=[dosage(400)])
    assert medications(draft) == []
    [entry] = medications(draft, draft=True)
    assert entry["daily_dose"]["value"] == 400


def test_draft_replaces_the_order_of_its_drug_and_keeps_its_start() -> None:
    current = order(authoredOn="2026-01-01", dosageInstruction=[dosage(30)])
    draft = order(status="draft", authoredOn="2026-11-23", dosageInstruction=[dosage(60)])
    other = order(FLUOXETINE, dosageInstruction=[dosage(20)])
    found = {entry["drug"]: entry for entry in medications(current, draft, other, draft=True)}
    assert found["mianserin"]["daily_dose"]["value"] == 60
    assert found["mianserin"]["start"] == "2026-01-01"
    assert found["fluoxetine"]["daily_dose"]["value"] == 20


def test_draft_without_a_date_starts_today() -> None:
    draft = order(MIANSERIN, status="draft", dosageInstruction=[dosage(60)])
    del draft["authoredOn"]
    [entry] = medications(draft, draft=True)
    assert entry["start"] == "2026-11-23"
