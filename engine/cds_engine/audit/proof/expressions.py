"""A condition as two formulas: when it is true, and when it is false; it is unknown where neither holds.

Facts are pairs of 'is known' and a value. Numbers are whole counts of the step in which the fact is reported,
so that 'just below' a threshold is exact; codes are their position in the fact's vocabulary, and one more
stands for any code outside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from typing import Any as Formula

import z3

from cds_engine.language.expressions import All, Any, Comparison, Expression, Not

YES, NO = z3.BoolVal(True), z3.BoolVal(False)


@dataclass(frozen=True, slots=True)
class Variable:
    """A fact as the solver sees it; ``step`` is what a number counts, ``codes`` what an index means."""

    known: Formula
    value: Formula
    step: Decimal = Decimal(1)
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """The formulas under which a condition is true and false."""

    true: Formula
    false: Formula

    @property
    def known(self) -> Formula:
        """The formula under which the condition is not unknown."""
        return z3.Or(self.true, self.false)


class Trees:
    """Turns conditions into pairs of formulas over the facts that ``variable`` provides."""

    def __init__(
        self, variable: Callable[[str], Variable], findings: Mapping[str, Expression] | None = None
    ) -> None:
        self._variable = variable
        self._findings = {} if findings is None else findings
        self._pairs: dict[Expression, Pair] = {}

    def pair(self, expression: Expression) -> Pair:
        """Return the formulas of ``condition``."""
        found = self._pairs.get(expression)
        if found is None:
            found = self._pairs[expression] = self._encode(expression)
        return found

    def _encode(self, expression: Expression) -> Pair:
        match expression:
            case Comparison():
                return self._comparison(expression)
            case Not(child):
                inner = self.pair(child)
                return Pair(inner.false, inner.true)
            case All(children):
                pairs = [self.pair(child) for child in children]
                return Pair(z3.And([p.true for p in pairs]), z3.Or([p.false for p in pairs]))
            case Any(children):
                pairs = [self.pair(child) for child in children]
                return Pair(z3.Or([p.true for p in pairs]), z3.And([p.false for p in pairs]))

    def _comparison(self, leaf: Comparison) -> Pair:
        if leaf.fact in self._findings:
            finding = self.pair(self._findings[leaf.fact])
            known, holds = finding.known, finding.true
            if leaf.operator != "known":
                wanted = leaf.operand is (leaf.operator == "is")
                return finding if wanted else Pair(finding.false, finding.true)
        else:
            variable = self._variable(leaf.fact)
            known = variable.known
            holds = NO if leaf.operator == "known" else _test(leaf, variable)
        if leaf.operator == "known":
            return Pair(known, z3.Not(known)) if leaf.operand else Pair(z3.Not(known), known)
        return Pair(z3.And(known, holds), z3.And(known, z3.Not(holds)))


def _test(leaf: Comparison, variable: Variable) -> Formula:
    """Return the formula of a comparison with a known fact."""
    value, operand = variable.value, leaf.operand
    match operand:
        case bool():
            return value == z3.BoolVal(operand is (leaf.operator == "is"))
        case Decimal():
            return number_test(leaf.operator, value, operand / variable.step)
        case str():
            same = value == _index(operand, variable)
            return same if leaf.operator == "is" else z3.Not(same)
        case tuple():
            return z3.Or([value == _index(code, variable) for code in operand])
        case None:
            raise AssertionError("a parameter without its value")


def number_test(operator: str, value: Formula, count: Decimal) -> Formula:
    """Return the formula that compares a whole number of steps with ``count`` steps, exactly."""
    match operator:
        case "less_than":
            return value < ceil(count)
        case "at_most":
            return value <= floor(count)
        case "more_than":
            return value > floor(count)
        case "at_least":
            return value >= ceil(count)
    whole = count == int(count)
    same = value == int(count) if whole else NO
    return same if operator == "is" else z3.Not(same)


def _index(code: str, variable: Variable) -> int:
    """Return the position of a code; a code outside the vocabulary equals no value."""
    return variable.codes.index(code) if code in variable.codes else -1
