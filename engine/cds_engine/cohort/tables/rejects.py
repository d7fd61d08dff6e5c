"""Invalid rows, each with all of its errors.

A patient with an invalid row is not evaluated, like a record with an invalid entry.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.backend import ROW
from cds_engine.cohort.source import REJECTS
from cds_engine.cohort.tables import people
from cds_engine.cohort.tables.cells import Cells, RowError, expected
from cds_engine.cohort.tables.codes import Meanings
from cds_engine.cohort.tables.layout import EVENTS, EventName, TableName
from cds_engine.cohort.tables.reading import Loaded
from cds_engine.cohort.tables.scratch import ScratchTables
from cds_engine.language.queries import SEVERITIES
from cds_engine.record.models import MAX_TEXT
from cds_engine.record.results import PRECEDENCE, WITHDRAWN

STATUSES = (*PRECEDENCE, *sorted(WITHDRAWN))
_ID, _ROWS, _PROBLEM = "/patient", "/rows", "/problem"
"""Columns beside a table's own: the patient with the id of the row, how many have it, the unit's problem."""
_CODE = f"a text of 1 to {MAX_TEXT} characters"


def rejects(
    scratch: ScratchTables, loaded: Mapping[TableName, Loaded], meanings: Meanings, as_of: datetime.date
) -> ir.Table:
    """Return all rejected rows."""
    ids = _ids(loaded["patient"])
    found = [_patients(loaded["patient"], ids, as_of)]
    found += [_events(scratch, name, loaded[name], ids, meanings) for name in EVENTS]
    misshapen = [
        (name, row.row, None, row.reason) for name, table in loaded.items() for row in table.misshapen
    ]
    return ibis.union(*found, scratch.small(REJECTS, misshapen))


def _ids(patients: Loaded) -> ir.Table:
    """Return each patient's id once, with the number of rows that have it and the sections recorded."""
    cells = patients.cells()
    flags = {event.recorded: cells[event.recorded] for event in EVENTS.values()}
    rows = cells.table.select(**{_ID: cells["patient_id"]}, **flags).filter(ibis._[_ID].notnull())
    recorded = {flag: rows[flag].all() for flag in flags}
    return rows.group_by(_ID).agg(**{_ROWS: rows.count()}, **recorded)


def _beside(loaded: Loaded, ids: ir.Table, *columns: str) -> ir.Table:
    """Return rows with ``columns`` of their patients."""
    ids = ids.select(_ID, *columns)
    return loaded.table.left_join(ids, loaded.cells()["patient_id"] == ids[_ID])


def _patients(loaded: Loaded, ids: ir.Table, as_of: datetime.date) -> ir.Table:
    cells = loaded.cells(_beside(loaded, ids, _ROWS))
    again = cells.table[_ROWS]
    text = ibis.literal("patient_id: expected one row for a patient, found ") + again.cast("string")
    return _rejected("patient", cells, [*people.errors(cells, as_of), RowError(again > 1, text)])


def _events(
    scratch: ScratchTables, name: EventName, loaded: Loaded, ids: ir.Table, meanings: Meanings
) -> ir.Table:
    event = EVENTS[name]
    table = _beside(loaded, ids, event.recorded)
    table = _with_unit_problems(scratch, name, loaded, table, meanings)
    cells = loaded.cells(table)
    whose = cells["patient_id"]
    stranger = whose.notnull() & table[_ID].isnull()
    unrecorded = f"expected no row, because {event.recorded} of the patient is false"
    errors = [
        *cells.errors(),
        RowError(whose.isnull(), ibis.literal("patient_id: expected a text, found none")),
        RowError(stranger, expected("patient_id", "the id of a row of table patient", whose)),
        RowError(~table[event.recorded], ibis.literal(unrecorded)),
        RowError(cells[event.code].isnull(), ibis.literal(f"{event.code}: expected {_CODE}, found none")),
        *_wrong_length(event.code, cells, meanings.codes[name].invalid),
        *_OWN[name](cells, meanings),
    ]
    if _PROBLEM in table.columns:
        wrong = cells[_MEASURED[name][0]].notnull() & table[_PROBLEM].notnull()
        if name == "medication":
            wrong &= cells["taken"].fill_null(True) & cells["drug"].isin(
                sorted(meanings.codes[name].concepts)
            )
        errors.append(RowError(wrong, table[_PROBLEM]))
    return _rejected(name, cells, errors)


