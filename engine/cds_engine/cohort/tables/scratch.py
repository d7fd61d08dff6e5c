"""Temporary tables and files: they carry tables from Python to a backend and are computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from cds_engine.cohort.backend import Backend

_NUMBERS = count()
"""Sources of one process may share a Spark session, and with it the names of its tables."""


class ScratchTables:
    """Temporary tables of ``backend``, and Parquet files in the folder ``scratch``."""

    def __init__(self, backend: Backend, scratch: Path) -> None:
        self.backend = backend
        self._scratch = scratch
        self._kept = ExitStack()

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Drop the tables and views that were made in the context when it ends."""
        outer = self._kept
        with ExitStack() as self._kept:
            yield
        self._kept = outer

    def new_path(self) -> Path:
        """Return a path at which there is nothing yet."""
        return self._scratch / f"tables-{next(_NUMBERS)}"

    def small(self, schema: Mapping[str, str], rows: Iterable[tuple[object, ...]]) -> ir.Table:
        """Return a table of few rows, such as what a code or a unit means."""
        types = ibis.schema(schema).to_pyarrow()
        named = [dict(zip(types.names, row, strict=True)) for row in rows]
        path = self.new_path()
        path.mkdir()
        pq.write_table(pa.Table.from_pylist(named, types), path / "0.parquet")
        # DuckDB reads the files of a folder where Spark reads the folder.
        files = path / "*.parquet" if self.backend.name == "duckdb" else path
        table: ir.Table = self.backend.connection.read_parquet(str(files))
        return table

    def numbered(self, patients: ir.Table) -> ir.Table:
        """Return patients with a column ``patient`` by which to join and group rows.

        DuckDB is faster with numbers than with texts. Spark would have to bring all patients to one place to
        number them, so there it is the id.
        """
        if self.backend.name == "duckdb":
            return patients.mutate(patient=ibis.row_number().cast("int32"))
        return patients.mutate(patient=patients.patient_id)

    def kept(self, table: ir.Table) -> ir.Table:
        """Return ``table``, computed once."""
        name = self._new_name()
        self._kept.enter_context(self.backend.materialized(self.backend.connection.compile(table), name))
        kept: ir.Table = self.backend.connection.table(name)
        return kept

    def view(self, table: ir.Table) -> ir.Table:
        """Return ``table`` as a view: Ibis would repeat its expressions wherever a column is used."""
        name = self._new_name()
        view: ir.Table = self.backend.connection.create_view(name, table)
        self._kept.callback(self.backend.connection.drop_view, name)
        return view

    def _new_name(self) -> str:
        return f"tables_{next(_NUMBERS)}"
