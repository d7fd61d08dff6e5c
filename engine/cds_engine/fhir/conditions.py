"""Reads conditions, allergies and symptoms as present, absent or unknown."""

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
"""SNOMED CT's severity qualifiers, to which FHIR binds Condition.severity."""
YES = frozenset({(SNOMED, "373066001"), (SNOMED, "52101004")})
NO = frozenset({(SNOMED, "373067005"), (SNOMED, "2667000")})
"""SNOMED CT's qualifiers yes, present, no and absent, as values of an Observation."""


def conditions(reader: Reader, items: Iterable[Item]) -> tuple[list[Entry], list[Entry]]:
    """Return the entries for the conditions and for the symptoms that Condition resources state."""
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
    body: Json = {"code": concept, "present": _is_present(reader, item, concept)}
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


def _is_present(reader: Reader, item: Item, concept: str) -> bool | None:
    """Return whether a Condition or AllergyIntolerance states that ``concept`` is present; None: unknown."""
    verified, clinical = codes(item.body.get("verificationStatus")), codes(item.body.get("clinicalStatus"))
    ended = any(name.startswith("abatement") for name in item.body)
    if "refuted" in verified or clinical & ABSENT or (ended and not clinical):
        return False
    unknown = ", ".join(sorted(verified & UNCONFIRMED))
    if not unknown and not clinical & PRESENT:
        unknown = "no clinical status" if not clinical else "unknown clinical status"
    if unknown:
        reader.notes.add(item.pointer, f"{unknown}: whether {concept} is present is not known")
        return None
    return True


def is_withdrawn(item: Item) -> bool:
    """Return whether a resource was entered in error and must be ignored."""
    status = item.body.get("status"), *codes(item.body.get("verificationStatus"))
    return "entered-in-error" in status


def allergies(reader: Reader, items: Iterable[Item], implied: Mapping[str, tuple[str, ...]]) -> list[Entry]:
    """Return the entries for the conditions that allergies imply.

    ``implied`` maps a drug to the conditions that an allergy to it implies, such as a contraindication that
    the rulebook treats as a condition. An allergy may also be coded directly as such a condition.
    """
    entries = []
    for item in items:
        found = list(_implied_conditions(reader, item, implied))
        if not found:
            report_unknown(reader, item, item.body.get("code"))
        for concept in dict.fromkeys(found):
            present = _is_present(reader, item, concept)
            if present and item.body.get("type") == "intolerance":
                message = f"an intolerance, not an allergy: whether {concept} is present is not known"
                reader.notes.add(item.pointer, message)
                present = None
            entries.append(Entry({"code": concept, "present": present}, item.pointer))
    return entries


def _implied_conditions(reader: Reader, item: Item, implied: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    reactions = objects(item.body.get("reaction"))
    for stated in (item.body.get("code"), *(reaction.get("substance") for reaction in reactions)):
        condition = reader.concept("conditions", stated, f"{item.pointer}/code")
        if condition is not None:
            yield condition
        drug = reader.concept("drugs", stated, f"{item.pointer}/code")
        yield from implied.get(drug, ()) if drug is not None else ()


def observed_symptom(reader: Reader, item: Item) -> Entry | None:
    """Return the entry for the symptom that an Observation states, if any.

    A symptom observed on any day but the day of the evaluation is unknown.
    """
    symptom = reader.concept("symptoms", item.body.get("code"), f"{item.pointer}/code")
    if symptom is None:
        return None
    try:
        present: bool | None = _states_presence(item.body)
        day = moment(item.body.get("effectiveDateTime") or item.body.get("effectiveInstant"))
        if day is None or day.day != reader.as_of:
            raise UnclearError(f"not observed on {reader.as_of}")
    except UnclearError as unclear:
        reader.notes.add(item.pointer, f"{unclear}: whether {symptom} is present is not known")
        present = None
    return Entry({"code": symptom, "present": present}, item.pointer)


def _states_presence(body: Json) -> bool:
    """Return whether an Observation says that its finding is present; one without a value says so."""
    if body.get("status") not in {"final", "amended", "corrected", "preliminary"}:
        raise UnclearError(f"status '{body.get('status')}'")
    if "dataAbsentReason" in body:
        raise UnclearError("no value")
    values = [name for name in body if name.startswith("value")]
    if not values:
        return True
    value = body[values[0]]
    if isinstance(value, bool):
        return value
    answers = set(codings(value))
    if bool(answers & YES) == bool(answers & NO):
        raise UnclearError("a value that is neither yes nor no")
    return bool(answers & YES)


def unnamed(names: Iterable[str], entries: list[Entry]) -> list[Entry]:
    """Return entries that mark every concept that ``entries`` do not name as unknown."""
    named = {entry.body["code"] for entry in entries}
    return [Entry({"code": name, "present": None}, ENTRIES) for name in names if name not in named]
