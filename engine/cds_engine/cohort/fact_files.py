"""The facts layout: a row per patient in Parquet or CSV, with columns named after the facts.

A fact without a column is unknown, and so is a NULL. ``patient_id`` is required. Without a column, ``as_of``
is the run's day and ``deceased`` (died before ``as_of``) is false. If the metadata of a Parquet column has
the key ``unit``, it must be the unit of the fact.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from cds_engine.cohort import Layout, csv_files
from cds_engine.cohort.backend import ROW, Backend
from cds_engine.cohort.fact_columns import CheckedColumn, cast, check_fact, mistyped, type_problems
from cds_engine.cohort.rule_outcomes import DECEASED, KEYS
from cds_engine.cohort.source import REJECTS, UNUSED, Batch, Partition
from cds_engine.errors import Problem, ProblemsError, nearest
from cds_engine.evaluate import Engine
from cds_engine.record.models import FIRST_YEAR, LAST_YEAR

ROWS = 1_000_000
"""The number of rows of a partition, if the backend can read a part of a file."""


@dataclass(frozen=True)
class _RowRange(Partition):
    """A range of rows of one file."""

    path: Path
    first: int
    number: int | None


class FactFiles:
    """Files of facts; if they are ``divisible``, each part of a large file is a partition.

    Raises:
        ProblemsError: with every error in their columns.
    """

    layout: Layout = "facts"

    def __init__(
        self, paths: Sequence[Path], engine: Engine, as_of: datetime.date, *, divisible: bool
    ) -> None:
        self.files: Sequence[Path] = paths
        self.engine = engine
        self.as_of = as_of
        self.notices: list[str] = []
        problems: list[Problem] = []
        for path in paths:
            self._check(path, problems)
        if problems:
            raise ProblemsError(problems)
        chunks = [chunk for path in paths for chunk in _chunks(path, divisible)]
        self.partitions: Sequence[_RowRange] = [
            _RowRange(f"part-{number:05}", weight, path, first, rows)
            for number, (path, first, rows, weight) in enumerate(chunks)
        ]

    def _check(self, path: Path, problems: list[Problem]) -> None:
        schema = _schema(path)
        facts = self.engine.rulebook.facts
        if KEYS[0] not in schema.names:
            problems.append(Problem(str(path), f"expected a column '{KEYS[0]}', found none"))
        for field in schema:
            if field.name in facts and facts[field.name].finding is None:
                problems += type_problems(path, field, facts[field.name])
            elif field.name == KEYS[1] and not (
                pa.types.is_date(field.type) or pa.types.is_string(field.type)
            ):
                problems.append(mistyped(path, field, "a date"))
            elif field.name == DECEASED and not (
                pa.types.is_boolean(field.type) or pa.types.is_string(field.type)
            ):
                problems.append(mistyped(path, field, "true or false"))
            elif field.name in facts:
                self.notices.append(
                    f"{path}: column '{field.name}' is ignored: it is a finding, which the rulebook computes"
                )
            elif field.name not in (*KEYS, DECEASED):
                hint = nearest(field.name, facts)
                self.notices.append(f"{path}: column '{field.name}' is ignored: it is not a fact{hint}")

    def read(self, todo: Sequence[Partition], backend: Backend, scratch: Path) -> Iterator[Batch]:
        """Yield the facts and the rejected rows of each partition."""
        for chunk in todo:
            assert isinstance(chunk, _RowRange)
            if chunk.path.suffix == ".csv":
                written = scratch / f"{chunk.name}.parquet"
                malformed = csv_files.to_parquet(chunk.path, written)
                table = backend.connection.read_parquet(written)
            else:
                malformed = []
                table = backend.rows(chunk.path, chunk.first, chunk.number)
            yield self._batch(chunk, table, malformed)

    def _batch(self, chunk: _RowRange, table: ir.Table, malformed: list[csv_files.MalformedRow]) -> Batch:
        cells = self._cells(table)
        invalid = reduce(or_, (cell.invalid for cell in cells.values()))
        reason = reduce(lambda text, cell: text + cell, (_reason(table, *item) for item in cells.items()))
        who = table[KEYS[0]].cast("string")
        rejects = table.filter(invalid).select(
            source=ibis.literal(str(chunk.path)), row=table[ROW], patient_id=who, reason=reason.strip()
        )
        if malformed:
            rows = [(str(chunk.path), row.row, None, row.reason) for row in malformed]
            rejects = rejects.union(ibis.memtable(rows, schema=REJECTS))
        good = table.filter(~invalid).select(**{name: cell.value for name, cell in cells.items()})
        return Batch(chunk, lambda span: span.rows(good), rejects, _unused(table, cells))

    def _cells(self, table: ir.Table) -> dict[str, CheckedColumn]:
        who, as_of, deceased = KEYS[0], KEYS[1], DECEASED
        text = table[who].cast("string")
        cells = {who: CheckedColumn(text, (text.isnull() | (text == "")).fill_null(True), "an id")}
        today = ibis.literal(self.as_of, "date")
        if as_of in table.columns:
            day = cast(table[as_of], "date")
            years = day.value.year().between(FIRST_YEAR, LAST_YEAR)
            invalid = day.invalid | ~years.fill_null(True)
            cells[as_of] = CheckedColumn(day.value.fill_null(today), invalid, "a date written YYYY-MM-DD")
        else:
            cells[as_of] = CheckedColumn(today, ibis.literal(False), "")
        if deceased in table.columns:
            died = cast(table[deceased], "boolean")
            cells[deceased] = CheckedColumn(died.value.fill_null(False), died.invalid, "true or false")
        else:
            cells[deceased] = CheckedColumn(ibis.literal(False), ibis.literal(False), "")
        for fact in self.engine.rulebook.facts.values():
            if fact.finding is None and fact.name in table.columns:
                cells[fact.name] = check_fact(fact, table[fact.name])
        return cells


def _chunks(path: Path, divisible: bool) -> Iterator[tuple[Path, int, int | None, int]]:
    """Yield the path, first row, number of rows and weight of each part of a file."""
    if path.suffix == ".csv":
        yield path, 0, None, _lines(path)
        return
    rows = pq.read_metadata(path).num_rows
    if not divisible:
        yield path, 0, None, rows
        return
    for first in range(0, max(rows, 1), ROWS):
        number = min(ROWS, rows - first)
        yield path, first, number if rows > ROWS else None, number


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _schema(path: Path) -> pa.Schema:
    if path.suffix == ".csv":
        return pa.schema([(name, pa.string()) for name in csv_files.headings(path)])
    try:
        return pq.read_schema(path)
    except pa.ArrowInvalid as error:
        message = f"cannot be read as Parquet: {str(error).splitlines()[0]}"
        raise ProblemsError([Problem(str(path), message)]) from None


def _reason(table: ir.Table, name: str, cell: CheckedColumn) -> ir.StringValue:
    if name not in table.columns:
        return ibis.literal("")
    found = table[name].cast("string").fill_null("none")
    return cell.invalid.ifelse(ibis.literal(f"{name}: expected {cell.expected}, found ") + found + "; ", "")


def _unused(table: ir.Table, cells: dict[str, CheckedColumn]) -> ir.Table:
    flags = {name: cell.unused for name, cell in cells.items() if cell.unused is not None}
    if not flags:
        return ibis.memtable([], schema=UNUSED)
    counts = table.aggregate(**{name: flag.sum().fill_null(0) for name, flag in flags.items()})
    return counts.pivot_longer(ibis.selectors.all(), names_to="fact", values_to="values")
