"""Dates and timestamps in cells; days and times of day are as written, as in a record."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

_HOUR_AND_MINUTE = "([01][0-9]|2[0-3]):[0-5][0-9]"
_TIME = rf"[Tt]{_HOUR_AND_MINUTE}(:[0-5][0-9](\.[0-9]{{1,6}})?)?([Zz]|[+-]{_HOUR_AND_MINUTE})"
_MOMENT = rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}({_TIME})?$"
_FIRST_DAY = "1970-01-01"


@dataclass(frozen=True)
class Moment:
    """A column of dates or timestamps; the last two are NULL for a date, and None if there are only dates."""

    day: ir.DateValue
    instant: ir.IntegerValue | None = None
    """Microseconds since 1970 in UTC."""
    hours: ir.FloatingValue | None = None
    """Hours since midnight, as written."""


def read_moment(column: ir.Value) -> Moment:
    """Return a column of dates, of timestamps or of texts as moments; other texts are NULL.

    A timestamp column has instants only: its days and times of day are those in UTC.
    """
    if column.type().is_date():
        return Moment(column)
    # Both backends write a timestamp as 2026-03-01 22:30:15.25, in UTC.
    text = column.cast("string")
    day = text.substr(0, 10).try_cast("date")
    if column.type().is_string():
        day = ibis.cases((text.re_search(_MOMENT), day))
    seconds = _number(text, 11) * 3600 + _number(text, 14) * 60
    seconds += ibis.cases((text.substr(16, 1) == ":", _number(text, 17)), else_=0)
    fraction = text.re_extract(r"\.([0-9]+)", 1).rpad(6, "0").cast("int64")
    sign = text.length() - 6
    offset = _number(text, sign + 1) * 60 + _number(text, sign + 4)
    minutes = ibis.cases(
        (text.substr(sign, 1) == "+", offset), (text.substr(sign, 1) == "-", -offset), else_=0
    )
    since = day.delta(ibis.literal(_FIRST_DAY, "date"), unit="day")
    instant = (since * 86_400 + seconds - minutes * 60) * 1_000_000 + fraction
    has_time = day.notnull() & (text.length() > 10)
    return Moment(day, ibis.cases((has_time, instant)), ibis.cases((has_time, seconds / 3600)))


def _number(text: ir.StringValue, start: int | ir.IntegerValue) -> ir.IntegerValue:
    """Return the two digits from ``start`` on."""
    return text.substr(start, 2).try_cast("int64")
