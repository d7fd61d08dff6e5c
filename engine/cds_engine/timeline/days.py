"""The days on which the evaluation of a record can change.

Everything that a fact asks of a record changes on such a day only:

- a drug starts or stops, a condition begins or ends, a result is dated: on these dates;
- the patient has a birthday, a parameter of the rulebook gets another value: on these dates;
- a count of days passes a number that a rule, a finding, a filter or a formula compares it with: on a date of
  the record plus that number (see :mod:`cds_engine.timeline.motion`).

Where a fact may change on any other day, every day is such a day.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cds_engine.language.queries import OLDEST, Section
from cds_engine.record.chart import CONCEPTS
from cds_engine.record.models import Patient, Record
from cds_engine.record.moments import day_of
from cds_engine.rulebook.vocabulary import Vocabulary

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a timeline that are evaluated: from ``first`` to ``last``, as seen at ``moment``."""

    first: datetime.date
    last: datetime.date
    moment: datetime.date

    def at(self, day: datetime.date) -> datetime.date:
        """Return the moment to evaluate a day for: the record's own on its own day."""
        return self.moment if day == day_of(self.moment) else day

    def always(self) -> set[datetime.date]:
        """Return the days that are days of change for every record.

        A timestamp counts to the instant on its own day only, and a result of an eastern tomorrow as one of
        that day.
        """
        today = day_of(self.moment)
        return set(self.inside({self.first, today, *following(today)}))

    def inside(self, days: Iterable[datetime.date]) -> Iterator[datetime.date]:
        """Yield those of some days that are evaluated."""
        return (day for day in days if self.first <= day <= self.last)

    def every_day(self) -> Iterator[datetime.date]:
        """Yield every day."""
        return (self.first + ONE_DAY * number for number in range((self.last - self.first).days + 1))


class Dates:
    """The dates of a record's entries by what they are, or may be."""

    def __init__(self, record: Record, vocabulary: Vocabulary) -> None:
        self._by_concept: dict[tuple[Section, str], set[datetime.date]] = {}
        for section, code, days in _dated(record):
            meaning = vocabulary.meaning(CONCEPTS[section], code)
            for concept in {meaning.concept, *meaning.perhaps} - {None}:
                self._by_concept.setdefault((section, str(concept)), set()).update(days)

    def of(self, section: Section, concepts: Iterable[str]) -> set[datetime.date]:
        """Return the dates of entries that are, or may be, one of some concepts."""
        return set().union(*(self._by_concept.get((section, name), ()) for name in concepts))

    def first(self, today: datetime.date) -> datetime.date | None:
        """Return the first day of a drug or a result up to ``today``; without either, of a condition."""
        groups: tuple[tuple[Section, ...], ...] = (("medications", "observations"), ("conditions",))
        for sections in groups:
            found = [
                day
                for (section, _), days in self._by_concept.items()
                for day in days
                if section in sections and day <= today
            ]
            if found:
                return min(found)
        return None


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


def birthdays(patient: Patient | None, last: datetime.date) -> Iterator[datetime.date]:
    """Yield the birth and the birthdays up to ``last``, until an age is no longer plausible."""
    born = patient.birth_date if patient is not None else None
    if born is None:
        return
    yield born
    for year in range(born.year, min(last.year, born.year + OLDEST + 1) + 1):
        yield _birthday(born, year)


def _birthday(born: datetime.date, year: int) -> datetime.date:
    """Return the day on which a year of age is completed: 1 March for one born on 29 February."""
    try:
        return born.replace(year=year)
    except ValueError:
        return datetime.date(year, 3, 1)


def following(day: datetime.date) -> Iterator[datetime.date]:
    """Yield the day after ``day``, unless the calendar ends."""
    if day < datetime.date.max:
        yield day + ONE_DAY
