"""What rules say of data that is easily misread: nothing unknown is taken as absent, or as present."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.fhir.bundles import (
    FEVER,
    FLUOXETINE,
    LEUKOCYTES,
    LOINC,
    LONG_QT,
    SNOMED,
    Json,
    concept,
    dosage,
    evaluate,
    every,
    order,
    patient,
    problem,
    result,
    statement,
    verified,
)
from tests.engine.fhir.test_conditions import allergy

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
EXTENSION = {"modifierExtension": [{"url": "http://example.org/x", "valueBoolean": True}]}
MAOI = {"medicationCodeableConcept": {"coding": [{"code": "phenelzine"}]}}


def outcome(rule: str, *resources: Json) -> str:
    """Return the outcome of a rule for a patient who takes mianserin."""
    evaluation = evaluate(patient(), order(dosageInstruction=[dosage(30)]), *resources).evaluation
    return str(evaluation.outcomes.by_rule[rule])


def named(code: Any, **more: Any) -> Json:
    """Return an active Condition beside another one, with this code."""
    return problem(None, code=code, **more)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (named(concept((ICD, "G40.909"))), "fired"),
        (named(concept((SNOMED, "84757009"))), "fired"),
        (named({"text": "Seizure disorder"}), "not_evaluable"),
        (named({"text": "Epileptic seizures"}), "not_evaluable"),
        (
            named({"coding": [{"system": "http://local", "code": "7", "display": "Pregnant"}]}),
            "not_evaluable",
        ),
        (named({"extension": [{"url": "http://x", "valueCode": "unknown"}]}), "not_evaluable"),
        (named(concept((IPS, "no-problem-info"))), "not_evaluable"),
        (named(concept((IPS, "no-known-problems"))), "not_met"),
        (named(concept((ICD, "I10"))), "not_met"),
        (problem(LONG_QT, recordedDate="2026-01-01T10:00:00"), "not_evaluable"),
        (problem(LONG_QT, implicitRules="http://x"), "not_evaluable"),
        (problem(LONG_QT, **EXTENSION), "not_evaluable"),
        (problem(LONG_QT), "not_met"),
        (
            named(concept((ICD, "G40.909")), clinicalStatus=concept(("http://x", "remission"))),
            "not_evaluable",
        ),
        (named(concept((ICD, "G40.909")), abatementDateTime="2026-12-24"), "fired"),
        (named(concept((ICD, "G40.909")), verificationStatus=verified("refuted")), "not_met"),
    ],
)
def test_epilepsy(condition: Json, expected: str) -> None:
    assert outcome("safety.epilepsy", problem(LONG_QT), condition) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (allergy(), "fired"),
        (allergy(code={"text": "Mianserin"}), "fired"),
        (allergy(code={"text": "Mianserin tablets"}), "not_evaluable"),
        (allergy(code=concept((SNOMED, "1"))), "not_evaluable"),
        (allergy(code={}), "not_evaluable"),
        (allergy(**EXTENSION), "not_evaluable"),
        (allergy(code=concept(FLUOXETINE)), "not_met"),
        (allergy(code=concept((IPS, "no-known-allergies"))), "not_met"),
        (allergy(code=concept((IPS, "no-allergy-info"))), "not_evaluable"),
    ],
)
def test_hypersensitivity(found: Json, expected: str) -> None:
    assert outcome("safety.hypersensitivity", problem(LONG_QT), found) == expected


@pytest.mark.parametrize(
    ("medication", "expected"),
    [
        (order(**MAOI), "fired"),
        (order(**MAOI, status="unknown"), "not_evaluable"),
        (order(**MAOI, status="stopped"), "not_evaluable"),
        (order(**MAOI, status="completed"), "not_evaluable"),
        (statement(**MAOI, status="stopped", effectivePeriod={"end": "2026-11-20"}), "fired"),
        (statement(**MAOI, status="stopped", effectivePeriod={"end": "2020-01-01"}), "not_met"),
        (statement(**MAOI, effectivePeriod={"start": "2026-12-01"}), "not_met"),
        (statement(**MAOI, effectiveDateTime="2026-12-01"), "not_met"),
        (order(**MAOI, status="draft"), "not_met"),
        (order(**MAOI, dosageInstruction=[dosage(15, every(1, 1, "d", count=20))]), "not_evaluable"),
        (order(**MAOI, authoredOn="2026-11-10T10:00:00"), "not_evaluable"),
        (order(**MAOI, **EXTENSION), "not_evaluable"),
        (
            {
                "resourceType": "MedicationDispense",
                "status": "completed",
                "subject": {"reference": "Patient/p"},
                **MAOI,
            },
            "not_evaluable",
        ),
    ],
)
def test_a_monoamine_oxidase_inhibitor(medication: Json, expected: str) -> None:
    assert outcome("safety.maoi", medication) == expected


def lasting(days: int) -> Json:
    return every(1, 1, "d", boundsDuration={"value": days, "unit": "d", "code": "d"})


@pytest.mark.parametrize(
    ("medications", "expected"),
    [
        ([order(dosageInstruction=[dosage(210)])], "fired"),
        ([order(authoredOn="2026-10-01", dosageInstruction=[dosage(210, lasting(10))])], "not_met"),
        ([statement(dosage=[dosage(210)]), statement(dosage=[dosage(210)])], "fired"),
        ([statement(dosage=[dosage(150)]), statement(dosage=[dosage(60)])], "not_evaluable"),
        ([order(dosageInstruction=[dosage(210, asNeededBoolean=True)])], "not_evaluable"),
        (
            [
                order(
                    dosageInstruction=[
                        dosage(
                            105,
                            every(2),
                            maxDosePerPeriod={
                                "numerator": {"value": 105, "unit": "mg"},
                                "denominator": {"value": 1, "unit": "d"},
                            },
                        )
                    ]
                )
            ],
            "not_evaluable",
        ),
    ],
)
def test_a_dose_above_every_label(medications: list[Json], expected: str) -> None:
    later = order(authoredOn="2026-10-08", dosageInstruction=[dosage(30)])
    beside = [later] if expected == "not_met" else []
    evaluation = evaluate(patient(), *medications, *beside).evaluation
    assert evaluation.outcomes.by_rule["dosing.above-every-label"] == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        ([], "fired"),
        ([result(LEUKOCYTES)], "not_met"),
        ([result((LOINC, "804-5"))], "not_met"),
        ([result(code={"text": "White cells"})], "not_evaluable"),
        ([result(("http://local", "WBC"))], "not_evaluable"),
        ([result(LEUKOCYTES, **EXTENSION)], "not_evaluable"),
    ],
)
def test_an_overdue_count(count: list[Json], expected: str) -> None:
    other = result((LOINC, "718-7"), 140, "g/L")
    assert outcome("monitoring.elderly-count-overdue-continuing", other, *count) == expected


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        ({"valueBoolean": True}, "fired"),
        ({}, "fired"),
        (
            {
                "interpretation": [
                    concept(("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "NEG"))
                ]
            },
            "not_evaluable",
        ),
        ({"focus": [{"reference": "Patient/fetus"}]}, "not_evaluable"),
    ],
)
def test_signs_of_infection(observed: Json, expected: str) -> None:
    fever = result(FEVER, None, effectiveDateTime="2026-11-23T08:00:00Z", **observed)
    assert outcome("monitoring.infection-signs", fever) == expected
