"""The answer of a query for a chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from operator import attrgetter

from cds_engine.facts.aggregates import AGGREGATES, IN_ORDER, Aggregate, Answer, Value
from cds_engine.facts.formulas import Evaluate, Known, compile_formula, settled
from cds_engine.facts.treatments import treatments
from cds_engine.language.expressions import ALWAYS, Expression, Scalar, resolve
from cds_engine.language.kleene import compile_expression, operand_name
from cds_engine.language.queries import ORDER, FactName, Query, Selection, operand_formulas, unclear
from cds_engine.quantities.numbers import WORKING
from cds_engine.record.chart import Chart, Entries, Entry

Match = tuple[list[Entry], list[Entry], Sequence[Entry]]
"""The entries that count, those that may count, and all that are listed."""
Matches = dict[int, Match]
"""What the filters found in one chart, by their numbers."""
Filter = Callable[[Chart, Known], Match]
Ask = Callable[[Chart, Known, Matches], Answer]
"""A compiled query: a function of a chart, the facts that are known so far, and what filters have found."""

Selected = tuple[Sequence[Entry], bool]
UNLISTED = Entry({}, "", certain=False)
"""Stands for whatever a section may contain beyond the entries that it lists; it may meet any filter."""


class Compiler:
    """Compiles queries for one set of parameter values; queries with the same filter share its result."""

    def __init__(self, parameters: Mapping[str, Decimal]) -> None:
        self._parameters = parameters
        self._filters: dict[tuple[Selection, Expression], tuple[int, Filter]] = {}

    def compile(self, query: Query) -> Ask:
        """Return ``query`` as a function of a chart."""
        number, matching = self._filter(query)
        weights = {member: self._parameters[name] for member, name in query.weights}
        value = _value(query, weights)
        order = ORDER.get(query.of.kind, "")
        aggregate = _aggregate(query)
        if_none, unstated = query.if_none, query.unstated

        def ask(chart: Chart, known: Known, matches: Matches) -> Answer:
            found = matches.get(number)
            if found is None:
                found = matches[number] = matching(chart, known)
            counted, possible, entries = found
            if aggregate is None:
                return _every(entries, counted, possible, if_none)
            if if_none is not None and not counted and not possible:
                return _otherwise(if_none, known)
            given = value if unstated is None else _stated(value, query.give or "", unstated, known)
            return aggregate(counted, possible, given, order)

        def ask_plainly(chart: Chart, known: Known, matches: Matches) -> Answer:
            found = matches.get(number)
            if found is None:
                found = matches[number] = matching(chart, known)
            return aggregate(found[0], found[1], value, order)  # type: ignore[misc]  # see below

        plain = aggregate is not None and if_none is None and unstated is None
        return ask_plainly if plain else ask

    def matching(self, query: Query) -> Filter:
        """Return the filter of ``query`` as a function of a chart."""
        return self._filter(query)[1]

    def _filter(self, query: Query) -> tuple[int, Filter]:
        where = resolve(query.where or ALWAYS, self._parameters)
        key = (query.of, where)
        if key not in self._filters:
            self._filters[key] = (len(self._filters), _compile_filter(query.of, where, self._parameters))
        return self._filters[key]


def _compile_filter(of: Selection, where: Expression, parameters: Mapping[str, Decimal]) -> Filter:
    """Return a function from a chart to the entries that count and those that may count."""
    select = _selector(of, parameters)
    operands = {operand_name(found): compile_formula(found) for found in operand_formulas(where)}
    truth = compile_expression(where).truth

    def matching(chart: Chart, known: Known) -> Match:
        counted: list[Entry] = []
        possible: list[Entry] = []
        entries, more = select(chart)
        if entries:
            state = _operands(operands, known) if operands else None
            for entry in entries:
                found = truth(entry.attributes if state is None else {**entry.attributes, **state})
                if found:
                    (counted if entry.certain else possible).append(entry)
                elif found is None:
                    possible.append(entry)
        if more:
            possible.append(UNLISTED)
        return counted, possible, entries

    return matching


def _aggregate(query: Query) -> Aggregate | None:
    """Return how a query aggregates entries; None for ``every``, which also needs those that do not count."""
    in_order = query.of.kind == "observation" and len(query.of.members) == 1
    return IN_ORDER.get(query.take, AGGREGATES.get(query.take)) if in_order else AGGREGATES.get(query.take)


def _selector(of: Selection, parameters: Mapping[str, Decimal]) -> Callable[[Chart], Selected]:
    """Return what selects the entries of a chart, and whether there may be more."""
    members, section = of.members, attrgetter(of.section)
    gap = int(parameters[of.gap]) if of.gap is not None else None

    def may_have_more(entries: Entries) -> bool:
        return entries.open and not entries.denied.issuperset(members)

    def select_one(chart: Chart) -> Selected:
        entries = section(chart)
        return entries.by_concept.get(members[0], ()), may_have_more(entries)

    def select(chart: Chart) -> Selected:
        entries = section(chart)
        listed = [entries.by_concept[member] for member in members if member in entries.by_concept]
        found = listed[0] if len(listed) == 1 else list(chain.from_iterable(listed))
        if gap is not None:
            found = treatments(found, gap, more=entries.open)
        return found, may_have_more(entries)

    return select_one if len(members) == 1 and gap is None else select


def _operands(operands: Mapping[str, Evaluate], known: Known) -> dict[str, Scalar]:
    """Return the values of the formulas that a filter compares with, under their names."""
    values = ((name, evaluate(known)) for name, evaluate in operands.items())
    return {name: settled(value) for name, value in values if value is not None}


def _value(query: Query, weights: Mapping[str, Decimal]) -> Value:
    give = query.give or ""
    if not weights:
        return lambda entry: entry.attributes.get(give)
    kind = query.of.kind

    def weighted(entry: Entry) -> Scalar | None:
        value = entry.attributes.get(give)
        if not isinstance(value, Decimal):
            return None
        return WORKING.multiply(value, weights[str(entry.attributes[kind])])

    return weighted


def _stated(value: Value, give: str, unstated: str, known: Known) -> Value:
    """Return the value of an entry, or the fact ``unstated`` where the entry does not state it."""
    not_understood = unclear(give)

    def stated(entry: Entry) -> Scalar | None:
        found = value(entry)
        return known.get(unstated) if found is None and not_understood not in entry.attributes else found

    return stated


def _every(
    entries: Sequence[Entry],
    counted: Sequence[Entry],
    possible: Sequence[Entry],
    if_none: Scalar | FactName | None,
) -> Answer:
    """Return whether the filter holds for every entry; of no entry at all this is not known."""
    failing = [entry for entry in entries if entry.certain and not _is_in(entry, counted, possible)]
    if failing:
        return False, failing
    if possible or len(counted) < len(entries):
        return None
    if not entries:
        return (if_none, ()) if isinstance(if_none, bool) else None
    return True, counted


def _is_in(entry: Entry, *lists: Sequence[Entry]) -> bool:
    return any(entry is other for entries in lists for other in entries)


def _otherwise(if_none: Scalar | FactName, known: Known) -> Answer:
    if isinstance(if_none, FactName):
        found = known.get(if_none.name)
        return None if found is None else (found, ())
    return if_none, ()
