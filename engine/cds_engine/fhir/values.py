"""Reads single FHIR values: texts, numbers, dates of any precision, and quantities in a rulebook's units."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from cds_engine.quantities.numbers import canonical, in_bounds
from cds_engine.quantities.units import UnitError
from cds_engine.rulebook.vocabulary import Quantity

Json: TypeAlias = dict[str, Any]
UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
FIRST, LAST = datetime.date(1850, 1, 1), datetime.date(2200, 12, 31)
"""The range of days that a record may name."""
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_MOMENT = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2}))?)?)?", re.ASCII
)


class UnclearError(Exception):
    """What is stated does not give exactly one value; the message says why."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A FHIR date or dateTime: the days it may mean, and the instant if it has a time.

    The day is the calendar date as written, in the time zone as written.
    """

    first: datetime.date
    last: datetime.date
    instant: datetime.datetime | None = None

    @property
    def day(self) -> datetime.date | None:
        """The day; None if only the year or month is known."""
        return self.first if self.first == self.last else None


def moment(value: object) -> Moment | None:
    """Return a FHIR date, dateTime or instant; None if it is absent, invalid or outside the range."""
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day, time = match.groups()
    try:
        first = datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    last_month = int(month or 12)
    last = first if day else datetime.date(first.year, last_month, _days_of(first.year, last_month))
    if not FIRST <= first <= last <= LAST:
        return None
    instant = _instant(match.group(0)) if time else None
    return Moment(first, last, instant if instant is not None and instant.date() == first else None)


def _days_of(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _instant(text: str) -> datetime.datetime | None:
    """Return the instant; None for a leap second and for invalid times."""
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None


def text(value: object) -> str | None:
    """Return a text without invisible characters; None if nothing is left."""
    if not isinstance(value, str):
        return None
    visible = value if value.isascii() else value.translate(_INVISIBLE)
    return visible.strip() or None


def number(value: object) -> Decimal | None:
    """Return a number in at most 15 significant digits; None if it is outside the supported range."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    read = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return canonical(read) if in_bounds(read) else None


def objects(value: object) -> list[Json]:
    """Return the objects in a list; an empty list if ``value`` is not a list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def amount(fhir_quantity: Json, quantity: Quantity, per: str = "") -> Decimal:
    """Return the value of a FHIR Quantity in the canonical unit of ``quantity``.

    The coded unit counts; the unit's text is for people but must not contradict it. ``per`` is appended to
    the unit to make it a unit of ``quantity``: a single dose is in mg, a daily dose in mg/d.

    Raises:
        UnclearError: if there is no value, only a bound, or no unit that is understood.
    """
    value = number(fhir_quantity.get("value"))
    if value is None:
        missing = fhir_quantity.get("value") is None
        raise UnclearError("no value" if missing else "a value outside the supported range")
    comparator = text(fhir_quantity.get("comparator"))
    if comparator is not None:
        raise UnclearError(f"a bound ('{comparator}'), not a value")
    coded_unit = (
        text(fhir_quantity.get("code")) if text(fhir_quantity.get("system")) in {UCUM, None} else None
    )
    unit_text = text(fhir_quantity.get("unit"))
    unit = coded_unit or unit_text
    if unit is None:
        raise UnclearError("no unit")
    try:
        found = quantity.scale.to_canonical(value, unit + per)
    except UnitError:
        wanted = quantity.unit.removesuffix(per)
        raise UnclearError(f"the unit '{unit}' does not convert to {wanted}") from None
    text_unit = unit_text + per if unit_text is not None else ""
    if _is_declared(quantity, text_unit) and quantity.scale.to_canonical(value, text_unit) != found:
        raise UnclearError(f"the unit is coded '{unit}' but written '{unit_text}'")
    return found


def _is_declared(quantity: Quantity, unit: str) -> bool:
    """Return whether the rulebook knows this spelling of a unit; any other text is only for display."""
    return unit == quantity.unit or unit in quantity.scale.units or unit in quantity.scale.aliases
