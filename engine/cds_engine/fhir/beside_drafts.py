"""Reads what is taken beside draft orders, which replace the other orders of their drugs."""

from __future__ import annotations

from collections.abc import Iterable

from cds_engine.fhir.coded import Entry, Reader
from cds_engine.fhir.medications import Course, as_entries
from cds_engine.fhir.notes import ENTRIES
from cds_engine.rulebook.vocabulary import TEXT


def drafted_drugs(reader: Reader, found: Iterable[Course]) -> set[str]:
    """Return the drugs of the drafts that are in force on the day of the evaluation."""
    return {
        course.drug
        for course in found
        if course.draft and course.coded.concept is not None and course.is_active(reader.as_of)
    }


def beside_drafts(
    reader: Reader, found: list[Course], given: list[Entry], *, all_listed: bool
) -> list[Entry]:
    """Return the drafts, and the other medications.

    A draft replaces every other order of its drug, also one that is not understood or not listed. So these
    may be any drug but those of the drafts, and leave the doses of the drafts known. But one of them may be
    the treatment that a draft continues: then it is not known when that began.

    Args:
        reader: what every resource is read with.
        found: the orders and statements, without those that a draft certainly replaces.
        given: the entries for what was given or dispensed.
        all_listed: whether there are no other medications.
    """
    replaced = [course for course in found if _may_be_replaced(reader, course)]
    possible: dict[str, str] = {}
    for course in replaced:
        named = course.drug.removeprefix(TEXT)
        reader.notes.add_grouped("not understood; it may be taken", course.item.pointer, named)
        possible.update(dict.fromkeys(course.coded.meaning.perhaps, course.item.pointer))
    others = []
    for entry in given:
        meaning = reader.vocabulary.meaning("drugs", entry.body["drug"])
        if meaning.concept is not None:
            others.append(entry)
        possible.update(dict.fromkeys(meaning.perhaps, entry.pointer))
    if not all_listed or any(course.item.flaw is not None for course in found):
        possible.update(dict.fromkeys(reader.vocabulary.names("drugs"), ENTRIES))
    kept = [course for course in found if course not in replaced]
    drafted = drafted_drugs(reader, kept)
    for course in kept:
        if course.draft and course.drug in possible and course.is_active(reader.as_of):
            course.start = None
    perhaps = [
        Entry({"drug": drug, "taken": None}, at)
        for drug, at in sorted(possible.items())
        if drug not in drafted
    ]
    return [*as_entries(reader, kept), *others, *perhaps]


def _may_be_replaced(reader: Reader, course: Course) -> bool:
    """Return whether a course that is not understood is, or may be, in force."""
    return course.coded.concept is None and not course.draft and course.is_active(reader.as_of)
