"""Reads conditions, allergies and symptoms as present, absent or unknown."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Coded, Entry, Reader, codes, codings, label, report_something_else
from cds_engine.fhir.notes import ENTRIES
from cds_engine.fhir.values import SNOMED, Json, Moment, UnclearError, moment, objects
from cds_engine.rulebook.vocabulary import Section

PRESENT = frozenset({"active", "recurrence", "relapse"})
ABSENT = frozenset({"inactive", "resolved"})
REMISSION = "remission"
"""R4 does not say whether a condition in remission is present."""
UNCONFIRMED = frozenset({"unconfirmed", "provisional", "differential"})
SEVERITIES = {"24484000": "severe", "6736007": "moderate", "255604002": "mild"}
"""SNOMED CT's severity qualifiers, to which FHIR binds Condition.severity."""
YES = frozenset({(SNOMED, "373066001"), (SNOMED, "52101004")})
NO = frozenset({(SNOMED, "373067005"), (SNOMED, "2667000")})
"""SNOMED CT's qualifiers yes, present, no and absent, as values of an Observation."""
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
POSITIVE = frozenset({"POS", "DET"})
NEGATIVE = frozenset({"NEG", "ND"})
MEASURED = ("valueQuantity", "valueInteger", "valueRange", "valueRatio", "valueSampledData")
"""Values of measurements, by which an Observation cannot state a symptom."""


def conditions(reader: Reader, items: Iterable[Item]) -> tuple[list[Entry], list[Entry]]:
    """Return the entries for the conditions and for the symptoms that Condition resources state.

    What is not understood may be a condition or a symptom, so it is an entry of both sections.
    """
    found: dict[Section, list[Entry]] = {"conditions": [], "symptoms": []}
    for item in items:
        code = item.body.get("code")
        if item.flaw is not None:
            for section, entries in found.items():
                entries.append(_flawed(reader, item, section))
            continue
        coded = {section: reader.read(section, code) for section in found}
        stated = {section: named for section, named in coded.items() if not named.is_something_else}
        if not stated:
            report_something_else(reader, item, code)
        for section, named in stated.items():
            found[section].append(_entry(reader, item, section, named))
    return found["conditions"], found["symptoms"]


def _flawed(reader: Reader, item: Item, section: Section) -> Entry:
    coded = reader.flawed(section, item)
    return Entry({"code": coded.code, "present": None}, item.pointer, {"code": f"{item.pointer}/code"})


def _entry(reader: Reader, item: Item, section: Section, coded: Coded) -> Entry:
    present = _is_present(reader, item, coded.code)
    body: Json = {"code": coded.code, "present": present}
    parts = {"code": f"{item.pointer}/code"}
    if section == "symptoms":
        severity = next((SEVERITIES[c] for c in codes(item.body.get("severity")) if c in SEVERITIES), None)
        return Entry(
            {**body, "severity": severity}, item.pointer, {**parts, "severity": f"{item.pointer}/severity"}
        )
    onset, onset_at = _onset(item)
    end, end_at = _abatement(item)
    if onset is not None and onset.first > reader.as_of:
        body["onset"] = onset.first.isoformat()
    elif onset is not None and onset.day is not None and (end is None or onset.day <= end.first):
        body["onset"] = onset.day.isoformat()
    if end is not None and end.day is not None and body.get("onset", "") <= end.day.isoformat():
        body["resolved"] = end.day.isoformat()
        if present is False and end.day <= reader.as_of and not _is_refuted(item):
            body["present"] = True  # until then; an absence would deny every other entry of the condition
    return Entry(body, item.pointer, {**parts, "onset": onset_at, "resolved": end_at})


def _onset(item: Item) -> tuple[Moment | None, str]:
    """Return when a condition began, and where the resource says so."""
    period = item.body.get("onsetPeriod")
    if isinstance(period, dict):
        return moment(period.get("start")), f"{item.pointer}/onsetPeriod/start"
    return moment(item.body.get("onsetDateTime")), f"{item.pointer}/onsetDateTime"


def _abatement(item: Item) -> tuple[Moment | None, str]:
    """Return when a condition ended, if it is dated, and where the resource says so."""
    period = item.body.get("abatementPeriod")
    if isinstance(period, dict):
        start, end = moment(period.get("start")), moment(period.get("end"))
        known = Moment(start.first, end.last) if start is not None and end is not None else None
        return known, f"{item.pointer}/abatementPeriod"
    return moment(item.body.get("abatementDateTime")), f"{item.pointer}/abatementDateTime"


class _Ended(Enum):
    """What a resource says about the end of a condition."""

    NOT_STATED = "not stated"
    OVER = "over"
    LATER = "later"
    UNCLEAR = "perhaps over"


def _ended(item: Item, as_of: datetime.date) -> _Ended:
    """Return whether a condition has ended. An age or a text says that it has."""
    stated = {name for name in item.body if name.startswith("abatement")}
    if not stated:
        return _Ended.NOT_STATED
    if not stated & {"abatementDateTime", "abatementPeriod"}:
        return _Ended.OVER
    end, _ = _abatement(item)
    if end is None or end.first <= as_of < end.last:
        return _Ended.UNCLEAR
    return _Ended.LATER if end.first > as_of else _Ended.OVER


