"""The facts of a rulebook as columns of a table with a row for each patient."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import count
from typing import Literal

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.rule_outcomes import DECEASED, KEYS
from cds_engine.cohort.source import Span
from cds_engine.cohort.tables.entries import Entries, Source, Wanted
from cds_engine.cohort.tables.formulas import compute, rounded
from cds_engine.cohort.tables.layout import HISTORY
from cds_engine.cohort.tables.people import AGE, SEX, open_section
from cds_engine.cohort.tables.queries import Question, Selected, Step
from cds_engine.cohort.tables.treatments import treatments
from cds_engine.facts.derivations import in_order
from cds_engine.language.expressions import ALWAYS, leaves, resolve
from cds_engine.language.formulas import resolve_formula
from cds_engine.language.queries import (
    ORDER,
    ORDERING,
    Computed,
    HistoryValue,
    PatientValue,
    Query,
    Section,
    facts_read,
    parameters_read,
    unclear,
)
from cds_engine.rulebook.model import Fact

TREATMENTS: Literal["treatments"] = "treatments"
Rows = Section | Literal["treatments"]
"""What queries select from."""
Treatment = tuple[tuple[str, ...], int]
"""The drugs of a treatment, and the most days between two courses."""
_COURSES = frozenset({"active", "begun", "ended", "dose"})


@dataclass(frozen=True)
class Derived:
    """A fact with the values of its parameters and the columns of the facts that it reads."""

    fact: Fact
    parameters: tuple[tuple[str, Decimal], ...]
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DerivedQuery(Derived):
    """A fact that is a query."""

    query: Query

    @property
    def attributes(self) -> set[str]:
        """The attributes of entries that the query reads."""
        read = {leaf.fact for leaf in leaves(self.query.where or ALWAYS)}
        if self.query.give is not None:
            read.add(self.query.give)
        if self.query.give == "indication" and self.query.unstated is not None:
            read.add(unclear("indication"))
        if self.query.take in ORDERING:
            read.add(ORDER[self.query.of.kind])
        return read

    @property
    def treatment(self) -> Treatment | None:
        """The treatment that the query selects, if it selects one."""
        of = self.query.of
        return None if of.gap is None else (of.members, int(dict(self.parameters)[of.gap]))


class Plan:
    """The columns of all facts that any edition derives; a fact whose parameters change has several."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.derived: dict[str, Derived] = {}
        self._outputs: dict[datetime.date | None, dict[str, str]] = {}
        for span in spans:
            facts = {fact.name: fact for fact in span.edition.derived}
            columns: dict[str, str] = {}
            for name in in_order(facts):
                columns[name] = self._column(_derived(facts[name], span.edition.parameters, columns))
            self._outputs[span.since] = {fact.name: columns[fact.name] for fact in span.edition.asked}

    def _column(self, derived: Derived) -> str:
        number = 1
        column = name = f"fact {derived.fact.name}"
        while self.derived.setdefault(column, derived) != derived:
            number += 1
            column = f"{name} {number}"
        return column

    @cached_property
    def queries(self) -> Mapping[str, DerivedQuery]:
        """The facts that are queries."""
        return {name: d for name, d in self.derived.items() if isinstance(d, DerivedQuery)}

    def of(self, span: Span, table: ir.Table) -> ir.Table:
        """Return the rows of ``span`` with the facts by their own names."""
        columns = {name: table[column] for name, column in self._outputs[span.since].items()}
        return span.rows(table).select(*KEYS, DECEASED, **columns)

    def derive(self, source: Source) -> ir.Table:
        """Return the facts of patients, each in its column."""
        outputs = {column for columns in self._outputs.values() for column in columns.values()}
        return _Deriving(self, source).patients().select(*KEYS, DECEASED, *sorted(outputs))


def _derived(fact: Fact, parameters: Mapping[str, Decimal], columns: Mapping[str, str]) -> Derived:
    assert fact.derivation is not None
    values = tuple((name, parameters[name]) for name in parameters_read(fact.derivation))
    facts = tuple((name, columns[name]) for name in facts_read(fact.derivation))
    if isinstance(fact.derivation, Query):
        return DerivedQuery(fact, values, facts, fact.derivation)
    return Derived(fact, values, facts)


@dataclass(frozen=True)
class _Value:
    """A column of patients, and the columns that it needs."""

    needs: frozenset[str]
    value: Callable[[ir.Table], ir.Value]


