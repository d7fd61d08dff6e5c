"""The reference meaning of a condition: Kleene's strong three-valued logic.

True and false are Python's; unknown is None. A fact that is not in the mapping is unknown. A comparison
with an unknown fact is unknown; ``all`` is false as soon as one child is, ``any`` true as soon as one child
is; ``known`` alone is never unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any as AnyValue
from typing import Literal, TypeAlias

from cds_engine.language.expressions import All, Any, Comparison, Expression, Not, Scalar, leaves
from cds_engine.language.formulas import FORMULA_TYPES, Formula

Truth: TypeAlias = bool | None
Outcome: TypeAlias = Literal["fired", "not_met", "not_evaluable", "not_applicable"]
OUTCOMES: tuple[Outcome, ...] = ("fired", "not_met", "not_evaluable", "not_applicable")
Facts: TypeAlias = Mapping[str, Scalar]
Findings: TypeAlias = "Mapping[str, CompiledExpression]"
Reader: TypeAlias = Callable[[Facts], Truth]

_TESTS: dict[str, Callable[[AnyValue, AnyValue], bool]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "one_of": lambda value, operand: value in operand,
    "less_than": operator.lt,
    "at_most": operator.le,
    "more_than": operator.gt,
    "at_least": operator.ge,
}


@dataclass(frozen=True, slots=True)
class CompiledExpression:
    """A condition made ready to be read many times: its truth, and its parts with theirs."""

    condition: Expression
    truth: Reader
    parts: tuple[CompiledExpression, ...] = ()


Shared: TypeAlias = dict[Expression, CompiledExpression]


def compile_expression(condition: Expression, shared: Shared | None = None) -> CompiledExpression:
    """Return ``condition`` as a term, whose ``truth`` is a function of the facts.

    ``shared`` holds the terms of equal conditions, so that many rules can have one term in common.
    """
    shared = {} if shared is None else shared
    found = shared.get(condition)
    if found is None:
        found = shared[condition] = _term(condition, shared)
    return found


def _term(condition: Expression, shared: Shared) -> CompiledExpression:
    match condition:
        case Comparison(fact, "known", operand):
            return CompiledExpression(condition, lambda facts: (fact in facts) is operand)
        case Comparison(fact, "is", True):
            return CompiledExpression(condition, _itself(fact))
        case Comparison(fact, name, operand) if isinstance(operand, FORMULA_TYPES):
            return CompiledExpression(condition, _compared(fact, _TESTS[name], operand))
        case Comparison(fact, name, operand):
            return CompiledExpression(condition, _comparison(fact, _TESTS[name], operand))
        case Not(child):
            part = compile_expression(child, shared)
            return CompiledExpression(condition, _negation(part.truth), (part,))
        case All((child,)) | Any((child,)):
            return compile_expression(child, shared)
        case All(children) | Any(children):
            parts = tuple(compile_expression(child, shared) for child in children)
            readers = tuple(part.truth for part in parts)
            return CompiledExpression(
                condition, _junction(readers, decisive=isinstance(condition, Any)), parts
            )


def _itself(fact: str) -> Reader:
    """Return the reader of a fact that is held against true: it is its own truth."""

    def read(facts: Facts) -> Truth:
        return facts.get(fact)  # type: ignore[return-value]  # only a boolean is ever held against true

    return read


def _comparison(fact: str, test: Callable[[AnyValue, AnyValue], bool], operand: AnyValue) -> Reader:
    def read(facts: Facts) -> Truth:
        value = facts.get(fact)
        return None if value is None else test(value, operand)

    return read


def _compared(fact: str, test: Callable[[AnyValue, AnyValue], bool], operand: Formula) -> Reader:
    """Compile a comparison with a formula, whose value is in the mapping under the formula itself."""

    def read(facts: Facts) -> Truth:
        value, limit = facts.get(fact), facts.get(operand)  # type: ignore[call-overload]  # see the docstring
        return None if value is None or limit is None else test(value, limit)

    return read


def _negation(child: Reader) -> Reader:
    def read(facts: Facts) -> Truth:
        truth = child(facts)
        return None if truth is None else not truth

    return read


def _junction(children: tuple[Reader, ...], *, decisive: bool) -> Reader:
    """``all`` is decided by a false child, ``any`` by a true one; else an unknown child leaves it open."""

    def read(facts: Facts) -> Truth:
        result: Truth = not decisive
        for child in children:
            truth = child(facts)
            if truth is decisive:
                return decisive
            if truth is None:
                result = None
        return result

    return read


def truth(condition: Expression, facts: Facts) -> Truth:
    """Return the truth of ``condition`` for ``facts``."""
    return compile_expression(condition).truth(facts)


def outcome(applies_to: Truth, when: Truth) -> Outcome:
    """Return the outcome of a rule from the truth of its two conditions."""
    if applies_to is False:
        return "not_applicable"
    if when is False:
        return "not_met"
    return "fired" if applies_to and when else "not_evaluable"


def missing_facts(part: CompiledExpression, facts: Facts, findings: Findings) -> list[str]:
    """Return the unknown facts that still matter once ``facts`` are put in and the condition simplified.

    A part whose truth is known falls away whole. An unknown finding stands for the facts it rests on.
    """
    if part.truth(facts) is not None:
        return []
    condition = part.condition
    if isinstance(condition, Comparison):
        finding = findings.get(condition.fact)
        return [condition.fact] if finding is None else missing_facts(finding, facts, findings)
    return [fact for child in part.parts for fact in missing_facts(child, facts, findings)]


def supporting_comparisons(
    part: CompiledExpression, facts: Facts, findings: Findings, wanted: bool = True
) -> list[Comparison]:
    """Return the comparisons that make a condition come out as ``wanted``, which it must.

    Of a true ``any`` only the true branches speak, of a false ``all`` only the false ones; a finding is
    replaced by its own grounds.
    """
    condition = part.condition
    if isinstance(condition, Comparison):
        finding = findings.get(condition.fact)
        if finding is None:
            return [condition]
        return supporting_comparisons(finding, facts, findings, bool(facts[condition.fact]))
    if isinstance(condition, Not):
        return supporting_comparisons(part.parts[0], facts, findings, not wanted)
    together = isinstance(condition, All) is wanted  # a true ``all`` or a false ``any``: every child is
    return [
        leaf
        for child in part.parts
        if together or child.truth(facts) is wanted
        for leaf in supporting_comparisons(child, facts, findings, wanted)
    ]


def evaluate_findings(facts: Facts, findings: Findings) -> dict[str, Scalar]:
    """Return ``facts`` with the ``findings`` that are true or false for them; these are in order."""
    settled = dict(facts)
    for name, finding in findings.items():
        truth = finding.truth(settled)
        if truth is not None:
            settled[name] = truth
    return settled


def in_order(findings: Mapping[str, Expression]) -> list[str]:
    """Return the names of ``findings`` so that each comes after those it rests on; there is no cycle."""
    sorter = TopologicalSorter(
        {
            name: {leaf.fact for leaf in leaves(condition)} & findings.keys()
            for name, condition in findings.items()
        }
    )
    return list(sorter.static_order())
