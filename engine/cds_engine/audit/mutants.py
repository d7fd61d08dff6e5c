"""Mutants: rulebooks with one mistake each, in an expression tree, a parameter, an indicator or a fact.

A mistake is a different operator, a threshold moved by one resolution step, a parameter multiplied or divided
by 1000, a condition dropped or negated, ``all`` and ``any`` swapped, or a different indicator. Mutants that
mean the same by construction (``is false`` and ``is_not true``) are generated once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from cds_engine.audit.fact_mutants import fact_changes, group_changes
from cds_engine.audit.places import Place
from cds_engine.audit.program import Decision, Leaf, Program
from cds_engine.audit.tree_edits import edits
from cds_engine.errors import pointer
from cds_engine.language.expressions import (
    All,
    Any,
    Comparison,
    Expression,
    Not,
    leaves,
    resolve,
)
from cds_engine.rulebook.files import Indicator
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.prose import comparison_text
from cds_engine.rulebook.text import format_value

INDICATORS: tuple[Indicator, ...] = get_args(Indicator)
UNIT_MISTAKE = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Change:
    """One mistake: what it replaces, and how reports describe it."""

    subject: str
    operator: str
    text: str
    place: Place
    pointer: str = ""
    trees: Mapping[str, tuple[Expression, Expression]] | None = None
    """The changed ``applies_to`` and ``when``, by decision."""
    parameter: tuple[str, Decimal] | None = None
    indicator: str | None = None
    facts: Mapping[str, Fact] | None = None
    """The changed facts, by name."""


def changes(program: Program) -> Iterator[Change]:
    """Yield the change of every mutant of ``program``."""
    for decision in program.decisions.values():
        yield from _of_trees(program, decision)
    for name in program.rules:
        yield from _of_indicator(program, name)
    for name in program.parameters:
        yield from _of_parameter(program, name)
    yield from _of_facts(program)


def _of_trees(program: Program, decision: Decision) -> Iterator[Change]:
    known = {(decision.applies_to, decision.when)}
    lines = {leaf.pointer: leaf for leaf in decision.leaves}
    for part in ("applies_to", "when"):
        whole: Expression = getattr(decision, part)
        for edit in edits(whole, program.facts):
            changed = edit.changed
            trees = (changed, decision.when) if part == "applies_to" else (decision.applies_to, changed)
            if trees in known:
                continue
            known.add(trees)
            leaf = lines[next(leaves(edit.node)).pointer]
            text = edit.text or f"'{_node_text(program, edit.node, leaf)}' {edit.operator}"
            yield Change(
                decision.name, edit.operator, text, leaf.place, leaf.pointer, trees={decision.name: trees}
            )


def _node_text(program: Program, node: Expression, leaf: Leaf) -> str:
    """Return a node of a tree in English; for a group, its kind and its first comparison."""
    text = comparison_text(leaf.comparison, program.facts)
    match node:
        case Comparison():
            return text
        case Not():
            return f"not: {text}"
        case All(children) | Any(children):
            word = "all" if isinstance(node, All) else "any"
            return f"{word} of {len(children)} from {text} on"


def _of_indicator(program: Program, name: str) -> Iterator[Change]:
    rule = program.rulebook.rules[name]
    line, _ = rule.places["/advisory/indicator"]
    given = rule.file.advisory.indicator
    for other in INDICATORS:
        if other != given:
            text = f"indicator {given} becomes {other}"
            place = (program.rules[name].file, line)
            yield Change(name, "indicator changed", text, place, "/advisory/indicator", indicator=other)


def _of_parameter(program: Program, name: str) -> Iterator[Change]:
    """Yield unit mistakes and, if the value is used more than once or by a derivation, nudged thresholds."""
    places = program.places.lines("parameters.yaml")
    at = pointer("parameters", name)
    dated = program.rulebook.parameters[name].values
    if len(dated) > 1:
        at += f"/values/{sum(value.since <= program.day for value in dated[1:])}"
    place = (program.places.name("parameters.yaml"), places.get(at, 1))
    value = program.parameters[name]
    unit = program.rulebook.parameters[name].unit
    users = [
        leaf for decision in program.decisions.values() for leaf in decision.leaves
        if leaf.comparison.parameter == name
    ]  # fmt: skip
    edits = {"unit slipped": [value * UNIT_MISTAKE, value / UNIT_MISTAKE]}
    derived = bool(program.facts_with(name))
    if derived or len(users) > 1:
        steps = {program.facts[leaf.comparison.fact].resolution for leaf in users} or {Decimal(1)}
        edits["threshold nudged"] = [value + sign * step for step in sorted(steps) for sign in (-1, 1)]
    if not (users or derived):
        return
    for operator, values in edits.items():
        for changed in values:
            if changed == value:
                continue
            text = f"{format_value(value, unit)} becomes {format_value(changed, unit)}"
            trees = {} if not users else _with_parameter(program, name, changed)
            yield Change(name, operator, text, place, at, trees, (name, changed))


def _of_facts(program: Program) -> Iterator[Change]:
    file, lines = program.places.name("facts.yaml"), program.places.lines("facts.yaml")
    for change in fact_changes(program):
        declared = next(iter(change.facts.values())).place
        place = (file, lines.get(change.pointer, lines[declared]))
        yield Change(change.subject, change.operator, change.text, place, change.pointer, facts=change.facts)
    for change in group_changes(program):
        place = program.places.of_terminology(change.pointer)
        yield Change(change.subject, change.operator, change.text, place, change.pointer, facts=change.facts)


def _with_parameter(program: Program, name: str, value: Decimal) -> dict[str, tuple[Expression, Expression]]:
    changed = {}
    for decision in program.decisions.values():
        if any(leaf.comparison.parameter == name for leaf in decision.leaves):
            values = {**program.parameters, name: value}
            changed[decision.name] = (resolve(decision.applies_to, values), resolve(decision.when, values))
    return changed
