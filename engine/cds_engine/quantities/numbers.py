"""Exact numbers.

Every number of a record, a parameter or a fact is a :class:`decimal.Decimal`. The inference library compares
IEEE doubles, so each number is rounded such that comparing doubles gives the same result as comparing the
exact values:

- Two decimals with at most 15 significant digits never become the same double.
- Rounding to 15 digits must not move a value onto a threshold. The mode ``ROUND_05UP`` prevents that: a
  rounded result never ends in 0 or 5, so it cannot equal a threshold, which has at most 14 digits, and it
  stays on its side of the threshold (IBM General Decimal Arithmetic, "round-05-up").
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_05UP, Context, Decimal, DivisionByZero, InvalidOperation
from functools import lru_cache

SIGNIFICANT_DIGITS = 15
THRESHOLD_DIGITS = SIGNIFICANT_DIGITS - 1
SMALLEST, LARGEST = Decimal("0.000001"), Decimal(10) ** 12
"""The accepted magnitudes, besides zero; ``LARGEST`` itself is excluded. They exceed any clinical range."""

WORKING = Context(prec=60, rounding=ROUND_05UP, traps=[DivisionByZero, InvalidOperation])
_SUMMED = Context(prec=50, traps=[InvalidOperation])
_STORED = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_05UP, traps=[DivisionByZero, InvalidOperation])


@lru_cache(maxsize=65536)
def whole(number: int) -> Decimal:
    """Return a whole number as a Decimal; cached, because a Decimal keeps its hash once computed."""
    return Decimal(number)


def canonical(value: Decimal) -> Decimal:
    """Return ``value`` rounded to 15 significant digits, on the same side of every threshold.

    A value that needs no rounding is returned itself, because a Decimal keeps its hash once computed.
    Rounding changes the exponent or, of a negative zero, the sign; these are compared faster than values.
    """
    stored = _STORED.plus(value)
    unchanged = stored.same_quantum(value) and stored.is_signed() == value.is_signed()
    return value if unchanged else stored


def total(values: Iterable[Decimal]) -> Decimal:
    """Return the sum of ``values``, each of which is exact or has 60 digits.

    The sum is rounded to 50 digits, so that three thirds are exactly 1.
    """
    result = Decimal(0)
    for value in values:
        result = WORKING.add(result, value)
    return _SUMMED.plus(result)


def in_bounds(value: Decimal) -> bool:
    """Return whether ``value`` is zero or a finite number of an accepted magnitude."""
    return value.is_finite() and (value.is_zero() or SMALLEST <= value.copy_abs() < LARGEST)


def displayed(value: Decimal, resolution: Decimal) -> Decimal:
    """Return ``value`` rounded to ``resolution``, the precision for output, but never onto a threshold."""
    return value if value % resolution == 0 else value.quantize(resolution, ROUND_05UP)


def plain(value: Decimal) -> str:
    """Return ``value`` as text without an exponent or trailing zeros: ``60``, ``7.5``, ``0.000001``."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def to_json(value: Decimal) -> int | float:
    """Return the JSON number for ``value``; a double keeps its 15 digits."""
    integral = int(value)
    return integral if integral == value else float(value)
