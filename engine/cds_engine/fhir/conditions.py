"""Conditions, allergies and symptoms: what is present, what is absent, and what nobody says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Entry, Reader, codes, codings, report_unknown
from cds_engine.fhir.notes import ENTRIES
from cds_engine.fhir.values import Json, UnclearError, moment, objects
from cds_engine.rulebook.vocabulary import Section

PRESENT = frozenset({"active", "recurrence", "relapse"})
ABSENT = frozenset({"inactive", "remission", "resolved"})
UNCONFIRMED = frozenset({"unconfirmed", "provisional", "differential"})
SNOMED = "http://snomed.info/sct"
SEVERITIES = {"24484000": "severe", "6736007": "moderate", "255604002": "mild"}
"""SNOMED CT's qualifiers of severity, to which FHIR binds Condition.severity."""
YES = frozenset({(SNOMED, "373066001"), (SNOMED, "52101004")})
NO = frozenset({(SNOMED, "373067005"), (SNOMED, "2667000")})
"""SNOMED CT's qualifiers yes, present, no and absent, as answers of an Observation."""


def conditions(reader: Reader, items: Iterable[Item]) -> tuple[list[Entry], list[Entry]]:
    """Return the entries for conditions and for symptoms that Condition resources state."""
    found: dict[Section, list[Entry]] = {"conditions": [], "symptoms": []}
    for item in items:
        code = item.body.get("code")
        sections: tuple[Section, ...] = ("conditions", "symptoms")
        concepts = {section: reader.concept(section, code, f"{item.pointer}/code") for section in sections}
        if not any(concepts.values()):
            for named in report_unknown(reader, item, code, "conditions"):
                found["conditions"].append(Entry({"code": named, "present": None}, item.pointer))
        for section, concept in concepts.items():
            if concept is not None:
                found[section].append(_entry(reader, item, section, concept))
    return found["conditions"], found["symptoms"]


def _entry(reader: Reader, item: Item, section: Section, concept: str) -> Entry:
    body: Json = {"code": concept, "present": _stated(reader, item, concept)}
    if section == "symptoms":
        severity = next((SEVERITIES[c] for c in codes(item.body.get("severity")) if c in SEVERITIES), None)
        return Entry({**body, "severity": severity}, item.pointer)
    onset, end = moment(item.body.get("onsetDateTime")), moment(item.body.get("abatementDateTime"))
    if onset is not None and onset.first > reader.as_of:
        body["onset"] = onset.first.isoformat()
    elif onset is not None and onset.day is not None and (end is None or onset.day <= end.first):
        body["onset"] = onset.day.isoformat()
    if end is not None and end.day is not None and body.get("onset", "") <= end.day.isoformat():
        body["resolved"] = end.day.isoformat()
    return Entry(body, item.pointer, {"onset": f"{item.pointer}/onsetDateTime"})


def _stated(reader: Reader, item: Item, concept: str) -> bool | None:
    """Return whether a Condition or AllergyIntolerance says that something is present; None: not known."""
    verified, clinical = codes(item.body.get("verificationStatus")), codes(item.body.get("clinicalStatus"))
    ended = any(name.startswith("abatement") for name in item.body)
    if "refuted" in verified or clinical & ABSENT or (ended and not clinical):
        return False
    unknown = ", ".join(sorted(verified & UNCONFIRMED))
    if not unknown and not clinical & PRESENT:
        unknown = "no clinical status" if not clinical else "a clinical status that is not understood"
    if unknown:
        reader.notes.say(item.pointer, f"{unknown}: whether {concept} is present is not known")
        return None
    return True


def is_withdrawn(item: Item) -> bool:
    """Return whether a resource was entered in error, and so says nothing at all."""
    status = item.body.get("status"), *codes(item.body.get("verificationStatus"))
    return "entered-in-error" in status


def allergies(reader: Reader, items: Iterable[Item], meant: Mapping[str, tuple[str, ...]]) -> list[Entry]:
    """Return the conditions that allergies amount to.

    ``meant`` says which conditions an allergy to a drug is, for instance a contraindication that the
    rulebook reads as a condition. An allergy may also be coded as such a condition itself.
    """
    entries = []
    for item in items:
        found = list(_allergy(reader, item, meant))
        if not found:
            report_unknown(reader, item, item.body.get("code"))
        for concept in dict.fromkeys(found):
            present = _stated(reader, item, concept)
            if present and item.body.get("type") == "intolerance":
                reader.notes.say(item.pointer, f"an intolerance: whether it is {concept} is not known")
                present = None
            entries.append(Entry({"code": concept, "present": present}, item.pointer))
    return entries


def _allergy(reader: Reader, item: Item, meant: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    reactions = objects(item.body.get("reaction"))
    for stated in (item.body.get("code"), *(reaction.get("substance") for reaction in reactions)):
        condition = reader.concept("conditions", stated, f"{item.pointer}/code")
        if condition is not None:
            yield condition
        drug = reader.concept("drugs", stated, f"{item.pointer}/code")
        yield from meant.get(drug, ()) if drug is not None else ()


def observed_symptom(reader: Reader, item: Item) -> Entry | None:
    """Return the symptom that an Observation states, if any.

    A symptom of another day than that of the evaluation is no longer known.
    """
    symptom = reader.concept("symptoms", item.body.get("code"), f"{item.pointer}/code")
    if symptom is None:
        return None
    try:
        present: bool | None = _answer(item.body)
        day = moment(item.body.get("effectiveDateTime") or item.body.get("effectiveInstant"))
        if day is None or day.day != reader.as_of:
            raise UnclearError(f"not observed on {reader.as_of}")
    except UnclearError as unclear:
        reader.notes.say(item.pointer, f"{unclear}: whether {symptom} is present is not known")
        present = None
    return Entry({"code": symptom, "present": present}, item.pointer)


def _answer(body: Json) -> bool:
    """Return what an Observation answers; a finding without any answer states itself."""
    if body.get("status") not in {"final", "amended", "corrected", "preliminary"}:
        raise UnclearError(f"status '{body.get('status')}'")
    if "dataAbsentReason" in body:
        raise UnclearError("no answer")
    values = [name for name in body if name.startswith("value")]
    if not values:
        return True
    value = body[values[0]]
    if isinstance(value, bool):
        return value
    answers = set(codings(value))
    if bool(answers & YES) == bool(answers & NO):
        raise UnclearError("an answer that is neither yes nor no")
    return bool(answers & YES)


def unnamed(names: Iterable[str], entries: list[Entry]) -> list[Entry]:
    """Return entries that say of every concept not named by ``entries`` that it is not known."""
    named = {entry.body["code"] for entry in entries}
    return [Entry({"code": name, "present": None}, ENTRIES) for name in names if name not in named]
