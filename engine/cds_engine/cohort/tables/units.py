"""Units as exact factors to the canonical unit, for columns of decimals.

A factor such as 1/7 (``mg/wk`` in ``mg/d``) is no finite decimal, but a decimal divided by a whole number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from fractions import Fraction

import ibis
import ibis.expr.types as ir

from cds_engine.quantities.numbers import LARGEST
from cds_engine.quantities.units import DimensionError, UnitError
from cds_engine.rulebook.vocabulary import Quantity

AMOUNT = "decimal(38, 18)"
"""A value in the canonical unit: a number of 6 decimals times a factor of 12 has 18."""
FACTOR, DIVISOR = "decimal(19, 12)", "decimal(12, 0)"
_DECIMALS = 12
_EXACT = Context(prec=19, traps=[Inexact])
Factor = tuple[Decimal, Decimal | None]
"""A factor, and what to divide by if the factor alone is not exact."""


@dataclass(frozen=True)
class Units:
    """The units in which one quantity was written.

    ``problems`` says what is wrong with the units that cannot be used; ``others`` measure something else.
    """

    factors: Mapping[str, Factor]
    problems: Mapping[str, str]
    others: Mapping[str, str]


def convert_units(quantity: Quantity, units: Iterable[str]) -> Units:
    """Return what ``units`` are in the canonical unit of ``quantity``."""
    factors: dict[str, Factor] = {}
    problems: dict[str, str] = {}
    others: dict[str, str] = {}
    for unit in sorted(units):
        try:
            ratio = quantity.scale.factor(unit)
        except DimensionError as error:
            others[unit] = str(error)
        except UnitError as error:
            problems[unit] = str(error)
        else:
            factor = _factor(ratio)
            if factor is None:
                problems[unit] = f"expected a unit that converts exactly to {quantity.unit}, found '{unit}'"
            else:
                factors[unit] = factor
    return Units(factors, problems, others)


def _factor(ratio: Fraction) -> Factor | None:
    """Return a ratio as a finite decimal and a divisor; None if they are too long for their columns."""
    divisor = ratio.denominator
    for prime in (2, 5):
        while divisor % prime == 0:
            divisor //= prime
    scaled = ratio * divisor * 10**_DECIMALS
    if scaled.denominator != 1 or scaled >= 10**19 or divisor >= 10**12:
        return None
    factor = _EXACT.divide(Decimal(scaled.numerator), Decimal(10) ** _DECIMALS)
    return factor, Decimal(divisor) if divisor > 1 else None


def canonical_amount(
    value: ir.DecimalValue, factor: ir.DecimalValue, divisor: ir.DecimalValue | None
) -> ir.DecimalValue:
    """Return ``value`` in the canonical unit: exact or, if divided, with 15 decimals."""
    product = value * factor
    if divisor is None:
        return product
    rest = product % divisor
    # The first quotient is a whole number, and the second one below 1: as doubles, both are precise enough.
    whole = ((product - rest).cast("float64") / divisor.cast("float64")).try_cast(AMOUNT)
    quotient = whole + (rest.cast("float64") / divisor.cast("float64")).cast("decimal(16, 15)")
    return ibis.cases((divisor.isnull(), product), else_=quotient.cast(AMOUNT))


def bounds(quantity: Quantity) -> tuple[Decimal, Decimal, Decimal]:
    """Return the lowest, the highest and the smallest plausible amount; no number reaches ``LARGEST``."""
    return max(quantity.minimum, -LARGEST), min(quantity.maximum, LARGEST), quantity.resolution
