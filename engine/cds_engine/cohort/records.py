"""The records layout: native records and FHIR R4 Bundles, made into facts by a process on every core.

A document a line in NDJSON (``.ndjson``, ``.jsonl``, or either compressed as ``.gz``), or one in a ``.json``
file. A record says for itself as of when it is, if it does; a Bundle is read as of the run's date. A patient
without an id has none in the facts either. What cannot be read is rejected, with every reason.
"""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from cds_engine.cohort import Layout
from cds_engine.cohort.backend import Backend
from cds_engine.cohort.deriving import Task
from cds_engine.cohort.inputs import LineCount, find_files, share_out
from cds_engine.cohort.source import Batch, Partition
from cds_engine.cohort.workers import Workers
from cds_engine.evaluate import Engine


class Records:
    """Files of records, read by ``processes`` processes: as many as this one has cores unless told.

    ``inputs`` are files, folders, in which all files are found, and patterns of either. ``as_of`` is the date
    of Bundles, and of records that have none. ``share`` is how many bytes a partition has; unless told, that
    is as the whole input is large.

    Raises:
        RecordError: if an input is not there, or has no record in it.
    """

    layout: Layout = "records"

    def __init__(
        self,
        inputs: Iterable[str | Path],
        engine: Engine,
        as_of: datetime.date,
        *,
        processes: int | None = None,
        share: int | None = None,
    ) -> None:
        self.files, self.notices = find_files(inputs)
        self.engine = engine
        self.as_of = as_of
        self.processes = processes or _cores()
        self._shares = {
            f"part-{number:05}": share for number, share in enumerate(share_out(self.files, share))
        }
        self.partitions = [Partition(name, share.size) for name, share in self._shares.items()]

    def read(
        self, todo: Sequence[Partition], backend: Backend, scratch: Path
    ) -> Generator[Batch, None, None]:
        """Yield the facts of each partition as they are done; they last until the next is asked for.

        Raises:
            RecordError: if a file cannot be read to its end; what it holds would be missing unnoticed.
            EngineError: if a process is killed.
        """
        partitions = {partition.name: partition for partition in todo}
        tasks = self._tasks(partitions, scratch)
        number = min(self.processes, len(partitions))
        with closing(Workers(number, self.engine.rulebook, self.as_of)) as workers:
            for task in workers.work(tasks):
                yield _batch(partitions[task.name], task, backend)
                task.facts.unlink()
                task.rejects.unlink()

    def _tasks(self, wanted: Mapping[str, Partition], scratch: Path) -> Iterator[Task]:
        lines = LineCount()
        for name, share in self._shares.items():
            if name in wanted:
                yield Task(name, share, lines.before(share), scratch)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _batch(partition: Partition, task: Task, backend: Backend) -> Batch:
    facts = backend.connection.read_parquet(task.facts)
    rejects = backend.connection.read_parquet(task.rejects)
    return Batch(partition, lambda span: span.rows(facts), rejects)
