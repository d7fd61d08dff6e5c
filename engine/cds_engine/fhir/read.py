"""Converts a FHIR R4 Bundle to a native record.

A problem list or medication list in the Bundle counts as complete, unless the Bundle is one page of several.
A list that is missing is unknown. Symptoms are unknown unless stated. Every entry that is not understood is
an entry of the record, and a notice names everything that could not be used.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from typing import Any

from cds_engine.errors import pointer
from cds_engine.fhir.absences import split_absences
from cds_engine.fhir.allergies import allergies
from cds_engine.fhir.beside_drafts import beside_drafts, drafted_drugs
from cds_engine.fhir.bundle import SUBJECTS, Item, ReadBundle, read_bundle
from cds_engine.fhir.coded import Entry, Reader
from cds_engine.fhir.conditions import conditions, unnamed
from cds_engine.fhir.given import ADMINISTRATION, DISPENSE, perhaps_taken
from cds_engine.fhir.medications import REQUEST, STATEMENT, Drafts, as_entries, courses
from cds_engine.fhir.notes import ENTRIES, Origin, References
from cds_engine.fhir.observations import observations
from cds_engine.fhir.presence import is_withdrawn
from cds_engine.fhir.subject import Subject, patient_section
from cds_engine.fhir.treatments import merge_duplicate_treatments
from cds_engine.fhir.values import Json
from cds_engine.notices import Notice
from cds_engine.record.models import MAX_ENTRIES
from cds_engine.record.moments import day_of
from cds_engine.rulebook.vocabulary import Vocabulary

NO_DRAFTS = Drafts()


def bundle_to_record(  # noqa: PLR0913 - each of these is a separate choice of the caller
    bundle: object,
    source: str,
    vocabulary: Vocabulary,
    as_of: datetime.date,
    *,
    drafts: Drafts = NO_DRAFTS,
    patient: str | None = None,
    searched: Collection[str] = (),
    unknown: Collection[str] = (),
    read: ReadBundle | None = None,
) -> tuple[dict[str, Any], tuple[Notice, ...], References]:
    """Return ``bundle`` as a native record, the notices about it, and the references back to it.

    Args:
        bundle: a Bundle as :func:`cds_engine.record.json_text.parse_json` returns it.
        source: the Bundle's name in errors.
        vocabulary: the rulebook's terminology; no other codes are understood.
        as_of: the day or the instant of the evaluation.
        drafts: the orders that are being written; they count as if they were in force.
        patient: the patient's id, or a reference to the patient, if the Bundle may contain several.
        searched: resource types that were searched for: if the Bundle has none, there are none.
        unknown: resource types of which there may be others than the Bundle has.
        read: the resources of ``bundle``, if they were read before.

    Raises:
        RecordError: if ``bundle`` is not a Bundle, or is about several patients.
    """
    read = read or read_bundle(bundle, source)
    resources, notes = read.resources, read.notes.copy()
    subject = Subject(resources, source, patient)
    reader = Reader(vocabulary, day_of(as_of), resources, notes)
    own, absences = split_absences(subject.own(resources.of(*SUBJECTS), notes), notes)
    by_kind = {kind: [item for item in own if item.kind == kind] for kind in SUBJECTS}
    listed = {item.kind for item in own if not is_withdrawn(item) and item.pointer not in drafts.pointers}
    partial = resources.partial | set(unknown) | absences.not_known
    complete = (listed | set(searched) | absences.none) - partial

    record: Json = {}
    references = References(patient=subject.reference)
    references.origins.update({item.pointer: Origin(item.kind, item.reference) for item in resources.items})
    who, places = patient_section(subject, reader.as_of, notes)
    if who is not None:
        record["patient"] = {name: value for name, value in who.items() if value is not None}
        _place(references, "/patient", places)

    stated, symptoms = _conditions(reader, by_kind, complete)
    results, observed = observations(reader, by_kind["Observation"])
    taken, all_listed = _medications(reader, by_kind, drafts, complete, partial)
    symptoms += observed
    if any(vocabulary.concept("symptoms", entry.body["code"]) is not None for entry in symptoms):
        # A list of problems is none of symptoms: what it does not name is not known.
        symptoms += unnamed(vocabulary.names("symptoms"), symptoms)
    else:
        symptoms = []
    sections = {
        "conditions": (stated, "Condition" in complete),
        "medications": (taken, all_listed),
        "observations": (results, "Observation" in complete),
        "symptoms": (symptoms, bool(symptoms)),
    }
    incomplete = []
    for name, (found, is_complete) in sections.items():
        if not found and not is_complete:
            continue
        entries = _most(reader, name, found)
        record[name] = [entry.body for entry in entries]
        if not is_complete or len(entries) < len(found) or any(entry.unclear for entry in entries):
            incomplete.append(name)
        for index, entry in enumerate(entries):
            _place(references, pointer(name, index), {"": entry.pointer, **entry.parts})
    if incomplete:
        record["incomplete"] = incomplete
    return record, notes.notices(), references


def _most(reader: Reader, section: str, entries: list[Entry]) -> list[Entry]:
    """Return as many entries as a record may have, first of all those that the rulebook understands."""
    if len(entries) <= MAX_ENTRIES:
        return entries
    message = f"more than {MAX_ENTRIES:,} {section}; the rest is not used, and the list is not complete"
    reader.notes.add(ENTRIES, message)
    return sorted(entries, key=lambda entry: "|" in (entry.body.get("code") or entry.body["drug"]))[
        :MAX_ENTRIES
    ]


def _medications(
    reader: Reader,
    by_kind: dict[str, list[Item]],
    drafts: Drafts,
    complete: Collection[str],
    partial: Collection[str],
) -> tuple[list[Entry], bool]:
    """Return the medications, and whether there are no others."""
    found = courses(reader, [*by_kind[REQUEST], *by_kind[STATEMENT]], drafts)
    all_listed = bool({REQUEST, STATEMENT} & set(complete)) and not {REQUEST, STATEMENT} & set(partial)
    given = perhaps_taken(reader, [*by_kind[ADMINISTRATION], *by_kind[DISPENSE]], found)
    merged = merge_duplicate_treatments(reader, found)
    if drafted_drugs(reader, found):
        return beside_drafts(reader, merged, given, all_listed=all_listed), True
    return [*as_entries(reader, merged), *given], all_listed


def _conditions(
    reader: Reader, by_kind: dict[str, list[Item]], complete: Collection[str]
) -> tuple[list[Entry], list[Entry]]:
    """Return the conditions, and the symptoms among them.

    A problem list does not list allergies: without a list of allergies, the conditions that an allergy
    implies stay unknown. A list of allergies alone says nothing about other conditions.
    """
    stated, symptoms = conditions(reader, _in_force(by_kind["Condition"]))
    implied = reader.vocabulary.allergies
    stated += allergies(reader, _in_force(by_kind["AllergyIntolerance"]), implied)
    if "Condition" in complete and "AllergyIntolerance" not in complete:
        by_allergy = sorted({condition for named in implied.values() for condition in named})
        stated += unnamed(by_allergy, stated)
    return stated, symptoms


def _in_force(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if not is_withdrawn(item)]


def _place(references: References, native: str, places: dict[str, str]) -> None:
    for part, place in places.items():
        references.pointers[f"{native}/{part}" if part else native] = place
