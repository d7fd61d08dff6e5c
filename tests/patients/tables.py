"""Native records as tables: the inverse of :mod:`tests.patients.records`, for whatever a record may say."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.patients.records import Json

TEXT, DATE, NUMBER, TRUTH = pa.string(), pa.date32(), pa.float64(), pa.bool_()
SECTIONS = {
    "conditions": "condition",
    "medications": "medication",
    "observations": "observation",
    "symptoms": "symptom",
}
COLUMNS: Mapping[str, Mapping[str, pa.DataType]] = {
    "patient": {
        "patient_id": TEXT,
        "as_of": TEXT,
        "birth_date": DATE,
        "age_years": pa.int64(),
        "sex": TEXT,
        "deceased_date": DATE,
        **{f"{section}_recorded": TRUTH for section in SECTIONS},
        **{f"{section}_incomplete": TRUTH for section in SECTIONS},
    },
    "condition": {"patient_id": TEXT, "code": TEXT, "present": TRUTH, "onset": DATE, "resolved": DATE},
    "medication": {
        "patient_id": TEXT,
        "drug": TEXT,
        "dose_value": NUMBER,
        "dose_unit": TEXT,
        "start": DATE,
        "stop": DATE,
        "stopped": TRUTH,
        "taken": TRUTH,
        "indication": TEXT,
    },
    "observation": {
        "patient_id": TEXT,
        "code": TEXT,
        "value": NUMBER,
        "unit": TEXT,
        "date": TEXT,
        "status": TEXT,
    },
    "symptom": {"patient_id": TEXT, "code": TEXT, "present": TRUTH, "severity": TEXT},
}
"""A moment is a text, which may be a date or a timestamp."""
DEFAULTS = {"present": True, "taken": True, "stopped": False}


def tables_of(records: Iterable[Json]) -> dict[str, pa.Table]:
    """Return the tables that say what ``records`` say; each patient has an id."""
    rows: dict[str, list[Json]] = {name: [] for name in COLUMNS}
    for record in records:
        patient = dict(record.get("patient", {}))
        key = {"patient_id": patient.pop("id")}
        rows["patient"].append(
            {
                **key,
                "as_of": record.get("as_of"),
                **patient,
                **{f"history.{name}": value for name, value in record.get("history", {}).items()},
                **{f"{section}_recorded": section in record for section in SECTIONS},
                **{f"{section}_incomplete": True for section in record.get("incomplete", ())},
            }
        )
        for section, table in SECTIONS.items():
            defaults = {name: value for name, value in DEFAULTS.items() if name in COLUMNS[table]}
            rows[table] += [{**key, **defaults, **_flat(entry)} for entry in record.get(section, ())]
    return {name: _table(of, COLUMNS[name]) for name, of in rows.items()}


def write_folder(folder: Path, tables: Mapping[str, pa.Table]) -> Path:
    """Write tables as Parquet into a new folder."""
    folder.mkdir()
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def _flat(entry: Json) -> Json:
    dose = entry.get("daily_dose") or {}
    own = {name: value for name, value in entry.items() if name != "daily_dose"}
    return own | {f"dose_{name}": value for name, value in dose.items()}


def _table(rows: list[Json], columns: Mapping[str, pa.DataType]) -> pa.Table:
    history = {name: pa.int64() for row in rows for name in row if name.startswith("history.")}
    schema = pa.schema({**columns, **history})
    written = [{name: _cell(value, schema.field(name).type) for name, value in row.items()} for row in rows]
    return pa.Table.from_pylist(written, schema)


def _cell(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if kind == DATE:
        return datetime.date.fromisoformat(value)
    if kind == NUMBER:
        return float(value)
    return int(value) if kind == pa.int64() else value
