"""Queries as aggregations: what each asks of the rows of a patient, and the answer that follows from that.

Rows that *count* certainly meet the filter of a query, rows that *may count* perhaps do. The meaning is that of
:mod:`cds_engine.facts.queries` and :mod:`cds_engine.facts.aggregates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import and_

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.expressions import Reader, exact
from cds_engine.cohort.tables.formulas import Term, compute, rounded
from cds_engine.language.expressions import ALWAYS, Comparison, Expression
from cds_engine.language.formulas import FORMULA_TYPES, facts_in
from cds_engine.language.queries import ORDER, ORDERING, SEVERITIES, FactName, Query, operand_formulas

Found = Callable[[str], ir.Value]
"""Returns an aggregate of a patient by name; NULL for a patient without rows."""
Aggregates = dict[str, ir.Scalar]
_TRUE, _FALSE = ibis.literal(True), ibis.literal(False)
_NO_DAY = -1
_FAR = 10**7
"""More days than lie between any two dates; subtracting from it reverses the order of days."""
_DECIMALS = 12
"""To so many decimals a sum is exact even if its values had to be divided."""


@dataclass(frozen=True)
class Selected:
    """What a query selects from: rows with ``concept`` as a number, and perhaps ``certain`` and ``denied``."""

    numbers: Mapping[str, int]
    """The number of each member."""
    more: str
    """The column of the patient that says whether there may be more rows."""
    denied: bool = False
    """Whether rows may state that a member is absent, so that it has no further rows."""
    one_a_day: bool = False
    """Whether rows with a known day are of different days."""
    divided: bool = False
    """Whether values may be quotients that no decimal is exactly."""


@dataclass(frozen=True)
class Step:
    """An aggregation and an answer; a query has several steps where one needs the answer of another."""

    name: str
    """The column of the answer."""
    row_facts: frozenset[str]
    """The columns of the patient that the aggregates need in each row."""
    aggregates: Callable[[ir.Table], Aggregates]
    facts: frozenset[str]
    """The columns of the patient that the answer needs."""
    answer: Callable[[Found, ir.Table], ir.Value]


@dataclass(frozen=True)
class Question:
    """A query with the values of its parameters.

    ``name`` is the column of its answer, ``columns`` has the columns of the facts that it reads, and
    ``resolution`` is the step in which a mean is reported.
    """

    name: str
    query: Query
    where: Expression
    weights: Mapping[str, Decimal]
    resolution: Decimal
    selected: Selected
    columns: Mapping[str, str]

    def steps(self) -> list[Step]:
        """Return the steps to the answer, each after those that it needs."""
        if self.query.take in ORDERING:
            return list(self._ordered())
        aggregates, answer = _TAKES[self.query.take]
        return [self._step(lambda rows: aggregates(self._mark(rows)), lambda found, _: answer(found, self))]

    def _step(
        self,
        aggregates: Callable[[ir.Table], Aggregates],
        answer: Callable[[Found, ir.Table], _Answer],
        hidden: frozenset[str] = frozenset(),
    ) -> Step:
        fallback = self.query.if_none
        return Step(
            self.name,
            self._row_facts | hidden,
            lambda rows: aggregates(rows) | self._denials(rows),
            hidden | ({self.columns[fallback.name]} if isinstance(fallback, FactName) else frozenset()),
            lambda found, patients: self._answered(answer(found, patients), found, patients),
        )

    @property
    def _row_facts(self) -> frozenset[str]:
        names = {name for formula in operand_formulas(self.where) for name in facts_in(formula)}
        if self.query.unstated is not None:
            names.add(self.query.unstated)
        return frozenset(self.columns[name] for name in names)

    # rows

    def _mark(self, rows: ir.Table) -> _Marked:
        attributes = {name: rows[name] for name in rows.columns}
        attributes[self.query.of.kind] = self._by_member(rows, {name: name for name in self.selected.numbers})
        facts = {fact: rows[column] for fact, column in self.columns.items() if column in rows.columns}
        truth = _TRUE if self.where == ALWAYS else _FilterReader(attributes, facts).truth(self.where)
        member = rows.concept.isin(sorted(self.selected.numbers.values()))
        value = None if self.query.give is None else self._value(attributes[self.query.give], rows)
        return _Marked(member, truth, attributes.get("certain"), value)

    def _by_member(self, rows: ir.Table, values: Mapping[str, ir.Value | str]) -> ir.Value:
        numbers = self.selected.numbers
        return ibis.cases(*((rows.concept == numbers[member], value) for member, value in values.items()))

    def _value(self, value: ir.Value, rows: ir.Table) -> ir.Value:
        """Return what a query gives of each row: weighted, and a fact where a row does not state it."""
        if self.weights:
            weighted = {member: _weighted(value, weight) for member, weight in self.weights.items()}
            value = self._by_member(rows, weighted)
        if self.query.unstated is not None:
            value = ibis.coalesce(*_alike(value, rows[self.columns[self.query.unstated]]))
        return value

    def _denials(self, rows: ir.Table) -> Aggregates:
        numbers = self.selected.numbers.values() if self.selected.denied else ()
        return {f"denied {number}": (rows.denied & (rows.concept == number)).any() for number in numbers}

    # answers

    def _answered(self, answer: _Answer, found: Found, patients: ir.Table) -> ir.Value:
        more = patients[self.selected.more]
        if self.selected.denied:
            denials = (_true(found(f"denied {number}")) for number in self.selected.numbers.values())
            more &= ~reduce(and_, denials)
        value, otherwise = _alike(answer.value, self._otherwise(answer.value, patients))
        return ibis.cases(
            (answer.decided, value),
            (answer.doubt | more, ibis.null(value.type())),
            (answer.none, otherwise),
            else_=value,
        )

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
        """Yield the steps to the first day, for ``previous`` to the day after it, and to the value of that day.

        The last two are one if each day has one row, or if the day is the value.
        """
        at_once = self.selected.one_a_day or self.query.give == self.order
        number = (2 if self.query.take == "previous" else 1) - at_once
        days = [f"{self.name}: day {place}" for place in range(number)]
        for place, name in enumerate(days):
            earlier = days[:place]

            def next_day(rows: ir.Table, earlier: list[str] = earlier) -> Aggregates:
                return {"day": self._key(rows).min(where=self._mark(rows).counts & self._after(rows, earlier))}

            row_facts = self._row_facts | set(earlier)
            yield Step(name, row_facts, next_day, frozenset(), lambda found, _: found("day"))

        def value_of_day(rows: ir.Table) -> Aggregates:
            key, marked = self._key(rows), self._mark(rows)
            counts = marked.counts & (self._after(rows, days) if at_once else key == rows[days[-1]])
            return self._value_of_day(marked.value, key, counts, at_once=at_once) | {
                "possible": key.min(where=marked.may)
            }

        def answer(found: Found, patients: ir.Table) -> _Answer:
            coded, possible = found("coded"), found("possible")
            first, day = patients[days[0]] if days else coded, coded // 2
            known = (coded >= 0) & (coded % 2 == 1)
            if self.query.give == self.order:
                value: ir.Value = _FAR - day if self.query.take == "earliest" else day
            else:
                value = found("value")
                if not at_once:
                    known &= value == found("highest")
            return _Answer(
                ibis.cases((known, value)),
                doubt=_true((first < 0) | (possible <= day)),
                none=first.isnull() & possible.isnull(),
            )

        yield self._step(value_of_day, answer, frozenset(days))

    @property
    def order(self) -> str:
        """The attribute by which rows are earlier or later."""
        return ORDER.get(self.query.of.kind, "")

    def _key(self, rows: ir.Table) -> ir.IntegerValue:
        """Return the day of each row so that the wanted one is the least; below 0 if it is not known."""
        day = rows[self.order].cast("int64")
        return (_FAR - day if self.query.take == "earliest" else day).fill_null(_NO_DAY)

    def _after(self, rows: ir.Table, days: list[str]) -> ir.BooleanValue:
        return reduce(and_, (self._key(rows) > rows[day] for day in days), _TRUE)

    def _value_of_day(
        self, value: ir.Value | None, key: ir.IntegerValue, counts: ir.BooleanValue, *, at_once: bool
    ) -> Aggregates:
        """Return the least day with its value; its code is odd if every value of that day is known."""
        assert value is not None
        known = value.notnull()
        found: Aggregates = {"coded": (2 * key + known.cast("int64")).min(where=counts)}
        if self.query.give == self.order:
            return found
        if at_once:
            return found | {"value": value.argmin(key, where=counts & known)}
        return found | {"value": value.min(where=counts), "highest": value.max(where=counts)}


@dataclass(frozen=True)
class _Marked:
    """What a query makes of rows: whether they are members, meet the filter and are certain, and their values."""

    member: ir.BooleanValue
    truth: ir.BooleanValue
    certain: ir.BooleanValue | None
    value: ir.Value | None

    @property
    def counts(self) -> ir.BooleanValue:
        found = self.member & self.truth
        return found if self.certain is None else found & self.certain

    @property
    def may(self) -> ir.BooleanValue:
        doubt = self.truth.isnull()
        return self.member & (doubt if self.certain is None else doubt | (self.truth & ~self.certain))

    @property
    def fails(self) -> ir.BooleanValue:
        return self.member & (self.truth == _FALSE)

    @property
    def known(self) -> ir.Value:
        """The values; a query that gives none has no use for them."""
        assert self.value is not None
        return self.value

    @property
    def blank(self) -> ir.BooleanValue:
        """Whether a row may count, or counts without a value."""
        return self.may | (self.counts & self.known.isnull())


@dataclass(frozen=True)
class _Answer:
    """A value; unknown in case of ``doubt`` unless it is ``decided``. With ``none``, nothing counts."""

    value: ir.Value
    doubt: ir.BooleanValue
    none: ir.BooleanValue = _FALSE
    decided: ir.BooleanValue = _FALSE


class _FilterReader(Reader):
    """Reads a filter over attributes, which may compare them with formulas over facts."""

    def __init__(self, attributes: Mapping[str, ir.Value], facts: Mapping[str, ir.Value]) -> None:
        super().__init__(attributes)
        self.facts = facts

    def compare(self, leaf: Comparison, column: ir.Value) -> ir.BooleanValue:
        """Return the truth of a comparison with a value or a formula."""
        if not isinstance(leaf.operand, FORMULA_TYPES):
            return super().compare(leaf, column)
        return Term.of(column).compare(leaf.operator, compute(leaf.operand, self.facts))


def _true(truth: ir.BooleanValue) -> ir.BooleanValue:
    return truth.fill_null(False)


def _alike(value: ir.Value, other: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Return two columns of one type: exact decimals only become doubles beside a double."""
    kinds = value.type(), other.type()
    if kinds[0] == kinds[1] or not kinds[0].is_numeric():
        return value, other
    if any(kind.is_floating() for kind in kinds):
        return value.cast("float64"), other.cast("float64")
    return value.cast("decimal(38, 18)"), other.cast("decimal(38, 18)")


