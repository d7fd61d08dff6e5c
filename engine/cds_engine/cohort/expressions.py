"""Expressions as Ibis column expressions, for whole populations.

SQL's logic is Kleene's: NULL is unknown, a comparison with it is NULL, ``AND`` is false as soon as one side
is, ``OR`` true as soon as one side is. So each branch of the tree is one operator, and ``known`` is the only
leaf that is never NULL.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import reduce
from typing import Any as AnyValue
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from cds_engine.language.expressions import All, Any, Comparison, Expression, Not, Scalar

_TESTS: dict[str, Callable[[AnyValue, AnyValue], ir.BooleanValue]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "less_than": operator.lt,
    "at_most": operator.le,
    "more_than": operator.gt,
    "at_least": operator.ge,
}

Columns: TypeAlias = Mapping[str, ir.Value]
UNKNOWN = ibis.null("boolean")


def exact(number: Decimal) -> ir.DecimalScalar:
    """Return ``number`` as a literal of no more digits than it has, which leaves a product the most room."""
    _, digits, exponent = number.normalize().as_tuple()
    scale = max(0, -int(exponent))
    precision = max(len(digits) + max(0, int(exponent)), scale, 1)
    return ibis.literal(number, f"decimal({precision}, {scale})")


class ColumnCompiler:
    """Compiles expressions over ``columns``, each once."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._compiled: dict[Expression, ir.BooleanValue] = {}

    def truth(self, expression: Expression) -> ir.BooleanValue:
        """Return ``expression`` as a boolean column: true, false or NULL."""
        found = self._compiled.get(expression)
        if found is None:
            found = self._compiled[expression] = self._truth(expression)
        return found

    def compare(self, leaf: Comparison, column: ir.Value) -> ir.BooleanValue:
        """Return the truth of a comparison with a value."""
        return _TESTS[leaf.operator](column, _operand(column, leaf.operand))

    def _truth(self, expression: Expression) -> ir.BooleanValue:
        match expression:
            case Comparison():
                return self._comparison(expression)
            case Not(child):
                # Not `NOT`: Ibis writes the test of one for NULL as `NOT x IS NULL`, which is another thing.
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
            # Not ``isin``: of that, Ibis writes "x IN (y) IS NULL", which Spark cannot parse.
            return reduce(operator.or_, (column == code for code in operand))
        return self.compare(leaf, column)


def _operand(column: ir.Value, operand: AnyValue) -> Scalar | int | float | ir.DecimalScalar:
    """Return what to compare a column with: a number of the column's own type where it is exact."""
    if not isinstance(operand, Decimal):
        return operand
    if column.type().is_decimal():
        return exact(operand)
    whole = column.type().is_integer() and operand == operand.to_integral_value()
    return int(operand) if whole else float(operand)
