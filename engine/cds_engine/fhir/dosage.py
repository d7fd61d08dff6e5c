"""Reads the daily dose from structured dosage: never from text, never in tablets, never a guess."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from cds_engine.fhir.bounds import Bounds, length_in_days
from cds_engine.fhir.timing import times_per_day
from cds_engine.fhir.values import Json, UnclearError, amount, objects, text
from cds_engine.quantities.numbers import WORKING, canonical
from cds_engine.rulebook.vocabulary import Quantity

ORDERED = "ordered"
"""The type of dose that counts if several are given: the dose ordered, not the dose calculated."""


def daily_dose(
    dosages: Sequence[Json], periods: Sequence[Bounds], as_of: datetime.date, quantity: Quantity
) -> Decimal:
    """Return the daily dose that ``dosages`` state for ``as_of``, in the canonical unit of ``quantity``.

    Dosages with the same sequence number apply at the same time and are added. Dosages with different
    numbers follow one another: then only their ``periods`` tell which one applies.

    Raises:
        UnclearError: if they do not state exactly one daily dose.
    """
    if not dosages:
        raise UnclearError("no dosage")
    current = [
        (dosage, period) for dosage, period in zip(dosages, periods, strict=True) if period.may_apply(as_of)
    ]
    if not current:
        raise UnclearError(f"no dosage applies on {as_of}")
    numbers = {str(dosage.get("sequence")) for dosage, _ in current}
    if len(numbers) > 1:
        raise UnclearError("several dosages in sequence, without saying which one applies")
    if len(current) > 1 and numbers == {"None"} and any(_has_length(*one) for one in current):
        raise UnclearError("several dosages of a limited length, without saying which one applies")
    return canonical(sum((_one(dosage, quantity) for dosage, _ in current), Decimal(0)))


def _has_length(dosage: Json, period: Bounds) -> bool:
    """Return whether a dosage is limited otherwise than by the dates between which it applies."""
    timing = dosage.get("timing")
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    return period.limited and not (isinstance(repeat, dict) and "boundsPeriod" in repeat)


def _one(dosage: Json, quantity: Quantity) -> Decimal:
    if "modifierExtension" in dosage:
        raise UnclearError("a modifier extension may change the meaning of the dosage")
    if dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage:
        raise UnclearError("to be taken as needed")
    single = _single(objects(dosage.get("doseAndRate")), quantity)
    rate = times_per_day(dosage.get("timing"))
    daily = Fraction(single) * rate
    _check_limits(dosage, single, daily, quantity)
    return canonical(WORKING.divide(Decimal(daily.numerator), Decimal(daily.denominator)))


def _check_limits(dosage: Json, single: Decimal, daily: Fraction, quantity: Quantity) -> None:
    """Check that a dosage does not exceed its own limits.

    Raises:
        UnclearError: if it does, or if the limit is not understood.
    """
    largest = dosage.get("maxDosePerAdministration")
    if isinstance(largest, dict) and single > _mass(largest, quantity, "the largest single dose"):
        raise UnclearError("a single dose above the largest that it allows")
    ratio = dosage.get("maxDosePerPeriod")
    if not isinstance(ratio, dict):
        return
    what = "the largest dose in a period"
    numerator, period = ratio.get("numerator"), length_in_days(ratio.get("denominator"))
    if not isinstance(numerator, dict) or period is None:
        raise UnclearError(f"{what} is not understood")
    if daily * period[1] > Fraction(_mass(numerator, quantity, what)):
        raise UnclearError("a timing that adds up to more than the largest dose in a period")


def _mass(dose: Json, quantity: Quantity, what: str) -> Decimal:
    """Return an amount that limits a dose, in the unit of a single dose."""
    try:
        return amount(dose, quantity, _per(quantity))
    except UnclearError as unclear:
        raise UnclearError(f"{what} is {unclear}") from None


def _per(quantity: Quantity) -> str:
    """Return what makes the unit of a single dose one of a daily dose, such as ``/d``."""
    return "/" + quantity.unit.rpartition("/")[2]


def _single(stated: list[Json], quantity: Quantity) -> Decimal:
    """Return the single dose; equal doses are the same dose stated several times."""
    counted = [entry for entry in stated if _is_ordered(entry)] or stated
    if any("doseRange" in entry for entry in counted):
        raise UnclearError("a range of doses")
    quantities = [entry["doseQuantity"] for entry in counted if isinstance(entry.get("doseQuantity"), dict)]
    if not quantities:
        raise UnclearError("a rate, not a dose" if counted else "no structured dose")
    doses = {amount(dose, quantity, _per(quantity)) for dose in quantities}
    if len(doses) > 1:
        raise UnclearError("several different doses")
    return doses.pop()


def _is_ordered(entry: Json) -> bool:
    kind = entry.get("type")
    codings = objects(kind.get("coding")) if isinstance(kind, dict) else []
    return any(text(coding.get("code")) == ORDERED for coding in codings)
