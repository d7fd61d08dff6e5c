"""Rows that no record could have been made of, each with all that is wrong with it.

A patient of whom any row is rejected is not evaluated, as a record with one faulty entry is not.
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
from cds_engine.cohort.tables.cells import Cells, Fault, expected
from cds_engine.cohort.tables.codes import Meanings
from cds_engine.cohort.tables.layout import EVENTS, EventName, TableName
from cds_engine.cohort.tables.reading import Loaded
from cds_engine.cohort.tables.scratch import ScratchTables
from cds_engine.record.chart import PRECEDENCE, WITHDRAWN
from cds_engine.record.models import MAX_TEXT
from cds_engine.rulebook.model import SEVERITIES

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
    """Return each patient's id once, with what was recorded of him."""
    cells = patients.cells()
    flags = {event.recorded: cells[event.recorded] for event in EVENTS.values()}
    rows = cells.table.select(**{_ID: cells["patient_id"]}, **flags).filter(ibis._[_ID].notnull())
    recorded = {flag: rows[flag].all() for flag in flags}
    return rows.group_by(_ID).agg(**{_ROWS: rows.count()}, **recorded)


def _beside(loaded: Loaded, ids: ir.Table, *columns: str) -> ir.Table:
    """Return rows with what is known of the patient whose they are."""
    ids = ids.select(_ID, *columns)
    return loaded.table.left_join(ids, loaded.cells()["patient_id"] == ids[_ID])


def _patients(loaded: Loaded, ids: ir.Table, as_of: datetime.date) -> ir.Table:
    cells = loaded.cells(_beside(loaded, ids, _ROWS))
    again = cells.table[_ROWS]
    text = ibis.literal("patient_id: expected one row for a patient, found ") + again.cast("string")
    return _rejected("patient", cells, [*people.faults(cells, as_of), Fault(again > 1, text)])


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
    faults = [
        *cells.faults(),
        Fault(whose.isnull(), ibis.literal("patient_id: expected a text, found none")),
        Fault(stranger, expected("patient_id", "the id of a row of table patient", whose)),
        Fault(~table[event.recorded], ibis.literal(unrecorded)),
        Fault(cells[event.code].isnull(), ibis.literal(f"{event.code}: expected {_CODE}, found none")),
        *_misshapen(event.code, cells, meanings.terms[name].faulty),
        *_OWN[name](cells, meanings),
    ]
    if _PROBLEM in table.columns:
        wrong = cells[_MEASURED[name][0]].notnull() & table[_PROBLEM].notnull()
        faults.append(Fault(wrong, table[_PROBLEM]))
    return _rejected(name, cells, faults)


def _conditions(cells: Cells, _: Meanings) -> Iterator[Fault]:
    yield _out_of_order(cells, "onset", "resolved")


def _symptoms(cells: Cells, _: Meanings) -> Iterator[Fault]:
    yield _no_word_of(cells, "severity", SEVERITIES)


def _medications(cells: Cells, meanings: Meanings) -> Iterator[Fault]:
    yield _without_unit(cells, "medication")
    yield _out_of_order(cells, "start", "stop")
    yield from _misshapen("dose_unit", cells, meanings.doses.faulty)
    yield from _misshapen("indication", cells, meanings.indications.faulty)


def _observations(cells: Cells, meanings: Meanings) -> Iterator[Fault]:
    yield _without_unit(cells, "observation")
    yield _no_word_of(cells, "status", STATUSES)
    yield from _misshapen("unit", cells, meanings.results.faulty_units)


_OWN: Mapping[EventName, Callable[[Cells, Meanings], Iterator[Fault]]] = {
    "condition": _conditions,
    "medication": _medications,
    "observation": _observations,
    "symptom": _symptoms,
}
_MEASURED: Mapping[EventName, tuple[str, str]] = {
    "medication": ("dose_value", "dose_unit"),
    "observation": ("value", "unit"),
}


def _out_of_order(cells: Cells, first: str, last: str) -> Fault:
    return Fault(cells[last] < cells[first], expected(last, f"a date on or after {first}", cells[last]))


def _no_word_of(cells: Cells, name: str, words: Sequence[str]) -> Fault:
    return Fault(cells[name].notin(words), expected(name, f"one of {', '.join(words)}", cells[name]))


def _without_unit(cells: Cells, name: EventName) -> Fault:
    value, unit = _MEASURED[name]
    text = ibis.literal(f"{unit}: expected a UCUM unit, because there is a value; found none")
    return Fault(cells[value].notnull() & cells[unit].isnull(), text)


def _misshapen(name: str, cells: Cells, faulty: Sequence[str]) -> Iterator[Fault]:
    if faulty:
        yield Fault(cells[name].isin(faulty), expected(name, _CODE, cells[name]))


def _with_unit_problems(
    scratch: ScratchTables, name: EventName, loaded: Loaded, table: ir.Table, meanings: Meanings
) -> ir.Table:
    """Return rows with what is wrong with their units, where anything is wrong with any unit."""
    cells = loaded.cells(table)
    if name == "medication" and (problems := meanings.doses.sizes.problems):
        texts = [(unit, f"dose_unit: {problem}") for unit, problem in problems.items()]
        units = scratch.small({"/unit": "string", _PROBLEM: "string"}, texts)
        return table.left_join(units, cells["dose_unit"] == units["/unit"])
    if name == "observation" and (found := meanings.results.problems):
        pairs = [(code, unit, f"unit: {problem}") for (code, unit), problem in found.items()]
        units = scratch.small({"/code": "string", "/unit": "string", _PROBLEM: "string"}, pairs)
        same = [cells["code"] == units["/code"], cells["unit"] == units["/unit"]]
        return table.left_join(units, same)
    return table


def _rejected(source: str, cells: Cells, faults: Iterable[Fault]) -> ir.Table:
    faults = tuple(faults)
    table = cells.table.filter(reduce(operator.or_, (fault.where for fault in faults)))
    reasons = ibis.array([ibis.cases((fault.where, fault.reason)) for fault in faults])
    rows = table.select(
        source=ibis.literal(source), row=table[ROW], patient_id=cells["patient_id"], reason=reasons.unnest()
    )
    return rows.filter(rows.reason.notnull()).cast(REJECTS)
