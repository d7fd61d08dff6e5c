"""A record as of a date, in the rulebook's own concepts and units.

What the record writes in its own way (codes, units, several entries for one thing, results of the future)
is settled here once; what could not be used is said in a notice. A section that was omitted is None.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from cds_engine.errors import Problem, RecordError
from cds_engine.notices import Notice
from cds_engine.quantities.numbers import canonical, plain
from cds_engine.quantities.units import UnitError
from cds_engine.record.models import (
    ConditionEntry,
    MedicationEntry,
    ObservationEntry,
    Patient,
    Record,
    SymptomEntry,
)
from cds_engine.record.models import ValueWithUnit as WrittenQuantity
from cds_engine.rulebook.vocabulary import Quantity, Section, Vocabulary

StatedEntry = TypeVar("StatedEntry", ConditionEntry, SymptomEntry)
WITHDRAWN = frozenset({"entered-in-error", "cancelled"})
PRECEDENCE = {"preliminary": 0, "final": 1, "amended": 2, "corrected": 2}


@dataclass(slots=True)
class Course:
    """One medication entry that had begun by the date of the chart; the dose is in the canonical unit."""

    dose: Decimal | None
    start: datetime.date | None
    stop: datetime.date | None
    active: bool
    indication: str | None
    pointer: str


@dataclass(slots=True)
class Reading:
    """All results of one observation on one day, as one; None where taken but not usable."""

    day: datetime.date
    value: Decimal | None
    pointer: str


@dataclass(slots=True)
class Series:
    """The results of one observation, latest day first; ``undated`` ones cannot be placed among them."""

    readings: list[Reading] = field(default_factory=list)
    undated: bool = False


@dataclass(slots=True)
class Stated:
    """A condition or symptom: present, absent or (None) not known; with severity where stated."""

    present: bool | None
    severity: str | None
    pointer: str


@dataclass(slots=True)
class Chart:
    """The record as of ``as_of``; what is not named in a section that is given is absent.

    ``doubtful`` are drugs that may be or have been taken, beside what ``courses`` say.
    """

    as_of: datetime.date
    age_years: int | None = None
    deceased: bool = False
    courses: Mapping[str, list[Course]] | None = None
    doubtful: frozenset[str] = frozenset()
    conditions: Mapping[str, Stated] | None = None
    symptoms: Mapping[str, Stated] | None = None
    series: Mapping[str, Series] | None = None
    history: Mapping[str, Decimal | bool | None] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


def build_chart(
    record: Record,
    as_of: datetime.date,
    vocabulary: Vocabulary,
    source: str,
    doubtful: frozenset[str] = frozenset(),
) -> Chart:
    """Return ``record`` as a chart as of ``as_of``; ``doubtful`` drugs may be taken beside what it says.

    Raises:
        RecordError: with every unit that is of the wrong dimension or not understood.
    """
    return _ChartBuilder(Chart(as_of, doubtful=doubtful), vocabulary, source).draw(record)


def unit_problems(value: Any, vocabulary: Vocabulary, source: str) -> list[Problem]:
    """Return what is wrong with the units of a record that is too faulty to be drawn up."""
    written: list[tuple[str, Any, Quantity | None]] = []
    for index, entry in enumerate(_entries(value, "medications")):
        dose = entry.get("daily_dose")
        written.append((f"/medications/{index}/daily_dose", dose, vocabulary.dose))
    for index, entry in enumerate(_entries(value, "observations")):
        code = entry.get("code")
        concept = vocabulary.concept("observations", code) if isinstance(code, str) else None
        written.append((f"/observations/{index}", entry, vocabulary.quantities.get(concept or "")))
    problems = []
    for at, body, quantity in written:
        unit = body.get("unit") if isinstance(body, dict) else None
        if quantity is None or not isinstance(unit, str):
            continue
        try:
            quantity.scale.to_canonical(Decimal(1), unit)
        except UnitError as error:
            problems.append(Problem(source, str(error), f"{at}/unit"))
    return problems


def _entries(value: Any, section: str) -> list[dict[str, Any]]:
    entries = value.get(section) if isinstance(value, dict) else None
    return (
        [entry if isinstance(entry, dict) else {} for entry in entries] if isinstance(entries, list) else []
    )


class _ChartBuilder:
    """One record on its way to a chart."""

    def __init__(self, chart: Chart, vocabulary: Vocabulary, source: str) -> None:
        self.as_of = chart.as_of
        self.vocabulary = vocabulary
        self.source = source
        self.chart = chart
        self.problems: list[Problem] = []

    def draw(self, record: Record) -> Chart:
        chart = self.chart
        if record.patient is not None:
            self.patient(record.patient)
        if record.conditions is not None:
            chart.conditions = self.stated("conditions", record.conditions, self.condition)
        if record.symptoms is not None:
            chart.symptoms = self.stated("symptoms", record.symptoms, _symptom)
        if record.medications is not None:
            chart.courses = self.courses(record.medications)
        if record.observations is not None:
            chart.series = self.series(record.observations)
        if record.history is not None:
            chart.history = record.history
        if self.problems:
            raise RecordError(self.problems)
        return chart

    def notice(self, pointer: str, message: str) -> None:
        self.chart.notices.append(Notice(pointer=pointer, message=message))

    def concept(self, section: Section, code: str, pointer: str, use: str = "not used") -> str | None:
        """Return the concept for ``code``; one that the rulebook does not know becomes a notice."""
        found = self.vocabulary.concept(section, code)
        if found is None:
            hint = self.vocabulary.hint(section, code)
            what = section.removesuffix("s")
            self.notice(pointer, f"the rulebook does not know the {what} '{code}'; {use}{hint}")
        return found

    def patient(self, patient: Patient) -> None:
        if patient.birth_date is not None:
            if patient.birth_date > self.as_of:
                message = f"expected a date on or before as_of {self.as_of}, found {patient.birth_date}"
                self.problems.append(Problem(self.source, message, "/patient/birth_date"))
                return
            self.chart.age_years = completed_years(patient.birth_date, self.as_of)
        elif patient.age_years is not None:
            self.chart.age_years = int(patient.age_years)
        died = patient.deceased_date
        if died is not None and died < self.as_of:
            self.chart.deceased = True
            self.notice("/patient/deceased_date", f"died on {died}, before {self.as_of}: no rule applies")

    def stated(
        self, section: Section, entries: Iterable[StatedEntry], read: Callable[[StatedEntry, str], Stated]
    ) -> dict[str, Stated]:
        found: dict[str, Stated] = {}
        for index, entry in enumerate(entries):
            pointer = f"/{section}/{index}"
            concept = self.concept(section, entry.code, f"{pointer}/code")
            if concept is None:
                continue
            new = read(entry, pointer)
            old = found.get(concept)
            if old is None or _outweighs(new, old):
                found[concept] = new
        return found

    def condition(self, entry: ConditionEntry, pointer: str) -> Stated:
        present = entry.present
        if present and entry.onset is not None and entry.onset > self.as_of:
            self.notice(f"{pointer}/onset", f"begins after {self.as_of}; taken as absent")
            present = False
        elif present and entry.resolved is not None and entry.resolved <= self.as_of:
            present = False
        return Stated(present, None, pointer)

    def courses(self, entries: Iterable[MedicationEntry]) -> dict[str, list[Course]]:
        found: dict[str, list[Course]] = {}
        for index, entry in enumerate(entries):
            pointer = f"/medications/{index}"
            drug = self.concept("drugs", entry.drug, f"{pointer}/drug")
            dose = self.amount(entry.daily_dose, self.vocabulary.dose, f"{pointer}/daily_dose")
            if drug is None:
                continue
            if entry.start is not None and entry.start > self.as_of:
                self.notice(f"{pointer}/start", f"starts after {self.as_of}; not used")
                continue
            indication = entry.indication
            if indication is not None:
                at, use = f"{pointer}/indication", "taken as an indication of its own"
                indication = self.concept("conditions", indication, at, use) or indication
            active = entry.stop is None or entry.stop > self.as_of
            course = Course(dose, entry.start, entry.stop, active, indication, pointer)
            found.setdefault(drug, []).append(course)
        return found

    def amount(self, written: WrittenQuantity | None, quantity: Quantity, pointer: str) -> Decimal | None:
        """Return a written quantity in the canonical unit; None where not stated or not plausible."""
        if written is None or written.value is None:
            return None
        return self.value(written.value, written.unit, quantity, pointer)

    def value(self, number: Decimal, unit: str | None, quantity: Quantity, pointer: str) -> Decimal | None:
        try:
            value = quantity.scale.convert(number, unit or "")
        except UnitError as error:
            self.problems.append(Problem(self.source, str(error), f"{pointer}/unit"))
            return None
        if not quantity.plausible(value):
            span = f"{plain(quantity.minimum)} to {plain(quantity.maximum)} {quantity.unit}"
            message = (
                f"{plain(canonical(value))} {quantity.unit} is outside the plausible range {span}; not used"
            )
            self.notice(f"{pointer}/value", message)
            return None
        return value

    def series(self, entries: Iterable[ObservationEntry]) -> dict[str, Series]:
        found: dict[str, Series] = {}
        days: dict[tuple[str, datetime.date], list[tuple[int, Reading]]] = {}
        for index, entry in enumerate(entries):
            pointer = f"/observations/{index}"
            name = self.concept("observations", entry.code, f"{pointer}/code")
            if name is None:
                continue
            value = None
            if entry.value is not None:
                value = self.value(entry.value, entry.unit, self.vocabulary.quantities[name], pointer)
            if entry.status in WITHDRAWN:
                self.notice(f"{pointer}/status", f"{entry.status}; not used")
            elif entry.date is None:
                self.notice(f"{pointer}/date", "no date: it cannot be told which result is the latest")
                found.setdefault(name, Series()).undated = True
            elif entry.date > self.as_of:
                self.notice(f"{pointer}/date", f"{entry.date} is after {self.as_of}; not used")
            else:
                found.setdefault(name, Series())
                reading = Reading(entry.date, value, pointer)
                days.setdefault((name, entry.date), []).append((PRECEDENCE[entry.status], reading))
        for (name, _), same_day in sorted(days.items(), key=lambda item: item[0][1], reverse=True):
            found[name].readings.append(self.one_a_day(same_day))
        return found

    def one_a_day(self, same_day: list[tuple[int, Reading]]) -> Reading:
        """Return the day's result: a corrected one before a final before a preliminary one.

        Results of one standing that disagree leave the value unknown: the record does not say which came
        last, and a guess could hide a fall.
        """
        if len(same_day) == 1:
            return same_day[0][1]
        best = max(precedence for precedence, _ in same_day)
        readings = [reading for precedence, reading in same_day if precedence == best]
        first = readings[0]
        if all(reading.value == first.value for reading in readings):
            return first
        self.notice(first.pointer, f"results on {first.day} disagree; their value is taken as unknown")
        return Reading(first.day, None, first.pointer)


def _symptom(entry: SymptomEntry, pointer: str) -> Stated:
    return Stated(entry.present, entry.severity, pointer)


def _outweighs(new: Stated, old: Stated) -> bool:
    """Present outweighs not known, which outweighs absent; the more severe of two present ones counts."""
    rank = {True: 2, None: 1, False: 0}
    if rank[new.present] != rank[old.present]:
        return rank[new.present] > rank[old.present]
    return _severity(new) > _severity(old)


def _severity(stated: Stated) -> int:
    return (None, "mild", "moderate", "severe").index(stated.severity)


def completed_years(birth: datetime.date, day: datetime.date) -> int:
    """Return the completed years of age; one born on 29 February completes a year on 1 March."""
    before_birthday = (day.month, day.day) < (birth.month, birth.day)
    return day.year - birth.year - int(before_birthday)
