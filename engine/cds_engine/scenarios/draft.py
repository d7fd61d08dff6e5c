"""The record that the Given steps of a scenario build, with dates still relative to ``as_of``."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cds_engine.quantities.numbers import to_json
from cds_engine.record.moments import day_of, parse_moment
from cds_engine.scenarios.problems import StepError

_RELATIVE = re.compile(r"(\d+) (day|week)s? ago|in (\d+) (day|week)s?")
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Day:
    """A day as a step names it: a number of days before ``as_of`` (negative: after it), a date or a time."""

    days_ago: int | None
    date: datetime.date | None = None

    def on(self, as_of: datetime.date) -> datetime.date:
        """Return the date, relative to ``as_of``."""
        if self.date is not None:
            return self.date
        assert self.days_ago is not None
        return day_of(as_of) - datetime.timedelta(days=self.days_ago)


def parse_day(text: str) -> Day:
    """Return the day that ``3 days ago``, ``today``, ``in 2 weeks``, ``on 2026-11-01`` or a date means."""
    text = text.strip()
    if text in ("today", "yesterday"):
        return Day(0 if text == "today" else 1)
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return Day(None, parse_date(text.removeprefix("on ")))
    ago, unit, ahead, ahead_unit = relative.groups()
    return Day(int(ago) * _DAYS[unit]) if ago else Day(-int(ahead) * _DAYS[ahead_unit])


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

    def add(self, section: str, entry: dict[str, Any], *, unknown: Iterable[str] = ()) -> None:
        """Add an entry to a section, without the fields that the step leaves open; ``unknown`` are null."""
        stated = {key: value for key, value in entry.items() if value is not None}
        self.sections.setdefault(section, []).append(stated | dict.fromkeys(unknown))

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
