"""Reads the daily dose from structured dosage: never from text, never in tablets, never a guess."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cds_engine.fhir.timing import times_per_day
from cds_engine.fhir.values import Json, Moment, UnclearError, amount, moment, objects, text
from cds_engine.quantities.numbers import WORKING, canonical
from cds_engine.rulebook.vocabulary import Quantity

ORDERED = "ordered"
"""The type of dose that counts if several are given: the dose ordered, not the dose calculated."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first and last day on which dosages apply; None if not stated."""

    start: Moment | None
    end: Moment | None


def bounds(dosages: Sequence[Json]) -> Bounds:
    """Return the first and last day of all ``dosages`` together."""
    periods = [_period(dosage) for dosage in dosages]
    starts = [period.start for period in periods if period.start is not None]
    ends = [period.end for period in periods if period.end is not None]
    return Bounds(
        min(starts, key=lambda start: start.first) if starts else None,
        max(ends, key=lambda end: end.last) if periods and len(ends) == len(periods) else None,
    )


def daily_dose(dosages: Sequence[Json], as_of: datetime.date, quantity: Quantity) -> Decimal:
    """Return the daily dose that ``dosages`` state for ``as_of``, in the canonical unit of ``quantity``.

    Dosages with the same sequence number apply at the same time and are added. Dosages with different
    numbers follow one another: then only their periods tell which one applies.

    Raises:
        UnclearError: if they do not state exactly one daily dose.
    """
    if not dosages:
        raise UnclearError("no dosage")
    current = [dosage for dosage in dosages if _may_apply(_period(dosage), as_of)]
    if not current:
        raise UnclearError(f"no dosage applies on {as_of}")
    if len({str(dosage.get("sequence")) for dosage in current}) > 1:
        raise UnclearError("several dosages in sequence, without saying which one applies")
    return canonical(sum((_one(dosage, quantity) for dosage in current), Decimal(0)))


def _period(dosage: Json) -> Bounds:
    timing = dosage.get("timing")
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    period = repeat.get("boundsPeriod") if isinstance(repeat, dict) else None
    if not isinstance(period, dict):
        return Bounds(None, None)
    return Bounds(moment(period.get("start")), moment(period.get("end")))


def _may_apply(period: Bounds, as_of: datetime.date) -> bool:
    begun = period.start is None or period.start.first <= as_of
    ended = period.end is not None and period.end.last < as_of
    return begun and not ended


def _one(dosage: Json, quantity: Quantity) -> Decimal:
    if "modifierExtension" in dosage:
        raise UnclearError("a modifier extension may change the meaning of the dosage")
    if dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage:
        raise UnclearError("to be taken as needed")
    single = _single(objects(dosage.get("doseAndRate")), quantity)
    rate = times_per_day(dosage.get("timing"))
    daily = Fraction(single) * rate
    return canonical(WORKING.divide(Decimal(daily.numerator), Decimal(daily.denominator)))


def _single(stated: list[Json], quantity: Quantity) -> Decimal:
    """Return the single dose; equal doses are the same dose stated several times."""
    counted = [entry for entry in stated if _is_ordered(entry)] or stated
    if any("doseRange" in entry for entry in counted):
        raise UnclearError("a range of doses")
    quantities = [entry["doseQuantity"] for entry in counted if isinstance(entry.get("doseQuantity"), dict)]
    if not quantities:
        raise UnclearError("a rate, not a dose" if counted else "no structured dose")
    per = "/" + quantity.unit.rpartition("/")[2]
    doses = {amount(dose, quantity, per) for dose in quantities}
    if len(doses) > 1:
        raise UnclearError("several different doses")
    return doses.pop()


def _is_ordered(entry: Json) -> bool:
    kind = entry.get("type")
    codings = objects(kind.get("coding")) if isinstance(kind, dict) else []
    return any(text(coding.get("code")) == ORDERED for coding in codings)
