"""The columns of the facts layout: what they must be, and what of them is used."""

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
"""How many courses, each of a plausible dose, may add up to a daily dose that is used."""
_DIGITS = r"^[-+]?[0.]*|[eE].*$|\."


@dataclass(frozen=True)
class Cell:
    """A column of the input as the type that it must have, and where it does not do."""

    value: ir.Value
    faulty: ir.BooleanValue
    expected: str
    unused: ir.BooleanValue | None = None
    """Where the value is not plausible."""


def type_problems(path: Path, field: pa.Field, fact: Fact) -> Iterator[Problem]:
    """Yield what is wrong with the type or the unit of a column."""
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
    """Whether a type of Arrow holds decimals of 15 digits: a FLOAT of 32 bits makes 1.1 of 1.10000002."""
    if pa.types.is_decimal(kind):
        return bool(kind.precision <= SIGNIFICANT_DIGITS)
    return bool(pa.types.is_integer(kind) or pa.types.is_float64(kind))


def _same(declared: str, unit: str) -> bool:
    try:
        return Scale(unit, {}, {}).factor(declared) == Fraction(1)
    except UnitError:
        return False


def mistyped(path: Path, field: pa.Field, expected: str) -> Problem:
    """Return the problem of a column that is of another type than ``expected``."""
    return Problem(str(path), f"column '{field.name}': expected {expected}, found {field.type}")


def cast(column: ir.Value, kind: str) -> Cell:
    """Return a column in the type ``kind``; a text that does not say one is faulty."""
    if not column.type().is_string():
        return Cell(column.cast(kind), ibis.literal(False), "")
    value = column.try_cast(kind)
    return Cell(value, column.notnull() & value.isnull(), "")


def fact_cell(fact: Fact, column: ir.Value) -> Cell:
    """Return the column of a fact: a value that is not plausible is unknown."""
    if fact.kind == "boolean":
        found = cast(column, "boolean")
        return Cell(found.value, found.faulty, "true or false")
    if fact.kind == "code":
        text = column.cast("string")
        allowed = fact.codes == SEVERITIES
        strange = ~text.isin(SEVERITIES) if allowed else text == ""
        return Cell(text, strange.fill_null(False), "mild, moderate or severe" if allowed else "a code")
    return _number(fact, column)


def _number(fact: Fact, column: Any) -> Cell:
    expected = f"a finite number of at most {SIGNIFICANT_DIGITS} significant digits"
    found = cast(column, "float64")
    faulty = found.faulty | found.value.isnan().fill_null(False) | found.value.isinf().fill_null(False)
    if column.type().is_string():
        faulty |= (column.re_replace(_DIGITS, "").length() > SIGNIFICANT_DIGITS).fill_null(False)
    plausible = _plausible(fact, found.value)
    return Cell(plausible.ifelse(found.value, ibis.null("float64")), faulty, expected, ~plausible & ~faulty)


def _plausible(fact: Fact, value: Any) -> ir.BooleanValue:
    """Whether a value is in the fact's domain; of a measured one also that it is no slip of the unit.

    See :meth:`cds_engine.rulebook.vocabulary.Quantity.plausible`.
    """
    query = fact.derivation if isinstance(fact.derivation, Query) else None
    most = fact.maximum * COURSES if query is not None and query.take == "sum" else fact.maximum
    conditions = [value >= float(fact.minimum), value <= float(most)]
    if query is not None and query.give in ("value", "dose"):
        conditions.append((value == 0) | (value.abs() >= float(fact.resolution)))
    return reduce(and_, conditions)
