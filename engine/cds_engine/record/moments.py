"""Days and instants: a moment is a date or a timestamp with an offset, and days are counted as written."""

from __future__ import annotations

import datetime
from decimal import Decimal

from cds_engine.quantities.numbers import WORKING, canonical


def day_of(moment: datetime.date) -> datetime.date:
    """Return the calendar date of a moment, as written."""
    return moment.date() if isinstance(moment, datetime.datetime) else moment


def is_after(moment: datetime.date, other: datetime.date) -> bool:
    """Return whether ``moment`` is after ``other``: by the instant if both have one, else by the date."""
    if isinstance(moment, datetime.datetime) and isinstance(other, datetime.datetime):
        return moment > other
    return day_of(moment) > day_of(other)


def hours(moment: datetime.date) -> Decimal | None:
    """Return the hours after midnight, as written; None for a date."""
    if not isinstance(moment, datetime.datetime):
        return None
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return canonical(WORKING.divide(Decimal(seconds), Decimal(3600)))
