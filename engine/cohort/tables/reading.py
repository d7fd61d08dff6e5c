"""The files of a table as a table of a backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from engine.cohort.backend import ROW
from engine.cohort.csvfiles import Misshapen, to_parquet
from engine.cohort.tables.cells import Cells
from engine.cohort.tables.files import TableFiles
from engine.cohort.tables.layout import TYPES, Layout
from engine.cohort.tables.shelf import Shelf


@dataclass(frozen=True)
class Loaded:
    """A table of a backend with the columns of its layout and :data:`ROW`, and how its cells are read."""

    table: ir.Table
    layout: Layout
    texts: bool = False
    misshapen: Sequence[Misshapen] = ()
    """The rows of a CSV file that are no rows of the table."""

    def cells(self, table: ir.Table | None = None) -> Cells:
        """Return the cells of the table, or of another one that has its columns."""
        return Cells(self.table if table is None else table, self.layout, texts=self.texts)

    def filtered(self, share: Callable[[ir.Value], ir.BooleanValue]) -> Loaded:
        """Return the rows of a share of the patients."""
        return replace(self, table=self.table.filter(share(self.cells()["patient_id"])))


def load(files: TableFiles | None, layout: Layout, shelf: Shelf) -> Loaded:
    """Return a table; one that is missing has no rows. CSV is read by way of a file of passing use."""
    if files is None:
        return Loaded(_nothing(layout, shelf), layout)
    if files.is_csv:
        written = shelf.place()
        misshapen = to_parquet(files.paths[0], written)
        return Loaded(shelf.backend.rows(written).select(*files.columns, ROW), layout, True, misshapen)
    if len(files.paths) == 1:
        table = shelf.backend.rows(files.paths[0]).select(*files.columns, ROW)
        return Loaded(_typed(table, files, layout), layout)
    # Rows are numbered within a file, and which file it was is not told.
    table = shelf.backend.connection.read_parquet([str(path) for path in files.paths])
    table = table.select(*files.columns).mutate(**{ROW: ibis.null("int64")})
    return Loaded(_typed(table, files, layout), layout)


def _typed(table: ir.Table, files: TableFiles, layout: Layout) -> ir.Table:
    return table.mutate(**{name: ibis.null(TYPES[layout.columns[name]]) for name in files.untyped})


def _nothing(layout: Layout, shelf: Shelf) -> ir.Table:
    types: Mapping[str, str] = {name: TYPES[kind] for name, kind in layout.columns.items()}
    return shelf.small({**types, ROW: "int64"}, ())
