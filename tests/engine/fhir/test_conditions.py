"""Conditions, allergies and symptoms: present, absent or unknown."""

from __future__ import annotations

from typing import Any

import pytest
from cds_engine.fhir.allergies import allergies
from cds_engine.fhir.bundle import Item, Resources
from cds_engine.fhir.coded import Reader
from cds_engine.fhir.notes import Notes

from tests.engine.fhir.bundles import (
    AS_OF,
    ENGINE,
    FEVER,
    FLUOXETINE,
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
        (problem(MDD, "remission"), None),
        (problem(MDD, "remission", abatementDateTime="2020-01-01"), None),
        (problem(MDD, "inactive"), False),
        (problem(MDD, "resolved"), False),
        (problem(MDD, None), None),
        (problem(MDD, "odd"), None),
        (problem(MDD, None, abatementString="last year"), False),
        (problem(verificationStatus=verified("confirmed")), True),
        (problem(verificationStatus=verified("refuted")), False),
        (problem(verificationStatus=verified("unconfirmed")), None),
        (problem(verificationStatus=verified("provisional")), None),
        (problem(verificationStatus=verified("differential")), None),
        (problem(MDD, "resolved", verificationStatus=verified("unconfirmed")), False),
        (problem(MDD, None, abatementAge={"value": 30}), False),
        (problem(MDD, "active", abatementString="last year"), None),
        (problem(MDD, "active", abatementDateTime="2020-01-01"), None),
        (problem(MDD, "active", abatementDateTime="2026"), None),
        (problem(MDD, None, abatementDateTime="2026-11"), None),
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
        ({"onsetPeriod": {"start": "2020-01-01", "end": "2020-02-01"}}, {"onset": "2020-01-01"}),
        ({"abatementPeriod": {"start": "2026-12-01", "end": "2026-12-01"}}, {"resolved": "2026-12-01"}),
    ],
)
def test_dates(dates: dict[str, Any], expected: dict[str, Any]) -> None:
    record, _, _ = read(patient(), problem(MDD, "active", **dates))
    assert listed(record) == [{"code": "major-depressive-disorder", "present": True, **expected}]


@pytest.mark.parametrize("clinical", [None, "active", "resolved", "remission"])
def test_an_end_in_the_future_means_present_until_then(clinical: str | None) -> None:
    condition = problem(LONG_QT, clinical, abatementDateTime="2026-12-01")
    record, _, _ = read(patient(), condition)
    assert listed(record) == [{"code": "long-qt", "present": True, "resolved": "2026-12-01"}]
    assert "safety.long-qt" in fired(patient(), order(), condition)


@pytest.mark.parametrize("clinical", [None, "resolved", "inactive"])
def test_an_end_in_the_past_is_an_absence_since_then(clinical: str | None) -> None:
    condition = problem(LONG_QT, clinical, abatementDateTime="2026-11-23")
    record, _, _ = read(patient(), condition)
    assert listed(record) == [{"code": "long-qt", "present": True, "resolved": "2026-11-23"}]
    assert "safety.long-qt" not in fired(patient(), order(), condition)


@pytest.mark.parametrize(
    "code",
    [
        {"text": "Epilepsy"},
        {"text": " epilepsy"},
        {"coding": [{"display": "EPILEPSY"}]},
        {"coding": [{"code": "epilepsy"}]},
        concept(("http://x", "1"), text="Epilepsy"),
    ],
)
def test_words_may_be_the_title_of_a_condition(code: dict[str, Any]) -> None:
    record, _, _ = read(patient(), problem(None, code=code))
    assert listed(record) == [{"code": "epilepsy", "present": True}]


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ({"text": "Epileptic seizures"}, "text|Epileptic seizures"),
        ({"coding": [{"display": "Pregnant"}]}, "text|Pregnant"),
        (concept(("http://x", "1"), text="Epileptic"), "http://x|1"),
        (concept(LONG_QT, text="Epilepsy"), f"text|codes that disagree: Epilepsy, {SNOMED}|111975006"),
        (concept((SNOMED, "1")), f"{SNOMED}|1"),
        ({"coding": [{"code": "seizures"}]}, "text|seizures"),
        ({}, "text|(no code)"),
        ({"extension": [{"url": "http://x", "valueCode": "unknown"}]}, "text|(no code)"),
        (concept(LONG_QT, MDD), f"text|codes that disagree: {SNOMED}|111975006, {SNOMED}|370143000"),
    ],
)
def test_a_condition_that_is_not_understood_may_be_any(code: dict[str, Any], named: str) -> None:
    record, _, references = read(
        patient(), problem(LONG_QT), problem(None, code=code, onsetDateTime="2020-01-01")
    )
    assert listed(record)[1] == {"code": named, "present": True, "onset": "2020-01-01"}
    assert references.pointer("/conditions/1/code") == "/entry/2/resource/code"


def test_a_symptom_is_no_condition_that_is_not_understood() -> None:
    record, _, _ = read(patient(), problem(FEVER))
    assert listed(record) == []


IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"


@pytest.mark.parametrize("code", [(IPS, "no-known-problems"), (SNOMED, "160245001")])
def test_stated_to_have_no_problems(code: tuple[str, str]) -> None:
    record, _, _ = read(patient(), problem(code))
    assert record["conditions"] == [{"code": ALLERGIC, "present": None}]
    assert "incomplete" not in record


