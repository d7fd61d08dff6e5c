"""Medications: statuses, starts and stops, and one treatment stated more than once."""

from __future__ import annotations

from typing import Any

import pytest
from cds_engine.fhir import evaluate_drafts

from tests.engine.fhir.bundles import (
    AS_OF,
    ENGINE,
    FLUOXETINE,
    INSOMNIA,
    MDD,
    MIANSERIN,
    bundle,
    concept,
    dosage,
    evaluate,
    every,
    order,
    patient,
    problem,
    read,
    statement,
)


def until(day: str) -> dict[str, Any]:
    """Return a dosage that ends on a day."""
    return dosage(30, every(1, 1, "d", boundsPeriod={"end": day}))


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
        (order(authoredOn="2026-08-15T23:30:00-05:00"), "2026-08-15", None),
        (order(authoredOn="2026-08"), None, None),
        (order(authoredOn=None), None, None),
        (order(status="stopped"), "2026-08-15", "unknown"),
        (order(status="completed"), "2026-08-15", "unknown"),
        (order(status="on-hold"), "2026-08-15", "unknown"),
        (order(status="stopped", dosageInstruction=[until("2026-11-09")]), "2026-08-15", "2026-11-10"),
        (order(status="stopped", dosageInstruction=[until("2026-12-09")]), "2026-08-15", "unknown"),
        (statement(status="stopped"), None, "unknown"),
        (statement(status="stopped", effectiveDateTime="2026-11-01"), None, "unknown"),
        (statement(effectiveDateTime="2026-12-01"), "2026-12-01", None),
        (statement(effectiveDateTime="2026-12"), "2026-12-01", None),
        (statement(effectivePeriod={"start": "2026-12-01"}), "2026-12-01", None),
        (order(status="stopped", authoredOn="2026-12-01"), "2026-12-01", None),
        (statement(), None, None),
        (statement(effectiveDateTime="2026-08-15"), None, None),
        (statement(effectivePeriod={"start": "2026-08-15"}), "2026-08-15", None),
        (statement(effectivePeriod={"start": "2026-08-15", "end": "2026-11-09"}), "2026-08-15", "2026-11-10"),
        (statement(effectivePeriod={"end": "2026-11-23"}), None, "2026-11-24"),
        (statement(status="stopped", effectivePeriod={"end": "2026-11-23"}), None, "2026-11-23"),
        (statement(status="stopped", effectivePeriod={"end": "2026-11-09"}), None, "2026-11-10"),
        (statement(status="stopped", effectivePeriod={"end": "2026-10"}), None, "2026-11-01"),
        (statement(status="completed", effectivePeriod={"end": "2026"}), None, "unknown"),
        (statement(status="active", effectivePeriod={"end": "2026"}), None, None),
    ],
)
def test_start_and_stop(resource: dict[str, Any], start: str | None, stop: str | None) -> None:
    resource = {name: value for name, value in resource.items() if value is not None}
    [entry] = medications(resource)
    stated = "unknown" if entry.get("stopped") else entry.get("stop")
    assert (entry.get("start"), stated) == (start, stop)
    assert "taken" not in entry


def test_bounds_of_the_dosage_are_start_and_stop() -> None:
    timing = {"repeat": {"boundsPeriod": {"start": "2026-09-01", "end": "2026-10-01"}}}
    [entry] = medications(order(dosageInstruction=[dosage(30, timing)]))
    assert (entry["start"], entry["stop"]) == ("2026-09-01", "2026-10-02")


@pytest.mark.parametrize("status", ["stopped", "completed", "on-hold"])
def test_a_stop_without_a_date_is_on_an_unknown_day(status: str) -> None:
    record, notices, _ = read(patient(), order(status=status))
    assert record["medications"][0]["stopped"] is True
    assert "stopped on an unknown day" in notices[0]


