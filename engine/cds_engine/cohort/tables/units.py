"""Units as exact multiples of the canonical one that a column of decimals has room for.

A factor such as 1/7 (``mg/wk`` in ``mg/d``) is no finite decimal. So amounts of one quantity are held as
``whole`` times what they are, with the least ``whole`` that makes decimals of all factors in use: 1, mostly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from math import lcm

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.expressions import exact
from cds_engine.quantities.units import UnitError
from cds_engine.rulebook.vocabulary import Quantity

FACTOR = "decimal(19, 12)"
AMOUNT = "decimal(28, 18)"
"""An amount that is plausible. A number of 6 decimals times a factor of 12 has just the 18 of it."""
UNUSABLE = Decimal("-9999999999.999999999999999999")
"""No amount: it stands for the value of a result that was taken but cannot be used."""
_FACTOR_DIGITS, _FACTOR_DECIMALS = 19, 12
_LARGEST_AMOUNT = 9_999_999_999
_EXACT = Context(prec=_FACTOR_DIGITS, traps=[Inexact])


@dataclass(frozen=True)
class Sizes:
    """The units in which a quantity was written; ``problems`` says what is wrong with the others."""

    quantity: Quantity
    whole: int
    factors: Mapping[str, Decimal]
    """How much ``whole`` times a unit is in the canonical unit."""
    problems: Mapping[str, str]

    def amount(self, value: ir.DecimalValue, factor: ir.DecimalValue) -> ir.DecimalValue:
        """Return ``whole`` times the amount; NULL where it is not plausible."""
        product = value * factor
        lowest, highest, step = (
            exact(bound * self.whole)
            for bound in (self.quantity.minimum, self.quantity.maximum, self.quantity.resolution)
        )
        plausible = product.between(lowest, highest) & ((product == 0) | (product.abs() >= step))
        return ibis.cases((plausible, product.try_cast(AMOUNT)))


def sizes(quantity: Quantity, units: Iterable[str]) -> Sizes:
    """Return what ``units`` are of ``quantity``."""
    whole = 1
    understood: dict[str, Fraction] = {}
    problems: dict[str, str] = {}
    for unit in sorted(units):
        try:
            ratio = quantity.scale.factor(unit)
        except UnitError as error:
            problems[unit] = str(error)
            continue
        more = lcm(whole, _rest(ratio.denominator))
        if _have_room(quantity, more, [*understood.values(), ratio]):
            whole, understood[unit] = more, ratio
        else:
            problems[unit] = (
                f"expected a unit of which a table holds exact amounts in {quantity.unit}, found '{unit}'"
            )
    factors = {unit: _decimal(ratio * whole) for unit, ratio in understood.items()}
    return Sizes(quantity, whole, factors, problems)


def _rest(number: int) -> int:
    """Return ``number`` without the factors 2 and 5, which decimals have."""
    for prime in (2, 5):
        while number % prime == 0:
            number //= prime
    return number


def _have_room(quantity: Quantity, whole: int, ratios: Iterable[Fraction]) -> bool:
    if max(abs(quantity.minimum), abs(quantity.maximum)) * whole > _LARGEST_AMOUNT:
        return False
    scaled = [ratio * whole * 10**_FACTOR_DECIMALS for ratio in ratios]
    return all(ratio.denominator == 1 and ratio < 10**_FACTOR_DIGITS for ratio in scaled)


def _decimal(ratio: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(ratio.numerator), Decimal(ratio.denominator))
