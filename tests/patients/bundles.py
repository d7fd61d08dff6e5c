"""Patients as small FHIR R4 Bundles, made from their records where the meaning carries over.

An age without a date of birth, the history and a section that was looked through without finding anything
have no counterpart; symptoms travel as conditions of a patient whose conditions were recorded.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tests.patients.facts import engine
from tests.patients.records import Json

UCUM = "http://unitsofmeasure.org"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
SNOMED = "http://snomed.info/sct"
SEVERITIES = {"mild": "255604002", "moderate": "6736007", "severe": "24484000"}
ONE_DAY = datetime.timedelta(days=1)


def bundle(record: Json) -> Json:
    """Return a collection Bundle of what a native record says."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in _resources(record)],
    }


def _resources(record: Json) -> Iterator[Json]:
    patient, as_of = record["patient"], record["as_of"]
    yield _known(
        resourceType="Patient",
        id=patient["id"],
        birthDate=patient.get("birth_date"),
        gender=patient.get("sex"),
        deceasedDateTime=patient.get("deceased_date"),
    )
    about = {"subject": {"reference": f"Patient/{patient['id']}"}}
    if "conditions" in record:
        for entry in (*record["conditions"], *record.get("symptoms", ())):
            yield {"resourceType": "Condition", **about, **_condition(entry, as_of)}
    for entry in record.get("medications", ()):
        yield {"resourceType": "MedicationRequest", **about, **_order(entry, as_of)}
    for entry in record.get("observations", ()):
        yield {"resourceType": "Observation", **about, **_observation(entry)}


def _condition(entry: Json, as_of: str) -> Json:
    resolved = entry.get("resolved", as_of + "~") <= as_of
    stated = {True: None, False: "refuted", None: "unconfirmed"}[entry.get("present", True)]
    severity = SEVERITIES.get(entry.get("severity", ""))
    return _known(
        code=_concept(entry["code"]),
        clinicalStatus=_coded(CLINICAL, "resolved" if resolved else "active"),
        verificationStatus=stated and _coded(VERIFICATION, stated),
        severity=severity and _coded(SNOMED, severity),
        onsetDateTime=entry.get("onset"),
        abatementDateTime=entry["resolved"] if resolved else None,
    )


def _order(entry: Json, as_of: str) -> Json:
    """Return a course as an order: the doses of several orders are added, like those of several courses."""
    start, stop = entry.get("start"), entry.get("stop")
    return _known(
        status="active" if stop is None or stop > as_of else "completed",
        intent="order",
        medicationCodeableConcept=_concept(entry["drug"]),
        authoredOn=start,
        reasonCode=[_concept(entry["indication"])] if "indication" in entry else None,
        dosageInstruction=_dosage(entry.get("daily_dose", {}), stop and _last_day(start, stop)),
    )


def _last_day(start: str | None, stop: str) -> str:
    """Return the last day of a course: a record says the first day without the drug."""
    last = (datetime.date.fromisoformat(stop) - ONE_DAY).isoformat()
    return last if start is None else max(start, last)


def _dosage(dose: Mapping[str, Any], end: str | None) -> list[Json] | None:
    """Return a daily dose as one dose a day, or as two where that gives whole milligrams."""
    bounds: Json = {} if end is None else {"boundsPeriod": {"end": end}}
    if "value" not in dose:
        return [{"timing": {"repeat": bounds}}] if bounds else None
    daily = engine().vocabulary.dose.scale.to_canonical(Decimal(str(dose["value"])), dose["unit"])
    times = 2 if daily % 2 == 0 else 1
    single = {"value": float(daily / times), "unit": "mg", "system": UCUM, "code": "mg"}
    timing = {"repeat": {"frequency": times, "period": 1, "periodUnit": "d", **bounds}}
    return [{"doseAndRate": [{"doseQuantity": single}], "timing": timing}]


def _observation(entry: Json) -> Json:
    unit = entry.get("unit", "").strip()
    value = {"value": entry.get("value"), "unit": unit, "system": UCUM, "code": unit}
    return _known(
        status=entry.get("status", "final"),
        code=_concept(entry["code"]),
        effectiveDateTime=entry.get("date"),
        valueQuantity=value if "value" in entry else None,
        dataAbsentReason=None if "value" in entry else _coded(ABSENT_REASON, "unknown"),
    )


def _concept(written: str) -> Json:
    """Return what a record writes as a concept: its name, or ``system|code``."""
    system, _, code = written.rpartition("|")
    return {"coding": [_known(system=_uris().get(system, system) or None, code=code)]}


def _uris() -> Mapping[str, str]:
    """Return the address of each code system by every name that it goes by."""
    systems = engine().rulebook.terminology.systems
    return {alias: of.uri for name, of in systems.items() for alias in (name, *of.also)}


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _known(**fields: Any) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
