"""Exact numbers.

Every number of a record, a parameter or a derived fact is a :class:`decimal.Decimal`. The inference
library compares IEEE doubles, so a fact must reach it in a form in which the double comparison and the
exact one cannot differ. Two decimals of at most 15 significant digits never share a double; rounding to
15 digits could still move a value onto a threshold. The rounding mode ``ROUND_05UP`` is made for that: an
inexact result never ends in 0 or 5, so it cannot equal a threshold, which has fewer digits, and it stays
on its own side of it (IBM General Decimal Arithmetic, "round-05-up").
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_05UP, Context, Decimal, DivisionByZero, InvalidOperation

SIGNIFICANT_DIGITS = 15
THRESHOLD_DIGITS = SIGNIFICANT_DIGITS - 1
SMALLEST, LARGEST = Decimal("0.000001"), Decimal(10) ** 12
"""The magnitudes accepted from outside, zero apart, the largest excluded: wider than any clinical one."""

WORKING = Context(prec=60, rounding=ROUND_05UP, traps=[DivisionByZero, InvalidOperation])
_SUMMED = Context(prec=50, traps=[InvalidOperation])
_STORED = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_05UP, traps=[DivisionByZero, InvalidOperation])


def canonical(value: Decimal) -> Decimal:
    """Return ``value`` in at most 15 significant digits, on the same side of every threshold."""
    return _STORED.plus(value)


def total(values: Iterable[Decimal]) -> Decimal:
    """Return the sum of ``values``, each exact or of 60 digits.

    Thirds and sevenths that make a whole number come to that number: their last digits are rounded away.
    """
    result = Decimal(0)
    for value in values:
        result = WORKING.add(result, value)
    return _SUMMED.plus(result)


def in_bounds(value: Decimal) -> bool:
    """Return whether ``value`` is finite and zero or of a magnitude that the engine represents."""
    return value.is_finite() and (value.is_zero() or SMALLEST <= value.copy_abs() < LARGEST)


def displayed(value: Decimal, resolution: Decimal) -> Decimal:
    """Return ``value`` at the precision in which it is reported, never moved onto a threshold."""
    return value if value % resolution == 0 else value.quantize(resolution, ROUND_05UP)


def plain(value: Decimal) -> str:
    """Write ``value`` without an exponent and without trailing zeros: ``60``, ``7.5``, ``0.000001``."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def to_json(value: Decimal) -> int | float:
    """Return the JSON number for ``value``; 15 digits survive the double and its shortest text."""
    integral = int(value)
    return integral if integral == value else float(value)
