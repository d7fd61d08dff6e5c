"""The interface of the layouts: partitions of the input, each with its facts and rejected rows."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import ibis
import ibis.expr.types as ir

from cds_engine.cohort import Layout
from cds_engine.cohort.backend import Backend
from cds_engine.evaluate import Engine
from cds_engine.inference.edition import Edition

REJECTS = ibis.schema({"source": "string", "row": "int64", "patient_id": "string", "reason": "string"})
"""A rejected row: the file or table, the line or row in it (from 1), the patient, and the error.

``row`` and ``patient_id`` are NULL if they are not known. A patient may be rejected for several reasons.
"""
UNUSED = ibis.schema({"fact": "string", "values": "int64"})


@dataclass(frozen=True)
class Span:
    """The days on which one edition of the rulebook is valid; None stands for no first or last day."""

    edition: Edition
    since: datetime.date | None
    until: datetime.date | None
    """The first day on which it is no longer valid."""

    def rows(self, table: ir.Table) -> ir.Table:
        """Return the rows of ``table`` whose ``as_of`` is in the span."""
        if self.since is not None:
            table = table.filter(table.as_of >= ibis.literal(self.since, "date"))
        if self.until is not None:
            table = table.filter(table.as_of < ibis.literal(self.until, "date"))
        return table


def spans(engine: Engine) -> list[Span]:
    """Return the spans of all editions, which together cover every day once."""
    days = engine.rulebook.editions
    bounds: list[datetime.date | None] = [None, *days, None]
    first = days[0] - datetime.timedelta(days=1) if days else datetime.date.min
    return [Span(engine.edition(since or first), since, until) for since, until in pairwise(bounds)]


@dataclass(frozen=True)
class Partition:
    """A part of the input that is done or not done as a whole."""

    name: str
    weight: int
    """The number of rows or bytes, for the progress bar."""


@dataclass(frozen=True)
class Batch:
    """The facts of one partition."""

    partition: Partition
    facts: Callable[[Span], ir.Table]
    """The rows of a span, with the columns that ``evaluate_rules`` reads."""
    rejects: ir.Table
    """The rows that are not among the facts, with the schema :data:`REJECTS`."""
    unused: ir.Table | None = None
    """How many values of each fact are implausible and so unknown, with the schema :data:`UNUSED`."""


class Source(Protocol):
    """Input in one layout."""

    @property
    def layout(self) -> Layout:
        """The name of the layout."""

    @property
    def partitions(self) -> Sequence[Partition]:
        """The parts of the input, always the same for the same input."""

    @property
    def files(self) -> Sequence[Path]:
        """The files to read."""

    @property
    def notices(self) -> Sequence[str]:
        """Notices about the input as a whole, such as a column that is not a fact."""

    def read(self, todo: Sequence[Partition], backend: Backend, scratch: Path) -> Iterator[Batch]:
        """Yield the batches of ``todo`` in any order, with temporary files in the folder ``scratch``."""
        ...
