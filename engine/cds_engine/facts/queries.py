"""The answer of a query for a chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from cds_engine.facts.aggregates import AGGREGATES, Answer, Value
from cds_engine.facts.formulas import Evaluate, Known, compile_formula
from cds_engine.facts.treatments import treatments
from cds_engine.language.expressions import ALWAYS, Scalar, resolve
from cds_engine.language.kleene import compile_expression
from cds_engine.language.queries import ORDER, FactName, Query, Selection, operand_formulas
from cds_engine.quantities.numbers import WORKING
from cds_engine.record.chart import Chart, Entry

Ask = Callable[[Chart, Known], Answer]
"""A query ready to be asked of a chart, for the facts that are known so far."""

Selected = tuple[Sequence[Entry], list[Entry]]
UNLISTED = Entry({}, "", certain=False)
"""Stands for whatever a section may contain beyond the entries that it lists; it may meet any filter."""


def compile_query(query: Query, parameters: Mapping[str, Decimal]) -> Ask:
    """Return ``query`` as a function of a chart, with these values of the parameters."""
    select = _selector(query.of, parameters)
    where = compile_expression(resolve(query.where or ALWAYS, parameters))
    operands = {formula: compile_formula(formula) for formula in operand_formulas(where.expression)}
    value = _value(query, {member: parameters[name] for member, name in query.weights})
    order = ORDER.get(query.of.kind, "")
    if_none = query.if_none

    def ask(chart: Chart, known: Known) -> Answer:
        counted: list[Entry] = []
        possible: list[Entry] = []
        state = _operands(operands, known)
        entries, more = select(chart)
        for entry in entries:
            truth = where.truth({**entry.attributes, **state} if state else entry.attributes)
            if truth is None or (truth and not entry.certain):
                possible.append(entry)
            elif truth:
                counted.append(entry)
        if query.take == "every":
            return _every(entries, counted, possible or more, if_none)
        possible += more
        if not counted and not possible and if_none is not None:
            return _otherwise(if_none, known)
        return aggregate(counted, possible, _stated(value, query.unstated, known), order)

    aggregate = AGGREGATES.get(query.take, AGGREGATES["any"])
    return ask


def _selector(of: Selection, parameters: Mapping[str, Decimal]) -> Callable[[Chart], Selected]:
    """Return what selects the entries of a chart, and :data:`UNLISTED` if there may be more."""
    members, section = of.members, of.section
    gap = int(parameters[of.gap]) if of.gap is not None else None

    def select(chart: Chart) -> Selected:
        entries = chart.section(section)
        found = list(chain.from_iterable(entries.by_concept.get(member, ()) for member in members))
        if gap is not None:
            found = treatments(found, gap, more=entries.open)
        more = entries.open and not all(member in entries.denied for member in members)
        return found, [UNLISTED] if more else []

    return select


def _operands(operands: Mapping[Any, Evaluate], known: Known) -> dict[Any, Scalar]:
    """Return the values of the formulas that a filter compares with, under the formulas themselves."""
    return {
        formula: value for formula, evaluate in operands.items() if (value := evaluate(known)) is not None
    }


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


def _stated(value: Value, unstated: str | None, known: Known) -> Value:
    """Return the value of an entry, or the fact ``unstated`` where the entry does not state it."""
    if unstated is None:
        return value

    def stated(entry: Entry) -> Scalar | None:
        found = value(entry)
        return known.get(unstated) if found is None else found

    return stated


def _every(
    entries: Sequence[Entry],
    counted: Sequence[Entry],
    possible: Sequence[Entry],
    if_none: Scalar | FactName | None,
) -> Answer:
    """Return whether the filter holds for every entry; of no entry at all this is not known."""
    met = {id(entry) for entry in chain(counted, possible)}
    failing = [entry for entry in entries if id(entry) not in met]
    if any(entry.certain for entry in failing):
        return False, [entry for entry in failing if entry.certain]
    if possible or failing:
        return None
    if not entries:
        return (if_none, ()) if isinstance(if_none, bool) else None
    return True, counted


def _otherwise(if_none: Scalar | FactName, known: Known) -> Answer:
    if isinstance(if_none, FactName):
        found = known.get(if_none.name)
        return None if found is None else (found, ())
    return if_none, ()