@pytest.mark.parametrize(
    "resource",
    [
        order(status="unknown"),
        statement(status="unknown"),
        order(status="unknown", dosageInstruction=[dosage(30)]),
    ],
)
def test_status_unknown_may_be_taken(resource: dict[str, Any]) -> None:
    record, notices, _ = read(patient(), resource)
    [entry] = record["medications"]
    assert entry["taken"] is None
    assert not {"stop", "stopped"} & entry.keys()
    assert "it may be taken" in notices[0]


def given(kind: str, drug: tuple[str, str] = FLUOXETINE, **more: Any) -> dict[str, Any]:
    """Return a completed MedicationAdministration or MedicationDispense."""
    made = {"resourceType": kind, "status": "completed", "subject": {"reference": "Patient/p"}}
    if kind == "MedicationAdministration":
        made["effectiveDateTime"] = "2026-11-20"
    return {**made, "medicationCodeableConcept": concept(drug), **more}


GIVEN = ("MedicationAdministration", "MedicationDispense")


@pytest.mark.parametrize("kind", GIVEN)
def test_what_was_given_may_be_taken(kind: str) -> None:
    record, notices, references = read(patient(), order(), given(kind), given(kind))
    assert record["medications"][1:] == [{"drug": "fluoxetine", "taken": None}]
    assert "incomplete" not in record
    assert references.pointer("/medications/1") == "/entry/2/resource"
    assert any("so it may be taken: fluoxetine (2 resources" in line for line in notices)
    record, _, _ = read(patient(), given(kind))
    assert record["incomplete"] == ["medications"]


@pytest.mark.parametrize("kind", GIVEN)
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"status": "entered-in-error"}, []),
        ({"status": "stopped"}, [{"drug": "fluoxetine", "taken": None}]),
        ({"effectiveDateTime": "2026-12-01", "whenHandedOver": "2026-12-01"}, "2026-12-01"),
        ({"medicationCodeableConcept": {"text": "Phenelzine"}}, [{"drug": "phenelzine", "taken": None}]),
        ({"medicationCodeableConcept": {"text": "Nardil"}}, [{"drug": "text|Nardil", "taken": None}]),
        ({"medicationCodeableConcept": concept(MIANSERIN)}, []),
        ({"implicitRules": "http://x"}, "MedicationX not understood"),
    ],
)
def test_what_else_was_given(kind: str, more: dict[str, Any], expected: Any) -> None:
    allowed = {"effectiveDateTime"} if kind == "MedicationAdministration" else {"whenHandedOver"}
    fitting = {
        name: value for name, value in more.items() if name in allowed or not name.startswith(("eff", "when"))
    }
    found = medications(order(), given(kind, **fitting))[1:]
    if isinstance(expected, list):
        assert found == expected
    elif expected.startswith("2026"):
        assert found == [{"drug": "fluoxetine", "taken": None, "start": expected}]
    else:
        assert found[0]["drug"].startswith("text|")


def test_what_carries_out_an_order_is_counted_once() -> None:
    words = order(MIANSERIN, id="o")
    carried = given(
        "MedicationAdministration",
        medicationCodeableConcept={"text": "tablet"},
        request={"reference": "MedicationRequest/o"},
    )
    assert [entry["drug"] for entry in medications(words, carried)] == ["mianserin"]


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_what_was_not_given_is_not_taken(status: str) -> None:
    record, notices, _ = read(patient(), order(), given("MedicationAdministration", status=status))
    assert len(record["medications"]) == 1
    assert any(f"status '{status}'; ignored" in line for line in notices)


