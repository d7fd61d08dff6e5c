"""Files of passing use, through which tables get from Python to a backend and are worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from cds_engine.cohort.backend import Backend

ABOUT = {"layout": "tables"}


class ScratchTables:
    """Keeps Parquet files for ``backend`` in the folder ``scratch``."""

    def __init__(self, backend: Backend, scratch: Path) -> None:
        self.backend = backend
        self._scratch = scratch
        self._numbers = count()

    def place(self) -> Path:
        """Return a path at which nothing is yet."""
        return self._scratch / f"tables-{next(self._numbers)}"

    def small(self, schema: Mapping[str, str], rows: Iterable[tuple[object, ...]]) -> ir.Table:
        """Return a table of few rows, such as what a code or a unit means."""
        types = ibis.schema(schema).to_pyarrow()
        named = [dict(zip(types.names, row, strict=True)) for row in rows]
        path = self.place()
        path.mkdir()
        pq.write_table(pa.Table.from_pylist(named, types), path / "0.parquet")
        return self._read(path)

    def kept(self, table: ir.Table) -> ir.Table:
        """Return ``table`` as it is once it was worked out."""
        path = self.place()
        self.backend.write(self.backend.connection.compile(table), path, ABOUT)
        return self._read(path)

    def view(self, table: ir.Table) -> ir.Table:
        """Return ``table`` as a view: Ibis would repeat its columns wherever they are used."""
        name = f"tables_{next(self._numbers)}"
        view: ir.Table = self.backend.connection.create_view(name, table, overwrite=True)
        return view

    def _read(self, path: Path) -> ir.Table:
        # DuckDB reads the files of a folder where Spark reads the folder.
        files = path / "*.parquet" if self.backend.name == "duckdb" else path
        table: ir.Table = self.backend.connection.read_parquet(str(files))
        return table