class _Deriving:
    """Aggregates the entries source by source, as soon as the facts are known that rows need."""

    def __init__(self, plan: Plan, source: Source) -> None:
        self.plan = plan
        self.source = source
        self.table = source.people
        self.values = {
            column: value
            for name, derived in plan.derived.items()
            if not isinstance(derived, DerivedQuery)
            for column, value in _values(name, derived)
        }
        self.treatments: dict[Treatment, int] = {}
        for derived in plan.queries.values():
            if derived.treatment is not None:
                self.treatments.setdefault(derived.treatment, len(self.treatments))
        self.entries = Entries(source, self._wanted())
        self.waiting: dict[Rows, list[Step]] = defaultdict(list)
        for name, derived in plan.queries.items():
            of = derived.query.of
            rows: Rows = TREATMENTS if of.gap is not None else of.section
            self.waiting[rows] += self._question(name, derived).steps()
        self.needs = {name: value.needs for name, value in self.values.items()}
        self.needs |= {
            step.name: step.row_facts | step.facts for steps in self.waiting.values() for step in steps
        }
        self.aggregates = count()

    def patients(self) -> ir.Table:
        """Return the patients with a column for each fact."""
        self._answer()
        while self.waiting:
            self._aggregate()
            self._answer()
        return self.table

    def _answer(self) -> None:
        """Add the columns whose needs are known."""
        while ready := {n: v for n, v in self.values.items() if v.needs <= set(self.table.columns)}:
            table = self.table.mutate(**{name: value.value(self.table) for name, value in ready.items()})
            self.table = self.source.scratch.view(table)
            for name in ready:
                del self.values[name]

    def _wait_for(self, step: Step, aggregates: Mapping[str, str]) -> None:
        """Answer a step when its aggregates, which are in these columns, and its facts are known."""

        def value(table: ir.Table) -> ir.Value:
            return step.answer({label: table[column] for label, column in aggregates.items()}, table)

        self.values[step.name] = _Value(step.facts | set(aggregates.values()), value)

    def _aggregate(self) -> None:
        """Aggregate the rows of one source for as many steps as it can answer now."""
        name, steps = self._next_steps()
        self.waiting[name] = [step for step in self.waiting[name] if step not in steps]
        if not self.waiting[name]:
            del self.waiting[name]
        rows = self._rows(name)
        needed = sorted({fact for step in steps for fact in step.row_facts})
        if needed:
            self.table = self.source.scratch.kept(self._needed(steps))
            facts = self.table.select(*needed, whose=self.table.patient)
            rows = rows.join(facts, rows.patient == facts.whose).drop("whose")
        shared: dict[object, ir.Value] = {}
        numbers = count()
        columns = [_shared(step.columns(rows), shared, "column", numbers) for step in steps]
        rows = self.source.scratch.view(rows.select("patient", *shared.values()))
        aggregates: dict[object, ir.Value] = {}
        for step, named in zip(steps, columns, strict=True):
            found = step.aggregates({label: rows[column] for label, column in named.items()})
            self._wait_for(step, _shared(found, aggregates, "aggregate", self.aggregates))
        summary = rows.group_by(whose=rows.patient).agg(list(aggregates.values()))
        self.table = self.table.left_join(summary, self.table.patient == summary.whose).drop("whose")

    def _next_steps(self) -> tuple[Rows, list[Step]]:
        """Return the steps of one source that are ready: all of them, else those that others need."""
        known = set(self.table.columns)
        ready = {
            name: [step for step in steps if step.row_facts <= known] for name, steps in self.waiting.items()
        }
        for name, steps in ready.items():
            if len(steps) == len(self.waiting[name]):
                return name, steps
        needed = {fact for steps in self.waiting.values() for step in steps for fact in step.row_facts}
        while more := {fact for name in needed for fact in self.needs.get(name, ())} - needed:
            needed |= more
        for name, steps in ready.items():
            if awaited := [step for step in steps if step.name in needed]:
                return name, awaited
        raise AssertionError("circular facts")

    def _needed(self, steps: Iterable[Step]) -> ir.Table:
        """Return the patients without the aggregates that were answered."""
        needed = {column for value in self.values.values() for column in value.needs}
        needed |= {column for step in steps for column in step.row_facts | step.facts}
        needed |= {
            column
            for found in self.waiting.values()
            for step in found
            for column in step.row_facts | step.facts
        }
        needed |= {*self.source.people.columns, *self.plan.derived}
        return self.table.select([column for column in self.table.columns if column in needed])

    # what queries select from

    def _wanted(self) -> Mapping[Section, Wanted]:
        concepts: dict[Section, set[str]] = defaultdict(set)
        attributes: dict[Section, set[str]] = defaultdict(set)
        for derived in self.plan.queries.values():
            of = derived.query.of
            concepts[of.section].update(of.members)
            attributes[of.section] |= _COURSES if of.gap is not None else derived.attributes
        if "rank" in attributes["observations"]:
            attributes["observations"].add("ago")
        return {section: Wanted(found, attributes[section]) for section, found in concepts.items()}

    def _question(self, name: str, derived: DerivedQuery) -> Question:
        query, parameters = derived.query, dict(derived.parameters)
        of = query.of
        if derived.treatment is not None:
            numbers: Mapping[str, int] = {name: self.treatments[derived.treatment]}
        else:
            numbers = {member: self.entries.wanted[of.section].number[member] for member in of.members}
        selected = Selected(
            numbers,
            open_section(of.section),
            denied=of.section in self.source.incomplete and of.section in ("conditions", "symptoms"),
            one_a_day=of.kind == "observation" and len(of.members) == 1,
        )
        where = resolve(query.where or ALWAYS, parameters)
        weights = {member: parameters[parameter] for member, parameter in query.weights}
        return Question(name, derived.fact, query, where, weights, selected, dict(derived.columns))

    def _rows(self, name: Rows) -> ir.Table:
        if name == TREATMENTS:
            return self._kept_treatments
        if name == "observations" and self._ranked:
            return self._with_ranks(self.entries.rows(name))
        return self.entries.rows(name)

    @cached_property
    def _kept_treatments(self) -> ir.Table:
        number = self.entries.wanted["medications"].number
        courses = self.source.scratch.small(
            {"drug": "int16", "treatment": "int16", "gap": "int64"},
            [
                (number[drug], treatment, gap)
                for (drugs, gap), treatment in self.treatments.items()
                for drug in drugs
            ],
        )
        rows = self.entries.rows("medications")
        if "certain" not in rows.columns:
            rows = rows.mutate(certain=ibis.literal(True))
        rows = self._with_more(rows, "medications").join(courses, rows.concept == courses.drug)
        attributes = {
            name for d in self.plan.queries.values() if d.treatment is not None for name in d.attributes
        }
        rows = rows.drop("concept", "drug").rename(concept="treatment")
        return self.source.scratch.kept(treatments(rows, sorted(attributes)))

    def _with_more(self, rows: ir.Table, section: Section) -> ir.Table:
        """Return rows with ``more``: whether there may be more in the section of the patient."""
        if section not in self.source.incomplete:
            return rows.mutate(more=ibis.literal(False))
        people = self.source.people
        people = people.select(whose=people.patient, more=people[open_section(section)])
        return rows.join(people, rows.patient == people.whose).drop("whose")

    @property
    def _ranked(self) -> set[str]:
        """The observations of which the rank is read."""
        return {
            member
            for derived in self.plan.queries.values()
            if derived.query.of.kind == "observation" and "rank" in derived.attributes
            for member in derived.query.of.members
        }

    def _with_ranks(self, rows: ir.Table) -> ir.Table:
        """Return results with their rank, which is known if all of them are listed with a day."""
        number = self.entries.wanted["observations"].number
        ranked = rows.concept.isin(sorted(number[member] for member in self._ranked))
        results = self._with_more(rows.filter(ranked), "observations")
        whose = [results.patient, results.concept]
        unranked = results.ago.isnull()
        if "certain" in results.columns:
            unranked |= ~results.certain
        unranked = unranked.any().over(group_by=whose)
        place = ibis.row_number().over(group_by=whose, order_by=results.ago).cast("int64")
        results = results.mutate(rank=ibis.cases((~unranked & ~results.more, place))).drop("more")
        return results.union(rows.filter(~ranked).mutate(rank=ibis.null("int64")))


