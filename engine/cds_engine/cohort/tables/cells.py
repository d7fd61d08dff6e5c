"""The cells of a table as values of the types in the layout, and the cells that are no such value."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.expressions import exact
from cds_engine.cohort.tables.layout import TYPES, Kind, Layout
from cds_engine.cohort.tables.moments import Moment, read_moment
from cds_engine.quantities.numbers import LARGEST, SIGNIFICANT_DIGITS
from cds_engine.record.models import FIRST_YEAR, LAST_YEAR

NUMBER = TYPES["number"]
DECIMALS = 6
_WHOLE_DIGITS = 12
_FIRST, _LAST = datetime.date(FIRST_YEAR, 1, 1), datetime.date(LAST_YEAR, 12, 31)
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_NUMBER = rf"^-?[0-9]+(\.[0-9]{{1,{DECIMALS}}}0*)?$"
_TRUTHS = ("true", "1"), ("false", "0")
_EXPECTED: Mapping[Kind, str] = {
    "text": "a text",
    "date": f"a date from {FIRST_YEAR} to {LAST_YEAR}, written YYYY-MM-DD",
    "moment": (f"a date from {FIRST_YEAR} to {LAST_YEAR}, written YYYY-MM-DD, or a timestamp with an offset"),
    "number": (
        f"a number of at most {DECIMALS} decimals and {SIGNIFICANT_DIGITS} digits, below {LARGEST:,f}"
    ),
    "boolean": "true or false",
}


@dataclass(frozen=True)
class RowError:
    """Where in a table something is wrong, and what."""

    where: ir.BooleanValue
    reason: ir.StringValue


def expected(column: str, what: str, found: ir.Value) -> ir.StringValue:
    """Return a reason: what a column should have, and what it has."""
    text: ir.StringValue = ibis.literal(f"{column}: expected {what}, found ") + found.cast("string")
    return text


class Cells:
    """The cells of ``table``: ``cells[name]`` is a column as its type, NULL where the cell has no such value.

    A column that the table does not have is NULL. The cells of a CSV file are ``texts``. The column of a
    moment is its day.
    """

    def __init__(self, table: ir.Table, layout: Layout, *, texts: bool = False) -> None:
        self.table = table
        self._texts = texts
        self._written = {name: table[name] for name in layout.columns if name in table.columns}
        self._kinds = layout.columns
        self._moments = {
            name: read_moment(self._written[name])
            for name, kind in layout.columns.items()
            if kind == "moment" and name in self._written
        }
        self.columns: Mapping[str, ir.Value] = {name: self._read(name) for name in layout.columns}

    def __getitem__(self, name: str) -> ir.Value:
        return self.columns[name]

    def has(self, name: str) -> bool:
        """Return whether the table has a column."""
        return name in self._written

    def moment(self, name: str) -> Moment:
        """Return a column of dates or timestamps."""
        return self._moments.get(name) or Moment(self[name])

    def written(self, name: str) -> ir.Value:
        """Return a column as it is in the file, for messages."""
        return self._written[name]

    def errors(self) -> Iterator[RowError]:
        """Yield the cells with a value that their column cannot have."""
        for name, written in self._written.items():
            where = self._misfit(self._kinds[name], written, self.columns[name])
            if where is not None:
                yield RowError(where, expected(name, _EXPECTED[self._kinds[name]], written))

    def _read(self, name: str) -> ir.Value:
        kind = self._kinds[name]
        written = self._written.get(name)
        if written is None:
            return ibis.null("date" if kind == "moment" else TYPES[kind])
        if kind == "moment":
            return self._moments[name].day
        if not self._texts or kind == "text":
            return written if kind != "number" else _number(written)
        match kind:
            case "boolean":
                true, false = (written.lower().isin(words) for words in _TRUTHS)
                return ibis.cases((true, True), (false, False))
            case "date":
                return ibis.cases((written.re_search(_DATE), written.try_cast("date")))
            case _:
                return ibis.cases((written.re_search(_NUMBER), written.try_cast(NUMBER)))

    def _misfit(self, kind: Kind, written: ir.Value, value: ir.Value) -> ir.BooleanValue | None:
        found: list[ir.BooleanValue] = []
        if kind == "moment" or (self._texts and kind in ("date", "boolean")):
            found.append(written.notnull() & value.isnull())
        if kind in ("date", "moment"):
            found += [value < ibis.literal(_FIRST, "date"), value > ibis.literal(_LAST, "date")]
        if kind == "number":
            right = _is_right(written, value)
            found.append(written.notnull() & ~right.fill_null(False))
        return reduce(operator.or_, found) if found else None


def _number(written: ir.Value) -> ir.DecimalValue:
    return _of_double(written) if written.type().is_floating() else written.try_cast(NUMBER)


def _is_right(written: ir.Value, value: ir.DecimalValue) -> ir.BooleanValue:
    """Return where ``value`` is the very number that is written, or NULL."""
    if written.type().is_floating():
        return _is_decimal(written)
    if written.type().is_decimal():
        return (value.try_cast(written.type()) == written) & _is_short(value)
    return _is_short(value)


def _of_double(written: ir.FloatingValue) -> ir.DecimalValue:
    """Return the decimal that is meant by a double."""
    return _by_size(written, lambda kind: written.try_cast(kind).cast(NUMBER))


def _is_decimal(written: ir.FloatingValue) -> ir.BooleanValue:
    """Return where some decimal is meant by a double: one that leads back to it."""
    return _by_size(written, lambda kind: written.try_cast(kind).cast("float64") == written)


def _is_short(value: ir.DecimalValue) -> ir.BooleanValue:
    """Return where a decimal has no more significant digits than a double keeps apart."""
    return _by_size(value, lambda kind: value.try_cast(kind).cast(NUMBER) == value)


def _by_size(number: ir.NumericValue, found: Callable[[str], Any]) -> Any:
    """Return what is ``found`` for the type that has just the digits which a number of that size may have."""
    types = {
        digits: f"decimal({SIGNIFICANT_DIGITS}, {SIGNIFICANT_DIGITS - digits})"
        for digits in range(SIGNIFICANT_DIGITS - DECIMALS, _WHOLE_DIGITS + 1)
    }
    size = number.abs()
    within = ((size < exact(Decimal(10) ** digits), kind) for digits, kind in types.items())
    return ibis.cases(*((fits, found(kind)) for fits, kind in within))
