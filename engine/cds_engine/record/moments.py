"""Days and instants: a moment is a date or a timestamp with an offset, and days are counted as written."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

from cds_engine.quantities.numbers import WORKING, canonical

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def day_of(moment: datetime.date) -> datetime.date:
    """Return the calendar date of a moment, as written."""
    return moment.date() if isinstance(moment, datetime.datetime) else moment


def is_after(moment: datetime.date, other: datetime.date) -> bool:
    """Return whether ``moment`` is after ``other``: by the instant if both have one, else by the date."""
    if isinstance(moment, datetime.datetime):
        return moment > other if isinstance(other, datetime.datetime) else moment.date() > other
    return moment > (other.date() if isinstance(other, datetime.datetime) else other)


def parse_moment(text: str) -> datetime.date:
    """Return the date written ``YYYY-MM-DD``, or the ``datetime`` of a timestamp with an offset.

    Raises:
        ValueError: if ``text`` is neither.
    """
    if DATE.fullmatch(text):
        return datetime.date.fromisoformat(text)
    if not TIMESTAMP.fullmatch(text):
        raise ValueError("neither a date nor a timestamp with an offset")
    return datetime.datetime.fromisoformat(text.upper().replace("Z", "+00:00"))


def hours(moment: datetime.date) -> Decimal | None:
    """Return the hours after midnight, as written; None for a date."""
    if not isinstance(moment, datetime.datetime):
        return None
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return canonical(WORKING.divide(Decimal(seconds), Decimal(3600)))
