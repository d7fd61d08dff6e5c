"""Reads Conditions as conditions and symptoms that are present, absent or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Coded, Entry, Reader, codes, report_something_else
from cds_engine.fhir.notes import ENTRIES
from cds_engine.fhir.presence import abatement, is_present, is_refuted
from cds_engine.fhir.values import Json, Moment, moment
from cds_engine.rulebook.vocabulary import Section

SEVERITIES = {"24484000": "severe", "6736007": "moderate", "255604002": "mild"}
"""SNOMED CT's severity qualifiers, to which FHIR binds Condition.severity."""


def conditions(reader: Reader, items: Iterable[Item]) -> tuple[list[Entry], list[Entry]]:
    """Return the entries for the conditions and for the symptoms that Condition resources state.

    What is not understood may be a condition or a symptom, so it is an entry of both sections.
    """
    found: dict[Section, list[Entry]] = {"conditions": [], "symptoms": []}
    for item in items:
        code = item.body.get("code")
        if item.flaw is not None:
            for section, entries in found.items():
                entries.append(flawed_entry(reader, item, section))
            continue
        coded = {section: reader.read(section, code) for section in found}
        stated = {section: named for section, named in coded.items() if not named.is_something_else}
        if not stated:
            report_something_else(reader, item, code)
        for section, named in stated.items():
            found[section].append(_entry(reader, item, section, named))
    return found["conditions"], found["symptoms"]


def flawed_entry(reader: Reader, item: Item, section: Section) -> Entry:
    """Return the entry for a resource that is not understood."""
    coded = reader.flawed(section, item)
    place = {"code": f"{item.pointer}/code"}
    return Entry({"code": coded.code, "present": None}, item.pointer, place, unclear=True)


def _entry(reader: Reader, item: Item, section: Section, coded: Coded) -> Entry:
    present = is_present(reader, item, coded.code)
    body: Json = {"code": coded.code, "present": present}
    parts = {"code": f"{item.pointer}/code"}
    if section == "symptoms":
        stated = {SEVERITIES.get(code) for code in codes(item.body.get("severity"))}
        severity = stated.pop() if len(stated) == 1 else None
        parts["severity"] = f"{item.pointer}/severity"
        unclear = severity is None and "severity" in item.body
        return Entry({**body, "severity": severity}, item.pointer, parts, unclear=unclear)
    onset, onset_at = _onset(item)
    end, end_at = abatement(item)
    if onset is not None and onset.first > reader.as_of:
        body["onset"] = onset.first.isoformat()
    elif onset is not None and onset.day is not None and (end is None or onset.day <= end.first):
        body["onset"] = onset.day.isoformat()
    if end is not None and end.day is not None and body.get("onset", "") <= end.day.isoformat():
        body["resolved"] = end.day.isoformat()
        if present is False and end.day <= reader.as_of and not is_refuted(item):
            body["present"] = True  # until then; an absence would deny every other entry of the condition
    return Entry(body, item.pointer, {**parts, "onset": onset_at, "resolved": end_at})


def _onset(item: Item) -> tuple[Moment | None, str]:
    """Return when a condition began, and where the resource says so."""
    period = item.body.get("onsetPeriod")
    if isinstance(period, dict):
        return moment(period.get("start")), f"{item.pointer}/onsetPeriod/start"
    return moment(item.body.get("onsetDateTime")), f"{item.pointer}/onsetDateTime"


def unnamed(names: Iterable[str], entries: list[Entry]) -> Iterator[Entry]:
    """Yield entries that mark every concept that ``entries`` do not name as unknown."""
    named = {entry.body["code"] for entry in entries}
    for name in names:
        if name not in named:
            yield Entry({"code": name, "present": None}, ENTRIES)
