"""The record that the rows of one patient in the tables stand for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds_engine.cohort.backend import DuckDB
from cds_engine.cohort.tables.files import open_folder
from cds_engine.cohort.tables.layout import EVENTS, HISTORY, EventLayout, Layout, TableName, layouts
from cds_engine.cohort.tables.reading import Loaded, load
from cds_engine.cohort.tables.scratch import ScratchTables
from cds_engine.evaluate import Engine
from cds_engine.quantities.numbers import to_json

Row = Mapping[str, Any]
_PATIENT = ("birth_date", "age_years", "sex", "deceased_date")


def record_from_tables(
    folder: Path, engine: Engine, patient_id: str, as_of: datetime.date, scratch: Path
) -> dict[str, Any] | None:
    """Return the record of a patient, as JSON data; None if the tables do not have the patient.

    Args:
        folder: the folder of the tables.
        engine: the engine of the rulebook.
        patient_id: the patient.
        as_of: the day of a patient without one.
        scratch: a folder for temporary files.

    Raises:
        ProblemsError: with everything that is wrong with the tables.
    """
    shapes = layouts(engine.history_fields)
    files = open_folder(folder, shapes).tables
    tables = ScratchTables(DuckDB(scratch, "1GB"), scratch)
    rows: dict[TableName, list[Row]] = {}
    with tables.scope():
        for name, layout in shapes.items():
            if name in files:
                rows[name] = _rows(load(files[name], layout, tables), layout, tables, patient_id)
    patients = rows.get("patient", [])
    return _record(patients[0], rows, as_of) if patients else None


def _rows(loaded: Loaded, layout: Layout, tables: ScratchTables, patient_id: str) -> list[Row]:
    """Return the rows of a patient, with every cell as its column's type and a moment as it is written."""
    cells = loaded.cells()
    columns = {
        name: cells.written(name) if kind == "moment" else cells[name]
        for name, kind in layout.columns.items()
        if cells.has(name)
    }
    found = loaded.table.filter(cells["patient_id"] == patient_id).select(**columns)
    rows: list[Row] = tables.backend.connection.to_pyarrow(found).to_pylist()
    return rows


def _record(patient: Row, rows: Mapping[TableName, list[Row]], as_of: datetime.date) -> dict[str, Any]:
    person = {"id": patient["patient_id"], **_known(patient, _PATIENT)}
    record: dict[str, Any] = {"patient": person, "as_of": _json(patient.get("as_of") or as_of)}
    incomplete = []
    for name, event in EVENTS.items():
        if name in rows and patient.get(event.recorded) is not False:
            record[event.section] = [_entry(row, event) for row in rows[name]]
        if patient.get(event.incomplete):
            incomplete.append(event.section)
    if incomplete:
        record["incomplete"] = incomplete
    history = {
        name.removeprefix(HISTORY): _json(value)
        for name, value in patient.items()
        if name.startswith(HISTORY) and value is not None
    }
    return {**record, "history": history} if history else record


def _entry(row: Row, event: EventLayout) -> dict[str, Any]:
    """Return an entry; where an omission means true, what is not known is written as null."""
    names = [name for name in event.columns if name not in ("patient_id", "dose_value", "dose_unit")]
    entry = _known(row, names)
    for name in ("present", "taken"):
        if name in row and row[name] is None:
            entry[name] = None
    dose = {name: row.get(f"dose_{name}") for name in ("value", "unit")}
    if any(value is not None for value in dose.values()):
        entry["daily_dose"] = {name: _json(value) for name, value in dose.items() if value is not None}
    return entry


def _known(row: Row, names: Any) -> dict[str, Any]:
    return {name: _json(row[name]) for name in names if row.get(name) is not None}


def _json(value: Any) -> Any:
    match value:
        case datetime.date():
            return value.isoformat()
        case Decimal():
            return to_json(value)
    return value
