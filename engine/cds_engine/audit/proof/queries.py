"""The answer of a query for a symbolic chart, as :mod:`cds_engine.facts.queries` finds it for a real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from cds_engine.audit.proof.aggregates import (
    AGGREGATES,
    Candidate,
    something_counts,
    something_may_count,
)
from cds_engine.audit.proof.chart import SymbolicChart
from cds_engine.audit.proof.entries import SymbolicEntry
from cds_engine.audit.proof.expressions import Pair, Trees
from cds_engine.audit.proof.logic import NO, YES, Formula, every, no, some
from cds_engine.audit.proof.treatments import treatments
from cds_engine.audit.proof.variables import UNKNOWN, Variable, alternative, number
from cds_engine.language.expressions import ALWAYS, Scalar, resolve
from cds_engine.language.formulas import Formula as Arithmetic
from cds_engine.language.queries import ORDER, FactName, Query


class SymbolicQuery:
    """A query over a symbolic chart.

    Args:
        query: the query.
        chart: the chart.
        parameters: the values of the parameters.
        fact: provides other facts.
        value: provides the value of a formula.
    """

    def __init__(
        self,
        query: Query,
        chart: SymbolicChart,
        parameters: Mapping[str, Decimal],
        fact: Callable[[str], Variable],
        value: Callable[[Arithmetic], Variable],
    ) -> None:
        self._query = query
        self._chart = chart
        self._fact = fact
        self._value = value
        self._where = resolve(query.where or ALWAYS, parameters)
        self._gap = None if query.of.gap is None else int(parameters[query.of.gap])
        self._weights = {member: Fraction(parameters[name]) for member, name in query.weights}

    def answer(self) -> Variable:
        """Return the fact that the query derives."""
        entries = self._entries()
        met = [self._filtered(entry) for entry in entries]
        more = self._unlisted()
        if self._query.take == "every":
            return self._every(entries, met, more)
        candidates = [self._candidate(entry, truth) for entry, truth in zip(entries, met, strict=True)]
        candidates.append(Candidate(NO, more, UNKNOWN))
        found = AGGREGATES[self._query.take](candidates)
        if self._query.if_none is None:
            return found
        nothing = no(some(something_counts(candidates), something_may_count(candidates)))
        return alternative(nothing, self._otherwise(self._query.if_none), found)

    def _entries(self) -> list[SymbolicEntry]:
        of = self._query.of
        found = [entry for member in of.members for entry in self._chart.entries(of.section, member)]
        if self._gap is None:
            return found
        return treatments(found, self._gap, self._chart.is_open(of.section))

    def _unlisted(self) -> Formula:
        """Return whether there may be entries that the section does not list."""
        of = self._query.of
        denied = [self._chart.denied(of.section, member) for member in of.members]
        return every(self._chart.is_open(of.section), no(every(*denied)))

    def _filtered(self, entry: SymbolicEntry) -> Pair:
        return Trees(entry.attribute, value=self._value).pair(self._where)

    def _candidate(self, entry: SymbolicEntry, met: Pair) -> Candidate:
        query = self._query
        uncertain = some(no(met.known), every(met.true, no(entry.certain)))
        value = UNKNOWN if query.give is None else entry.attribute(query.give)
        if self._weights:
            value = value.times(self._weights[entry.concept])
        if query.unstated is not None:
            stated = some(value.known, entry.is_unclear(query.give or ""))
            value = alternative(stated, value, self._fact(query.unstated))
        order = ORDER.get(query.of.kind)
        return Candidate(
            every(entry.exists, entry.certain, met.true),
            every(entry.exists, uncertain),
            value,
            UNKNOWN if order is None else entry.attribute(order),
        )

    def _every(self, entries: list[SymbolicEntry], met: list[Pair], more: Formula) -> Variable:
        """Return whether the filter holds for every entry; of no entry at all this is not known."""
        failing, undecided = [], [more]
        for entry, truth in zip(entries, met, strict=True):
            failing.append(every(entry.exists, entry.certain, truth.false))
            undecided.append(every(entry.exists, some(no(truth.known), no(entry.certain))))
        fails = some(*failing)
        empty = no(some(*(entry.exists for entry in entries)))
        if_none = self._query.if_none
        known_if_none = YES if isinstance(if_none, bool) else NO
        known = some(fails, every(no(some(*undecided)), some(no(empty), known_if_none)))
        value = no(fails)
        if if_none is False:
            value = every(value, no(empty))
        return Variable(known, value)

    def _otherwise(self, value: Scalar | FactName) -> Variable:
        if isinstance(value, FactName):
            return self._fact(value.name)
        if isinstance(value, bool):
            return Variable(YES, YES if value else NO)
        assert isinstance(value, Decimal)
        return number(Fraction(value))
