"""Exact conversion of UCUM units, in decimals.

The units a rulebook declares are converted by its own factors. Any other UCUM unit of the same dimension is
converted through pint with ucumvert's registry, which is slow to start and therefore only loaded for those.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from engine.errors import nearest
from engine.numbers import WORKING, canonical

MAX_LENGTH = 40
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_starting = threading.Lock()


class UnitError(Exception):
    """A unit that is not understood, or is of the wrong dimension; the message is for people."""


@dataclass(frozen=True)
class Scale:
    """How one quantity may be written.

    ``units`` holds the exact factor of each declared UCUM unit to the ``canonical`` one, ``aliases`` the
    UCUM unit that writers of a spelling mean.
    """

    canonical: str
    units: Mapping[str, Decimal]
    aliases: Mapping[str, str]

    def to_canonical(self, value: Decimal, unit: str) -> Decimal:
        """Return ``value``, given in ``unit``, in the canonical unit.

        Raises:
            UnitError: if the unit is not understood or of another dimension.
        """
        if unit == self.canonical:
            return value
        written = unit.translate(_INVISIBLE).strip()
        written = self.aliases.get(written, written)
        if written == self.canonical:
            return value
        factor = self.units.get(written)
        if factor is None:
            factor = self._factor(written)
        return canonical(WORKING.multiply(value, factor))

    def _factor(self, unit: str) -> Decimal:
        try:
            return ucum_factor(unit, self.canonical)
        except UnitError as error:
            hint = nearest(unit, [self.canonical, *self.units, *self.aliases])
            raise UnitError(
                f"expected {self.canonical} or a unit that converts to it: {error}{hint}"
            ) from None


@lru_cache(maxsize=1024)
def ucum_factor(unit: str, canonical_unit: str) -> Decimal:
    """Return by what a value in ``unit`` is multiplied to be in ``canonical_unit``, exactly.

    Raises:
        UnitError: if ``unit`` is no UCUM unit, is of another dimension, or does not convert exactly.
    """
    if _plain_number(unit) and _plain_number(canonical_unit):
        return Decimal(1)
    left, right = _quantity(unit), _quantity(canonical_unit)
    try:
        factor = _registry().Quantity(Decimal(1), left.units).to(right.units).magnitude
    except Exception:  # pint raises many kinds, some without a common base
        raise UnitError(f"'{unit}' is of another dimension than {canonical_unit}") from None
    return canonical(
        WORKING.divide(WORKING.multiply(factor, _magnitude(left, unit)), _magnitude(right, unit))
    )


def _plain_number(unit: str) -> bool:
    """Whether a unit is ``1`` or a bare annotation such as ``{score}``, which UCUM reads as ``1``."""
    return unit == "1" or (unit[:1] == "{" and unit[-1:] == "}" and unit.count("{") == 1)


def _magnitude(quantity: Any, unit: str) -> Decimal:
    """Return the number in front of a unit; the registry keeps it as a float, exact only where integral."""
    magnitude = quantity.magnitude
    if magnitude != int(magnitude):
        raise UnitError(f"'{unit}' does not convert exactly")
    return Decimal(int(magnitude))


def _quantity(unit: str) -> Any:
    """Return the registry's quantity for a UCUM unit."""
    if not unit:
        raise UnitError("a value needs a unit")
    if len(unit) > MAX_LENGTH:
        raise UnitError(f"a unit of {len(unit)} characters is not understood")
    try:
        return _registry().from_ucum(unit)
    except Exception:  # a parse error, or whatever the registry meets behind one
        raise UnitError(f"'{unit}' is not a UCUM unit") from None


def _registry() -> Any:
    with _starting:
        return _start_registry()


@cache
def _start_registry() -> Any:
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry(non_int_type=Decimal)