def _conditions(cells: Cells, _: Meanings) -> Iterator[RowError]:
    yield _out_of_order(cells, "onset", "resolved")


def _symptoms(cells: Cells, _: Meanings) -> Iterator[RowError]:
    yield _no_word_of(cells, "severity", SEVERITIES)


def _medications(cells: Cells, meanings: Meanings) -> Iterator[RowError]:
    yield _without_unit(cells, "medication")
    yield _out_of_order(cells, "start", "stop")
    yield from _wrong_length("dose_unit", cells, meanings.doses.invalid)
    yield from _wrong_length("indication", cells, meanings.indications.invalid)


def _observations(cells: Cells, meanings: Meanings) -> Iterator[RowError]:
    yield _without_unit(cells, "observation")
    yield _no_word_of(cells, "status", STATUSES)
    yield from _wrong_length("unit", cells, meanings.results.invalid)


_OWN: Mapping[EventName, Callable[[Cells, Meanings], Iterator[RowError]]] = {
    "condition": _conditions,
    "medication": _medications,
    "observation": _observations,
    "symptom": _symptoms,
}
_MEASURED: Mapping[EventName, tuple[str, str]] = {
    "medication": ("dose_value", "dose_unit"),
    "observation": ("value", "unit"),
}


def _out_of_order(cells: Cells, first: str, last: str) -> RowError:
    return RowError(cells[last] < cells[first], expected(last, f"a date on or after {first}", cells[last]))


def _no_word_of(cells: Cells, name: str, words: Sequence[str]) -> RowError:
    return RowError(cells[name].notin(words), expected(name, f"one of {', '.join(words)}", cells[name]))


def _without_unit(cells: Cells, name: EventName) -> RowError:
    value, unit = _MEASURED[name]
    text = ibis.literal(f"{unit}: expected a UCUM unit, because there is a value; found none")
    return RowError(cells[value].notnull() & cells[unit].isnull(), text)


def _wrong_length(name: str, cells: Cells, texts: Sequence[str]) -> Iterator[RowError]:
    if texts:
        yield RowError(cells[name].isin(texts), expected(name, _CODE, cells[name]))


def _with_unit_problems(
    scratch: ScratchTables, name: EventName, loaded: Loaded, table: ir.Table, meanings: Meanings
) -> ir.Table:
    """Return rows with the problems of their units, if any unit has one."""
    cells = loaded.cells(table)
    if name == "medication" and (problems := meanings.doses.units.problems):
        texts = [(unit, f"dose_unit: {problem}") for unit, problem in problems.items()]
        units = scratch.small({"/unit": "string", _PROBLEM: "string"}, texts)
        return table.left_join(units, cells["dose_unit"] == units["/unit"])
    if name == "observation" and (found := meanings.results.problems):
        pairs = [(code, unit, f"unit: {problem}") for (code, unit), problem in found.items()]
        units = scratch.small({"/code": "string", "/unit": "string", _PROBLEM: "string"}, pairs)
        same = [cells["code"] == units["/code"], cells["unit"] == units["/unit"]]
        return table.left_join(units, same)
    return table


def _rejected(source: str, cells: Cells, errors: Iterable[RowError]) -> ir.Table:
    errors = tuple(errors)
    table = cells.table.filter(reduce(operator.or_, (error.where for error in errors)))
    reasons = ibis.array([ibis.cases((error.where, error.reason)) for error in errors])
    rows = table.select(
        source=ibis.literal(source), row=table[ROW], patient_id=cells["patient_id"], reason=reasons.unnest()
    )
    return rows.filter(rows.reason.notnull()).cast(REJECTS)
