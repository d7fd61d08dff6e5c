"""Finds the record of a patient of a result again, in the input that the run read."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from cds_engine.cohort.deriving import id_in
from cds_engine.cohort.layouts import fact_files
from cds_engine.cohort.manifest import InputState, Manifest
from cds_engine.cohort.record_files import Document, divide, expanded, find_files
from cds_engine.cohort.tables.files import open_folder
from cds_engine.cohort.tables.layout import layouts
from cds_engine.cohort.tables.record import record_from_tables
from cds_engine.errors import EngineError, ProblemsError
from cds_engine.evaluate import Engine
from cds_engine.record.json_text import parse_json

NO_MANIFEST = "the result does not say what was read; results of newer versions do"
NO_ID = "the patient has no id"


@dataclass(frozen=True)
class FoundInput:
    """What the input has about a patient.

    ``record`` is the text of a record or FHIR Bundle. ``facts`` are the known facts, where the input consists
    of facts. If it has neither, ``reason`` says why. ``changed`` says whether files were changed after the
    run.
    """

    record: str | None = None
    facts: Mapping[str, Any] | None = None
    reason: str = ""
    changed: bool = False


def find_input(
    manifest: Manifest | None, engine: Engine, patient_id: str | None, as_of: datetime.date
) -> FoundInput:
    """Return what the input of a run has about a patient who was evaluated as of a day."""
    if manifest is None:
        return FoundInput(reason=NO_MANIFEST)
    if patient_id is None:
        return FoundInput(reason=NO_ID)
    try:
        match manifest.layout:
            case "tables":
                return _in_tables(manifest, engine, patient_id)
            case "facts":
                return _in_facts(manifest, patient_id, as_of)
            case _:
                return _in_records(manifest, patient_id, as_of)
    except (ProblemsError, EngineError, OSError, pa.ArrowException) as error:
        return FoundInput(reason=f"the input cannot be read any more: {str(error).splitlines()[0]}")


def _missing(changed: bool) -> FoundInput:
    return FoundInput(reason="the input no longer has the patient", changed=changed)


def _in_tables(manifest: Manifest, engine: Engine, patient_id: str) -> FoundInput:
    folder = Path(manifest.inputs[0])
    files = open_folder(folder, layouts(engine.history_fields)).tables
    changed = _changed(manifest, [path for table in files.values() for path in table.paths])
    with tempfile.TemporaryDirectory(prefix="cds-record-") as scratch:
        record = record_from_tables(folder, engine, patient_id, manifest.as_of, Path(scratch))
    if record is None:
        return _missing(changed)
    return FoundInput(record=json.dumps(record, indent=2, ensure_ascii=False), changed=changed)


def _in_facts(manifest: Manifest, patient_id: str, as_of: datetime.date) -> FoundInput:
    paths = [file for given in manifest.inputs for path in expanded(given) for file in fact_files(path)]
    changed = _changed(manifest, paths)
    for path in paths:
        table = ds.dataset(path, format=path.suffix.removeprefix("."))
        rows = table.to_table(filter=pc.field("patient_id").cast(pa.string()) == patient_id).to_pylist()
        for row in rows:
            if len(rows) == 1 or str(row.get("as_of", as_of))[:10] == as_of.isoformat():
                known = {name: value for name, value in row.items() if value is not None}
                return FoundInput(facts=known, changed=changed)
    return _missing(changed)


def _in_records(manifest: Manifest, patient_id: str, as_of: datetime.date) -> FoundInput:
    files, _ = find_files(manifest.inputs)
    changed = _changed(manifest, files)
    best: str | None = None
    for document, value in _documents(files, patient_id):
        text = document.data.decode("utf-8", errors="replace")
        if _day(value) == as_of.isoformat():
            return FoundInput(record=text, changed=changed)
        best = best or text
    return _missing(changed) if best is None else FoundInput(record=best, changed=changed)


def _documents(files: list[Path], patient_id: str) -> Iterator[tuple[Document, Any]]:
    """Yield the documents of a patient; only those whose text contains the id are parsed."""
    spellings = {patient_id.encode(), json.dumps(patient_id)[1:-1].encode()}
    for chunk in divide(files):
        for document in chunk.documents(0):
            if any(spelling in document.data for spelling in spellings):
                try:
                    value = parse_json(document.data, document.source)
                except ProblemsError:
                    continue
                if id_in(value) == patient_id:
                    yield document, value


def _day(value: Any) -> str:
    """Return the day that a record states; empty for a Bundle and for a record without one."""
    return str(value.get("as_of") or "")[:10] if isinstance(value, dict) else ""


def _changed(manifest: Manifest, paths: list[Path]) -> bool:
    return InputState.of(paths) != manifest.state
