"""Reads on which days each dosage of an order applies: from dates, from a length, or from what follows it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from cds_engine.fhir.values import LAST, Json, Moment, moment, number, text

ONE_DAY = datetime.timedelta(days=1)
_DAYS = {
    "s": (Fraction(1, 86400), Fraction(1, 86400)),
    "min": (Fraction(1, 1440), Fraction(1, 1440)),
    "h": (Fraction(1, 24), Fraction(1, 24)),
    "d": (Fraction(1), Fraction(1)),
    "wk": (Fraction(7), Fraction(7)),
    "mo": (Fraction(28), Fraction(31)),
    "a": (Fraction(365), Fraction(366)),
}
"""The fewest and most days of a unit of time."""
_NAMES = {"second": "s", "minute": "min", "hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "a"}
"""Units in words, which stand in for a code that is missing."""
Length = tuple[Fraction, Fraction]
"""The shortest and longest length, in days."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first and last day on which dosages apply; None if not stated.

    ``limited`` means that there is a last day, although it may not be known. ``follows`` means that they
    begin after other dosages.
    """

    start: Moment | None
    end: Moment | None
    limited: bool = False
    follows: bool = False

    def may_apply(self, day: datetime.date) -> bool:
        """Return whether the dosages perhaps apply on ``day``."""
        begun = self.start is None or self.start.first <= day
        return begun and not (self.end is not None and self.end.last < day)


def bounds_of(dosages: Sequence[Json], begun: Moment | None) -> list[Bounds]:
    """Return the bounds of each dosage of an order that began on ``begun``.

    Dosages with different sequence numbers follow one another, and those with the same number apply
    together. Without numbers a dosage with a length may begin with the order, or after those listed before.
    """
    numbers = [number(dosage.get("sequence")) for dosage in dosages]
    in_sequence = len(set(numbers)) > 1 and None not in numbers
    found = {}
    before: Length | None = (Fraction(0), Fraction(0))
    if in_sequence:
        for place in sorted(set(numbers), key=lambda one: one or 0):
            group = [index for index, one in enumerate(numbers) if one == place]
            found.update({index: _one(dosages[index], begun, before, before) for index in group})
            before = _after(before, [_length(dosages[index]) for index in group])
    else:
        together = None not in numbers
        for index, dosage in enumerate(dosages):
            earliest: Length = (Fraction(0), Fraction(0))
            found[index] = _one(dosage, begun, earliest, earliest if together else before)
            before = _after(before, [_length(dosage)])
    return [found[index] for index in range(len(dosages))]


def whole(periods: Iterable[Bounds]) -> Bounds:
    """Return the first and last day of all dosages together."""
    listed = list(periods)
    starts = [one.start for one in listed if one.start is not None and not one.follows]
    limited = bool(listed) and all(one.limited for one in listed)
    ends = [one.end for one in listed if one.end is not None]
    end = None
    if limited and len(ends) == len(listed):
        end = Moment(max(one.first for one in ends), max(one.last for one in ends))
    return Bounds(min(starts, key=lambda start: start.first) if starts else None, end, limited)


def _one(dosage: Json, begun: Moment | None, earliest: Length | None, latest: Length | None) -> Bounds:
    """Return the bounds of a dosage that begins ``earliest`` to ``latest`` days after the order."""
    repeat = _repeat(dosage)
    period = repeat.get("boundsPeriod")
    if isinstance(period, dict):
        end = moment(period.get("end"))
        return Bounds(moment(period.get("start")), end, limited="end" in period)
    events = _events(dosage)
    if events:
        end = Moment(max(one.first for one in events), max(one.last for one in events))
        return Bounds(min(events, key=lambda event: event.first), end, limited=True)
    length = _length(dosage)
    follows = earliest is not None and earliest[0] > 0
    start = _shifted(begun, earliest[0], earliest[0]) if follows and earliest is not None else None
    if length is None or begun is None or earliest is None or latest is None:
        return Bounds(start, None, limited=_is_limited(dosage), follows=follows)
    end = _shifted(begun, earliest[0] + length[0] - 1, latest[1] + length[1] - 1)
    return Bounds(start, end, limited=True, follows=follows)


def _shifted(moment: Moment | None, fewest: Fraction, most: Fraction) -> Moment | None:
    """Return a moment so many days later; None where the calendar ends before."""
    if moment is None or most > (LAST - moment.last).days:
        return None
    first = moment.first + ONE_DAY * max(0, ceil(fewest))
    return Moment(first, moment.last + ONE_DAY * max(0, ceil(most)))


def _after(before: Length | None, lengths: Sequence[Length | None]) -> Length | None:
    """Return how long after the order the next dosage begins; None if one of these has no length."""
    known = [length for length in lengths if length is not None]
    if before is None or len(known) < len(lengths) or not known:
        return None
    return before[0] + max(length[0] for length in known), before[1] + max(length[1] for length in known)


def _length(dosage: Json) -> Length | None:
    """Return for how long a dosage applies, from ``boundsDuration`` or ``boundsRange``."""
    repeat = _repeat(dosage)
    duration, span = repeat.get("boundsDuration"), repeat.get("boundsRange")
    if isinstance(span, dict):
        low, high = length_in_days(span.get("low")), length_in_days(span.get("high"))
        return None if high is None else ((low or (Fraction(0),))[0], high[1])
    return length_in_days(duration)


def length_in_days(duration: object) -> Length | None:
    """Return a FHIR Duration as its fewest and most days; None if it is not understood."""
    if not isinstance(duration, dict) or "comparator" in duration:
        return None
    value = number(duration.get("value"))
    named = text(duration.get("unit")) or ""
    unit = _DAYS.get(text(duration.get("code")) or _NAMES.get(named.casefold().removesuffix("s"), named))
    if value is None or value <= 0 or unit is None:
        return None
    return Fraction(value) * unit[0], Fraction(value) * unit[1]


def _is_limited(dosage: Json) -> bool:
    """Return whether a dosage is given for a limited time or a limited number of times."""
    limits = {"boundsDuration", "boundsRange", "count", "countMax"}
    timing = dosage.get("timing")
    return bool(limits & _repeat(dosage).keys()) or (isinstance(timing, dict) and "event" in timing)


def _events(dosage: Json) -> list[Moment]:
    """Return the times at which a dosage is given, if it names all of them."""
    timing = dosage.get("timing")
    stated = timing.get("event") if isinstance(timing, dict) else None
    if not isinstance(stated, list) or _repeat(dosage):
        return []
    read = [moment(one) for one in stated]
    known = [one for one in read if one is not None]
    return known if len(known) == len(read) else []


def _repeat(dosage: Json) -> Json:
    timing = dosage.get("timing")
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    return repeat if isinstance(repeat, dict) else {}
