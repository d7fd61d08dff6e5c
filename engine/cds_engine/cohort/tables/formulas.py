"""Formulas as expressions over columns of doubles, rounded as everywhere else."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from cds_engine.facts.formulas import FINENESS
from cds_engine.language.formulas import Binary, Call, Choice, Compare, Formula, Input, Negative, Number

_UNKNOWN = ibis.null("float64")
_ERROR = 1e-13
"""Two numbers are equal if they differ by at most this share of what was added: by errors of rounding."""
_ARITHMETIC: Mapping[str, Callable[[Any, Any], ir.FloatingValue]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


@dataclass(frozen=True)
class Term:
    """A computed number.

    A double has an error of rounding, which is proportional to ``size``, the sum of what was added. Whole
    numbers have no ``size``: they are exact.
    """

    value: ir.NumericValue
    size: ir.FloatingValue | None = None

    @classmethod
    def of(cls, value: ir.Value) -> Term:
        """Return a column of numbers or truths as a term."""
        if value.type().is_boolean() or value.type().is_integer():
            return cls(value.cast("int64"))
        return cls(value.cast("float64"), value.cast("float64").abs())

    @property
    def double(self) -> ir.FloatingValue:
        """The number as a double."""
        return self.value.cast("float64")

    def compare(self, test: str, other: Term) -> ir.BooleanValue:
        """Return the truth of a comparison in which errors of rounding do not count."""
        difference = self.value - other.value
        sizes = [size for size in (self.size, other.size) if size is not None]
        error = sum(sizes[1:], sizes[0]) * _ERROR if sizes else 0
        match test:
            case "<" | "less_than":
                return difference < -error
            case "<=" | "at_most":
                return difference <= error
            case ">" | "more_than":
                return difference > error
            case ">=" | "at_least":
                return difference >= -error
            case "is":
                return difference.abs() <= error
            case "is_not":
                return difference.abs() > error
        raise AssertionError(f"no comparison: {test}")


def compute(formula: Formula, facts: Mapping[str, ir.Value]) -> Term:
    """Return a formula over ``facts``; NULL where an input is unknown, and where it has no value."""
    match formula:
        case Number(value):
            whole = value == value.to_integral_value()
            return Term.of(
                ibis.literal(int(value), "int64") if whole else ibis.literal(float(value), "float64")
            )
        case Input(fact, _, factor):
            term = Term.of(facts[fact])
            if factor == 1:
                return term
            return Term.of(term.double * float(factor.numerator) / float(factor.denominator))
        case Choice(fact, values):
            choices = ((facts[fact] == code, compute(number, facts).double) for code, number in values)
            return Term.of(ibis.cases(*choices, else_=_UNKNOWN))
        case Negative(value):
            term = compute(value, facts)
            return Term(-term.value, term.size)
        case Binary(sign, left, right):
            return _binary(sign, compute(left, facts), compute(right, facts))
        case Compare(test, left, right):
            return Term.of(compute(left, facts).compare(test, compute(right, facts)))
        case Call(function, arguments):
            return Term.of(_call(function, [compute(argument, facts).double for argument in arguments]))
    raise AssertionError(f"not a resolved formula: {formula!r}")


def rounded(value: ir.FloatingValue, resolution: Decimal) -> ir.FloatingValue:
    """Return a double rounded as :func:`cds_engine.facts.formulas.rounded` rounds a decimal."""
    steps = 10.0 ** max(0, -int((resolution * FINENESS).normalize().as_tuple().exponent))
    size = value.abs() * steps
    nearest, lower = size.round(), size.floor()
    number = ibis.cases(
        ((size - nearest).abs() <= size * _ERROR, nearest), (lower % 5 == 0, lower + 1), else_=lower
    )
    return ibis.cases((value < 0, -number), else_=number) / steps


def _binary(sign: str, left: Term, right: Term) -> Term:
    if sign == "/":
        return Term.of(left.double / right.double.nullif(0.0))
    if sign == "**":
        return Term.of(_power(left.double, right.double))
    if left.size is None and right.size is None:
        return Term(_ARITHMETIC[sign](left.value, right.value))
    value = _ARITHMETIC[sign](left.double, right.double)
    return Term.of(value) if sign == "*" else Term(value, left.double.abs() + right.double.abs())


def _call(function: str, values: list[ir.FloatingValue]) -> ir.FloatingValue:
    if function == "root":
        value, degree = values
        return _power(value, 1.0 / degree.nullif(0.0))
    known = reduce(operator.and_, (value.notnull() for value in values))
    chosen = ibis.least(*values) if function == "min" else ibis.greatest(*values)
    return ibis.cases((known, chosen), else_=_UNKNOWN)


def _power(base: ir.FloatingValue, exponent: ir.FloatingValue) -> ir.FloatingValue:
    whole = exponent % 1.0 == 0.0
    return ibis.cases(
        ((base == 0) & (exponent > 0), 0.0),
        ((base > 0) | ((base < 0) & whole), base**exponent),
        else_=_UNKNOWN,
    )
