"""From a chart to facts, as the rulebook declares them; a fact that is not known is left out."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from graphlib import TopologicalSorter
from typing import TypeAlias

from cds_engine.facts.aggregates import Match
from cds_engine.facts.formulas import Known, compile_formula, rounding
from cds_engine.facts.queries import CompiledQuery, Compiler
from cds_engine.language.expressions import Scalar
from cds_engine.language.formulas import Formula, facts_in, resolve_formula
from cds_engine.language.queries import (
    Computed,
    Derivation,
    FactName,
    HistoryValue,
    PatientValue,
    Query,
    Section,
    facts_read,
)
from cds_engine.quantities.numbers import canonical
from cds_engine.record.chart import Chart, Entries
from cds_engine.rulebook.model import Fact

Sources: TypeAlias = tuple[str, ...]
Derived: TypeAlias = tuple[Scalar, Sources] | None
Matches: TypeAlias = dict[int, Match]
"""What the filters of queries found in one chart, by their numbers."""
Derive: TypeAlias = Callable[[Chart, Known, Mapping[str, Sources], Matches], Derived]
NamedDerive: TypeAlias = tuple[str, Derive]
Parameters: TypeAlias = Mapping[str, Decimal]

_ANY_DAY = datetime.date.min
MAX_KNOWN_SETS = 4096
"""How many different sets of touched facts are remembered."""
_SECTIONS: tuple[Section, ...] = ("conditions", "medications", "observations", "symptoms")


class Derivations:
    """The derivations of ``facts``, compiled for one set of parameter values.

    A fact that no entry touches keeps the value it has for sections without entries. So that value is derived
    once, and for each chart only what its entries touch is derived.
    """

    def __init__(self, facts: Iterable[Fact], parameters: Parameters) -> None:
        declared = {fact.name: fact for fact in facts if fact.derivation is not None}
        self._facts = [declared[name] for name in in_order(declared)]
        compiler = Compiler(parameters)
        self._derive = [(fact.name, _compile(fact, parameters, compiler)) for fact in self._facts]
        self._known_sets: dict[int, tuple[NamedDerive, ...]] = {}
        self._always = 0
        self._touched_by: dict[Section, dict[str, int]] = {name: {} for name in _SECTIONS}
        self._index()
        self._untouched: dict[tuple[bool, ...], tuple[dict[str, Scalar], dict[str, Sources]]] = {}

    def derive(self, chart: Chart) -> tuple[dict[str, Scalar], dict[str, Sources]]:
        """Return the known facts, and for each the pointers of the entries it came from."""
        touched = self._always
        open_sections = []
        for name, touched_by in self._touched_by.items():
            section = chart.section(name)
            open_sections.append(section.open)
            for concept in section.by_concept:
                touched |= touched_by.get(concept, 0)
        values, sources = self._without_entries(tuple(open_sections))
        values, sources = dict(values), dict(sources)
        _derive_into(values, sources, chart, self._members(touched))
        return values, sources

    def _members(self, facts: int) -> tuple[NamedDerive, ...]:
        """Return the members of a set of facts, which is an integer with a bit for each of them."""
        found = self._known_sets.get(facts)
        if found is None:
            found = tuple(named for number, named in enumerate(self._derive) if facts >> number & 1)
            if len(self._known_sets) < MAX_KNOWN_SETS:
                self._known_sets[facts] = found
        return found

    def _without_entries(
        self, open_sections: tuple[bool, ...]
    ) -> tuple[dict[str, Scalar], dict[str, Sources]]:
        """Return the facts where no section has entries and some sections may have unlisted ones."""
        found = self._untouched.get(open_sections)
        if found is None:
            sections = {
                name: Entries(open=is_open) for name, is_open in zip(_SECTIONS, open_sections, strict=True)
            }
            chart = Chart(_ANY_DAY, **sections)  # type: ignore[arg-type]  # the four sections
            found = ({}, {})
            _derive_into(*found, chart, self._derive)
            self._untouched[open_sections] = found
        return found

    def _index(self) -> None:
        """Note which facts the entries of each concept touch, directly or through other facts."""
        numbers = {fact.name: number for number, fact in enumerate(self._facts)}
        reading: dict[int, set[int]] = {number: set() for number in numbers.values()}
        for number in reversed(range(len(self._facts))):
            derivation = self._facts[number].derivation
            assert derivation is not None
            for name in _read_without_entries(derivation):
                if name in numbers:
                    reading[numbers[name]] |= {number} | reading[number]
        for number, fact in enumerate(self._facts):
            facts = sum(1 << touched for touched in {number} | reading[number])
            match fact.derivation:
                case PatientValue() | HistoryValue():
                    self._always |= facts
                case Query(of=of):
                    touched_by = self._touched_by[of.section]
                    for member in of.members:
                        touched_by[member] = touched_by.get(member, 0) | facts


def _derive_into(
    values: dict[str, Scalar], sources: dict[str, Sources], chart: Chart, facts: Iterable[NamedDerive]
) -> None:
    matches: Matches = {}
    for name, derive in facts:
        derived = derive(chart, values, sources, matches)
        if derived is not None:
            values[name], sources[name] = derived
        elif name in values:
            del values[name], sources[name]


def _read_without_entries(derivation: Derivation) -> list[str]:
    """Return the facts that a derivation reads even if there are no entries that it asks about."""
    if isinstance(derivation, Query):
        return [derivation.if_none.name] if isinstance(derivation.if_none, FactName) else []
    return facts_read(derivation)


def in_order(facts: Mapping[str, Fact]) -> list[str]:
    """Return the names of ``facts`` so that each comes after those it reads; there is no cycle."""
    sorter = TopologicalSorter(
        {
            name: [other for other in facts_read(fact.derivation) if other in facts]
            for name, fact in facts.items()
            if fact.derivation is not None
        }
    )
    return list(sorter.static_order())


def _compile(fact: Fact, parameters: Parameters, compiler: Compiler) -> Derive:
    match fact.derivation:
        case PatientValue("age_years"):
            return _age
        case PatientValue("sex"):
            return _sex
        case HistoryValue(name):
            return _history(name, fact)
        case Query() as query:
            return _answer(query, compiler.compile(query), fact)
        case Computed(formula):
            return _computed(fact, resolve_formula(formula, parameters))
    raise AssertionError(f"no derivation of {fact.name}: {fact.derivation!r}")


def _age(chart: Chart, known: Known, sources: Mapping[str, Sources], matches: Matches) -> Derived:
    return None if chart.age_years is None else (Decimal(chart.age_years), ("/patient",))


def _sex(chart: Chart, known: Known, sources: Mapping[str, Sources], matches: Matches) -> Derived:
    return None if chart.sex is None else (chart.sex, ("/patient",))


def _history(name: str, fact: Fact) -> Derive:
    def derive(chart: Chart, known: Known, sources: Mapping[str, Sources], matches: Matches) -> Derived:
        value = chart.history.get(name)
        if not isinstance(value, Decimal) or not fact.minimum <= value <= fact.maximum:
            return None
        return value, (f"/history/{name}",)

    return derive


def _answer(query: Query, compiled: CompiledQuery, fact: Fact) -> Derive:
    number, find, aggregate = compiled
    nothing = (f"/{query.of.section}",)
    settle = _settle(query, fact)
    fallback = query.if_none.name if isinstance(query.if_none, FactName) else None

    def derive(chart: Chart, known: Known, sources: Mapping[str, Sources], matches: Matches) -> Derived:
        match = matches.get(number)
        if match is None:
            match = matches[number] = find(chart, known)
        answer = aggregate(match, known)
        if answer is None:
            return None
        value, entries = answer
        if settle is not None and isinstance(value, Decimal):
            value = settle(value)
        if len(entries) == 1:
            return value, (entries[0].pointer,)
        if entries:
            return value, tuple([entry.pointer for entry in entries])
        return value, nothing if fallback is None else sources[fallback]

    return derive


def _settle(query: Query, fact: Fact) -> Callable[[Decimal], Decimal] | None:
    """Return what turns the answer of a query into the value of a fact; None if nothing is to be done."""
    if query.take == "mean":
        return rounding(fact.resolution)
    if query.give in ("value", "dose") or query.if_none is not None:
        return canonical
    return None


def _computed(fact: Fact, formula: Formula) -> Derive:
    evaluate, rounded = compile_formula(formula), rounding(fact.resolution)
    read = facts_in(formula)

    def derive(chart: Chart, known: Known, sources: Mapping[str, Sources], matches: Matches) -> Derived:
        value = evaluate(known)
        if value is None:
            return None
        value = rounded(value)
        if not fact.minimum <= value <= fact.maximum:
            return None
        return value, tuple(dict.fromkeys(pointer for name in read for pointer in sources[name]))

    return derive
