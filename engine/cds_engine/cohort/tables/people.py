"""The patients: their day, age, sex, death and history, and which of their sections may contain more."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.tables.cells import Cells, RowError, expected
from cds_engine.cohort.tables.layout import EVENTS, HISTORY, EventName
from cds_engine.language.queries import OLDEST, SEXES, Section
from cds_engine.quantities.numbers import LARGEST
from cds_engine.record.models import MAX_TEXT

AGE, SEX, INSTANT = "age_years", "sex", "as_of_instant"
_COUNT = "int64"
_WRITTEN_SEXES = (*SEXES, "unknown")


def open_section(section: Section) -> str:
    """Return the column that says whether a section may contain more than it lists."""
    return f"{section}_open"


def people(cells: Cells, as_of: datetime.date, missing: Collection[EventName] = ()) -> ir.Table:
    """Return the patients with their history and :func:`open_section` for each section.

    Every section is open whose table is ``missing``.
    """
    day = _day(cells, as_of)
    instant = cells.moment("as_of").instant
    history = {
        name: column.cast(_COUNT) for name, column in cells.columns.items() if name.startswith(HISTORY)
    }
    patients = cells.table.select(
        patient_id=cells["patient_id"],
        as_of=day,
        deceased=(cells["deceased_date"] < day).fill_null(False),
        **{
            AGE: _age(cells, day),
            SEX: cells["sex"].nullif("unknown"),
            INSTANT: ibis.null("int64") if instant is None else instant,
        },
        **history,
        **_open_sections(cells, missing),
    )
    return patients.filter(patients.patient_id.notnull())


def _open_sections(cells: Cells, missing: Collection[EventName]) -> Mapping[str, ir.BooleanValue]:
    return {
        open_section(event.section): ibis.literal(True)
        if name in missing
        else ~cells[event.recorded].fill_null(True) | cells[event.incomplete].fill_null(False)
        for name, event in EVENTS.items()
    }


def errors(cells: Cells, as_of: datetime.date) -> Iterator[RowError]:
    """Yield what is wrong with a patient's own row."""
    yield from cells.errors()
    patient_id, day = cells["patient_id"], _day(cells, as_of)
    yield RowError(patient_id.isnull(), ibis.literal("patient_id: expected a text, found none"))
    found = patient_id.length().cast("string") + ibis.literal(" characters")
    yield RowError(
        patient_id.length() > MAX_TEXT,
        ibis.literal(f"patient_id: expected at most {MAX_TEXT} characters, found ") + found,
    )
    birth, died, sex = (cells[name] for name in ("birth_date", "deceased_date", "sex"))
    both = ibis.literal("age_years: expected birth_date or age_years, found both")
    if cells.has("birth_date") and cells.has("age_years"):
        yield RowError(cells.written("birth_date").notnull() & cells.written("age_years").notnull(), both)
    yield RowError(birth > day, expected("birth_date", "a date on or before as_of", birth))
    yield RowError(died < birth, expected("deceased_date", "a date on or after birth_date", died))
    yield RowError(sex.notin(_WRITTEN_SEXES), expected("sex", f"one of {', '.join(_WRITTEN_SEXES)}", sex))
    yield from _not_whole("age_years", cells, Decimal(OLDEST), f"a whole number from 0 to {OLDEST}")
    for name in cells.columns:
        if name.startswith(HISTORY):
            yield from _not_whole(name, cells, LARGEST, "a whole number, 0 or more")


def _day(cells: Cells, as_of: datetime.date) -> ir.DateValue:
    return cells["as_of"].fill_null(ibis.literal(as_of, "date"))


def _not_whole(name: str, cells: Cells, maximum: Decimal, wanted: str) -> Iterator[RowError]:
    if cells.has(name):
        number = cells[name]
        whole = number.cast(_COUNT).cast(number.type())
        where = (number < 0) | (number > maximum) | (whole != number)
        yield RowError(where, expected(name, wanted, cells.written(name)))


def _age(cells: Cells, day: ir.DateValue) -> ir.IntegerValue:
    """Return completed years of age; NULL where a date of birth implies an implausible age.

    A person born on 29 February completes a year on 1 March.
    """
    birth = cells["birth_date"]
    birthday, today = (date.month() * 100 + date.day() for date in (birth, day))
    years = (day.year() - birth.year() - (today < birthday).cast("int64")).cast("int64")
    return ibis.coalesce(ibis.cases((years <= OLDEST, years)), cells["age_years"].cast(_COUNT))
