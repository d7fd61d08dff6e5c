"""A record as of a moment, in the rulebook's own concepts and units.

The chart resolves what records write in many ways: codes, units, several results of one day, results of the
future. What could not be used becomes a notice. Each section lists entries by concept, and says whether it
may contain more than it lists: an omitted section is one that lists nothing and may contain anything.

An entry whose code is not understood may be any of several concepts. It is listed under each of them, as an
entry that does not certainly apply.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cds_engine.errors import Problem, RecordError
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import OLDEST, SECTIONS, EntryKind, Section, unclear
from cds_engine.notices import Notice, UnknownCode
from cds_engine.quantities.numbers import canonical, plain, whole
from cds_engine.quantities.units import DimensionError, UnitError
from cds_engine.record.models import (
    ConditionEntry,
    MedicationEntry,
    ObservationEntry,
    Patient,
    Record,
    SymptomEntry,
)
from cds_engine.record.moments import day_of, hours, is_after
from cds_engine.record.results import PRECEDENCE, WITHDRAWN, Result, by_day, candidates
from cds_engine.rulebook import vocabulary as vocabularies
from cds_engine.rulebook.vocabulary import TEXT, Meaning, Quantity, Vocabulary

CONCEPTS: Mapping[Section, vocabularies.Section] = {
    "conditions": "conditions",
    "medications": "drugs",
    "observations": "observations",
    "symptoms": "symptoms",
}
"""What the entries of each section name."""
KINDS: Mapping[Section, EntryKind] = {
    section: kind for kind, section in SECTIONS.items() if kind != "treatment"
}
"""The attribute in which an entry of each section has its concept."""
MOST_NAMED = 8
"""The most names that a notice lists."""


@dataclass(slots=True)
class Entry:
    """One entry of a section; an attribute that is not known is not in ``attributes``.

    ``certain`` is False if it is not known whether the entry applies, as for a drug that may be taken.
    """

    attributes: dict[str, Scalar]
    pointer: str
    certain: bool = True


@dataclass(slots=True)
class Entries:
    """The entries of a section by concept.

    ``open`` is True if there may be more entries than are listed. ``denied`` are the concepts whose absence
    the record states.
    """

    by_concept: dict[str, list[Entry]] = field(default_factory=dict)
    open: bool = True
    denied: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Chart:
    """A record as of ``as_of``."""

    as_of: datetime.date
    age_years: int | None = None
    sex: str | None = None
    deceased: bool = False
    conditions: Entries = field(default_factory=Entries)
    medications: Entries = field(default_factory=Entries)
    observations: Entries = field(default_factory=Entries)
    symptoms: Entries = field(default_factory=Entries)
    history: Mapping[str, Decimal | bool | None] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def section(self, name: Section) -> Entries:
        """Return the entries of a section."""
        found: Entries = getattr(self, name)
        return found


def build_chart(record: Record, as_of: datetime.date, vocabulary: Vocabulary, source: str) -> Chart:
    """Return ``record`` as a chart as of ``as_of``, a date or a timestamp.

    Raises:
        RecordError: with every unit that is of the wrong dimension or not understood.
    """
    return _ChartBuilder(Chart(as_of), vocabulary, source).build(record)


def unit_problems(value: Any, vocabulary: Vocabulary, source: str) -> list[Problem]:
    """Return what is wrong with the units of a record that has too many other errors to build a chart of."""
    found: list[tuple[str, Any, Quantity | None]] = []
    for index, entry in enumerate(_objects(value, "medications")):
        drug = entry.get("drug")
        known = isinstance(drug, str) and vocabulary.concept("drugs", drug) is not None
        found.append(
            (f"/medications/{index}/daily_dose", entry.get("daily_dose"), vocabulary.dose if known else None)
        )
    for index, entry in enumerate(_objects(value, "observations")):
        code = entry.get("code")
        concept = vocabulary.concept("observations", code) if isinstance(code, str) else None
        found.append((f"/observations/{index}", entry, vocabulary.quantities.get(concept or "")))
    problems = []
    for at, body, quantity in found:
        unit = body.get("unit") if isinstance(body, dict) else None
        if quantity is None or not isinstance(unit, str):
            continue
        try:
            quantity.scale.to_canonical(Decimal(1), unit)
        except UnitError as error:
            if not (quantity is vocabulary.dose and isinstance(error, DimensionError)):
                problems.append(Problem(source, str(error), f"{at}/unit"))
    return problems


def _objects(value: Any, section: str) -> list[dict[str, Any]]:
    entries = value.get(section) if isinstance(value, dict) else None
    return (
        [entry if isinstance(entry, dict) else {} for entry in entries] if isinstance(entries, list) else []
    )


class _ChartBuilder:
    """Builds the chart of one record."""

    def __init__(self, chart: Chart, vocabulary: Vocabulary, source: str) -> None:
        self.as_of = chart.as_of
        self.day = day_of(chart.as_of)
        self.ordinal = self.day.toordinal()
        self.vocabulary = vocabulary
        self.source = source
        self.chart = chart
        self.problems: list[Problem] = []
        self.not_understood: dict[Section, list[_NotUnderstood]] = {}

    def build(self, record: Record) -> Chart:
        chart = self.chart
        for name in ("conditions", "medications", "observations", "symptoms"):
            chart.section(name).open = getattr(record, name) is None or name in record.incomplete
        if record.patient is not None:
            self.patient(record.patient)
        if record.conditions is not None:
            self.conditions(record.conditions)
        if record.symptoms is not None:
            self.symptoms(record.symptoms)
        if record.medications is not None:
            self.medications(record.medications)
        if record.observations is not None:
            self.observations(record.observations)
        if record.history is not None:
            chart.history = record.history
        if self.problems:
            raise RecordError(self.problems)
        return chart

    def notice(self, pointer: str, message: str) -> None:
        self.chart.notices.append(Notice(pointer=pointer, message=message))

    def meaning(
        self, section: vocabularies.Section, code: str, pointer: str, field: str = "code"
    ) -> Meaning | None:
        """Return what the code of an entry means; None, with a notice, if it is certainly no concept."""
        found = self.vocabulary.meaning(section, code)
        if found.concept is None and not found.perhaps:
            self.unknown_code(section, code, f"{pointer}/{field}", "not used")
            return None
        return found

    def unknown_code(self, section: vocabularies.Section, code: str, pointer: str, use: str) -> None:
        """Note a code that the rulebook does not know."""
        hint = self.vocabulary.hint(section, code)
        what = section.removesuffix("s")
        message = f"the rulebook does not know the {what} '{code}'; {use}{hint}"
        self.chart.notices.append(UnknownCode.of(pointer, message, {pointer: code}))

    def perhaps(
        self, section: Section, code: str, meaning: Meaning, attributes: dict[str, Scalar], pointer: str
    ) -> None:
        """Keep an entry that may be one of several concepts."""
        found = _NotUnderstood(code, meaning.perhaps, dict(attributes), pointer)
        self.not_understood.setdefault(section, []).append(found)

    def list_not_understood(self, section: Section) -> None:
        """List each entry that is not understood under all concepts that it may be."""
        found = self.not_understood.get(section)
        if found is None:
            return
        entries, kind = self.chart.section(section), KINDS[section]
        for entry in found:
            for concept in sorted(entry.concepts - entries.denied):
                attributes = {kind: concept, **entry.attributes}
                entries.by_concept.setdefault(concept, []).append(Entry(attributes, entry.pointer, False))
        concepts = sorted(frozenset().union(*(entry.concepts for entry in found)) - entries.denied)
        total = len(list(self.vocabulary.names(CONCEPTS[section])))
        maybe = f"any of the {total} {CONCEPTS[section]}" if len(concepts) == total else _some(concepts)
        codes = _some([f"'{entry.code.removeprefix(TEXT)}'" for entry in found])
        self.notice(f"/{section}", f"not fully understood: {codes}; unknown because of this: {maybe}")

    def days(self, moment: datetime.date) -> Decimal:
        """Return how many days before the evaluation ``moment`` is, never less than 0."""
        return whole(max(0, self.ordinal - moment.toordinal()))

    def patient(self, patient: Patient) -> None:
        chart = self.chart
        if patient.birth_date is not None:
            if patient.birth_date > self.day:
                message = f"expected a date on or before as_of {self.day}, found {patient.birth_date}"
                self.problems.append(Problem(self.source, message, "/patient/birth_date"))
                return
            years = completed_years(patient.birth_date, self.day)
            if years <= OLDEST:
                chart.age_years = years
            else:
                message = f"{years} years is outside the plausible range 0 to {OLDEST} years; not used"
                self.notice("/patient/birth_date", message)
        elif patient.age_years is not None:
            chart.age_years = int(patient.age_years)
        chart.sex = patient.sex if patient.sex != "unknown" else None
        died = patient.deceased_date
        if died is not None and died < self.day:
            chart.deceased = True
            self.notice("/patient/deceased_date", f"died on {died}, before {self.day}: no rule applies")

    def conditions(self, entries: Iterable[ConditionEntry]) -> None:
        for index, entry in enumerate(entries):
            pointer = f"/conditions/{index}"
            meaning = self.meaning("conditions", entry.code, pointer)
            if meaning is None:
                continue
            present = entry.present
            attributes: dict[str, Scalar] = {}
            if entry.onset is not None and entry.onset > self.day:
                if present:
                    if meaning.concept is not None:
                        self.notice(f"{pointer}/onset", f"begins after {self.day}; taken as absent")
                    present = False
            elif entry.onset is not None:
                attributes["begun"] = self.days(entry.onset)
            if entry.resolved is not None and entry.resolved <= self.day:
                attributes["ended"] = self.days(entry.resolved)
                present = False if present else present
            if present is not None:
                attributes["present"] = present
            self.state("conditions", entry, meaning, attributes, pointer)
        self.list_not_understood("conditions")

    def symptoms(self, entries: Iterable[SymptomEntry]) -> None:
        for index, entry in enumerate(entries):
            pointer = f"/symptoms/{index}"
            meaning = self.meaning("symptoms", entry.code, pointer)
            if meaning is None:
                continue
            attributes: dict[str, Scalar] = {}
            if entry.severity is not None:
                attributes["severity"] = entry.severity
            if entry.present is not None:
                attributes["present"] = entry.present
            self.state("symptoms", entry, meaning, attributes, pointer)
        self.list_not_understood("symptoms")

    def state(
        self,
        section: Section,
        entry: ConditionEntry | SymptomEntry,
        meaning: Meaning,
        attributes: dict[str, Scalar],
        pointer: str,
    ) -> None:
        """Add an entry that states whether a condition or symptom is present."""
        if meaning.perhaps:
            self.perhaps(section, entry.code, meaning, attributes, pointer)
        concept = meaning.concept
        if concept is None:
            return
        entries = self.chart.section(section)
        attributes[KINDS[section]] = concept
        entries.by_concept.setdefault(concept, []).append(Entry(attributes, pointer))
        if entry.present is False:
            entries.denied.add(concept)

    def medications(self, entries: Iterable[MedicationEntry]) -> None:
        found = self.chart.medications.by_concept
        for index, entry in enumerate(entries):
            pointer = f"/medications/{index}"
            meaning = self.meaning("drugs", entry.drug, pointer, "drug")
            if meaning is None or entry.taken is False:
                continue
            drug, stated = meaning.concept, entry.daily_dose
            dose = None
            if drug is not None and stated is not None and stated.value is not None:
                dose = self.dose(stated.value, stated.unit, drug, f"{pointer}/daily_dose")
            if entry.start is not None and entry.start > self.day:
                self.notice(f"{pointer}/start", f"starts after {self.day}; not used")
                continue
            stopped = entry.stop <= self.day if entry.stop is not None else entry.stopped
            attributes: dict[str, Scalar] = {"active": not stopped}
            if entry.start is not None:
                attributes["begun"] = self.days(entry.start)
            if stopped and entry.stop is not None:
                attributes["ended"] = self.days(entry.stop)
            if entry.indication is not None:
                attributes |= self.indication(entry.indication, f"{pointer}/indication")
            if meaning.perhaps:
                self.perhaps("medications", entry.drug, meaning, attributes, pointer)
            if drug is not None:
                attributes["drug"] = drug
                if dose is not None:
                    attributes["dose"] = dose
                found.setdefault(drug, []).append(Entry(attributes, pointer, entry.taken is not None))
        self.list_not_understood("medications")

    def indication(self, code: str, pointer: str) -> dict[str, Scalar]:
        """Return what a drug is taken for; what is no concept is an indication of its own."""
        meaning = self.vocabulary.meaning("conditions", code)
        if meaning.concept is not None:
            return {"indication": meaning.concept}
        if meaning.perhaps:
            self.notice(pointer, f"not understood: '{code.removeprefix(TEXT)}'; the indication is unknown")
            return {unclear("indication"): True}
        self.unknown_code("conditions", code, pointer, "taken as an indication of its own")
        return {"indication": code}

    def dose(self, number: Decimal, unit: str | None, drug: str, pointer: str) -> Decimal | None:
        """Return a daily dose in the canonical unit; None if it is not plausible or not a mass a day."""
        quantity = self.vocabulary.doses.get(drug, self.vocabulary.dose)
        try:
            return self.value(number, unit, quantity, pointer)
        except DimensionError as error:
            self.notice(f"{pointer}/unit", f"{error}; the dose is not used")
        except UnitError as error:
            self.problems.append(Problem(self.source, str(error), f"{pointer}/unit"))
        return None

    def value(self, number: Decimal, unit: str | None, quantity: Quantity, pointer: str) -> Decimal | None:
        """Return a value in the canonical unit; None if it is not plausible, with a notice.

        Raises:
            UnitError: if the unit is not understood or measures something else.
        """
        value = quantity.scale.convert(number, unit or "")
        if not quantity.plausible(value):
            span = f"{plain(quantity.minimum)} to {plain(quantity.maximum)} {quantity.unit}"
            found = f"{plain(canonical(value))} {quantity.unit}"
            self.notice(f"{pointer}/value", f"{found} is outside the plausible range {span}; not used")
            return None
        return value

    def observations(self, entries: Iterable[ObservationEntry]) -> None:
        """Add the results: undated ones first, then one entry a day from the latest day on."""
        found = self.chart.observations
        dated: dict[str, list[Result]] = {}
        for index, entry in enumerate(entries):
            pointer = f"/observations/{index}"
            meaning = self.meaning("observations", entry.code, pointer)
            if meaning is None:
                continue
            name = meaning.concept
            value = None
            if name is not None and entry.value is not None:
                value = self.result(entry.value, entry.unit, name, pointer)
            if not self.is_usable(entry, pointer):
                continue
            moment = entry.date
            if meaning.perhaps:
                ago: dict[str, Scalar] = {} if moment is None else {"ago": self.days(moment)}
                self.perhaps("observations", entry.code, meaning, ago, pointer)
            if name is None:
                continue
            if moment is None:
                self.notice(f"{pointer}/date", "no date: it is not known which result is the latest")
                undated: dict[str, Scalar] = {"observation": name}
                if value is not None:
                    undated["value"] = value
                found.by_concept.setdefault(name, []).append(Entry(undated, pointer))
            else:
                # East of the evaluation the date may be tomorrow's already; the result is today's here.
                days = max(0, self.ordinal - moment.toordinal())
                result = Result(days, moment, value, PRECEDENCE[entry.status], pointer)
                dated.setdefault(name, []).append(result)
        self.list_not_understood("observations")
        for name, results in dated.items():
            listed = found.by_concept.setdefault(name, [])
            ranked = not found.open and not listed
            for rank, same_day in enumerate(by_day(results)):
                result_of_day = self.one_a_day(name, same_day)
                if ranked:
                    result_of_day.attributes["rank"] = whole(rank)
                listed.append(result_of_day)

    def is_usable(self, entry: ObservationEntry, pointer: str) -> bool:
        """Return whether a result is neither withdrawn nor of the future."""
        if entry.status in WITHDRAWN:
            self.notice(f"{pointer}/status", f"{entry.status}; not used")
            return False
        if entry.date is not None and is_after(entry.date, self.as_of):
            when, now = entry.date.isoformat(), self.as_of.isoformat()
            self.notice(f"{pointer}/date", f"{when} is after {now}; not used")
            return False
        return True

    def result(self, number: Decimal, unit: str | None, name: str, pointer: str) -> Decimal | None:
        """Return the value of a result in the canonical unit; None if it is not plausible."""
        try:
            return self.value(number, unit, self.vocabulary.quantities[name], pointer)
        except UnitError as error:
            self.problems.append(Problem(self.source, str(error), f"{pointer}/unit"))
        return None

    def one_a_day(self, name: str, results: list[Result]) -> Entry:
        """Return the entry for the results of one day: the latest by time or, without times, by status.

        Results of the same standing that disagree leave the value unknown: the record does not say which was
        last, and a guess could hide a fall.
        """
        first, *others = candidates(results) if len(results) > 1 else results
        attributes: dict[str, Scalar] = {"observation": name, "ago": whole(first.ago)}
        # One instant may be written with different offsets.
        time = hours(first.moment)
        if time is not None and all(hours(other.moment) == time for other in others):
            attributes["time"] = time
        if others and any(other.value != first.value for other in others):
            day = day_of(first.moment)
            self.notice(first.pointer, f"results on {day} disagree; their value is taken as unknown")
        elif first.value is not None:
            attributes["value"] = first.value
        return Entry(attributes, first.pointer)


@dataclass(frozen=True, slots=True)
class _NotUnderstood:
    """An entry that may be any of some concepts."""

    code: str
    concepts: frozenset[str]
    attributes: dict[str, Scalar]
    pointer: str


def _some(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def completed_years(birth: datetime.date, day: datetime.date) -> int:
    """Return the completed years of age; a person born on 29 February completes a year on 1 March."""
    before_birthday = (day.month, day.day) < (birth.month, birth.day)
    return day.year - birth.year - int(before_birthday)
