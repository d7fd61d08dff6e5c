"""Small Bundles written by hand, and shortcuts to read and evaluate them."""

from __future__ import annotations

import datetime
import json
from typing import Any

from cds_engine import Engine, load_rulebook, parse_json, shipped_rulebooks
from cds_engine.fhir import Drafts, FhirEvaluation, References, bundle_to_record, evaluate_bundle

AS_OF = datetime.date(2026, 11, 23)
ENGINE = Engine(load_rulebook(shipped_rulebooks() / "mianserin"))
RXNORM, SNOMED, LOINC = (
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://snomed.info/sct",
    "http://loinc.org",
)
UCUM = "http://unitsofmeasure.org"
MIANSERIN, FLUOXETINE = (RXNORM, "6929"), (RXNORM, "4493")
MDD, INSOMNIA, FEVER, LONG_QT = (
    (SNOMED, "370143000"),
    (SNOMED, "193462001"),
    (SNOMED, "386661006"),
    (SNOMED, "111975006"),
)
LEUKOCYTES, NEUTROPHILS, HAEMOGLOBIN = (LOINC, "6690-2"), (LOINC, "751-8"), (LOINC, "718-7")
Json = dict[str, Any]


def concept(*coded: tuple[str, str], text: str | None = None) -> Json:
    """Return a CodeableConcept."""
    made: Json = {"coding": [{"system": system, "code": code} for system, code in coded]} if coded else {}
    return made if text is None else {**made, "text": text}


def patient(**more: Any) -> Json:
    """Return a Patient born in 1950."""
    return {"resourceType": "Patient", "id": "p", "birthDate": "1950-05-05", "gender": "female", **more}


def about(**more: Any) -> Json:
    return {"subject": {"reference": "Patient/p"}, **more}


def order(drug: tuple[str, str] | None = MIANSERIN, /, **more: Any) -> Json:
    """Return an active MedicationRequest, written 100 days ago."""
    made = about(resourceType="MedicationRequest", status="active", intent="order", authoredOn="2026-08-15")
    if drug is not None:
        made["medicationCodeableConcept"] = concept(drug)
    return {**made, **more}


def statement(drug: tuple[str, str] = MIANSERIN, /, **more: Any) -> Json:
    """Return an active MedicationStatement."""
    made = about(resourceType="MedicationStatement", status="active")
    return {**made, "medicationCodeableConcept": concept(drug), **more}


def milligrams(value: Any, unit: str = "mg") -> Json:
    """Return a Quantity coded in UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def every(frequency: Any = 1, period: Any = 1, unit: str = "d", **more: Any) -> Json:
    """Return a Timing with a structure."""
    return {"repeat": {"frequency": frequency, "period": period, "periodUnit": unit, **more}}


def dosage(value: Any = 60, timing: Json | None = None, **more: Any) -> Json:
    """Return a Dosage in milligrams, daily unless stated."""
    dose = {"doseAndRate": [{"doseQuantity": milligrams(value)}]}
    return {**dose, "timing": every() if timing is None else timing, **more}


def problem(code: tuple[str, str] | None = MDD, /, clinical: str | None = "active", **more: Any) -> Json:
    """Return a Condition."""
    made = about(resourceType="Condition", code=concept(code) if code else {"text": "something"})
    if clinical is not None:
        made["clinicalStatus"] = concept(
            ("http://terminology.hl7.org/CodeSystem/condition-clinical", clinical)
        )
    return {**made, **more}


def verified(status: str) -> Json:
    """Return a verificationStatus."""
    return concept(("http://terminology.hl7.org/CodeSystem/condition-ver-status", status))


def result(code: tuple[str, str] = LEUKOCYTES, /, value: Any = 5, unit: str = "10*9/L", **more: Any) -> Json:
    """Return a final Observation of the day before the evaluation."""
    made = about(resourceType="Observation", status="final", code=concept(code))
    if "effectivePeriod" not in more:
        made["effectiveDateTime"] = "2026-11-22"
    if value is not None:
        made["valueQuantity"] = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {key: entry for key, entry in {**made, **more}.items() if entry is not None}


def bundle(*resources: Json, **more: Any) -> Any:
    """Return a Bundle as it is after its JSON text was read."""
    written = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
        **more,
    }
    return parse_json(json.dumps(written).encode(), "bundle")


def drafts(value: Any) -> Drafts:
    """Return the orders of a Bundle with status draft as those that are being written."""
    entries = enumerate(value["entry"])
    return Drafts(
        {f"/entry/{index}/resource" for index, one in entries if one["resource"].get("status") == "draft"}
    )


def read(*resources: Json, draft: bool = False, **options: Any) -> tuple[Json, list[str], References]:
    """Return the native record of a Bundle, its notices as lines, and its references."""
    value = bundle(*resources)
    if draft:
        options["drafts"] = drafts(value)
    record, notices, references = bundle_to_record(value, "bundle", ENGINE.vocabulary, AS_OF, **options)
    return record, [f"{notice.pointer}: {notice.message}" for notice in notices], references


def evaluate(*resources: Json, **options: Any) -> FhirEvaluation:
    """Return the evaluation of a Bundle."""
    return evaluate_bundle(ENGINE, bundle(*resources), AS_OF, **options)


def fired(*resources: Json, **options: Any) -> set[str]:
    """Return the rules that fire for a Bundle."""
    return {advisory.rule for advisory in evaluate(*resources, **options).evaluation.advisories}