def test_nothing_known_of_problems() -> None:
    record, notices, _ = read(patient(), problem((IPS, "no-problem-info")), problem(LONG_QT))
    assert record["conditions"] == [{"code": "long-qt", "present": True}]
    assert record["incomplete"] == ["conditions"]
    assert "nothing is known" in notices[0]
    record, _, _ = read(patient(), problem((IPS, "no-problem-info")))
    assert "conditions" not in record


@pytest.mark.parametrize(
    "code",
    [
        (IPS, "no-known-allergies"),
        (IPS, "no-known-medication-allergies"),
        (SNOMED, "716186003"),
        (SNOMED, "409137002"),
    ],
)
def test_stated_to_have_no_allergies(code: tuple[str, str]) -> None:
    record, _, _ = read(patient(), problem(LONG_QT), allergy(code=concept(code)))
    assert record["conditions"] == [{"code": "long-qt", "present": True}]


@pytest.mark.parametrize(
    "code", ["no-allergy-info", "no-known-food-allergies", "no-known-environmental-allergies"]
)
def test_nothing_known_of_allergies_to_drugs(code: str) -> None:
    record, _, _ = read(patient(), problem(LONG_QT), allergy(code=concept((IPS, code))))
    assert {"code": ALLERGIC, "present": None} in record["conditions"]


@pytest.mark.parametrize(
    ("reason", "known"), [("nilknown", True), ("unavailable", False), ("notasked", False), (None, False)]
)
@pytest.mark.parametrize("kind", ["List", "Composition"])
def test_an_empty_list_with_its_reason(kind: str, reason: str | None, known: bool) -> None:
    system = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
    stated: dict[str, Any] = {"code": concept(("http://loinc.org", "11450-4"))}
    if reason is not None:
        stated["emptyReason"] = concept((system, reason))
    body = stated if kind == "List" else {"section": [{"section": [stated]}]}
    record, _, _ = read(patient(), {"resourceType": kind, **about(), **body})
    assert ("conditions" in record) is known


# Symptoms


def interpreted(code: str) -> dict[str, Any]:
    """Return an interpretation."""
    return concept(("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", code))


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


def test_what_is_not_understood_may_be_a_symptom() -> None:
    record, _, _ = read(patient(), problem(FEVER), problem(None, code={"text": "Shivers"}))
    assert record["symptoms"][1] == {"code": "text|Shivers", "present": True, "severity": None}
    record, _, _ = read(patient(), problem(FEVER), result(("http://x", "1"), None, valueBoolean=True))
    assert record["symptoms"][1] == {"code": "http://x|1", "present": None}
    record, _, _ = read(patient(), problem(FEVER), result(("http://x", "1")))
    assert not any("|" in entry["code"] for entry in record["symptoms"])


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
        ({"interpretation": [interpreted("NEG")]}, False),
        ({"interpretation": [interpreted("ND")]}, False),
        ({"interpretation": [interpreted("POS")]}, True),
        ({"interpretation": [interpreted("IND")]}, None),
        ({"interpretation": [interpreted("NEG"), interpreted("POS")]}, None),
        ({"interpretation": [interpreted("NEG")], "valueBoolean": False}, False),
        ({"interpretation": [interpreted("NEG")], "valueBoolean": True}, None),
        ({"interpretation": [interpreted("A")], "valueBoolean": True}, True),
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
        (allergy(code=concept(("http://x", "peanut"))), None),
        (allergy(code={"text": "Mianserin"}), True),
        (allergy(code={"text": "Mianserin tablets"}), None),
        (allergy(code=concept((SNOMED, "1"))), None),
        (allergy(code=concept(FLUOXETINE)), "unstated"),
        (allergy(reaction=[{"substance": {"text": "Mianserin"}, "manifestation": []}]), True),
        (
            allergy(code=concept(FLUOXETINE), reaction=[{"substance": {"text": "M"}, "manifestation": []}]),
            None,
        ),
        (allergy(code={"text": "Mianserin"}, verificationStatus=verified("refuted")), False),
        (allergy(code={"text": "Tablets"}, verificationStatus=verified("refuted")), "unstated"),
        (allergy(code=concept(FLUOXETINE), reaction=[{"modifierExtension": [{}]}]), None),
    ],
)
def test_allergy_to_a_drug(resource: dict[str, Any], present: bool | str | None) -> None:
    notes = Notes()
    reader = Reader(ENGINE.vocabulary, AS_OF, Resources([]), notes)
    item = Item("AllergyIntolerance", resource, "/entry/0/resource")
    found = allergies(reader, [item], {"mianserin": ("hypersensitivity",)})
    assert (found[0].body["present"] if found else "unstated") is present


def test_allergies_alone_are_not_a_problem_list() -> None:
    record, _, _ = read(patient(), allergy(code=concept(FLUOXETINE)))
    assert "conditions" not in record
    qt = allergy(code=concept(LONG_QT))  # a condition that the rulebook knows, wherever it is written
    record, _, _ = read(patient(), qt)
    assert record["conditions"][0] == {"code": "long-qt", "present": True}
    assert record["incomplete"] == ["conditions"]


def test_condition_of_another_patient_is_not_used() -> None:
    record, _, _ = read(patient(), {**problem(), **about(subject={"reference": "Patient/q"})})
    assert "conditions" not in record
