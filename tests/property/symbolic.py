"""Putting a real chart into a symbolic one: every part takes the value that the chart gives it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import z3
from cds_engine.audit.proof.chart import SymbolicChart
from cds_engine.audit.proof.entries import SymbolicEntry
from cds_engine.audit.proof.parts import Model, Name
from cds_engine.audit.proof.variables import Variable
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import SECTIONS, EntryKind, Section
from cds_engine.record.chart import Chart, Entry

KINDS: tuple[EntryKind, ...] = ("observation", "drug", "condition", "symptom")


class Pinned:
    """A symbolic chart in which nothing is free any more.

    Create it once all formulas are made: it pins the parts that the symbolic chart has by then.
    """

    def __init__(self, symbolic: SymbolicChart, chart: Chart) -> None:
        wanted = _values(chart)
        variables = _variables(symbolic)
        solver = z3.Solver()
        solver.add(symbolic.parts.constraints)
        for name, part in symbolic.parts.variables.items():
            if z3.is_bool(part) or name in wanted:
                solver.add(part == _constant(wanted.get(name), variables.get(name)))
        assert solver.check() == z3.sat, "the chart is not among those that the proofs reason about"
        self._model = Model(solver.model())

    def value(self, variable: Variable) -> Scalar | Fraction | None:
        """Return the value of a fact; None if it is unknown."""
        if not self._model.truth(variable.known):
            return None
        if variable.is_boolean:
            return self._model.truth(variable.value)
        if variable.codes:
            return self._model.code(variable.value, variable.codes)
        return Fraction(self._model.number(variable.value) * variable.step)


def _values(chart: Chart) -> dict[Name, Scalar]:
    """Return the value of each part for a chart; a flag that is not among them is false."""
    found: dict[Name, Scalar] = {}
    for kind in KINDS:
        name: Section = SECTIONS[kind]
        section = chart.section(name)
        found[name, "given"] = not section.open or bool(section.by_concept)
        found[name, "incomplete"] = section.open and bool(section.by_concept)
        for concept, entries in section.by_concept.items():
            dated = [entry for entry in entries if "ago" in entry.attributes]
            others = [entry for entry in entries if "ago" not in entry.attributes]
            dated.sort(key=lambda entry: entry.attributes["ago"])
            for number, entry in enumerate([*dated, *others]):
                parts = _parts(entry, denied=concept in section.denied)
                found |= {(kind, concept, number, *part): value for part, value in parts.items()}
    for attribute, value in (("age_years", chart.age_years), ("sex", chart.sex)):
        if value is not None:
            found |= {("patient", attribute, "known"): True, ("patient", attribute): value}
    for field, value in chart.history.items():
        if value is not None:
            found |= {("history", field, "known"): True, ("history", field): value}
    return found


def _parts(entry: Entry, *, denied: bool) -> dict[Name, Scalar]:
    known = entry.attributes
    parts: dict[Name, Scalar] = {
        ("listed",): True,
        ("taken", "known"): entry.certain,
        ("understood",): entry.certain,
    }
    for name, value in known.items():
        parts |= {(name, "known"): True, (name,): value}
    was_or_will_be = known.get("present") is False and not denied
    parts["over",] = "ended" in known or was_or_will_be
    if was_or_will_be:
        parts["present",] = True
    return parts


def _variables(symbolic: SymbolicChart) -> dict[Name, Variable]:
    """Return the attributes by the names of their parts."""
    found: dict[Name, Variable] = {
        ("patient", attribute): symbolic.patient(attribute) for attribute in ("age_years", "sex")
    }
    for kind, concept, number in {name[:3] for name in symbolic.parts.variables if name[0] in KINDS}:
        entry: SymbolicEntry = symbolic.entries(SECTIONS[kind], concept)[number]
        found |= {(kind, concept, number, name): variable for name, variable in entry.attributes.items()}
    return found


def _constant(value: Scalar | int | None, variable: Variable | None) -> Any:
    """Return the solver's value of a part; a flag that no entry sets is false."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str):
        assert variable is not None
        return variable.codes[value]
    return round(Fraction(value) / (Fraction(1) if variable is None else variable.step))
