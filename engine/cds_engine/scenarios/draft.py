"""The record that the Givens of a scenario put together, its dates still relative to ``as_of``."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cds_engine.quantities.numbers import to_json
from cds_engine.scenarios.problems import StepError

_RELATIVE = re.compile(r"(\d+) (day|week)s? ago|in (\d+) (day|week)s?")
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Time:
    """A day as a step says it: a number of days before ``as_of`` (after it, if negative), or a date."""

    days_ago: int | None
    date: datetime.date | None = None

    def on(self, as_of: datetime.date) -> datetime.date:
        """Return the day that is meant when it is ``as_of``."""
        if self.date is not None:
            return self.date
        assert self.days_ago is not None
        return as_of - datetime.timedelta(days=self.days_ago)


def time(text: str) -> Time:
    """Read ``today``, ``3 days ago``, ``in 2 weeks``, ``on 2026-11-01`` or ``2026-11-01``."""
    text = text.strip()
    if text in ("today", "yesterday"):
        return Time(0 if text == "today" else 1)
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return Time(None, date(text.removeprefix("on ")))
    ago, unit, ahead, ahead_unit = relative.groups()
    return Time(int(ago) * _DAYS[unit]) if ago else Time(-int(ahead) * _DAYS[ahead_unit])


def date(text: str) -> datetime.date:
    """Read a date written YYYY-MM-DD."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise StepError(
            f"expected a time such as '3 days ago' or a date YYYY-MM-DD, found '{text}'"
        ) from None


@dataclass(slots=True)
class Draft:
    """A record in the making. What no step speaks of stays out of it, and so stays unknown."""

    as_of: datetime.date | None = None
    patient: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, Any] = field(default_factory=dict)

    def add(self, section: str, entry: dict[str, Any]) -> None:
        """Add an entry to a section; what the step left open stays out of the entry."""
        stated = {key: value for key, value in entry.items() if value is not None}
        self.sections.setdefault(section, []).append(stated)

    def record(self, today: datetime.date) -> dict[str, Any]:
        """Return the record as JSON data, as of its own date, else as of ``today``.

        Raises:
            StepError: if the scenario names dates without saying as of when; it would age.
        """
        if self.as_of is None and _dated([self.patient, self.sections]):
            raise StepError("the scenario names dates: say as of when, such as 'Given as of 2026-11-23'")
        as_of = self.as_of or today
        sections = {"patient": self.patient, **self.sections} if self.patient else self.sections
        written: dict[str, Any] = _written(sections, as_of)
        return {"as_of": as_of.isoformat(), **written}


def _dated(value: Any) -> bool:
    match value:
        case Time():
            return value.date is not None
        case dict():
            return any(map(_dated, value.values()))
        case list():
            return any(map(_dated, value))
    return False


def _written(value: Any, as_of: datetime.date) -> Any:
    match value:
        case Time():
            return value.on(as_of).isoformat()
        case Decimal():
            return to_json(value)
        case dict():
            return {key: _written(child, as_of) for key, child in value.items()}
        case list():
            return [_written(child, as_of) for child in value]
    return value
