"""The days on which the evaluation of a record can change.

Everything that a fact asks of a record changes on such a day only:

- a drug starts or stops, a condition begins or ends, a result is dated: on these dates;
- the patient has a birthday or has died, a parameter of the rulebook gets another value: on these dates;
- a count of days passes a number that a rule, a finding, a filter or a formula compares it with: on a date of
  the record plus that number (see :mod:`cds_engine.timeline.motion`).

Where a fact may change on any other day, every day is such a day.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cds_engine.evaluate import Engine
from cds_engine.language.queries import OLDEST, Section
from cds_engine.record.chart import CONCEPTS
from cds_engine.record.models import Patient, Record
from cds_engine.record.moments import day_of
from cds_engine.rulebook.vocabulary import Vocabulary
from cds_engine.timeline.motion import Motions

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Changes:
    """The days of change in ascending order, the first day of the range included.

    ``record`` is the record without what the rulebook certainly does not read and without its date.
    """

    days: tuple[datetime.date, ...]
    every_day: tuple[str, ...]
    record: Record


def change_days(
    engine: Engine, record: Record, moment: datetime.date, first: datetime.date, last: datetime.date
) -> Changes:
    """Return the days from ``first`` to ``last`` on which the evaluation of ``record`` can change."""
    relevant = _relevant(record, engine.vocabulary)
    dates = _Dates(relevant, engine.vocabulary)
    today = day_of(moment)
    # A timestamp counts to the instant on its own day only, and results of an eastern tomorrow as of today.
    days = {first, today, *_following([today])}
    editions = [day for day in engine.rulebook.editions if first < day <= last]
    days.update(editions)
    every_day: set[str] = set()
    for start in (first, *editions):
        motions = Motions(engine.edition(start), dates)
        days |= motions.days
        every_day |= motions.every_day
    if record.patient is not None:
        days.update(_patient_days(record.patient, last))
    if every_day:
        days.update(first + ONE_DAY * number for number in range((last - first).days + 1))
    inside = sorted(day for day in days if first <= day <= last)
    return Changes(tuple(inside), tuple(sorted(every_day)), relevant)


def first_day_of_data(record: Record, vocabulary: Vocabulary, today: datetime.date) -> datetime.date | None:
    """Return the first day of a drug or a result up to ``today``, or of a condition if there is neither."""
    dates = _Dates(_relevant(record, vocabulary), vocabulary)
    sections: tuple[tuple[Section, ...], ...] = (("medications", "observations"), ("conditions",))
    for group in sections:
        found = [day for section in group for day in dates.of_section(section) if day <= today]
        if found:
            return min(found)
    return None


class _Dates:
    """The dates of a record's entries by what they are, or may be."""

    def __init__(self, record: Record, vocabulary: Vocabulary) -> None:
        self._by_concept: dict[tuple[Section, str], set[datetime.date]] = {}
        for section, code, days in _dated(record):
            meaning = vocabulary.meaning(CONCEPTS[section], code)
            for concept in {meaning.concept, *meaning.perhaps} - {None}:
                self._by_concept.setdefault((section, str(concept)), set()).update(days)

    def __call__(self, section: Section, concepts: Iterable[str]) -> set[datetime.date]:
        return set().union(*(self._by_concept.get((section, name), ()) for name in concepts))

    def of_section(self, section: Section) -> set[datetime.date]:
        return set().union(*(days for (of, _), days in self._by_concept.items() if of == section))


def _dated(record: Record) -> Iterator[tuple[Section, str, list[datetime.date]]]:
    """Yield the section, code and dates of every entry that may have dates."""
    for condition in record.conditions or ():
        yield "conditions", condition.code, _stated(condition.onset, condition.resolved)
    for medication in record.medications or ():
        yield "medications", medication.drug, _stated(medication.start, medication.stop)
    for observation in record.observations or ():
        yield "observations", observation.code, _stated(observation.date)


def _stated(*dates: datetime.date | None) -> list[datetime.date]:
    return [day_of(date) for date in dates if date is not None]


def _relevant(record: Record, vocabulary: Vocabulary) -> Record:
    """Return the record without its date and without entries that are certainly no concept."""

    def kept(section: Section, code: Callable[..., str]) -> tuple[object, ...] | None:
        entries = getattr(record, section)
        if entries is None:
            return None
        name = CONCEPTS[section]
        return tuple(
            entry for entry in entries if not vocabulary.meaning(name, code(entry)).is_something_else
        )

    return record.model_copy(
        update={
            "as_of": None,
            "conditions": kept("conditions", lambda entry: entry.code),
            "medications": kept("medications", lambda entry: entry.drug),
            "observations": kept("observations", lambda entry: entry.code),
            "symptoms": kept("symptoms", lambda entry: entry.code),
        }
    )


def _patient_days(patient: Patient, last: datetime.date) -> Iterator[datetime.date]:
    """Yield the birth, the birthdays and the day after the death of a patient."""
    born = patient.birth_date
    if born is not None:
        yield born
        for year in range(born.year, min(last.year, born.year + OLDEST + 1) + 1):
            yield _birthday(born, year)
    if patient.deceased_date is not None:
        yield from _following([patient.deceased_date])


def _birthday(born: datetime.date, year: int) -> datetime.date:
    """Return the day on which a year of age is completed: 1 March for one born on 29 February."""
    try:
        return born.replace(year=year)
    except ValueError:
        return datetime.date(year, 3, 1)


def _following(days: Iterable[datetime.date]) -> Iterator[datetime.date]:
    for day in days:
        if day < datetime.date.max:
            yield day + ONE_DAY
