"""The columns of the facts layout: checks of their types, units and values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from cds_engine.errors import Problem
from cds_engine.language.queries import SEVERITIES, Query
from cds_engine.quantities.numbers import SIGNIFICANT_DIGITS
from cds_engine.quantities.units import Scale, UnitError
from cds_engine.rulebook.model import Fact

COURSES = 10
"""The largest number of courses, each with a plausible dose, that add up to a plausible daily dose."""
_DIGITS = r"^[-+]?[0.]*|[eE].*$|\."


@dataclass(frozen=True)
class CheckedColumn:
    """A column of the input in its required type, with the rows in which its value is invalid."""

    value: ir.Value
    invalid: ir.BooleanValue
    expected: str
    unused: ir.BooleanValue | None = None
    """Whether the value is implausible."""


def type_problems(path: Path, field: pa.Field, fact: Fact) -> Iterator[Problem]:
    """Yield the errors in the type and the unit of a column."""
    kind: pa.DataType = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if path.suffix != ".csv":
        if fact.kind == "boolean" and not pa.types.is_boolean(kind):
            yield mistyped(path, field, "true or false (BOOLEAN)")
        elif fact.kind == "code" and not text:
            yield mistyped(path, field, "a code (VARCHAR)")
        elif fact.kind == "number" and not _is_exact(kind):
            yield mistyped(path, field, "a number (DOUBLE, an integer or a DECIMAL of up to 15 digits)")
    declared = (field.metadata or {}).get(b"unit", b"").decode()
    if declared and fact.unit is not None and not _same(declared, fact.unit):
        message = f"column '{field.name}': expected the unit {fact.unit}, found {declared!r}"
        yield Problem(str(path), message)


def _is_exact(kind: pa.DataType) -> bool:
    """Whether an Arrow type stores decimals of 15 digits exactly; a 32-bit FLOAT stores 1.1 as 1.10000002."""
    if pa.types.is_decimal(kind):
        return bool(kind.precision <= SIGNIFICANT_DIGITS)
    return bool(pa.types.is_integer(kind) or pa.types.is_float64(kind))


def _same(declared: str, unit: str) -> bool:
    try:
        return Scale(unit, {}, {}).factor(declared) == Fraction(1)
    except UnitError:
        return False


def mistyped(path: Path, field: pa.Field, expected: str) -> Problem:
    """Return the problem of a column with another type than ``expected``."""
    return Problem(str(path), f"column '{field.name}': expected {expected}, found {field.type}")


def cast(column: ir.Value, kind: str) -> CheckedColumn:
    """Return a column in the type ``kind``; a text that cannot be cast is invalid."""
    if not column.type().is_string():
        return CheckedColumn(column.cast(kind), ibis.literal(False), "")
    value = column.try_cast(kind)
    return CheckedColumn(value, column.notnull() & value.isnull(), "")


def check_fact(fact: Fact, column: ir.Value) -> CheckedColumn:
    """Return the column of a fact; an implausible value becomes unknown."""
    if fact.kind == "boolean":
        found = cast(column, "boolean")
        return CheckedColumn(found.value, found.invalid, "true or false")
    if fact.kind == "code":
        text = column.cast("string")
        allowed = fact.codes == SEVERITIES
        invalid = ~text.isin(SEVERITIES) if allowed else text == ""
        return CheckedColumn(
            text, invalid.fill_null(False), "mild, moderate or severe" if allowed else "a code"
        )
    return _number(fact, column)


def _number(fact: Fact, column: Any) -> CheckedColumn:
    expected = f"a finite number of at most {SIGNIFICANT_DIGITS} significant digits"
    found = cast(column, "float64")
    invalid = found.invalid | found.value.isnan().fill_null(False) | found.value.isinf().fill_null(False)
    if column.type().is_string():
        invalid |= (column.re_replace(_DIGITS, "").length() > SIGNIFICANT_DIGITS).fill_null(False)
    plausible = _plausible(fact, found.value)
    return CheckedColumn(
        plausible.ifelse(found.value, ibis.null("float64")), invalid, expected, ~plausible & ~invalid
    )


def _plausible(fact: Fact, value: Any) -> ir.BooleanValue:
    """Whether a value is in the fact's domain and, for a measured fact, not in a wrong unit.

    See :meth:`cds_engine.rulebook.vocabulary.Quantity.plausible`.
    """
    query = fact.derivation if isinstance(fact.derivation, Query) else None
    most = fact.maximum * COURSES if query is not None and query.take == "sum" else fact.maximum
    conditions = [value >= float(fact.minimum), value <= float(most)]
    if query is not None and query.give in ("value", "dose"):
        conditions.append((value == 0) | (value.abs() >= float(fact.resolution)))
    return reduce(and_, conditions)
