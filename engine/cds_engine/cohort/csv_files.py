"""Converts CSV to Parquet, every cell as text, so that single rows with invalid cells can be rejected."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from cds_engine.cohort.backend import ROW
from cds_engine.errors import Problem, ProblemsError

NULLS = ("", "NULL", "null", "NA")
"""The cells that mean no value."""


@dataclass(frozen=True, slots=True)
class MalformedRow:
    """A row that does not have as many cells as the heading."""

    row: int
    reason: str


def headings(path: Path) -> list[str]:
    """Return the names of the columns of a CSV file.

    Raises:
        ProblemsError: if it has no columns, has one twice, or is not in UTF-8.
    """
    names: list[str] = _open(path, []).schema.names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ProblemsError([Problem(str(path), f"duplicate column '{name}'") for name in twice])
    return names


def to_parquet(path: Path, target: Path) -> list[MalformedRow]:
    """Write the well-formed rows of a CSV file to ``target``, as numbered text; return the others.

    The number of a row, from 1 and without the heading, is in the column :data:`ROW`.

    Raises:
        ProblemsError: if the file cannot be read as CSV in UTF-8.
    """
    malformed: list[MalformedRow] = []
    reader = _open(path, malformed)
    numbers = _numbers(malformed)
    schema = reader.schema.append(pa.field(ROW, pa.int64()))
    try:
        with pq.ParquetWriter(target, schema) as writer:
            for batch in reader:
                numbered = batch.append_column(ROW, pa.array(islice(numbers, batch.num_rows), pa.int64()))
                writer.write_batch(numbered)
    except pa.ArrowInvalid as error:
        raise _unreadable(path, error) from None
    return malformed


def _open(path: Path, malformed: list[MalformedRow]) -> pc.CSVStreamingReader:
    def keep(row: pc.InvalidRow) -> str:
        reason = f"expected {row.expected_columns} cells, found {row.actual_columns}"
        malformed.append(MalformedRow(row.number - 1, reason))
        return "skip"

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file), [])
        return pc.open_csv(
            path,
            # One thread: only then are rows numbered, and malformed ones reported in order.
            pc.ReadOptions(use_threads=False),
            pc.ParseOptions(newlines_in_values=True, invalid_row_handler=keep),
            pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=NULLS, strings_can_be_null=True
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def _numbers(malformed: list[MalformedRow]) -> Iterator[int]:
    """Yield the numbers of the well-formed rows; the malformed rows before a row are known before it."""
    skipped = 0
    for number in count(1):
        if skipped < len(malformed) and malformed[skipped].row == number:
            skipped += 1
        else:
            yield number


def _unreadable(path: Path, error: Exception) -> ProblemsError:
    return ProblemsError([Problem(str(path), f"cannot be read as CSV: {str(error).splitlines()[0]}")])
