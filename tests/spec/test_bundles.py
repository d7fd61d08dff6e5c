"""Published formulas have the value for a FHIR Bundle that they have for a record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from cds_engine.fhir.read import bundle_to_record
from cds_engine.record.json_text import parse_json

from tests.engine.cohort.derived import EveryFact, alone
from tests.spec.cases import AS_OF, Case, all_cases, chapter

Json = dict[str, Any]
PUBLISHED = {"egfr", "clearance", "qtcf", "morphine_equivalents", "score", "lithium.mass"}
UCUM = "http://unitsofmeasure.org"
SUBJECT = {"reference": "Patient/p"}


def cases() -> Iterator[Case]:
    """Yield the cases with a value of a published formula, without absent symptoms and former drugs."""
    for case in all_cases():
        known = {name for name in PUBLISHED & case.expected.keys() if case.expected[name] is not None}
        courses = case.record.get("medications", ())
        if known and case.record.get("symptoms") != [] and not any("stop" in course for course in courses):
            yield case


def named(name: str) -> Json:
    return {"coding": [{"code": name}]}


def quantity(value: Any, unit: str) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def resources(record: Json) -> Iterator[Json]:
    """Yield the resources that say what a record says."""
    patient = record.get("patient", {})
    stated = {"resourceType": "Patient", "id": "p", "gender": patient.get("sex")}
    if "age_years" in patient:
        stated["birthDate"] = AS_OF.replace(year=AS_OF.year - int(patient["age_years"])).isoformat()
    yield {name: value for name, value in stated.items() if value is not None}
    for entry in record.get("observations", ()):
        yield {
            "resourceType": "Observation",
            "status": "final",
            "subject": SUBJECT,
            "code": named(entry["code"]),
            "effectiveDateTime": entry["date"],
            "valueQuantity": quantity(entry["value"], entry["unit"]),
        }
    for entry in record.get("symptoms", ()):
        yield {
            "resourceType": "Condition",
            "subject": SUBJECT,
            "code": named(entry["code"]),
            "clinicalStatus": {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
                ]
            },
        }
    for entry in record.get("medications", ()):
        yield {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "subject": SUBJECT,
            "medicationCodeableConcept": named(entry["drug"]),
            **dosage(entry.get("daily_dose")),
        }


def dosage(dose: Json | None) -> Json:
    if dose is None:
        return {}
    daily = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    amount = quantity(dose["value"], dose["unit"].removesuffix("/d"))
    return {"dosageInstruction": [{"timing": daily, "doseAndRate": [{"doseQuantity": amount}]}]}


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case(case: Case) -> None:
    engine = EveryFact(chapter(case.file).engine.rulebook)
    entries = [{"resource": resource} for resource in resources(case.record)]
    text = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, default=_number)
    bundle: Any = parse_json(text.encode(), "bundle")
    native, _, _ = bundle_to_record(bundle, "bundle", engine.vocabulary, AS_OF)
    facts, _ = alone(native, engine, AS_OF)
    expected = {name: case.expected[name] for name in PUBLISHED & case.expected.keys()}
    assert {name: facts.get(name) for name in expected} == expected


def test_every_published_formula_has_a_case() -> None:
    assert {name for case in cases() for name in case.expected} >= PUBLISHED


def _number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)
