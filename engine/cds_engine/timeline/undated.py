"""Notices about data that has no date, and so counts on every day of a timeline."""

from __future__ import annotations

from collections.abc import Iterator

from cds_engine.notices import Notice
from cds_engine.record.models import Record


def undated_notices(record: Record) -> Iterator[Notice]:
    """Yield a notice for each kind of data that counts on every day because the record gives it no date."""
    patient = record.patient
    if patient is not None and patient.age_years is not None:
        yield Notice(
            pointer="/patient/age_years",
            message="an age without a birth date; it counts on every day of the timeline",
        )
    if record.symptoms:
        yield Notice(
            pointer="/symptoms", message="symptoms have no dates; they count on every day of the timeline"
        )
    if record.history:
        yield Notice(
            pointer="/history", message="the history has no dates; it counts on every day of the timeline"
        )
    for index, condition in enumerate(record.conditions or ()):
        if condition.present and condition.onset is None:
            yield Notice(
                pointer=f"/conditions/{index}",
                message="no onset; it counts as present from the first day of the timeline on",
            )
    for index, medication in enumerate(record.medications or ()):
        if medication.taken is False:
            continue
        if medication.start is None:
            yield Notice(
                pointer=f"/medications/{index}",
                message="no start; it counts as started before the first day of the timeline",
            )
        if medication.stopped and medication.stop is None:
            yield Notice(
                pointer=f"/medications/{index}/stopped",
                message="stopped on an unknown day; it counts as stopped on every day of the timeline",
            )
