"""Compiles expression trees to Ibis expressions, which evaluate whole populations.

SQL has Kleene's logic: NULL is unknown, a comparison with it is NULL, ``AND`` is false if one side is false,
and ``OR`` is true if one side is true. So each branch of the tree becomes one operator, and ``known`` is the
only comparison that is never NULL.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any as AnyValue
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from cds_engine.language.expressions import All, Any, Comparison, Expression, Not

_TESTS: dict[str, Callable[[AnyValue, AnyValue], ir.BooleanValue]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "less_than": operator.lt,
    "at_most": operator.le,
    "more_than": operator.gt,
    "at_least": operator.ge,
}


@dataclass(frozen=True)
class Ratio:
    """A number as the exact quotient of two decimals: ``whole`` is positive, ``part`` is NULL if unknown.

    A database divides decimals as doubles, which may move a percentage onto a threshold or off it. So there
    is no division: ``part / whole < 30`` becomes ``part < 30 * whole``.
    """

    part: ir.DecimalValue
    whole: ir.DecimalValue

    def compare(self, test: Callable[[AnyValue, AnyValue], ir.BooleanValue], operand: Decimal) -> AnyValue:
        """Return the truth of a comparison with ``operand``."""
        return test(self.part, self.whole * exact(operand))

    def notnull(self) -> ir.BooleanValue:
        """Return whether the number is known."""
        return self.part.notnull()

    def isnull(self) -> ir.BooleanValue:
        """Return whether the number is unknown."""
        return self.part.isnull()


Column: TypeAlias = "ir.Value | Ratio"
Columns: TypeAlias = Mapping[str, Column]
UNKNOWN = ibis.null("boolean")


def exact(number: Decimal) -> ir.DecimalScalar:
    """Return ``number`` as a literal with as few digits as possible, so that a product does not overflow."""
    _, digits, exponent = number.normalize().as_tuple()
    scale = max(0, -int(exponent))
    precision = max(len(digits) + max(0, int(exponent)), scale, 1)
    return ibis.literal(number, f"decimal({precision}, {scale})")


class ColumnCompiler:
    """Compiles expressions over ``columns``; equal expressions are compiled once."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._compiled: dict[Expression, ir.BooleanValue] = {}

    def truth(self, expression: Expression) -> ir.BooleanValue:
        """Return ``expression`` as a boolean column: true, false or NULL."""
        found = self._compiled.get(expression)
        if found is None:
            found = self._compiled[expression] = self._truth(expression)
        return found

    def _truth(self, expression: Expression) -> ir.BooleanValue:
        match expression:
            case Comparison():
                return self._comparison(expression)
            case Not(child):
                # Not `NOT`: Ibis writes its test for NULL as `NOT x IS NULL`, which means something else.
                return self.truth(child) == ibis.literal(False)
            case All(children):
                return reduce(operator.and_, map(self.truth, children), ibis.literal(True))
            case Any(children):
                return reduce(operator.or_, map(self.truth, children), ibis.literal(False))

    def _comparison(self, leaf: Comparison) -> ir.BooleanValue:
        column, operand = self.columns.get(leaf.fact), leaf.operand
        if leaf.operator == "known":
            if column is None:
                return ibis.literal(not operand)
            return column.notnull() if operand else column.isnull()
        if column is None:
            return UNKNOWN
        if isinstance(operand, tuple):
            assert not isinstance(column, Ratio)
            return column.isin(operand)
        if isinstance(column, Ratio):
            assert isinstance(operand, Decimal)
            return column.compare(_TESTS[leaf.operator], operand)
        value = float(operand) if isinstance(operand, Decimal) else operand
        return _TESTS[leaf.operator](column, value)
