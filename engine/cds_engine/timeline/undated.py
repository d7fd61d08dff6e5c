"""Notices about data that has no date, and so counts on every day of a timeline."""

from __future__ import annotations

from collections.abc import Iterator

from cds_engine.notices import Notice
from cds_engine.record.chart import CONCEPTS
from cds_engine.record.models import Record
from cds_engine.rulebook.vocabulary import Vocabulary

EVERY_DAY = "on every day of the timeline"
_MESSAGES = {
    "age": f"an age without a birth date; it counts {EVERY_DAY}",
    "symptoms": f"symptoms have no dates; they count {EVERY_DAY}",
    "history": f"the history has no dates; it counts {EVERY_DAY}",
    "onset": f"no onset; counts as present {EVERY_DAY} before it ends",
    "start": f"no start; counts as started {EVERY_DAY}",
    "stopped": f"stopped on an unknown day; counts as stopped {EVERY_DAY}",
}


def undated_notices(record: Record, vocabulary: Vocabulary) -> Iterator[Notice]:
    """Yield a notice for each kind of data that counts on every day because the record gives it no date.

    Of several entries of a kind, the notice names the first one and the number of the others. Entries that
    are certainly no concept of the rulebook are left out.
    """
    found: dict[str, list[str]] = {}
    for kind, pointer in _undated(record, vocabulary):
        found.setdefault(kind, []).append(pointer)
    for kind, (pointer, *others) in found.items():
        also = f" (and {len(others)} more)" if others else ""
        yield Notice(pointer=pointer, message=f"{_MESSAGES[kind]}{also}")


def _undated(record: Record, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield the kind and the pointer of everything without a date."""
    patient = record.patient
    if patient is not None and patient.age_years is not None:
        yield "age", "/patient/age_years"
    if record.symptoms:
        yield "symptoms", "/symptoms"
    if record.history:
        yield "history", "/history"
    for index, condition in enumerate(record.conditions or ()):
        is_read = not vocabulary.meaning(CONCEPTS["conditions"], condition.code).is_something_else
        if is_read and condition.present and condition.onset is None:
            yield "onset", f"/conditions/{index}"
    for index, medication in enumerate(record.medications or ()):
        is_read = not vocabulary.meaning(CONCEPTS["medications"], medication.drug).is_something_else
        if not is_read or medication.taken is False:
            continue
        if medication.start is None:
            yield "start", f"/medications/{index}"
        if medication.stopped and medication.stop is None:
            yield "stopped", f"/medications/{index}/stopped"
