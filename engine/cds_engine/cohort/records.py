"""The records layout: native records and FHIR R4 Bundles, from which a process per core derives facts.

NDJSON (``.ndjson``, ``.jsonl``, or either compressed as ``.gz``) has a document per line, a ``.json`` file
has one. A record may have its own ``as_of``; a Bundle is read as of the run's day. A patient without an id
has none in the facts either. A document that cannot be read is rejected, with every reason.
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
from cds_engine.cohort.record_files import LineCount, divide, find_files
from cds_engine.cohort.source import Batch, Partition
from cds_engine.cohort.workers import Workers
from cds_engine.evaluate import Engine


class Records:
    """Files of records, read by several processes.

    Args:
        inputs: files, folders (with all files below them), and patterns of either.
        engine: the engine of the rulebook.
        as_of: the day for Bundles, and for records without one.
        processes: how many processes read; by default, one per available core.
        chunk_size: the bytes of a partition; by default, it depends on the size of the input.

    Raises:
        RecordError: if an input does not exist or contains no records.
    """

    layout: Layout = "records"

    def __init__(
        self,
        inputs: Iterable[str | Path],
        engine: Engine,
        as_of: datetime.date,
        *,
        processes: int | None = None,
        chunk_size: int | None = None,
    ) -> None:
        self.files, self.notices = find_files(inputs)
        self.engine = engine
        self.as_of = as_of
        self.processes = processes or _cores()
        self._chunks = {
            f"part-{number:05}": chunk for number, chunk in enumerate(divide(self.files, chunk_size))
        }
        self.partitions = [Partition(name, chunk.size) for name, chunk in self._chunks.items()]

    def read(
        self, todo: Sequence[Partition], backend: Backend, scratch: Path
    ) -> Generator[Batch, None, None]:
        """Yield the facts of each partition as it is done; its files last until the next batch is taken.

        Raises:
            RecordError: if a file cannot be read to its end, since its other records would be missing.
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
        for name, chunk in self._chunks.items():
            if name in wanted:
                yield Task(name, chunk, lines.before(chunk), scratch)


def _cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _batch(partition: Partition, task: Task, backend: Backend) -> Batch:
    facts = backend.connection.read_parquet(task.facts)
    rejects = backend.connection.read_parquet(task.rejects)
    return Batch(partition, lambda span: span.rows(facts), rejects)