def _shared(
    values: Mapping[str, ir.Value], shared: dict[object, ir.Value], kind: str, numbers: Iterator[int]
) -> dict[str, str]:
    """Return the column of each value; equal values have one."""
    columns = {}
    for label, value in values.items():
        if value.op() not in shared:
            shared[value.op()] = value.name(f"{kind} {next(numbers)}")
        columns[label] = shared[value.op()].get_name()
    return columns


def _values(column: str, derived: Derived) -> Iterator[tuple[str, _Value]]:
    """Yield a fact that is no query as a column of patients, after the columns that it needs."""
    fact = derived.fact
    match fact.derivation:
        case PatientValue("age_years"):
            yield column, _Value(frozenset(), lambda table: table[AGE])
        case PatientValue("sex"):
            yield column, _Value(frozenset(), lambda table: table[SEX])
        case HistoryValue(name):
            yield column, _Value(frozenset(), lambda table: _within(fact, table[HISTORY + name]))
        case Computed(formula):
            resolved = resolve_formula(formula, dict(derived.parameters))
            columns = dict(derived.columns)
            computed = f"{column}: computed"  # a constant in it may be a decimal to DuckDB

            def value(table: ir.Table) -> ir.Value:
                facts = {name: table[column] for name, column in columns.items()}
                return compute(resolved, facts).double

            yield computed, _Value(frozenset(columns.values()), value)
            yield (
                column,
                _Value(
                    frozenset({computed}),
                    lambda table: _within(fact, rounded(table[computed].cast("float64"), fact.resolution)),
                ),
            )
        case other:
            raise AssertionError(f"no derivation of {fact.name}: {other!r}")


def _within(fact: Fact, value: ir.NumericValue) -> ir.NumericValue:
    """Return a number; NULL outside the domain of its fact."""
    return ibis.cases((value.between(float(fact.minimum), float(fact.maximum)), value))