def _weighted(value: ir.Value, weight: Decimal) -> ir.Value:
    """Return ``value`` times ``weight``, with as many decimals as there is room for."""
    literal = exact(weight)
    decimals = min(18, 26 - literal.type().precision)
    return (value.cast(f"decimal({12 + decimals}, {decimals})") * literal).cast("decimal(38, 18)")


def _severity_rank(value: ir.StringValue) -> ir.IntegerValue:
    return ibis.cases(*((value == name, rank) for rank, name in enumerate(SEVERITIES)))


def _severity(rank: ir.IntegerValue) -> ir.StringValue:
    return ibis.cases(*((rank == number, name) for number, name in enumerate(SEVERITIES)))


# The takes: what each aggregates, and its answer


def _any(rows: _Marked) -> Aggregates:
    return {"counts": rows.counts.any(), "may": rows.may.any()}


def _any_answer(found: Found, question: Question) -> _Answer:
    counts = _true(found("counts"))
    return _Answer(counts, doubt=_true(found("may")), decided=counts)


def _number(rows: _Marked) -> Aggregates:
    return {"number": rows.counts.cast("int64").sum(), "may": rows.may.any()}


def _number_answer(found: Found, question: Question) -> _Answer:
    return _Answer(found("number").fill_null(0), doubt=_true(found("may")))


