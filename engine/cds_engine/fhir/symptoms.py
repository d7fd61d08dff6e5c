"""Reads Observations as symptoms."""

from __future__ import annotations

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Entry, Reader, codings
from cds_engine.fhir.conditions import flawed_entry
from cds_engine.fhir.values import SNOMED, Json, UnclearError, moment, objects

YES = frozenset({(SNOMED, "373066001"), (SNOMED, "52101004")})
NO = frozenset({(SNOMED, "373067005"), (SNOMED, "2667000")})
"""SNOMED CT's qualifiers yes, present, no and absent, as values of an Observation."""
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
POSITIVE = frozenset({"POS", "DET"})
NEGATIVE = frozenset({"NEG", "ND"})
MEASURED = ("valueQuantity", "valueInteger", "valueRange", "valueRatio", "valueSampledData")
"""Values of measurements, by which an Observation cannot state a symptom."""


def observed_symptom(reader: Reader, item: Item) -> Entry | None:
    """Return the entry for the symptom that an Observation states, or may state, if any.

    A symptom observed on any day but the day of the evaluation is unknown.
    """
    if item.flaw is not None:
        return flawed_entry(reader, item, "symptoms")
    symptom = reader.read("symptoms", item.body.get("code"))
    if symptom.is_something_else or (symptom.concept is None and not _may_be_a_symptom(item)):
        return None
    try:
        present: bool | None = _states_presence(item.body)
        day = moment(item.body.get("effectiveDateTime") or item.body.get("effectiveInstant"))
        if day is None or day.day != reader.as_of:
            raise UnclearError(f"not observed on {reader.as_of}")
    except UnclearError as unclear:
        if symptom.concept is not None:
            message = f"{unclear}: whether {symptom.concept} is present is not known"
            reader.notes.add(item.pointer, message)
        present = None
    return Entry({"code": symptom.code, "present": present}, item.pointer, {"code": f"{item.pointer}/code"})


def _may_be_a_symptom(item: Item) -> bool:
    """Return whether an Observation with a code that is not understood may state a symptom."""
    return "component" not in item.body and not any(name in item.body for name in MEASURED)


def _states_presence(body: Json) -> bool:
    """Return whether an Observation says that its finding is present.

    Its value says so, or without one its interpretation; one that has neither is present.
    """
    if body.get("status") not in {"final", "amended", "corrected", "preliminary"}:
        raise UnclearError(f"status '{body.get('status')}'")
    if "dataAbsentReason" in body:
        raise UnclearError("no value")
    interpreted = _interpreted(body)
    values = [name for name in body if name.startswith("value")]
    if not values and interpreted is None and "interpretation" in body:
        raise UnclearError("an interpretation that is neither positive nor negative")
    if not values:
        return interpreted is not False
    value = body[values[0]]
    if isinstance(value, bool):
        present = value
    else:
        answers = set(codings(value))
        if bool(answers & YES) == bool(answers & NO):
            raise UnclearError("a value that is neither yes nor no")
        present = bool(answers & YES)
    if interpreted is not None and interpreted is not present:
        raise UnclearError("an interpretation that contradicts the value")
    return present


def _interpreted(body: Json) -> bool | None:
    """Return whether the interpretation is positive; None if it is neither positive nor negative."""
    found = {coding for concept in objects(body.get("interpretation")) for coding in codings(concept)}
    named = {code for system, code in found if system in {INTERPRETATION, None}}
    positive, negative = bool(named & POSITIVE), bool(named & NEGATIVE)
    if positive and negative:
        raise UnclearError("an interpretation that is both positive and negative")
    return positive if positive or negative else None
