"""The axes of a picture: days along it, and values of results up it, with round marks on both."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_MARKS = 10
_DAYS = (1, 2, 7)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Days from ``begin`` to the end of ``end``, drawn from ``left`` to ``right``."""

    begin: datetime.date
    end: datetime.date
    left: float
    right: float

    def x(self, day: datetime.date) -> float:
        """Return where a day begins, within the axis."""
        days = (self.end - self.begin).days + 1
        share = min(max((day - self.begin).days / days, 0), 1)
        return round(self.left + share * (self.right - self.left), 1)

    def middle(self, day: datetime.date) -> float:
        """Return where the middle of a day is."""
        days = (self.end - self.begin).days + 1
        return round(self.x(day) + (self.right - self.left) / days / 2, 1)

    def marks(self) -> list[tuple[datetime.date, str]]:
        """Return round days with their labels: at most :data:`MOST_MARKS`."""
        days = (self.end - self.begin).days + 1
        for step in _DAYS:
            if days / step <= MOST_MARKS:
                return [(day, day.isoformat()) for day in self._days(step)]
        for months in _MONTHS:
            if days / (months * 30.4) <= MOST_MARKS or months == _MONTHS[-1]:
                form = "%Y-%m" if months < 12 else "%Y"
                return [(day, day.strftime(form)) for day in self._months(months)]
        raise AssertionError("the last step is always taken")

    def _days(self, step: int) -> Iterator[datetime.date]:
        for number in range(0, (self.end - self.begin).days + 1, step):
            yield self.begin + datetime.timedelta(days=number)

    def _months(self, step: int) -> Iterator[datetime.date]:
        number = self.begin.year * 12 + self.begin.month - 1
        number = math.ceil((number + (self.begin.day > 1)) / step) * step
        while number // 12 <= datetime.MAXYEAR:
            day = datetime.date(number // 12, number % 12 + 1, 1)
            if day > self.end:
                return
            yield day
            number += step


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """Values from ``low`` to ``high``, drawn from ``bottom`` up to ``top``."""

    low: float
    high: float
    bottom: float
    top: float
    logarithmic: bool = False

    def y(self, value: float) -> float:
        """Return where a value is, within the axis."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        share = (self._scaled(max(value, self.low)) - low) / (high - low)
        return round(self.bottom - min(max(share, 0), 1) * (self.bottom - self.top), 1)

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def marks(self) -> list[float]:
        """Return a few round values."""
        if self.logarithmic:
            return [value for value in _powers(self.low, self.high) if self.low <= value <= self.high]
        step = _round_step((self.high - self.low) / 3)
        first = math.ceil(self.low / step)
        return [round(number * step, 10) for number in range(first, math.floor(self.high / step) + 1)]


def value_axis(
    values: Sequence[float], thresholds: Sequence[float], bottom: float, top: float, *, logarithmic: bool
) -> ValueAxis:
    """Return the axis that shows some values and the thresholds near them.

    A logarithmic axis needs a positive value; without one the axis is linear.
    """
    shown = [*values, *thresholds]
    positive = [value for value in shown if value > 0]
    if logarithmic and positive:
        return ValueAxis(min(positive) / 1.5, max(positive) * 1.5, bottom, top, True)
    low, high = min([0.0, *shown]) if _reaches_zero(shown) else min(shown), max(shown)
    margin = (high - low) * 0.1 or abs(high) * 0.1 or 1
    return ValueAxis(low if low == 0 else low - margin, high + margin, bottom, top)


def _reaches_zero(values: Sequence[float]) -> bool:
    """Return whether an axis that begins at zero wastes little room."""
    return min(values) < max(values) * 0.5


def _round_step(step: float) -> float:
    """Return the next larger step of 1, 2 or 5 times a power of ten."""
    power: float = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step)


def _powers(low: float, high: float) -> Iterator[float]:
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for factor in (1, 2, 5):
            yield round(factor * 10.0**power, 10)
