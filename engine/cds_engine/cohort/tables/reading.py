"""The files of a table as a table of a backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.backend import ROW
from cds_engine.cohort.csv_files import MalformedRow, to_parquet
from cds_engine.cohort.tables.cells import Cells
from cds_engine.cohort.tables.files import TableFiles
from cds_engine.cohort.tables.layout import TYPES, Layout
from cds_engine.cohort.tables.scratch import ScratchTables


@dataclass(frozen=True)
class Loaded:
    """A table of a backend with the columns of its layout and :data:`ROW`, and how its cells are read."""

    table: ir.Table
    layout: Layout
    texts: bool = False
    misshapen: Sequence[MalformedRow] = ()
    """The rows of a CSV file that are no rows of the table."""

    def cells(self, table: ir.Table | None = None) -> Cells:
        """Return the cells of the table, or of another one that has its columns."""
        return Cells(self.table if table is None else table, self.layout, texts=self.texts)

    def filtered(self, share: Callable[[ir.Value], ir.BooleanValue]) -> Loaded:
        """Return the rows of a share of the patients."""
        return replace(self, table=self.table.filter(share(self.cells()["patient_id"])))


def load(files: TableFiles | None, layout: Layout, scratch: ScratchTables) -> Loaded:
    """Return a table; one that is missing has no rows. CSV is read by way of a file of passing use."""
    if files is None:
        return Loaded(_nothing(layout, scratch), layout)
    if files.is_csv:
        written = scratch.new_path()
        misshapen = to_parquet(files.paths[0], written)
        return Loaded(scratch.backend.rows(written).select(*files.columns, ROW), layout, True, misshapen)
    if len(files.paths) == 1:
        table = scratch.backend.rows(files.paths[0]).select(*files.columns, ROW)
        return Loaded(_typed(table, files, layout), layout)
    # Rows are numbered within a file, and which file it was is not told.
    table = scratch.backend.connection.read_parquet([str(path) for path in files.paths])
    table = table.select(*files.columns).mutate(**{ROW: ibis.null("int64")})
    return Loaded(_typed(table, files, layout), layout)


def _typed(table: ir.Table, files: TableFiles, layout: Layout) -> ir.Table:
    return table.mutate(**{name: ibis.null(TYPES[layout.columns[name]]) for name in files.untyped})


def _nothing(layout: Layout, scratch: ScratchTables) -> ir.Table:
    types: Mapping[str, str] = {name: TYPES[kind] for name, kind in layout.columns.items()}
    return scratch.small({**types, ROW: "int64"}, ())
