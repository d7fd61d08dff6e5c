"""The record that the Given steps of a scenario build, with dates still relative to ``as_of``."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cds_engine.quantities.numbers import to_json
from cds_engine.record.moments import day_of, parse_moment
from cds_engine.scenarios.problems import StepError

_NUMBER = r"(\d+|an?|one)"
_UNIT = r"(day|week|month|year)s?"
_RELATIVE = rf"{_NUMBER} {_UNIT} ago|in {_NUMBER} {_UNIT}"
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Day:
    """A day as a step names it: a number of days before ``as_of`` (negative: after it), a date or a time.

    ``months_ago`` are calendar months: one month before the 31st is the last day of a shorter month.
    """

    days_ago: int | None
    date: datetime.date | None = None
    months_ago: int = 0

    def on(self, as_of: datetime.date) -> datetime.date:
        """Return the date, relative to ``as_of``."""
        if self.date is not None:
            return self.date
        assert self.days_ago is not None
        try:
            return _months_before(day_of(as_of), self.months_ago) - datetime.timedelta(days=self.days_ago)
        except (OverflowError, ValueError):
            raise StepError("expected a day from the year 1 to the year 9999") from None


def _months_before(day: datetime.date, months: int) -> datetime.date:
    """Return the same day of the month ``months`` earlier, or the last day of that month."""
    if not months:
        return day
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def parse_day(text: str) -> Day:
    """Return the day that ``3 days ago``, ``2 months ago``, ``today``, ``in 2 weeks`` or a date means."""
    text = text.strip()
    if text in ("today", "yesterday"):
        return Day(0 if text == "today" else 1)
    relative = re.fullmatch(_RELATIVE, text)
    if relative is None:
        return Day(None, parse_date(text.removeprefix("on ")))
    ago, ago_unit, ahead, ahead_unit = relative.groups()
    unit = ago_unit or ahead_unit
    number = ago or ahead
    count = (int(number) if number.isdecimal() else 1) * (1 if ago else -1)
    return Day(count * _DAYS[unit]) if unit in _DAYS else Day(0, months_ago=count * _MONTHS[unit])


def parse_date(text: str) -> datetime.date:
    """Return the date that ``YYYY-MM-DD`` means, or the time that a timestamp with an offset means."""
    try:
        return parse_moment(text)
    except ValueError:
        raise StepError(
            f"expected a time such as '3 days ago' or a date YYYY-MM-DD, found '{text}'"
        ) from None


@dataclass(slots=True)
class Draft:
    """A record under construction. What no step mentions is left out, and so is unknown."""

    as_of: datetime.date | None = None
    patient: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether no step said anything about the patient yet."""
        return not self.patient and not self.sections

    def add(self, section: str, entry: dict[str, Any], *, unknown: Iterable[str] = ()) -> None:
        """Add an entry to a section, without the fields that the step leaves open; ``unknown`` are null."""
        stated = {key: value for key, value in entry.items() if value is not None}
        entries = self.sections.setdefault(section, [])
        if not isinstance(entries, list):
            raise StepError(f"the record above has no list of {section} to which this step could add")
        entries.append(stated | dict.fromkeys(unknown))

    def record(self, today: datetime.date) -> dict[str, Any]:
        """Return the record as JSON data, as of its own date, otherwise as of ``today``.

        Raises:
            StepError: if the scenario names dates but no ``as of`` date, so that it would change over time.
        """
        if self.as_of is None and _names_a_date([self.patient, self.sections]):
            raise StepError("the scenario names dates, so it needs a step such as 'Given as of 2026-11-23'")
        as_of = self.as_of or today
        sections = {"patient": self.patient, **self.sections} if self.patient else self.sections
        data: dict[str, Any] = _json_data(sections, as_of)
        return {"as_of": as_of.isoformat(), **data}


def _names_a_date(value: Any) -> bool:
    match value:
        case Day():
            return value.date is not None
        case dict():
            return any(map(_names_a_date, value.values()))
        case list():
            return any(map(_names_a_date, value))
    return False


def _json_data(value: Any, as_of: datetime.date) -> Any:
    match value:
        case Day():
            return value.on(as_of).isoformat()
        case Decimal():
            return to_json(value)
        case dict():
            return {key: _json_data(child, as_of) for key, child in value.items()}
        case list():
            return [_json_data(child, as_of) for child in value]
    return value
