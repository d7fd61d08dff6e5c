"""Days with values, packed into one number or text of which the least has the least day and its lowest value.

One aggregate finds both. A second one, the highest value of that day, tells whether its values agree.
"""

from __future__ import annotations

from decimal import Decimal

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.tables.takes import Columns, Found, where
from cds_engine.cohort.tables.units import AMOUNT

NO_DAY, FAR = -1, 200_000
"""An unknown day, and more days than lie between any two dates."""
_SHIFT = 10**13
_UNKNOWN = ibis.literal(Decimal(-4 * 10**12), AMOUNT)
_LEAST = ibis.literal(Decimal(-(10**12)), AMOUNT)
"""No value is lower, except an unknown one; that is not as low as the day before."""
_DIGITS = 6


def packed(day: ir.IntegerValue, value: ir.Value) -> Columns:
    """Return the columns that :func:`value_of_day` aggregates."""
    if value.type().is_numeric():
        dated, value = (day * _SHIFT).cast(AMOUNT), value.cast(AMOUNT)
        return {"low": dated + value.fill_null(_UNKNOWN), "high": dated - value.fill_null(-_UNKNOWN)}
    text = value.cast("string").fill_null("")
    return {"low": _text(day) + text, "high": _text(FAR - day) + text}


def first_day(rows: Columns) -> ir.IntegerScalar:
    """Return the least day of a row that counts or may count, as an odd number if only rows count on it.

    It is twice the day, and one more if the row counts.
    """
    twice = rows["day"] * 2
    return ibis.cases((rows["counts"], twice + 1), (rows["may"], twice)).min()


def value_of_day(rows: Columns, *, one_a_day: bool) -> dict[str, ir.Scalar]:
    """Return the aggregates that :func:`unpacked` reads; only the lowest if each day has one row."""
    low, high = (where(rows["counts"], rows[name]) for name in ("low", "high"))
    if one_a_day:
        return {"low": low.min()}
    return {"low": low.min(), "high": high.min() if low.type().is_numeric() else high.max()}


def unpacked(day: ir.IntegerValue, found: Found) -> ir.Value:
    """Return the value of the least day; NULL if rows of that day do not agree on one."""
    low = found["low"]
    if low.type().is_numeric():
        dated = (day * _SHIFT).cast(AMOUNT)
        value, known = low - dated, low - dated >= _LEAST
        other = dated - found["high"] if "high" in found else value
    else:
        value, known = low.substr(_DIGITS), low.length() > _DIGITS
        other = found["high"].substr(_DIGITS) if "high" in found else value
    return where(known & (value == other), value)


def _text(day: ir.IntegerValue) -> ir.StringValue:
    return (day + 1).cast("string").lpad(_DIGITS, "0")