@pytest.mark.parametrize(
    ("reasons", "conditions", "indication"),
    [
        ({"reasonCode": [concept(MDD)]}, [], "major-depressive-disorder"),
        ({"reasonReference": [{"reference": "Condition/c"}]}, [problem(INSOMNIA, id="c")], "insomnia"),
        ({"reasonCode": [concept(MDD), concept(INSOMNIA)]}, [], "text|major-depressive-disorder, insomnia"),
        ({"reasonCode": [concept(MDD), {"text": "sleep"}]}, [], "text|major-depressive-disorder, text|sleep"),
        ({"reasonCode": [concept(("http://x", "1"))]}, [], "http://x|1"),
        ({"reasonCode": [{"text": "low mood"}]}, [], "text|low mood"),
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


@pytest.mark.parametrize(
    ("doses", "expected"),
    [((150, 150), 150), ((150, 120), None), ((150, None), None), ((None, None), None), ((60, 60, 60), 60)],
)
def test_two_statements_report_one_treatment(doses: tuple[int | None, ...], expected: int | None) -> None:
    record, notices, _ = read(
        patient(), *(statement(dosage=[dosage(dose)] if dose else []) for dose in doses)
    )
    [entry] = record["medications"]
    assert entry.get("daily_dose", {}).get("value") == expected
    assert any("another statement of mianserin" in line for line in notices)
    assert any("without the same clear dose" in line for line in notices) is (len(set(doses)) > 1)


@pytest.mark.parametrize(
    "unclear", [{"text": "30 mg"}, {"asNeededBoolean": True}, {"timing": every(1, 1, "mo")}]
)
def test_an_unclear_dosage_is_not_replaced_by_another(unclear: dict[str, Any]) -> None:
    for ordered, told in ((unclear, dosage(30)), (dosage(30), unclear)):
        [entry] = medications(order(dosageInstruction=[ordered]), statement(dosage=[told]))
        assert "daily_dose" not in entry


# Draft orders


def test_draft_is_evaluated_only_when_asked() -> None:
    draft = order(status="draft", dosageInstruction=[dosage(400)])
    assert medications(draft) == []
    entry = medications(draft, draft=True)[0]
    assert entry["daily_dose"]["value"] == 400


def test_a_draft_is_no_list_of_medications() -> None:
    _, *others = medications(order(status="draft", dosageInstruction=[dosage(400)]), draft=True)
    assert {entry["taken"] for entry in others} == {None}
    assert {"phenelzine", "warfarin"} <= {entry["drug"] for entry in others}
    assert "mianserin" not in {entry["drug"] for entry in others}


@pytest.mark.parametrize(
    ("dates", "start"),
    [
        ({"authoredOn": "2026-11-20"}, "2026-11-23"),
        ({"authoredOn": "2026-11-24"}, "2026-11-24"),
        ({"authoredOn": "2026-11-23"}, "2026-11-23"),
    ],
)
def test_a_draft_starts_at_the_earliest_now(dates: dict[str, Any], start: str) -> None:
    draft = order(status="draft", dosageInstruction=[dosage(60)], **dates)
    listed = medications(order(FLUOXETINE), draft, draft=True)
    assert [entry["start"] for entry in listed if entry["drug"] == "mianserin"] == [start]


def test_a_draft_leaves_what_is_not_understood_to_other_drugs() -> None:
    draft = order(status="draft", dosageInstruction=[dosage(60)])
    words = order(None, medicationCodeableConcept={"text": "something"})
    listed = medications(draft, words, draft=True)
    assert not any("|" in entry["drug"] for entry in listed)
    assert {"drug": "phenelzine", "taken": None} in listed
    assert [entry["daily_dose"]["value"] for entry in listed if entry["drug"] == "mianserin"] == [60]


def test_a_draft_that_starts_later_is_evaluated_as_of_then() -> None:
    later = every(1, 1, "d", boundsPeriod={"start": "2026-12-05"})
    draft = order(status="draft", authoredOn="2026-11-23", dosageInstruction=[dosage(400, later)])
    value = bundle(patient(), draft, order(FLUOXETINE))
    today, then = evaluate_drafts(ENGINE, value, AS_OF, ["/entry/1/resource"])
    assert (today.evaluation.as_of.isoformat(), then.evaluation.as_of.isoformat()) == (
        "2026-11-23",
        "2026-12-05",
    )
    above = "dosing.above-every-label"
    assert above not in {advisory.rule for advisory in today.evaluation.advisories}
    assert above in {advisory.rule for advisory in then.evaluation.advisories}


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
    entry = medications(order(FLUOXETINE), draft, draft=True)[1]
    assert entry["start"] == "2026-11-23"