def _every(rows: _Marked) -> Aggregates:
    certain = _TRUE if rows.certain is None else rows.certain
    return {
        "member": rows.member.any(),
        "fails": (rows.fails & certain).any(),
        "doubtful": (rows.may | (rows.fails & ~certain)).any(),
    }


def _every_answer(found: Found, question: Question) -> _Answer:
    fails = _true(found("fails"))
    return _Answer(~fails, doubt=_true(found("doubtful")), none=~_true(found("member")), decided=fails)


def _only(rows: _Marked) -> Aggregates:
    value, counts = rows.known, rows.counts
    return {"lowest": value.min(where=counts), "highest": value.max(where=counts), "blank": rows.blank.any()}


def _only_answer(found: Found, question: Question) -> _Answer:
    value = found("lowest")
    return _Answer(
        ibis.cases((value == found("highest"), value)), doubt=_true(found("blank")), none=value.isnull()
    )


def _sum(rows: _Marked) -> Aggregates:
    return {"sum": rows.known.sum(where=rows.counts), "blank": rows.blank.any()}


def _sum_answer(found: Found, question: Question) -> _Answer:
    total = found("sum")
    value = total.round(_DECIMALS) if question.selected.divided and total.type().is_decimal() else total
    return _Answer(value, doubt=_true(found("blank")), none=total.isnull())


