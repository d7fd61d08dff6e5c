"""Results of one observation by day, and which of a day's results counts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

WITHDRAWN = frozenset({"entered-in-error", "cancelled"})
PRECEDENCE = {"preliminary": 0, "final": 1, "amended": 2, "corrected": 2}


@dataclass(slots=True)
class Result:
    """A dated result; ``ago`` is how many days before the evaluation its date is, never less than 0."""

    ago: int
    moment: datetime.date
    value: Decimal | None
    precedence: int
    pointer: str


def by_day(results: Iterable[Result]) -> list[list[Result]]:
    """Return the results of each day, the latest day first."""
    days: dict[int, list[Result]] = {}
    for result in results:
        days.setdefault(result.ago, []).append(result)
    return [days[ago] for ago in sorted(days)]


def candidates(results: list[Result]) -> list[Result]:
    """Return the results of one day that may be the last: by time, and among those without one by status."""
    timed = [result for result in results if isinstance(result.moment, datetime.datetime)]
    others = [result for result in results if not isinstance(result.moment, datetime.datetime)]
    latest = [result for result in timed if result.moment == max(other.moment for other in timed)]
    return [*_highest(latest), *_highest(others)]


def _highest(results: list[Result]) -> list[Result]:
    """Return the results whose status ranks highest."""
    best = max((result.precedence for result in results), default=0)
    return [result for result in results if result.precedence == best]
