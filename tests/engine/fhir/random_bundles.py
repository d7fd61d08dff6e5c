"""Random Bundles about one patient, and the ways in which their entries can become unreadable."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.engine.fhir.bundles import (
    AS_OF,
    FEVER,
    FLUOXETINE,
    HAEMOGLOBIN,
    INSOMNIA,
    LEUKOCYTES,
    LONG_QT,
    MDD,
    MIANSERIN,
    NEUTROPHILS,
    SNOMED,
    Json,
    concept,
    dosage,
    every,
    order,
    patient,
    problem,
    result,
    statement,
    verified,
)

DAYS = (0, 1, 3, 7, 10, 15, 29, 60, 100, 400)
CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
EXTENSION = {"modifierExtension": [{"url": "http://example.org/x", "valueBoolean": True}]}


class RandomBundles:
    """Draws the resources of Bundles."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def resources(self) -> list[Json]:
        """Return the resources of one Bundle; sections may be missing."""
        drawn: list[Json] = [patient(birthDate=self.of("1948-03-02", "1990-05-05", "2015-01-01"))]
        for share, draw, most in (
            (0.95, self.medication, 4),
            (0.9, self.condition, 4),
            (0.5, self.allergy, 2),
            (0.5, self.symptom, 2),
            (0.9, self.observation, 5),
            (0.3, self.given, 2),
        ):
            if self.random.random() < share:
                drawn += [draw() for _ in range(self.random.randint(1, most))]
        if self.random.random() < 0.9:
            drawn.append(order(dosageInstruction=self.dosages(), authoredOn=self.date(), **self.reason()))
        for index, resource in enumerate(drawn[1:]):
            resource["id"] = f"r{index}"
        return drawn

    def of(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def date(self) -> str:
        """Return a date, or a timestamp; a few are after the evaluation."""
        day = AS_OF - datetime.timedelta(days=self.of(*DAYS, -1))
        return day.isoformat() + self.of("", "", "T08:00:00Z", "T20:30:00+02:00")

    def period(self) -> Json:
        """Return a period, which may be open."""
        first, last = sorted(self.of(*DAYS) for _ in range(2))[::-1]
        start, end = ((AS_OF - datetime.timedelta(days=days)).isoformat() for days in (first, last))
        return dict(self.random.sample([("start", start), ("end", end)], self.of(1, 2)))

    def drug(self) -> Json:
        name = self.of("phenelzine", "warfarin", "carbamazepine", "diazepam", "sertraline")
        plain = {"coding": [{"code": name}]}
        return self.of(concept(MIANSERIN), concept(MIANSERIN), concept(FLUOXETINE), plain, plain)

    def dosages(self) -> list[Json]:
        timing = every(self.of(1, 1, 2))
        if self.random.random() < 0.2:
            timing["repeat"]["boundsDuration"] = {"value": self.of(7, 14, 90), "unit": "d", "code": "d"}
        elif self.random.random() < 0.1:
            timing["repeat"]["boundsPeriod"] = self.period()
        one = dosage(self.of(15, 30, 45, 60, 120), timing)
        if self.random.random() < 0.1:
            limit = {"numerator": {"value": 60, "unit": "mg"}, "denominator": {"value": 1, "unit": "d"}}
            one["maxDosePerPeriod"] = limit
        return self.of([one], [one], [one], [one, dosage(30)], [])

    def reason(self) -> Json:
        return self.of({}, {"reasonCode": [concept(self.of(MDD, INSOMNIA))]})

    def medication(self) -> Json:
        drug = {"medicationCodeableConcept": self.drug()}
        if self.random.random() < 0.5:
            status = self.of("active", "active", "active", "stopped", "completed", "on-hold", "cancelled")
            more = {"status": status, "authoredOn": self.date(), "dosageInstruction": self.dosages()}
            return order(**drug, **more, **self.reason())
        status = self.of("active", "active", "completed", "stopped", "not-taken")
        when = self.of({"effectivePeriod": self.period()}, {"effectiveDateTime": self.date()}, {})
        return statement(**drug, status=status, dosage=self.dosages(), **when, **self.reason())

    def draft(self) -> Json:
        more = {"authoredOn": self.date(), "dosageInstruction": self.dosages()}
        return order(id="draft", status="draft", **more)

    def given(self) -> Json:
        kind = self.of("MedicationAdministration", "MedicationDispense")
        made = {"resourceType": kind, "status": "completed", "subject": {"reference": "Patient/p"}}
        when = {"effectiveDateTime": self.date()} if kind == "MedicationAdministration" else {}
        return {**made, **when, "medicationCodeableConcept": self.drug()}

    def condition(self) -> Json:
        named = [{"coding": [{"code": name}]} for name in ("epilepsy", "diabetes", "pregnancy", "mania")]
        code = self.of(*map(concept, (MDD, INSOMNIA, LONG_QT, FEVER)), *named)
        clinical = self.of("active", "active", "active", "resolved", "remission", None)
        dates = self.of({}, {"onsetDateTime": self.date()}, {"abatementDateTime": self.date()})
        sure = self.of({}, {}, {}, {"verificationStatus": verified(self.of("refuted", "unconfirmed"))})
        return problem(None, clinical, code=code, **dates, **sure)

    def symptom(self) -> Json:
        grade = {"severity": concept((SNOMED, self.of("24484000", "6736007", "255604002")))}
        return problem((SNOMED, "14760008"), "active", **self.of({}, grade, grade))

    def allergy(self) -> Json:
        drug = self.of(MIANSERIN, FLUOXETINE)
        made = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p"}}
        return {**made, "clinicalStatus": concept((CLINICAL, "active")), "code": concept(drug)}

    def observation(self) -> Json:
        when = {"effectiveDateTime": self.date()}
        if self.random.random() < 0.2:
            return result(FEVER, None, valueBoolean=self.of(True, False), **when)
        status = self.of("final", "final", "corrected", "preliminary", "entered-in-error")
        code, unit, values = self.of(
            (NEUTROPHILS, "10*9/L", (0.3, 0.9, 1.2, 3)),
            (LEUKOCYTES, "10*9/L", (1.5, 2.5, 3.4, 6)),
            (HAEMOGLOBIN, "g/L", (70, 95, 140)),
        )
        if self.random.random() < 0.2:
            quantity = {"value": self.of(*values), "unit": unit}
            part = {"code": concept(code), "valueQuantity": quantity}
            return result(("http://loinc.org", "58410-2"), None, component=[part], status=status, **when)
        return result(code, self.of(*values), unit, status=status, **when)


def unreadable(resource: Json) -> Iterator[tuple[str, Json]]:
    """Yield a resource with one part of it made unreadable, and the name of what was done."""
    kind = resource["resourceType"]
    yield "modifierExtension", {**resource, **EXTENSION}
    yield "implicitRules", {**resource, "implicitRules": "http://example.org/rules"}
    yield "invalid", {**resource, "unheardOf": 1}
    if kind == "Patient":
        return
    subject = "patient" if kind == "AllergyIntolerance" else "subject"
    yield "subject", {**resource, subject: {"reference": "urn:uuid:0c9b3a9e-0000-4000-8000-000000000000"}}
    name = "medicationCodeableConcept" if kind.startswith("Medication") else "code"
    for what, code in (
        ("text", {"text": "something in words"}),
        ("no code", {"extension": [{"url": "http://example.org/x", "valueCode": "unknown"}]}),
        ("local code", {"coding": [{"system": "http://example.org/local", "code": "7"}]}),
    ):
        yield what, {**resource, name: code}
    for other in ("neutrophils", "moclobemide", "hypomania", "severe-liver-disease"):
        if "component" not in resource:  # the code of a panel is not understood, so nothing contradicts it
            yield (
                f"also {other}",
                {**resource, name: {"coding": [*resource[name]["coding"], {"code": other}]}},
            )
    yield from _PARTS.get(kind, lambda _: iter(()))(resource)


def _medication(resource: Json) -> Iterator[tuple[str, Json]]:
    plain = {key: value for key, value in resource.items() if key != "medicationCodeableConcept"}
    for reference in ({"reference": "Medication/nowhere"}, {"display": "some drug"}):
        yield f"reference {reference}", {**plain, "medicationReference": reference}
    if resource["resourceType"] in {"MedicationAdministration", "MedicationDispense"}:
        return
    yield "status", {**resource, "status": "unknown"}
    dosing = "dosageInstruction" if resource["resourceType"] == "MedicationRequest" else "dosage"
    for index, _ in enumerate(resource.get(dosing, [])):
        for what, change in (
            ("tablets", {"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "TAB"}}]}),
            ("as needed", {"asNeededBoolean": True}),
            ("dose in words", {"doseAndRate": [{"doseRange": {}}], "text": "as before"}),
            ("dosage with an extension", EXTENSION),
            ("largest dose", {"maxDosePerPeriod": {"numerator": {"value": 3}}}),
        ):
            changed = copy.deepcopy(resource)
            changed[dosing][index] |= change
            yield what, changed
    if resource.get("authoredOn", "9999") <= AS_OF.isoformat():
        yield "month of writing", {**resource, "authoredOn": resource["authoredOn"][:7]}


def _condition(resource: Json) -> Iterator[tuple[str, Json]]:
    if "severity" in resource:
        yield "severity", {**resource, "severity": {"text": "bearable"}}
    yield (
        "no clinical status",
        {k: v for k, v in resource.items() if k not in {"clinicalStatus", "abatementDateTime"}},
    )
    yield "unknown clinical status", {**resource, "clinicalStatus": {"text": "?"}}
    for name in ("onsetDateTime", "abatementDateTime"):
        if resource.get(name, "9999") <= AS_OF.isoformat():
            yield f"year of {name}", {**resource, name: resource[name][:4]}


def _observation(resource: Json) -> Iterator[tuple[str, Json]]:
    yield "year", {**resource, "effectiveDateTime": resource["effectiveDateTime"][:4]}
    yield "no date", {key: value for key, value in resource.items() if key != "effectiveDateTime"}
    yield "focus", {**resource, "focus": [{"display": "whoever"}]}
    if resource["status"] != "entered-in-error":
        yield "status", {**resource, "status": "unknown"}
    if "valueQuantity" in resource:
        plain = {key: value for key, value in resource.items() if key != "valueQuantity"}
        yield "value in words", {**plain, "valueString": "low"}
        yield "bound", {**plain, "valueQuantity": {**resource["valueQuantity"], "comparator": "<"}}
        yield "another unit", {**plain, "valueQuantity": {"value": 1, "unit": "{drops}"}}
    if "component" in resource:
        yield "component", {**resource, "component": [{**resource["component"][0], **EXTENSION}]}


_PARTS = {
    "MedicationRequest": _medication,
    "MedicationStatement": _medication,
    "MedicationAdministration": _medication,
    "MedicationDispense": _medication,
    "Condition": _condition,
    "Observation": _observation,
}
