"""Mutants: rulebooks with one mistake each, in an expression tree, a parameter or an indicator.

A mistake is a different operator, a threshold moved by one resolution step, a parameter multiplied or divided
by 1000, a condition dropped or negated, ``all`` and ``any`` swapped, or a different indicator. Mutants that
mean the same by construction (``is false`` and ``is_not true``) are generated once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import get_args

from cds_engine.audit.coverage import condition_text
from cds_engine.audit.program import Decision, Leaf, Place, Program
from cds_engine.language.expressions import (
    ALWAYS,
    ORDERED,
    All,
    Any,
    Comparison,
    Expression,
    Not,
    leaves,
    resolve,
)
from cds_engine.language.queries import parameters_read
from cds_engine.rulebook.files import Indicator
from cds_engine.rulebook.model import Fact
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


def changes(program: Program) -> Iterator[Change]:
    """Yield the change of every mutant of ``program``."""
    for decision in program.decisions.values():
        yield from _of_trees(program, decision)
    for name in program.rules:
        yield from _of_indicator(program, name)
    for name in program.parameters:
        yield from _of_parameter(program, name)


def _of_trees(program: Program, decision: Decision) -> Iterator[Change]:
    known = {(decision.applies_to, decision.when)}
    lines = {leaf.pointer: leaf for leaf in decision.leaves}
    for part in ("applies_to", "when"):
        whole: Expression = getattr(decision, part)
        for operator, text, node, changed in _edits(whole, program.facts):
            trees = (changed, decision.when) if part == "applies_to" else (decision.applies_to, changed)
            if trees in known:
                continue
            known.add(trees)
            leaf = lines[next(leaves(node)).pointer]
            label = text or f"'{_node_text(program, node, leaf)}' {operator}"
            yield Change(
                decision.name, operator, label, leaf.place, leaf.pointer, trees={decision.name: trees}
            )


def _node_text(program: Program, node: Expression, leaf: Leaf) -> str:
    """Return a node of a tree in English; for a group, its kind and its first comparison."""
    text = condition_text(program.facts, leaf)
    match node:
        case Comparison():
            return text
        case Not():
            return f"not: {text}"
        case All(children) | Any(children):
            word = "all" if isinstance(node, All) else "any"
            return f"{word} of {len(children)} from {text} on"


Edit = tuple[str, str, Expression, Expression]
"""The operator, its own text if any, the changed node, and the whole tree with the change."""


def _edits(node: Expression, facts: Mapping[str, Fact]) -> Iterator[Edit]:
    """Yield every edit of ``node`` and of the nodes below it."""
    match node:
        case Comparison():
            for operator, text, other in _comparisons(node, facts[node.fact]):
                yield operator, text, node, other
            yield "dropped", "", node, ALWAYS
        case Not(child):
            yield "negation removed", "", node, child
            for operator, text, at, changed in _edits(child, facts):
                if changed is not ALWAYS:
                    yield operator, text, at, replace(node, child=changed)
            yield "dropped", "", node, ALWAYS
        case All(children) | Any(children):
            if len(children) > 1:
                is_all = isinstance(node, All)
                swapped = Any(children, node.pointer) if is_all else All(children, node.pointer)
                yield f"{'all' if is_all else 'any'} swapped", "", node, swapped
                yield "negated", "", node, Not(node)
            for index, child in enumerate(children):
                for operator, text, at, changed in _edits(child, facts):
                    kept = () if changed is ALWAYS else (changed,)
                    rest = (*children[:index], *kept, *children[index + 1 :])
                    yield operator, text, at, replace(node, children=rest) if rest else ALWAYS


def _comparisons(leaf: Comparison, fact: Fact) -> Iterator[tuple[str, str, Comparison]]:
    """Yield the comparisons that a typing mistake could produce, with operator and text."""
    operand = leaf.operand

    def edit(mistake: str, **changes: object) -> tuple[str, str, Comparison]:
        changed = replace(leaf, **changes)  # type: ignore[arg-type]
        return mistake, f"'{_text(leaf, fact)}' becomes '{_text(changed, fact)}'", changed

    if leaf.operator in ORDERED:
        for other in sorted(ORDERED - {leaf.operator}):
            yield edit("operator flipped", operator=other)
    if leaf.operator in ("is", "is_not"):
        yield edit("negated", operator="is_not" if leaf.operator == "is" else "is")
    if leaf.operator == "known":
        yield edit("negated", operand=not operand)
    if isinstance(operand, Decimal):
        if leaf.operator in ("is", "is_not"):
            for other in ("at_least", "at_most"):
                yield edit("operator flipped", operator=other)
        for step in (-fact.resolution, fact.resolution):
            yield edit("threshold nudged", operand=operand + step)
    if isinstance(operand, tuple) and len(operand) > 1:
        for code in operand:
            yield edit("code dropped", operand=tuple(other for other in operand if other != code))


def _text(leaf: Comparison, fact: Fact) -> str:
    operand = leaf.operand
    shown = ""
    if isinstance(operand, tuple):
        shown = ", ".join(operand)
    elif isinstance(operand, bool | str | Decimal):
        shown = format_value(operand, fact.unit)
    return f"{leaf.fact} {leaf.operator} {shown}"


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
    pointer = f"/parameters/{name}"
    place = (program.places.name("parameters.yaml"), places.get(pointer, 1))
    value = program.parameters[name]
    unit = program.rulebook.parameters[name].unit
    users = [
        leaf for decision in program.decisions.values() for leaf in decision.leaves
        if leaf.comparison.parameter == name
    ]  # fmt: skip
    edits = {"unit slipped": [value * UNIT_MISTAKE, value / UNIT_MISTAKE]}
    derived = bool(derivations_with(program, name))
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
            yield Change(name, operator, text, place, pointer, trees, (name, changed))


def derivations_with(program: Program, parameter: str) -> list[Fact]:
    """Return the facts that some rule uses and whose derivation uses ``parameter``."""
    asked = {fact for name in program.rules for fact in program.asked(name)}
    return [
        fact
        for fact in program.rulebook.needed_facts(asked)
        if fact.derivation is not None and parameter in parameters_read(fact.derivation)
    ]


def _with_parameter(program: Program, name: str, value: Decimal) -> dict[str, tuple[Expression, Expression]]:
    changed = {}
    for decision in program.decisions.values():
        if any(leaf.comparison.parameter == name for leaf in decision.leaves):
            values = {**program.parameters, name: value}
            changed[decision.name] = (resolve(decision.applies_to, values), resolve(decision.when, values))
    return changed