def _is_present(reader: Reader, item: Item, what: str) -> bool | None:
    """Return whether a Condition or AllergyIntolerance states that ``what`` is present; None: unknown.

    An end after the evaluation outweighs the clinical status, which is that of the day of recording.
    """
    verified, clinical = codes(item.body.get("verificationStatus")), codes(item.body.get("clinicalStatus"))
    if "refuted" in verified:
        return False
    ended = _ended(item, reader.as_of)
    unread = "clinicalStatus" in item.body and not clinical & (PRESENT | ABSENT | {REMISSION})
    over = bool(clinical & ABSENT) or (ended is _Ended.OVER and REMISSION not in clinical)
    contradictory = over and bool(clinical & PRESENT)
    if over and ended is not _Ended.LATER and not contradictory and not unread:
        return False
    if unconfirmed := verified & UNCONFIRMED:
        unknown = ", ".join(sorted(unconfirmed))
    elif ended is _Ended.LATER:
        return True
    elif contradictory:
        unknown = f"clinical status '{min(clinical & PRESENT)}' of something that has ended"
    elif ended is _Ended.UNCLEAR:
        unknown = "the day on which it ended is not clear"
    elif REMISSION in clinical:
        unknown = "in remission"
    elif clinical & PRESENT:
        return True
    else:
        unknown = "no clinical status" if not clinical else "unknown clinical status"
    reader.notes.add_grouped(f"{unknown}; whether it is present is not known", item.pointer, what)
    return None


def is_withdrawn(item: Item) -> bool:
    """Return whether a resource was entered in error and must be ignored."""
    status = item.body.get("status"), *codes(item.body.get("verificationStatus"))
    return item.flaw is None and "entered-in-error" in status


def allergies(reader: Reader, items: Iterable[Item], implied: Mapping[str, tuple[str, ...]]) -> list[Entry]:
    """Return the entries for the conditions that allergies imply.

    ``implied`` maps a drug to the conditions that an allergy to it implies, such as a contraindication that
    the rulebook treats as a condition. An allergy may also be coded directly as such a condition. Of an
    allergy that is not understood, these conditions are unknown, and nothing else.
    """
    entries = []
    for item in items:
        found, possible = _implied_conditions(reader, item, implied)
        if not found and not possible:
            report_something_else(reader, item, item.body.get("code"))
        for concept in found:
            present = _is_present(reader, item, concept)
            if present and item.body.get("type") == "intolerance":
                message = f"an intolerance, not an allergy: whether {concept} is present is not known"
                reader.notes.add(item.pointer, message)
                present = None
            entries.append(Entry({"code": concept, "present": present}, item.pointer))
        for concept in possible:
            if concept not in found and not _is_refuted(item):
                entries.append(Entry({"code": concept, "present": None}, item.pointer))
                message = f"{item.kind} is not understood; whether {concept} is present is not known"
                reader.notes.add_grouped(message, item.pointer, label(item.body.get("code")))
    return entries


def _is_refuted(item: Item) -> bool:
    return item.flaw is None and "refuted" in codes(item.body.get("verificationStatus"))


def _implied_conditions(
    reader: Reader, item: Item, implied: Mapping[str, tuple[str, ...]]
) -> tuple[list[str], list[str]]:
    """Return the conditions that an allergy implies, and those that it may imply."""
    found: dict[str, None] = {}
    possible: dict[str, None] = {}
    reactions = objects(item.body.get("reaction"))
    substances = [entry["substance"] for entry in reactions if "substance" in entry]
    unreadable = item.flaw is not None or any("modifierExtension" in entry for entry in reactions)
    stated = [item.body.get("code")] if "code" in item.body or not substances else []
    for concept in [*stated, *substances] if item.flaw is None else []:
        condition, drug = reader.read("conditions", concept), reader.read("drugs", concept)
        if condition.concept is not None:
            found[condition.concept] = None
        elif drug.concept is not None:
            found.update(dict.fromkeys(implied.get(drug.concept, ())))
        for name in () if condition.concept is not None else drug.meaning.perhaps:
            possible.update(dict.fromkeys(implied.get(name, ())))
    if unreadable:
        possible.update(dict.fromkeys(name for names in implied.values() for name in names))
    return list(found), sorted(possible)


def observed_symptom(reader: Reader, item: Item) -> Entry | None:
    """Return the entry for the symptom that an Observation states, or may state, if any.

    A symptom observed on any day but the day of the evaluation is unknown.
    """
    if item.flaw is not None:
        return _flawed(reader, item, "symptoms")
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


def unnamed(names: Iterable[str], entries: list[Entry]) -> Iterator[Entry]:
    """Yield entries that mark every concept that ``entries`` do not name as unknown."""
    named = {entry.body["code"] for entry in entries}
    for name in names:
        if name not in named:
            yield Entry({"code": name, "present": None}, ENTRIES)
