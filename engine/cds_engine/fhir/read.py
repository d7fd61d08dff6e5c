"""Converts a FHIR R4 Bundle to a native record.

A problem list or medication list in the Bundle counts as complete, unless the Bundle is one page of several.
A list that is missing is unknown. Symptoms are unknown unless stated. A notice names everything that could
not be used.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

from cds_engine.errors import pointer
from cds_engine.fhir.bundle import SUBJECTS, Item, read_bundle
from cds_engine.fhir.coded import Entry, Reader
from cds_engine.fhir.conditions import allergies, conditions, is_withdrawn, unnamed
from cds_engine.fhir.medications import REQUEST, STATEMENT, Course, as_entries, courses
from cds_engine.fhir.notes import ENTRIES, Notes, Origin, References
from cds_engine.fhir.observations import observations
from cds_engine.fhir.subject import Subject, patient_section
from cds_engine.fhir.treatments import merge_duplicate_treatments
from cds_engine.fhir.values import Json
from cds_engine.notices import Notice
from cds_engine.rulebook.vocabulary import Vocabulary


def bundle_to_record(  # noqa: PLR0913 - each of these is a separate choice of the caller
    bundle: object,
    source: str,
    vocabulary: Vocabulary,
    as_of: datetime.date,
    *,
    drafts: bool = False,
    patient: str | None = None,
    searched: Collection[str] = (),
) -> tuple[dict[str, Any], tuple[Notice, ...], References]:
    """Return ``bundle`` as a native record, the notices about it, and the references back to it.

    Args:
        bundle: a Bundle as :func:`cds_engine.record.json_text.parse_json` returns it.
        source: the Bundle's name in errors.
        vocabulary: the rulebook's terminology; no other codes are understood.
        as_of: the day of the evaluation.
        drafts: whether draft orders count as if they were in force.
        patient: the patient's id, or a reference to the patient, if the Bundle may contain several.
        searched: resource types that were searched for: if the Bundle has none, there are none.

    Raises:
        RecordError: if ``bundle`` is not a Bundle, or is about several patients.
    """
    notes = Notes()
    resources = read_bundle(bundle, source, notes)
    subject = Subject(resources, source, patient)
    reader = Reader(vocabulary, as_of, resources, notes)
    own = subject.own(resources.of(*SUBJECTS), notes)
    by_kind = {kind: [item for item in own if item.kind == kind] for kind in SUBJECTS}
    present = {item.kind for item in own if not is_withdrawn(item)} | set(searched)

    record: Json = {}
    references = References(patient=subject.reference)
    references.origins.update({item.pointer: Origin(item.kind, item.reference) for item in resources.items})
    who, places = patient_section(subject, as_of, notes)
    if who is not None:
        record["patient"] = {name: value for name, value in who.items() if value is not None}
        _place(references, "/patient", places)

    complete = present - resources.partial
    stated, symptoms = _conditions(reader, by_kind, complete)
    found = [*by_kind[REQUEST], *by_kind[STATEMENT]]
    taken = courses(reader, found, drafts=drafts) if present & {REQUEST, STATEMENT} else None
    if resources.partial & {REQUEST, STATEMENT}:
        # A draft replaces all other orders of its drug, also those on other pages.
        drafted = {course.drug for course in taken or () if course.draft}
        others = sorted(set(vocabulary.names("drugs")) - drafted)
        reader.perhaps_taken.update(dict.fromkeys(others, ENTRIES))
    results, observed = observations(reader, by_kind["Observation"])
    symptoms += observed
    sections = {
        "conditions": stated,
        "medications": _medications(reader, taken),
        "observations": results if "Observation" in complete else None,
        "symptoms": [*symptoms, *unnamed(vocabulary.names("symptoms"), symptoms)] if symptoms else None,
    }
    for name, entries in sections.items():
        if entries is not None:
            record[name] = [entry.body for entry in entries]
            for index, entry in enumerate(entries):
                _place(references, pointer(name, index), {"": entry.pointer, **entry.parts})
    return record, notes.notices(), references


def _medications(reader: Reader, taken: list[Course] | None) -> list[Entry] | None:
    if taken is None:
        return None
    perhaps = [Entry({"drug": drug, "taken": None}, at) for drug, at in sorted(reader.perhaps_taken.items())]
    return [*as_entries(reader, merge_duplicate_treatments(reader, taken)), *perhaps]


def _conditions(
    reader: Reader, by_kind: dict[str, list[Item]], complete: Collection[str]
) -> tuple[list[Entry] | None, list[Entry]]:
    """Return the conditions (None if nothing is known about any) and the symptoms among them.

    A problem list does not list allergies: without a list of allergies, the conditions that an allergy
    implies stay unknown. A list of allergies alone says nothing about other conditions.
    """
    problems = [item for item in by_kind["Condition"] if not is_withdrawn(item)]
    allergies_listed = [item for item in by_kind["AllergyIntolerance"] if not is_withdrawn(item)]
    implied = reader.vocabulary.allergies
    stated, symptoms = conditions(reader, problems)
    stated += allergies(reader, allergies_listed, implied)
    if "Condition" not in complete:
        if not stated:
            return None, symptoms
        return [*stated, *unnamed(reader.vocabulary.names("conditions"), stated)], symptoms
    if "AllergyIntolerance" not in complete:
        by_allergy = sorted({condition for named in implied.values() for condition in named})
        stated += unnamed(by_allergy, stated)
    return stated, symptoms


def _place(references: References, native: str, places: dict[str, str]) -> None:
    for part, place in places.items():
        references.pointers[f"{native}/{part}" if part else native] = place
