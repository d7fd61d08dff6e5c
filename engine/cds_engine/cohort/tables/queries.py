"""Queries as steps: aggregations of the rows of a patient, each with an answer.

The meaning is that of :mod:`cds_engine.facts.queries`. What a ``take`` aggregates is in
:mod:`cds_engine.cohort.tables.takes`; here are filters, values, and the places in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, reduce
from operator import and_

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.expressions import ColumnCompiler, exact
from cds_engine.cohort.tables.formulas import Term, compute
from cds_engine.cohort.tables.ordering import FAR, NO_DAY, first_day, packed, unpacked, value_of_day
from cds_engine.cohort.tables.takes import FALSE, TAKES, Answer, Columns, Found, severity, true, where
from cds_engine.cohort.tables.units import AMOUNT
from cds_engine.language.expressions import ALWAYS, Comparison, Expression
from cds_engine.language.formulas import FORMULA_TYPES, facts_in
from cds_engine.language.queries import ORDER, ORDERING, FactName, Query, operand_formulas, unclear
from cds_engine.rulebook.model import Fact

_DENIED = "denied "


@dataclass(frozen=True)
class Selected:
    """What a query selects from: rows with ``concept`` as a number, maybe ``certain`` and ``denied``."""

    numbers: Mapping[str, int]
    """The number of each member."""
    more: str
    """The column of the patient that says whether there may be more rows."""
    denied: bool = False
    """Whether rows may state that a member is absent, so that it has no further rows."""
    one_a_day: bool = False
    """Whether no two rows with a known day are of one day."""


@dataclass(frozen=True)
class Step:
    """An aggregation and an answer; a query has several steps where one needs the answer of another."""

    name: str
    """The column of the answer."""
    row_facts: frozenset[str]
    """The columns of the patient that are needed in each row."""
    columns: Callable[[ir.Table], Columns]
    """What is read of each row."""
    aggregates: Callable[[Columns], dict[str, ir.Scalar]]
    facts: frozenset[str]
    """The columns of the patient that the answer needs."""
    answer: Callable[[Found, ir.Table], ir.Value]


@dataclass(frozen=True)
class Question:
    """A query with the values of its parameters.

    ``name`` is the column of its answer; ``columns`` has the columns of the facts that it reads.
    """

    name: str
    fact: Fact
    query: Query
    filter: Expression
    weights: Mapping[str, Decimal]
    selected: Selected
    columns: Mapping[str, str]

    def steps(self) -> Iterator[Step]:
        """Yield the steps to the answer, each after those that it needs."""
        if self.query.take in ORDERING:
            yield from self._ordered()
            return
        take, resolution = TAKES[self.query.take], self.fact.resolution
        yield self._step(
            self._mark, take.aggregates, lambda found, patients: take.answer(found, resolution), frozenset()
        )

    def _step(
        self,
        columns: Callable[[ir.Table], Columns],
        aggregates: Callable[[Columns], dict[str, ir.Scalar]],
        answer: Callable[[Found, ir.Table], Answer],
        days: frozenset[str],
    ) -> Step:
        fallback = self.query.if_none
        return Step(
            self.name,
            self._row_facts | days,
            lambda rows: {**columns(rows), **self._denials(rows)},
            lambda rows: (
                aggregates(rows) | {name: rows[name].any() for name in rows if name.startswith(_DENIED)}
            ),
            days | ({self.columns[fallback.name]} if isinstance(fallback, FactName) else frozenset()),
            lambda found, patients: self._answered(answer(found, patients), found, patients),
        )

    # rows

    @cached_property
    def _row_facts(self) -> frozenset[str]:
        names = {name for formula in operand_formulas(self.filter) for name in facts_in(formula)}
        if self.query.unstated is not None:
            names.add(self.query.unstated)
        return frozenset(self.columns[name] for name in names)

    def _mark(self, rows: ir.Table) -> dict[str, ir.Value]:
        """Return whether each row counts or may count, and the value that the query gives of it."""
        numbers = self.selected.numbers
        attributes = {name: rows[name] for name in rows.columns}
        attributes[self.query.of.kind] = self._by_member(rows, {name: name for name in numbers})
        facts = {fact: rows[column] for fact, column in self.columns.items() if column in attributes}
        member = rows.concept.isin(sorted(numbers.values()))
        truth = None if self.filter == ALWAYS else _FilterCompiler(attributes, facts).truth(self.filter)
        certain = attributes.get("certain")
        unknown, false = (FALSE, FALSE) if truth is None else (truth.isnull(), truth == FALSE)
        found = {"counts": _true(member, truth, certain), "may": member & unknown}
        if certain is not None:
            found["may"] |= _true(member, truth, ~certain)
        if self.query.take == "every":
            found |= {"member": member, "fails": _true(member, false, certain), "doubtful": member & unknown}
            if certain is not None:
                found["doubtful"] |= member & ~certain
        if self.query.give is not None:
            found["value"] = self._value(attributes[self.query.give], rows, facts)
        return found

    def _value(self, value: ir.Value, rows: ir.Table, facts: Mapping[str, ir.Value]) -> ir.Value:
        if self.weights:
            value = self._by_member(rows, {name: _weighted(value, w) for name, w in self.weights.items()})
        if self.query.unstated is not None:
            stated = value
            value = ibis.coalesce(*_alike(value, facts[self.query.unstated]))
            if (not_understood := unclear(self.query.give or "")) in rows.columns:
                value = ibis.cases((rows[not_understood], stated), else_=value)
        return value

    def _by_member(self, rows: ir.Table, values: Mapping[str, ir.Value | str]) -> ir.Value:
        numbers = self.selected.numbers
        return ibis.cases(*((rows.concept == numbers[member], value) for member, value in values.items()))

    def _denials(self, rows: ir.Table) -> Columns:
        numbers = self.selected.numbers.values() if self.selected.denied else ()
        return {f"{_DENIED}{number}": rows.denied & (rows.concept == number) for number in numbers}

    # answers

    def _answered(self, answer: Answer, found: Found, patients: ir.Table) -> ir.Value:
        more = patients[self.selected.more]
        if self.selected.denied:
            more &= ~reduce(and_, (true(found[f"{_DENIED}{n}"]) for n in self.selected.numbers.values()))
        value = self._decoded(answer.value)
        value, otherwise = _alike(value, self._otherwise(value, patients))
        return ibis.cases(
            (answer.decided, value),
            (answer.doubt | more, ibis.null(value.type())),
            (answer.none, otherwise),
            else_=value,
        )

    def _decoded(self, value: ir.Value) -> ir.Value:
        """Return an answer that was aggregated as a rank or as a text."""
        if self.fact.kind == "code" and value.type().is_numeric():
            return severity(value)
        return value == "true" if self.fact.kind == "boolean" and value.type().is_string() else value

    def _otherwise(self, value: ir.Value, patients: ir.Table) -> ir.Value:
        """Return the answer if nothing counts."""
        match self.query.if_none:
            case None:
                return ibis.null(value.type())
            case FactName(name):
                return patients[self.columns[name]]
            case Decimal() as number:
                return exact(number)
            case constant:
                return ibis.literal(constant)

    # latest, previous, earliest

    def _ordered(self) -> Iterator[Step]:
        """Yield a step to the first day if the day after it is wanted, and the step to the value of a day."""
        days: list[str] = []
        if self.query.take == "previous":
            days = [f"{self.name}: first day"]
            yield Step(
                days[0],
                self._row_facts,
                lambda rows: {"counts": self._mark(rows)["counts"], "day": self._day(rows)},
                lambda rows: {"day": where(rows["counts"], rows["day"]).min()},
                frozenset(),
                lambda found, patients: found["day"],
            )

        by_value = self.query.give != self._order

        def columns(rows: ir.Table) -> Columns:
            day, marked = self._day(rows), self._mark(rows)
            counts = reduce(and_, (day > rows[first] for first in days), marked["counts"])
            values = packed(day, marked["value"]) if by_value else {}
            return {"counts": counts, "may": marked["may"], "day": day, **values}

        def aggregates(rows: Columns) -> dict[str, ir.Scalar]:
            values = value_of_day(rows, one_a_day=self.selected.one_a_day) if by_value else {}
            return {"first": first_day(rows), **values}

        def answer(found: Found, patients: ir.Table) -> Answer:
            code = found["first"]
            day, first = code // 2, patients[days[0]] if days else code
            value = unpacked(day, found) if by_value else self._reversed(day)
            doubt = true((code % 2 == 0) | (first < 0))
            return Answer(value, doubt, none=first.isnull() & code.isnull())

        yield self._step(columns, aggregates, answer, frozenset(days))

    @property
    def _order(self) -> str:
        return ORDER[self.query.of.kind]

    def _day(self, rows: ir.Table) -> ir.IntegerValue:
        """Return the day of each row so that the wanted one is the least; below 0 if it is not known."""
        return self._reversed(rows[self._order].cast("int64")).fill_null(NO_DAY)

    def _reversed(self, day: ir.IntegerValue) -> ir.IntegerValue:
        return FAR - day if self.query.take == "earliest" else day


class _FilterCompiler(ColumnCompiler):
    """Reads a filter over attributes, which may compare them with formulas over facts."""

    def __init__(self, attributes: Mapping[str, ir.Value], facts: Mapping[str, ir.Value]) -> None:
        super().__init__(attributes)
        self.facts = facts

    def compare(self, leaf: Comparison, column: ir.Value) -> ir.BooleanValue:
        """Return the truth of a comparison with a value or a formula."""
        if not isinstance(leaf.operand, FORMULA_TYPES):
            return super().compare(leaf, column)
        return Term.of(column).compare(leaf.operator, compute(leaf.operand, self.facts))


def _true(*conditions: ir.BooleanValue | None) -> ir.BooleanValue:
    """Return whether all conditions are true; None is always true."""
    return reduce(and_, (condition for condition in conditions if condition is not None)).fill_null(False)


def _alike(value: ir.Value, other: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Return two columns of one type; exact decimals become doubles only beside a double."""
    kinds = value.type(), other.type()
    if kinds[0] == kinds[1] or not kinds[0].is_numeric():
        return value, other
    kind = "float64" if any(kind.is_floating() for kind in kinds) else AMOUNT
    return value.cast(kind), other.cast(kind)


def _weighted(value: ir.Value, weight: Decimal) -> ir.Value:
    """Return ``value`` times ``weight``, with as many decimals as there is room for."""
    factor = exact(weight)
    decimals = min(18, 26 - factor.type().precision)
    return (value.cast(f"decimal({12 + decimals}, {decimals})") * factor).cast(AMOUNT)
