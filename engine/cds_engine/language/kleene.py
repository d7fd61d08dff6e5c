"""The reference evaluation of an expression, in Kleene's strong three-valued logic.

True and false are Python's; unknown is None. A fact that is missing from the mapping is unknown. A comparison
with an unknown fact is unknown. ``all`` is false as soon as one child is false; ``any`` is true as soon as
one child is true. Only ``known`` is never unknown.
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
TruthFunction: TypeAlias = Callable[[Facts], Truth]
Test: TypeAlias = Callable[[AnyValue, AnyValue], bool]

_TESTS: dict[str, Test] = {
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
    """An expression with its truth as a function of the facts; its children are compiled too."""

    expression: Expression
    truth: TruthFunction
    children: tuple[CompiledExpression, ...] = ()


ExpressionCache: TypeAlias = dict[Expression, CompiledExpression]


def compile_expression(expression: Expression, cache: ExpressionCache | None = None) -> CompiledExpression:
    """Return ``expression`` compiled.

    Equal expressions are compiled once per ``cache``, so that many rules can share one compiled expression.
    """
    cache = {} if cache is None else cache
    compiled = cache.get(expression)
    if compiled is None:
        compiled = cache[expression] = _compile(expression, cache)
    return compiled


def _compile(expression: Expression, cache: ExpressionCache) -> CompiledExpression:
    match expression:
        case Comparison(fact, "known", operand):
            return CompiledExpression(expression, lambda facts: (fact in facts) is operand)
        case Comparison(fact, "is", True):
            return CompiledExpression(expression, _is_true(fact))
        case Comparison(fact, name, operand) if isinstance(operand, FORMULA_TYPES):
            return CompiledExpression(expression, _compare_with_formula(fact, _TESTS[name], operand))
        case Comparison(fact, name, operand):
            return CompiledExpression(expression, _compare(fact, _TESTS[name], operand))
        case Not(child):
            compiled = compile_expression(child, cache)
            return CompiledExpression(expression, _negate(compiled.truth), (compiled,))
        case All((child,)) | Any((child,)):
            return compile_expression(child, cache)
        case All(children) | Any(children):
            parts = tuple(compile_expression(child, cache) for child in children)
            truths = tuple(part.truth for part in parts)
            return CompiledExpression(expression, _join(truths, decisive=isinstance(expression, Any)), parts)


def _is_true(fact: str) -> TruthFunction:
    """Compile ``fact is true``: the value of a boolean fact is already its truth."""

    def evaluate(facts: Facts) -> Truth:
        return facts.get(fact)  # type: ignore[return-value]  # only boolean facts are compared with true

    return evaluate


def _compare(fact: str, test: Test, operand: AnyValue) -> TruthFunction:
    def evaluate(facts: Facts) -> Truth:
        value = facts.get(fact)
        return None if value is None else test(value, operand)

    return evaluate


def operand_name(formula: Formula) -> str:
    """Return the name under which the value of a formula is given beside the values it is compared with."""
    return f"= {formula!r}"


def _compare_with_formula(fact: str, test: Test, operand: Formula) -> TruthFunction:
    """Compile a comparison with a formula, whose value is in the mapping under :func:`operand_name`."""
    name = operand_name(operand)

    def evaluate(facts: Facts) -> Truth:
        value, limit = facts.get(fact), facts.get(name)
        return None if value is None or limit is None else test(value, limit)

    return evaluate


def _negate(child: TruthFunction) -> TruthFunction:
    def evaluate(facts: Facts) -> Truth:
        truth = child(facts)
        return None if truth is None else not truth

    return evaluate


def _join(children: tuple[TruthFunction, ...], *, decisive: bool) -> TruthFunction:
    """Compile ``all`` or ``any``.

    One child with the truth ``decisive`` (false for ``all``, true for ``any``) decides. Otherwise the result
    is unknown if any child is.
    """
    if len(children) == 2:
        return _join_two(*children, decisive=decisive)

    def evaluate(facts: Facts) -> Truth:
        result: Truth = not decisive
        for child in children:
            truth = child(facts)
            if truth is decisive:
                return decisive
            if truth is None:
                result = None
        return result

    return evaluate


def _join_two(first: TruthFunction, second: TruthFunction, *, decisive: bool) -> TruthFunction:
    """Compile ``all`` or ``any`` of two children, as most of them are: in half the time."""

    def evaluate(facts: Facts) -> Truth:
        one = first(facts)
        if one is decisive:
            return decisive
        other = second(facts)
        return other if other is decisive or one is not None else None

    return evaluate


def truth(expression: Expression, facts: Facts) -> Truth:
    """Return the truth of ``expression`` for ``facts``."""
    return compile_expression(expression).truth(facts)


def outcome(applies_to: Truth, when: Truth) -> Outcome:
    """Return the outcome of a rule from the truth of ``applies_to`` and ``when``."""
    if applies_to is False:
        return "not_applicable"
    if when is False:
        return "not_met"
    return "fired" if applies_to and when else "not_evaluable"


def missing_facts(compiled: CompiledExpression, facts: Facts, findings: Findings) -> list[str]:
    """Return the unknown facts that still matter to an expression, with repetitions.

    Subexpressions whose truth is known are skipped. An unknown finding is replaced by the facts that it
    depends on.
    """
    found: list[str] = []
    unknown = [compiled] if compiled.truth(facts) is None else []
    while unknown:
        one = unknown.pop()
        expression = one.expression
        if not isinstance(expression, Comparison):
            unknown += [child for child in reversed(one.children) if child.truth(facts) is None]
        elif expression.fact in findings:
            unknown.append(findings[expression.fact])
        else:
            found.append(expression.fact)
    return found


def supporting_comparisons(
    compiled: CompiledExpression, facts: Facts, findings: Findings, wanted: bool = True
) -> list[Comparison]:
    """Return the comparisons that make an expression ``wanted``, which must be its truth.

    Only the true children of a true ``any`` count, and only the false children of a false ``all``. A finding
    is replaced by the comparisons that decide it.
    """
    found: list[Comparison] = []
    _add_supporting(found, compiled, facts, findings, wanted)
    return found


def _add_supporting(
    found: list[Comparison], compiled: CompiledExpression, facts: Facts, findings: Findings, wanted: bool
) -> None:
    expression = compiled.expression
    if isinstance(expression, Comparison):
        finding = findings.get(expression.fact)
        if finding is None:
            found.append(expression)
        else:
            _add_supporting(found, finding, facts, findings, bool(facts[expression.fact]))
        return
    if isinstance(expression, Not):
        _add_supporting(found, compiled.children[0], facts, findings, not wanted)
        return
    every_child = isinstance(expression, All) is wanted  # a true ``all`` and a false ``any`` need every child
    for child in compiled.children:
        if every_child or child.truth(facts) is wanted:
            _add_supporting(found, child, facts, findings, wanted)


def constant_support(
    compiled: CompiledExpression, findings: Findings, wanted: bool = True
) -> list[Comparison] | None:
    """Return the comparisons that make an expression ``wanted``; None if they depend on the facts.

    This is what :func:`supporting_comparisons` returns for all facts. It depends on them where a single child
    decides: in a true ``any`` and in a false ``all``.
    """
    expression = compiled.expression
    if isinstance(expression, Comparison):
        finding = findings.get(expression.fact)
        if finding is None:
            return [expression]
        if expression.operator != "is":
            return None
        return constant_support(finding, findings, expression.operand is wanted)
    if isinstance(expression, Not):
        return constant_support(compiled.children[0], findings, not wanted)
    if isinstance(expression, All) is not wanted:
        return None
    found: list[Comparison] = []
    for child in compiled.children:
        support = constant_support(child, findings, wanted)
        if support is None:
            return None
        found += support
    return found


def evaluate_findings(facts: Facts, findings: Findings) -> dict[str, Scalar]:
    """Return ``facts`` and every finding that they make true or false.

    ``findings`` must be in dependency order; see :func:`dependency_order`.
    """
    known = dict(facts)
    for name, finding in findings.items():
        truth = finding.truth(known)
        if truth is not None:
            known[name] = truth
    return known


def dependency_order(findings: Mapping[str, Expression]) -> list[str]:
    """Return the names of ``findings``, each after the findings it depends on; there must be no cycle."""
    sorter = TopologicalSorter(
        {
            name: {leaf.fact for leaf in leaves(expression)} & findings.keys()
            for name, expression in findings.items()
        }
    )
    return list(sorter.static_order())
