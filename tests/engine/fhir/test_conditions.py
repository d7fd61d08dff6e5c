"""Conditions, allergies and symptoms: present, absent or unknown."""

from __future__ import annotations

from typing import Any

import pytest
from cds_engine.fhir.bundle import Item, Resources
from cds_engine.fhir.coded import Reader
from cds_engine.fhir.conditions import allergies
from cds_engine.fhir.notes import Notes

from tests.engine.fhir.bundles import (
    AS_OF,
    ENGINE,
    FEVER,
    LONG_QT,
    MDD,
    MIANSERIN,
    SNOMED,
    about,
    concept,
    fired,
    order,
    patient,
    problem,
    read,
    result,
    verified,
)

ALLERGIC = "hypersensitivity"


def listed(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the conditions that a problem list names, without those that allergies imply."""
    return [entry for entry in record["conditions"] if entry["code"] != ALLERGIC]


def test_a_problem_list_says_nothing_about_allergies() -> None:
    record, _, _ = read(patient(), problem())
    assert {"code": ALLERGIC, "present": None} in record["conditions"]


def test_an_allergy_to_the_drug_implies_a_condition() -> None:
    assert "safety.hypersensitivity" in fired(patient(), order(), problem(), allergy())
    assert "safety.hypersensitivity" not in fired(patient(), order(), problem())


@pytest.mark.parametrize(
    ("condition", "present"),
    [
        (problem(), True),
        (problem(MDD, "recurrence"), True),
        (problem(MDD, "relapse"), True),
        (problem(MDD, "remission"), False),
        (problem(MDD, "inactive"), False),
        (problem(MDD, "resolved"), False),
        (problem(MDD, None), None),
        (problem(MDD, "odd"), None),
        (problem(MDD, None, abatementDateTime="2020-01-01"), False),
        (problem(MDD, None, abatementString="last year"), False),
        (problem(verificationStatus=verified("confirmed")), True),
        (problem(verificationStatus=verified("refuted")), False),
        (problem(verificationStatus=verified("unconfirmed")), None),
        (problem(verificationStatus=verified("provisional")), None),
        (problem(verificationStatus=verified("differential")), None),
        (problem(MDD, "resolved", verificationStatus=verified("unconfirmed")), False),
    ],
)
def test_condition(condition: dict[str, Any], present: bool | None) -> None:
    record, notices, _ = read(patient(), condition)
    [entry] = listed(record)
    assert entry["present"] is present
    assert (present is None) is any("is not known" in line for line in notices)


def test_entered_in_error_says_nothing() -> None:
    record, _, _ = read(patient(), problem(MDD, None, verificationStatus=verified("entered-in-error")))
    assert "conditions" not in record


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"onsetDateTime": "2020-01-01T10:00:00Z"}, {"onset": "2020-01-01"}),
        ({"onsetDateTime": "2020"}, {}),
        ({"onsetDateTime": "2027"}, {"onset": "2027-01-01"}),
        ({"abatementDateTime": "2026-12-01"}, {"resolved": "2026-12-01"}),
        ({"onsetDateTime": "2020-01-02", "abatementDateTime": "2020-01-01"}, {"resolved": "2020-01-01"}),
    ],
)
def test_dates(dates: dict[str, Any], expected: dict[str, Any]) -> None:
    record, _, _ = read(patient(), problem(MDD, "active", **dates))
    assert listed(record) == [{"code": "major-depressive-disorder", "present": True, **expected}]


def test_condition_named_only_in_text_is_unknown() -> None:
    named = {
        "coding": [{"system": "http://example.org", "code": "D2", "display": "Diabetes mellitus type 2"}]
    }
    record, notices, _ = read(patient(), problem(LONG_QT), problem(None, code=named))
    assert {entry["code"]: entry["present"] for entry in listed(record)} == {
        "long-qt": True,
        "diabetes": None,
    }
    assert "names diabetes in its text" in notices[0]
    record, _, _ = read(patient(), problem(None, code={"text": "Prediabetes"}))
    assert listed(record) == []


# Symptoms


def symptoms(*resources: dict[str, Any]) -> dict[str, Any] | None:
    record, _, _ = read(patient(), *resources)
    entries = record.get("symptoms")
    return None if entries is None else {entry["code"]: entry["present"] for entry in entries}


def test_symptoms_are_unknown_unless_stated() -> None:
    assert symptoms(problem()) is None
    found = symptoms(problem(FEVER))
    assert found is not None
    assert found.pop("fever") is True
    assert set(found.values()) == {None}
    assert "chills" in found


def test_severity() -> None:
    record, _, _ = read(patient(), problem((SNOMED, "14760008"), severity=concept((SNOMED, "24484000"))))
    assert record["symptoms"][0] == {"code": "constipation", "present": True, "severity": "severe"}


@pytest.mark.parametrize(
    ("more", "present"),
    [
        ({}, True),
        ({"valueBoolean": True}, True),
        ({"valueBoolean": False}, False),
        ({"valueCodeableConcept": concept((SNOMED, "373066001"))}, True),
        ({"valueCodeableConcept": concept((SNOMED, "2667000"))}, False),
        ({"valueCodeableConcept": {"text": "a little"}}, None),
        ({"valueString": "yes"}, None),
        ({"dataAbsentReason": {"text": "asleep"}}, None),
        ({"status": "registered"}, None),
        ({"status": "entered-in-error"}, None),
        ({"effectiveDateTime": "2026-11-22"}, None),
        ({"effectiveDateTime": "2026-11"}, None),
        ({"effectiveDateTime": None}, None),
    ],
)
def test_observed_symptom(more: dict[str, Any], present: bool | str | None) -> None:
    today = {"effectiveDateTime": "2026-11-23T08:00:00+01:00", **more}
    found = symptoms(result(FEVER, None, **today)) or {}
    assert found.get("fever", "unstated") is present


def test_fever_of_another_day_is_unknown() -> None:
    assert "monitoring.infection-signs" in fired(patient(), order(), problem(FEVER))
    old = result(FEVER, None, effectiveDateTime="2003-01-01")
    assert "monitoring.infection-signs" not in fired(patient(), order(), old)


# Allergies


def allergy(**more: Any) -> dict[str, Any]:
    made = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p"}}
    made["clinicalStatus"] = concept(
        ("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active")
    )
    return {**made, "code": concept(MIANSERIN), **more}


@pytest.mark.parametrize(
    ("resource", "present"),
    [
        (allergy(), True),
        (allergy(type="allergy"), True),
        (allergy(type="intolerance"), None),
        (allergy(verificationStatus=verified("refuted")), False),
        (allergy(verificationStatus=verified("unconfirmed")), None),
        (
            allergy(
                code={"text": "tablets"}, reaction=[{"substance": concept(MIANSERIN), "manifestation": []}]
            ),
            True,
        ),
        (allergy(code=concept(("http://x", "peanut"))), "unstated"),
    ],
)
def test_allergy_to_a_drug(resource: dict[str, Any], present: bool | str | None) -> None:
    notes = Notes()
    reader = Reader(ENGINE.vocabulary, AS_OF, Resources([]), notes)
    item = Item("AllergyIntolerance", resource, "/entry/0/resource")
    found = allergies(reader, [item], {"mianserin": ("hypersensitivity",)})
    assert (found[0].body["present"] if found else "unstated") is present


def test_allergies_alone_are_not_a_problem_list() -> None:
    record, _, _ = read(patient(), allergy(code=concept(("http://x", "peanut"))))
    assert "conditions" not in record
    qt = allergy(code=concept(LONG_QT))  # a condition that the rulebook knows, wherever it is written
    record, _, _ = read(patient(), qt)
    present = {entry["code"]: entry["present"] for entry in record["conditions"]}
    assert present.pop("long-qt") is True
    assert set(present.values()) == {None}


def test_condition_of_another_patient_is_not_used() -> None:
    record, _, _ = read(patient(), {**problem(), **about(subject={"reference": "Patient/q"})})
    assert "conditions" not in record