def _mean(rows: _Marked) -> Aggregates:
    return _sum(rows) | {"number": rows.counts.cast("int64").sum()}


def _mean_answer(found: Found, question: Question) -> _Answer:
    total = _sum_answer(found, question)
    mean = total.value.cast("float64") / found("number").nullif(0)
    return _Answer(rounded(mean, question.resolution), total.doubt, total.none)


def _extreme(sign: int) -> tuple[Callable[[_Marked], Aggregates], Callable[[Found, Question], _Answer]]:
    def aggregates(rows: _Marked) -> Aggregates:
        value = rows.known
        value = sign * (_severity_rank(value) if value.type().is_string() else value)
        return {
            "best": value.min(where=rows.counts),
            "possible": value.min(where=rows.may),
            "blank": ((rows.counts | rows.may) & value.isnull()).any(),
        }

    def answer(found: Found, question: Question) -> _Answer:
        best, possible = found("best"), found("possible")
        value = _severity(sign * best) if question.query.give == "severity" else sign * best
        return _Answer(
            ibis.cases((possible.isnull() | (best <= possible), value)),
            doubt=_true(found("blank")),
            none=best.isnull() & possible.isnull(),
        )

    return aggregates, answer


_TAKES: Mapping[
    str, tuple[Callable[[_Marked], Aggregates], Callable[[Found, Question], _Answer]]
] = {
    "any": (_any, _any_answer),
    "number": (_number, _number_answer),
    "every": (_every, _every_answer),
    "only": (_only, _only_answer),
    "sum": (_sum, _sum_answer),
    "mean": (_mean, _mean_answer),
    "lowest": _extreme(1),
    "highest": _extreme(-1),
}
