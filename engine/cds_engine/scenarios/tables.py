"""Data tables: rows by the names of their columns, checked."""

from __future__ import annotations

from collections.abc import Sequence

from cds_engine.errors import nearest
from cds_engine.scenarios.problems import StepError


def rows(
    table: Sequence[Sequence[str]], *, required: Sequence[str], optional: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Return the rows below the header of ``table``.

    Raises:
        StepError: if a column is missing or not known, or there is no row.
    """
    header, *body = table
    known = [*required, *optional]
    for column in header:
        if column not in known:
            raise StepError(f"unknown column '{column}'{nearest(column, known)}; expected {', '.join(known)}")
    missing = [column for column in required if column not in header]
    if missing:
        raise StepError(f"the table has no column {' and no column '.join(missing)}")
    if not body:
        raise StepError("the table has no row below its header")
    return [dict(zip(header, row, strict=True)) for row in body]


def optional(row: dict[str, str], column: str) -> str | None:
    """Return a cell, or None where the column is left out or the cell empty."""
    return row.get(column) or None
