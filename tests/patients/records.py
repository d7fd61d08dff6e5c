"""Patients as native records, made from the tables: the same patients, written the other way."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from tests.patients.columns import Tables

Json = dict[str, Any]


def records(tables: Tables) -> Iterator[Json]:
    """Yield the record of each patient, in the order of the patients, as it would be parsed from JSON."""
    sections = {
        "conditions": _by_patient(tables["condition"], _entry),
        "medications": _by_patient(tables["medication"], _medication),
        "observations": _by_patient(tables["observation"], _entry),
        "symptoms": _by_patient(tables["symptom"], _entry),
    }
    for row in tables["patient"].to_pylist():
        yield _record(row, {name: entries.get(row["patient_id"], []) for name, entries in sections.items()})


def _record(row: Json, sections: Mapping[str, list[Json]]) -> Json:
    known = _known(row)
    fields = ("birth_date", "age_years", "sex", "deceased_date")
    record = {
        "patient": {"id": row["patient_id"]} | {name: known[name] for name in fields if name in known},
        "as_of": known["as_of"],
    }
    for name, entries in sections.items():
        if row.get(f"{name}_recorded") is not False:
            record[name] = entries
    history = {name: value for name, value in known.items() if name.startswith("history.")}
    if history:
        record["history"] = {name.removeprefix("history."): value for name, value in history.items()}
    return record


def _by_patient(table: pa.Table, write: Callable[[Json], Json]) -> dict[str, list[Json]]:
    entries: dict[str, list[Json]] = {}
    for row in table.to_pylist():
        entries.setdefault(row.pop("patient_id"), []).append(write(row))
    return entries


def _entry(row: Json) -> Json:
    """Return an entry; a record takes what it does not say for present, so what is not known is said."""
    entry = _known(row)
    if "present" in row:
        entry.pop("present", None)
        if row["present"] is not True:
            entry["present"] = row["present"]
    return entry


def _medication(row: Json) -> Json:
    entry = _known(row)
    dose = {name: entry.pop(f"dose_{name}") for name in ("value", "unit") if f"dose_{name}" in entry}
    return {**entry, "daily_dose": dose} if dose else entry


def _known(row: Json) -> Json:
    """Return what is not null, as JSON has it: dates as texts, whole numbers without a point."""
    return {name: _json(value) for name, value in row.items() if value is not None}


def _json(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
