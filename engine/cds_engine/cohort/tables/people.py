"""The patients themselves: their day, age, death and history."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.tables.cells import Cells, Fault, expected
from cds_engine.cohort.tables.layout import EVENTS, HISTORY
from cds_engine.quantities.numbers import LARGEST
from cds_engine.record.models import MAX_TEXT, OLDEST

SEXES = ("male", "female", "other", "unknown")
AGE = "age"
_COUNT = "int64"


def people(cells: Cells, as_of: datetime.date, unrecorded: Collection[str] = ()) -> ir.Table:
    """Return the patients: id, ``as_of``, ``deceased``, :data:`AGE`, history and what was recorded of them.

    Nothing was of anybody in what ``unrecorded`` names.
    """
    day = _day(cells, as_of)
    history = {
        name: column.cast(_COUNT) for name, column in cells.columns.items() if name.startswith(HISTORY)
    }
    recorded = {
        event.recorded: cells[event.recorded].fill_null(True) & (event.recorded not in unrecorded)
        for event in EVENTS.values()
    }
    people = cells.table.select(
        patient_id=cells["patient_id"],
        as_of=day,
        deceased=(cells["deceased_date"] < day).fill_null(False),
        **{AGE: ibis.coalesce(_completed_years(cells["birth_date"], day), cells["age_years"].cast(_COUNT))},
        **history,
        **recorded,
    )
    return people.filter(people.patient_id.notnull())


def faults(cells: Cells, as_of: datetime.date) -> Iterator[Fault]:
    """Yield what makes a patient's own row one that no record could have."""
    yield from cells.faults()
    patient_id, day = cells["patient_id"], _day(cells, as_of)
    yield Fault(patient_id.isnull(), ibis.literal("patient_id: expected a text, found none"))
    found = patient_id.length().cast("string") + ibis.literal(" characters")
    yield Fault(
        patient_id.length() > MAX_TEXT,
        ibis.literal(f"patient_id: expected at most {MAX_TEXT} characters, found ") + found,
    )
    birth, died, sex = (cells[name] for name in ("birth_date", "deceased_date", "sex"))
    both = ibis.literal("age_years: expected birth_date or age_years, found both")
    if cells.has("birth_date") and cells.has("age_years"):
        yield Fault(cells.written("birth_date").notnull() & cells.written("age_years").notnull(), both)
    yield Fault(birth > day, expected("birth_date", "a date on or before as_of", birth))
    yield Fault(died < birth, expected("deceased_date", "a date on or after birth_date", died))
    yield Fault(sex.notin(SEXES), expected("sex", f"one of {', '.join(SEXES)}", sex))
    yield from _not_whole("age_years", cells, Decimal(OLDEST), f"a whole number from 0 to {OLDEST}")
    for name in cells.columns:
        if name.startswith(HISTORY):
            yield from _not_whole(name, cells, LARGEST, "a whole number, 0 or more")


def _day(cells: Cells, as_of: datetime.date) -> ir.DateValue:
    return cells["as_of"].fill_null(ibis.literal(as_of, "date"))


def _not_whole(name: str, cells: Cells, maximum: Decimal, wanted: str) -> Iterator[Fault]:
    if cells.has(name):
        number = cells[name]
        whole = number.cast(_COUNT).cast(number.type())
        where = (number < 0) | (number > maximum) | (whole != number)
        yield Fault(where, expected(name, wanted, cells.written(name)))


def _completed_years(birth: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    """Return completed years of age; who was born on 29 February completes a year on 1 March."""
    birthday, today = (date.month() * 100 + date.day() for date in (birth, day))
    return (day.year() - birth.year() - (today < birthday).cast("int64")).cast("int64")
