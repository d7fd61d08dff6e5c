"""Compiled queries: a filter finds entries of a chart, and an aggregate answers from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from cds_engine.facts.aggregates import AGGREGATES, IN_ORDER, Aggregate, Answer, Match, Value
from cds_engine.facts.formulas import Evaluate, Known, compile_formula, settled
from cds_engine.facts.treatments import treatments
from cds_engine.language.expressions import ALWAYS, Expression, Scalar, resolve
from cds_engine.language.kleene import compile_expression, operand_name
from cds_engine.language.queries import ORDER, FactName, Query, Selection, operand_formulas, unclear
from cds_engine.quantities.numbers import WORKING
from cds_engine.record.chart import Chart, Entries, Entry

Filter = Callable[[Chart, Known], Match]
Select = Callable[[Chart], tuple[Sequence[Entry], bool]]
UNLISTED = Entry({}, "", certain=False)
"""Stands for whatever a section may contain beyond the entries that it lists; it may meet any filter."""


class CompiledQuery(NamedTuple):
    """The parts of a query; queries whose filters have the same number find the same entries of a chart."""

    number: int
    filter: Filter
    aggregate: Aggregate


class Compiler:
    """Compiles queries for one set of parameter values; queries with the same filter share it."""

    def __init__(self, parameters: Mapping[str, Decimal]) -> None:
        self._parameters = parameters
        self._filters: dict[tuple[Selection, Expression], tuple[int, Filter]] = {}

    def compile(self, query: Query) -> CompiledQuery:
        """Return ``query`` compiled."""
        where = resolve(query.where or ALWAYS, self._parameters)
        key = (query.of, where)
        if key not in self._filters:
            self._filters[key] = (len(self._filters), _compile_filter(query.of, where, self._parameters))
        number, found = self._filters[key]
        return CompiledQuery(number, found, _compile_aggregate(query, self._parameters))


def _compile_filter(of: Selection, where: Expression, parameters: Mapping[str, Decimal]) -> Filter:
    """Return a function from a chart to the entries that count and those that may count."""
    select = _selector(of, parameters)
    operands = {operand_name(found): compile_formula(found) for found in operand_formulas(where)}
    truth = compile_expression(where).truth

    def match(chart: Chart, known: Known) -> Match:
        counted: list[Entry] = []
        possible: list[Entry] = []
        entries, more = select(chart)
        state = _operands(operands, known) if operands and entries else None
        for entry in entries:
            found = truth(entry.attributes if state is None else {**entry.attributes, **state})
            if found:
                (counted if entry.certain else possible).append(entry)
            elif found is None:
                possible.append(entry)
        if more:
            possible.append(UNLISTED)
        return counted, possible, entries

    return match


def _selector(of: Selection, parameters: Mapping[str, Decimal]) -> Select:
    """Return what selects the entries of a chart, and whether there may be more."""
    members, section = of.members, attrgetter(of.section)
    gap = int(parameters[of.gap]) if of.gap is not None else None
    first = members[0]

    def select_one(chart: Chart) -> tuple[Sequence[Entry], bool]:
        entries: Entries = section(chart)
        return entries.by_concept.get(first, ()), entries.open and first not in entries.denied

    def select(chart: Chart) -> tuple[Sequence[Entry], bool]:
        entries: Entries = section(chart)
        by_concept = entries.by_concept
        listed = [by_concept[member] for member in members if member in by_concept]
        found = listed[0] if len(listed) == 1 else list(chain.from_iterable(listed))
        if gap is not None:
            found = treatments(found, gap, more=entries.open)
        return found, entries.open and not entries.denied.issuperset(members)

    return select_one if len(members) == 1 and gap is None else select


def _operands(operands: Mapping[str, Evaluate], known: Known) -> dict[str, Scalar]:
    """Return the values of the formulas that a filter compares with, under their names."""
    found: dict[str, Scalar] = {}
    for name, evaluate in operands.items():
        value = evaluate(known)
        if value is not None:
            found[name] = settled(value)
    return found


def _compile_aggregate(query: Query, parameters: Mapping[str, Decimal]) -> Aggregate:
    """Return a function from the entries that a filter found to the answer of a query."""
    in_order = query.of.kind == "observation" and len(query.of.members) == 1
    make = IN_ORDER.get(query.take, AGGREGATES[query.take]) if in_order else AGGREGATES[query.take]
    aggregate = make(_value(query, parameters), ORDER.get(query.of.kind, ""))
    if query.if_none is None:
        return aggregate
    return _every_or(aggregate, query.if_none) if query.take == "every" else _or(aggregate, query.if_none)


def _or(aggregate: Aggregate, if_none: Scalar | FactName) -> Aggregate:
    """Return ``aggregate`` with the answer ``if_none`` if certainly no entry counts."""

    def answer(match: Match, known: Known) -> Answer:
        counted, possible, _ = match
        if counted or possible:
            return aggregate(match, known)
        if isinstance(if_none, FactName):
            found = known.get(if_none.name)
            return None if found is None else (found, ())
        return if_none, ()

    return answer


def _every_or(aggregate: Aggregate, if_none: Scalar | FactName) -> Aggregate:
    """Return ``aggregate``, which is about every entry, with the answer ``if_none`` if there is none."""

    def answer(match: Match, known: Known) -> Answer:
        _, possible, entries = match
        if entries or possible or not isinstance(if_none, bool):
            return aggregate(match, known)
        return if_none, ()

    return answer


def _value(query: Query, parameters: Mapping[str, Decimal]) -> Value:
    """Return what gives the value of an entry."""
    give = query.give or ""

    def stated(entry: Entry, known: Known) -> Scalar | None:
        return entry.attributes.get(give)

    value: Value = stated
    if query.weights:
        value = _weighted(query, {member: parameters[name] for member, name in query.weights})
    return value if query.unstated is None else _or_fact(value, give, query.unstated)


def _weighted(query: Query, weights: Mapping[str, Decimal]) -> Value:
    give, kind = query.give or "", query.of.kind

    def weighted(entry: Entry, known: Known) -> Scalar | None:
        value = entry.attributes.get(give)
        if not isinstance(value, Decimal):
            return None
        return WORKING.multiply(value, weights[str(entry.attributes[kind])])

    return weighted


def _or_fact(value: Value, give: str, unstated: str) -> Value:
    """Return the value of an entry, or the fact ``unstated`` where the entry does not state it."""
    not_understood = unclear(give)

    def value_or_fact(entry: Entry, known: Known) -> Scalar | None:
        found = value(entry, known)
        return known.get(unstated) if found is None and not_understood not in entry.attributes else found

    return value_or_fact
