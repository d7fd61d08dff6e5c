"""Reads a FHIR Timing as an exact number of times per day."""

from __future__ import annotations

import re
from fractions import Fraction

from cds_engine.fhir.values import Json, UnclearError, number, objects, text

ABBREVIATIONS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
_RATES = {
    "QD": Fraction(1),
    "BID": Fraction(2),
    "TID": Fraction(3),
    "QID": Fraction(4),
    "AM": Fraction(1),
    "PM": Fraction(1),
    "BED": Fraction(1),
    "HS": Fraction(1),
    "QOD": Fraction(1, 2),
    "WK": Fraction(1, 7),
}
_EVERY_HOURS = re.compile(r"Q([1-9][0-9]?)H", re.ASCII)
_DAYS = {
    "s": Fraction(1, 86400),
    "min": Fraction(1, 1440),
    "h": Fraction(1, 24),
    "d": Fraction(1),
    "wk": Fraction(7),
}
"""Period units in days. Months and years are missing: they have no fixed number of days."""
_MEALS = frozenset({"C", "AC", "PC"})
"""Events that happen several times a day, without a fixed number."""


def times_per_day(timing: object) -> Fraction:
    """Return the times per day of ``timing`` (a FHIR Timing), on average over its cycle.

    A Timing may have both a code and a structure, or both times of day and a frequency. They must agree.

    Raises:
        UnclearError: if it states no frequency, or contradicts itself.
    """
    if not isinstance(timing, dict):
        raise UnclearError("no structured timing")
    repeat = timing.get("repeat")
    if "modifierExtension" in timing:
        raise UnclearError("a modifier extension may change the meaning of the timing")
    coded = _coded(timing.get("code"))
    rates = {coded, _repeated(repeat if isinstance(repeat, dict) else {})} - {None}
    if len(rates) > 1:
        raise UnclearError("a timing whose code and structure disagree")
    rate = rates.pop() if rates else None
    if rate is None:
        raise UnclearError("no structured frequency")
    return rate


def _coded(code: object) -> Fraction | None:
    """Return the rate of a timing code, of which every coding must be understood and say the same."""
    rates: set[Fraction] = set()
    for coding in objects(code.get("coding")) if isinstance(code, dict) else ():
        letters = text(coding.get("code"))
        if letters is None or text(coding.get("system")) not in {ABBREVIATIONS, None}:
            continue
        hours = _EVERY_HOURS.fullmatch(letters)
        rate = Fraction(24, int(hours[1])) if hours else _RATES.get(letters)
        if rate is None:
            raise UnclearError(f"the timing '{letters}'")
        rates.add(rate)
    if len(rates) > 1:
        raise UnclearError("a timing with codes that disagree")
    return next(iter(rates), None)


def _repeated(repeat: Json) -> Fraction | None:
    if "count" in repeat or "countMax" in repeat:
        raise UnclearError("a limited number of times")
    if "frequencyMax" in repeat or "periodMax" in repeat:
        raise UnclearError("a range of frequencies")
    daily = _within_a_day(repeat)
    days = len(set(_texts(repeat.get("dayOfWeek")))) or 7
    if "period" not in repeat:
        if "frequency" in repeat:
            raise UnclearError("a frequency without a period")
        return None if daily is None else daily * Fraction(days, 7)
    frequency = _positive(repeat.get("frequency", 1), "frequency")
    period = _positive(repeat["period"], "period")
    unit = repeat.get("periodUnit")
    if unit not in _DAYS:
        raise UnclearError("a period in months or years" if unit else "a period without a unit")
    rate = frequency / (period * _DAYS[unit])
    if days < 7:
        rate = _on_some_days(rate, days, period * _DAYS[unit])
    if daily is not None and daily * Fraction(days, 7) != rate:
        raise UnclearError("a frequency that the times of day contradict")
    return rate


def _on_some_days(rate: Fraction, days: int, cycle: Fraction) -> Fraction:
    """Return the rate if the drug is taken on ``days`` days of the week only.

    'Once a day, on Monday and Thursday' means twice a week; so does 'twice a week, on Monday and Thursday'.
    """
    if cycle == 1:
        return rate * Fraction(days, 7)
    if cycle == 7 and rate == Fraction(days, 7):
        return rate
    raise UnclearError("a frequency that the days of the week contradict")


def _within_a_day(repeat: Json) -> Fraction | None:
    """Return the times per day that the times or events of the day state; None if they state none."""
    hours = set(_texts(repeat.get("timeOfDay")))
    events = set(_texts(repeat.get("when")))
    if hours and events:
        raise UnclearError("both times of day and events of the day")
    if events & _MEALS:
        if "period" not in repeat:
            raise UnclearError("with meals, without saying how often")
        return None
    return Fraction(len(hours or events)) if hours or events else None


def _texts(value: object) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _positive(value: object, what: str) -> Fraction:
    read = number(value)
    if read is None or read <= 0:
        raise UnclearError(f"an invalid {what}")
    return Fraction(read)
