"""What the solver knows of a fact or of an attribute: whether it is known, and its value.

Numbers are whole counts of a step, so that 'just below' a threshold is exact. Codes are numbers, too: each
has its own, in all variables alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from math import ceil, floor, gcd, lcm

import z3

from cds_engine.audit.proof.logic import NO, YES, Formula, choose, every

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Variable:
    """A fact or an attribute as the solver sees it; ``step`` is what a number counts."""

    known: Formula
    value: Formula
    step: Fraction = ONE
    codes: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_boolean(self) -> bool:
        """Whether its value is true or false."""
        return bool(z3.is_bool(self.value))

    def times(self, factor: Fraction) -> Variable:
        """Return the number multiplied by a constant."""
        if factor > 0:
            return replace(self, step=self.step * factor)
        value = z3.IntVal(0) if factor == 0 else -self.value
        return replace(self, value=value, step=self.step * abs(factor or ONE))

    def as_number(self) -> Variable:
        """Return the number itself; true is 1, false is 0."""
        if not self.is_boolean:
            return self
        return Variable(self.known, choose(self.value, z3.IntVal(1), z3.IntVal(0)))

    def where(self, condition: Formula) -> Variable:
        """Return the variable that is known only under a condition."""
        return replace(self, known=every(condition, self.known))


UNKNOWN = Variable(NO, z3.IntVal(0))


def number(value: Fraction) -> Variable:
    """Return a constant."""
    return Variable(YES, z3.IntVal(value.numerator), Fraction(1, value.denominator))


def on_common_step(variables: Sequence[Variable]) -> tuple[list[Formula], Fraction]:
    """Return the values as counts of one step, and that step; other values than numbers as they are."""
    steps = {variable.step for variable in variables}
    if len(steps) <= 1:
        return [variable.value for variable in variables], steps.pop() if steps else ONE
    step = reduce(_common, steps)
    return [_scaled(variable.value, variable.step / step) for variable in variables], step


def _common(one: Fraction, other: Fraction) -> Fraction:
    """Return the largest step of which both are multiples."""
    below = lcm(one.denominator, other.denominator)
    return Fraction(gcd(int(one * below), int(other * below)), below)


def _scaled(value: Formula, factor: Fraction) -> Formula:
    return value if factor == 1 else value * factor.numerator


def alternative(condition: Formula, one: Variable, other: Variable) -> Variable:
    """Return ``one`` where the condition is true, else ``other``."""
    known = choose(condition, one.known, other.known)
    if one.known is NO:
        return replace(other, known=known)
    if other.known is NO:
        return replace(one, known=known)
    (left, right), step = on_common_step([one, other])
    return Variable(known, choose(condition, left, right), step, {**one.codes, **other.codes})


def added(variables: Sequence[Variable]) -> Variable:
    """Return the sum of numbers, known if all of them are."""
    values, step = on_common_step(variables)
    value = values[0] if len(values) == 1 else z3.Sum(values)
    return Variable(every(*(variable.known for variable in variables)), value, step)


def first_of(candidates: Iterable[tuple[Formula, Formula]], otherwise: Formula) -> Formula:
    """Return the value of the first candidate whose condition is true."""
    result = otherwise
    for condition, value in reversed(list(candidates)):
        result = choose(condition, value, result)
    return result


def compared(operator: str, one: Variable, other: Variable) -> Formula:
    """Return the formula that compares two known numbers."""
    (left, right), _ = on_common_step([one, other])
    match operator:
        case "less_than" | "<":
            return left < right
        case "at_most" | "<=":
            return left <= right
        case "more_than" | ">":
            return left > right
        case "at_least" | ">=":
            return left >= right
    same = left == right
    return same if operator == "is" else z3.Not(same)


def compared_with_number(operator: str, variable: Variable, operand: Fraction) -> Formula:
    """Return the formula that compares a known number with a constant, exactly."""
    count, value = operand / variable.step, variable.value
    match operator:
        case "less_than":
            return value < ceil(count)
        case "at_most":
            return value <= floor(count)
        case "more_than":
            return value > floor(count)
        case "at_least":
            return value >= ceil(count)
    same = value == count.numerator if count.denominator == 1 else NO
    return same if operator == "is" else YES if same is NO else z3.Not(same)
