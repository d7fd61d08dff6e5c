"""The folder of a result, opened: its figures, the patients behind one, and the outcomes of a patient."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq

from cds_engine.cohort.backend import DuckDB
from cds_engine.cohort.manifest import Manifest, read_manifest
from cds_engine.cohort.result_folders import SUMMARY
from cds_engine.cohort.rule_outcomes import AGE_BAND, KEYS
from cds_engine.errors import EngineError
from cds_engine.language.kleene import Outcome


@dataclass(frozen=True, slots=True)
class Cell:
    """Patients with an outcome of a rule, of one age band or of all ages."""

    rule: str
    outcome: Outcome
    band: str | None = None


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """A patient of a result, with the place of the row: a file of the folder, and a number from 0."""

    patient_id: str | None
    as_of: datetime.date
    file: str
    row: int
    band: str | None = None


class ResultFolder:
    """A folder that ``cds cohort evaluate`` wrote; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Open the folder ``path``.

        Raises:
            EngineError: if it is not such a folder.
        """
        self.path = path
        try:
            self.summary: Mapping[str, Any] = json.loads((path / SUMMARY).read_bytes())
            self.summary["rules"], self.summary["rulebook"]["digest"]
        except (OSError, ValueError, KeyError, TypeError):
            raise EngineError(f"{path}: not a result of `cds cohort evaluate` (no {SUMMARY})") from None
        self.files = tuple(sorted(path.glob("*.parquet")))
        if not self.files:
            raise EngineError(f"{path}: not a complete result of `cds cohort evaluate` (no Parquet files)")
        self.manifest: Manifest | None = read_manifest(path)
        self._lock = threading.Lock()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of its rows."""
        return tuple(pq.read_schema(self.files[0]).names)

    @property
    def has_ages(self) -> bool:
        """Whether each row has the age band of its patient, which older results lack."""
        return AGE_BAND in self.columns

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """The rules that were evaluated."""
        return tuple(name for name in self.columns if name not in (*KEYS, AGE_BAND))

    def count(self, cell: Cell) -> int:
        """Return how many patients are in a cell."""
        with self._lock:
            return int(self._connection.to_pyarrow(self._in(cell).count()).as_py())

    def patients(self, cell: Cell, first: int, number: int) -> list[FoundPatient]:
        """Return ``number`` patients of a cell from number ``first`` on, in the order of the files."""
        rows = self._in(cell).order_by("filename", "file_row_number").limit(number, offset=first)
        kept = [*KEYS, "filename", "file_row_number", *([AGE_BAND] if self.has_ages else [])]
        with self._lock:
            found = self._connection.to_pyarrow(rows.select(*kept)).to_pylist()
        return [_patient(row) for row in found]

    def outcomes(self, file: str, row: int) -> tuple[FoundPatient, Mapping[str, str]]:
        """Return a patient and the outcome of every rule.

        Raises:
            KeyError: if there is no such row.
        """
        path = self.path / file
        if path not in self.files:
            raise KeyError(file)
        rows = self._rows.filter(self._rows.filename == str(path), self._rows.file_row_number == row)
        with self._lock:
            found = self._connection.to_pyarrow(rows).to_pylist()
        if not found:
            raise KeyError(row)
        return _patient(found[0]), {name: str(found[0][name]) for name in self.rules}

    @cached_property
    def _connection(self) -> Any:
        return DuckDB(memory="1GB").connection

    @cached_property
    def _rows(self) -> ir.Table:
        files = [str(path) for path in self.files]
        rows: ir.Table = self._connection.read_parquet(files, filename=True, file_row_number=True)
        return rows

    def _in(self, cell: Cell) -> ir.Table:
        if cell.rule not in self.rules:
            raise KeyError(cell.rule)
        rows = self._rows
        found = rows.filter(rows[cell.rule].cast("string") == ibis.literal(cell.outcome))
        if cell.band is not None and self.has_ages:
            found = found.filter(rows[AGE_BAND] == ibis.literal(cell.band))
        return found


def _patient(row: Mapping[str, Any]) -> FoundPatient:
    return FoundPatient(
        row["patient_id"] or None,
        row["as_of"],
        Path(row["filename"]).name,
        row["file_row_number"],
        row.get(AGE_BAND),
    )
