"""The source of facts that reads the layout ``tables``."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import ibis
import ibis.expr.types as ir

from cds_engine.cohort import Layout
from cds_engine.cohort.backend import Backend
from cds_engine.cohort.source import Batch, Partition, spans
from cds_engine.cohort.tables.cells import Cells
from cds_engine.cohort.tables.codes import Lookup
from cds_engine.cohort.tables.derivations import Plan
from cds_engine.cohort.tables.entries import Source
from cds_engine.cohort.tables.files import open_folder
from cds_engine.cohort.tables.layout import EVENTS, EventName, TableName, layouts
from cds_engine.cohort.tables.people import people
from cds_engine.cohort.tables.reading import Loaded, load
from cds_engine.cohort.tables.rejects import rejects
from cds_engine.cohort.tables.scratch import ScratchTables
from cds_engine.evaluate import Engine
from cds_engine.language.queries import Section

LAYOUT: Layout = "tables"
ROWS_OF_A_PARTITION = 6_000_000
"""Of about so many rows the derivations fit into a gigabyte or two."""


class Tables:
    """The tables in ``folder``; ``as_of`` is the day of the patients whose row does not say another.

    A patient belongs to a partition by the backend's own hash of the id: who goes on where another left off
    must do so with the same backend.

    Raises:
        ProblemsError: with everything that is wrong with the files and their columns.
    """

    layout: Layout = LAYOUT

    def __init__(
        self, folder: Path, engine: Engine, as_of: datetime.date, partitions: int | None = None
    ) -> None:
        self._engine = engine
        self._as_of = as_of
        self._layouts = layouts(engine.history_fields)
        found = open_folder(folder, self._layouts)
        self._files = found.tables
        self._of_files = found.notices
        self.notices: Sequence[str] = found.notices
        """About the files and, once they are read, about codes that are not understood."""
        self.files: Sequence[Path] = [path for table in found.tables.values() for path in table.paths]
        number = partitions or max(1, -(-found.rows // ROWS_OF_A_PARTITION))
        ends = [found.rows * end // number for end in range(number + 1)]
        self.partitions: Sequence[Partition] = tuple(
            Partition(f"part-{index:05}", end - begin) for index, (begin, end) in enumerate(pairwise(ends))
        )

    def read(self, todo: Sequence[Partition], backend: Backend, folder: Path) -> Iterator[Batch]:
        """Yield the batches of ``todo``, each with its facts in a temporary table."""
        if not todo:
            return
        scratch = ScratchTables(backend, folder)
        with scratch.scope():
            loaded = {
                name: load(self._files.get(name), layout, scratch) for name, layout in self._layouts.items()
            }
            meanings = Lookup(backend, self._engine.vocabulary).meanings(_cells(loaded))
            self.notices = (*self._of_files, *meanings.notices())
            rejected = scratch.kept(rejects(scratch, loaded, meanings, self._as_of))
            plan = Plan(spans(self._engine))
            for partition in todo:
                share = partial(self._share, self.partitions.index(partition))
                refused = rejected.filter(share(rejected.patient_id))
                mine = {name: table.filtered(share) for name, table in loaded.items()}
                patients = people(mine["patient"].cells(), self._as_of, self._missing)
                patients = patients.anti_join(refused, "patient_id")
                with scratch.scope():
                    source = Source(
                        scratch,
                        scratch.kept(scratch.numbered(patients)),
                        _cells(mine),
                        meanings,
                        self._engine.vocabulary,
                        self._incomplete,
                    )
                    facts = scratch.kept(plan.derive(source))
                    yield Batch(partition, partial(plan.of, table=facts), refused)

    @property
    def _missing(self) -> Collection[EventName]:
        """The tables that are missing."""
        return [name for name in EVENTS if name not in self._files]

    @property
    def _incomplete(self) -> Collection[Section]:
        """The sections that the table of patients may declare incomplete."""
        columns = self._files["patient"].columns
        return {event.section for event in EVENTS.values() if event.incomplete in columns}

    def _share(self, number: int, patient_id: ir.StringValue) -> ir.BooleanValue:
        """Return which patients are of a partition; rows without a patient are of some one, too."""
        parts = len(self.partitions)
        if parts == 1:
            return ibis.literal(True)
        rest = _hash(patient_id.fill_null("")) % parts
        return (rest + parts) % parts == number


def _cells(loaded: Mapping[TableName, Loaded]) -> Mapping[EventName, Cells]:
    return {name: loaded[name].cells() for name in EVENTS}


@ibis.udf.scalar.builtin(name="hash")  # type: ignore[untyped-decorator]
def _hash(text: str) -> int:  # type: ignore[empty-body]
    """Stand for the function ``hash`` of every backend; Ibis' own goes by way of a text of bits."""
