"""Reads the data tables of steps."""

from __future__ import annotations

from collections.abc import Sequence

from cds_engine.errors import nearest
from cds_engine.scenarios.problems import StepError


def rows(
    table: Sequence[Sequence[str]], *, required: Sequence[str], optional: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Return the rows of ``table`` by column name.

    Raises:
        StepError: if a column is missing or unknown, or the table has no rows.
    """
    header, *body = table
    known = [*required, *optional]
    for column in header:
        if column not in known:
            raise StepError(f"unknown column '{column}'{nearest(column, known)}; expected {', '.join(known)}")
    missing = [column for column in required if column not in header]
    if missing:
        raise StepError(f"the table has no column {' or '.join(missing)}")
    if not body:
        raise StepError("the table has no rows below its header")
    return [dict(zip(header, row, strict=True)) for row in body]


def optional(row: dict[str, str], column: str) -> str | None:
    """Return a cell, or None if the column is missing or the cell is empty."""
    return row.get(column) or None
