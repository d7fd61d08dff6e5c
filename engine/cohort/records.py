"""The records layout: native records and FHIR R4 Bundles, made into facts by a process on every core.

A document a line in NDJSON (``.ndjson``, ``.jsonl``, or either compressed as ``.gz``), or one in a ``.json``
file. A record says for itself as of when it is, if it does; a Bundle is read as of the run's date. A patient
without an id has none in the facts either. What cannot be read is rejected, with every reason.
"""

from __future__ import annotations

import datetime
import os
import signal
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine.chart import Chart, draw_up
from engine.cohort import Layout
from engine.cohort.backend import Backend
from engine.cohort.inputs import Document, LineCount, Share, find_files, share_out
from engine.cohort.judging import DECEASED, KEYS
from engine.cohort.source import REJECTS, Batch, Partition, spans
from engine.errors import EngineError, Problem, ProblemsError, RecordError
from engine.evaluate import Engine
from engine.fhir import bundle_to_record, is_fhir
from engine.fhir.values import objects
from engine.jsontext import parse_json
from engine.record import MAX_TEXT
from engine.rulebook import files
from engine.rulebook.model import Fact, Rulebook

AHEAD = 2
"""Tasks that a process has at a time: the one it does, and the one it goes on with without waiting."""
ROWS = 5000
"""Rows that are held until they are written."""
_TYPES: Mapping[str, pa.DataType] = {"number": pa.float64(), "boolean": pa.bool_(), "code": pa.string()}


@dataclass(frozen=True, slots=True)
class Task:
    """A share to derive the facts of, and the folder to write them to."""

    name: str
    share: Share
    before: int
    """How many lines of the file end before the share."""
    folder: Path

    @property
    def facts(self) -> Path:
        """The file of facts."""
        return self.folder / f"{self.name}.facts.parquet"

    @property
    def rejects(self) -> Path:
        """The file of rejected documents."""
        return self.folder / f"{self.name}.rejects.parquet"


class Records:
    """Files of records, read by ``processes`` processes: as many as this one has cores unless told.

    ``inputs`` are files, folders, in which all files are found, and patterns of either. ``as_of`` is the date
    of Bundles, and of records that have none. ``share`` is how many bytes a partition has; unless told, that
    is as the whole input is large.

    Raises:
        RecordError: if an input is not there, or has no record in it.
    """

    layout: Layout = "records"
    unit = "bytes"

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


class Workers:
    """Processes that do tasks; nothing but the tasks passes between them and this one."""

    def __init__(self, number: int, rulebook: Rulebook, as_of: datetime.date) -> None:
        # Fresh interpreters: a fork of a process whose database runs threads may not run at all.
        context = get_context("spawn")
        self._processes: dict[Connection[Any, Any], BaseProcess] = {}
        for _ in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, rulebook, as_of), daemon=True)
            process.start()
            # With the only other end in the process, its death is the end of the pipe.
            theirs.close()
            self._processes[ours] = process

    def work(self, tasks: Iterator[Task]) -> Iterator[Task]:
        """Yield the tasks as they are done.

        Raises:
            RecordError: if a file cannot be read, or facts cannot be written.
            EngineError: if a process is killed.
        """
        given: dict[Connection[Any, Any], deque[Task]] = {pipe: deque() for pipe in self._processes}
        for pipe in [*given] * AHEAD:
            self._give(pipe, given[pipe], tasks)
        while busy := [pipe for pipe, waiting in given.items() if waiting]:
            ready = connection.wait(busy)
            for pipe in (pipe for pipe in busy if pipe in ready):
                task = given[pipe].popleft()
                try:
                    problems: tuple[Problem, ...] = pipe.recv()
                except (EOFError, ConnectionError):
                    raise self._death(pipe, task) from None
                if problems:
                    raise RecordError(problems)
                self._give(pipe, given[pipe], tasks)
                yield task

    def close(self) -> None:
        """End the processes at once, whatever they are doing."""
        for pipe, process in self._processes.items():
            pipe.close()
            process.terminate()
        for process in self._processes.values():
            process.join()

    def _give(self, pipe: Connection[Any, Any], waiting: deque[Task], tasks: Iterator[Task]) -> None:
        task = next(tasks, None)
        if task is not None:
            waiting.append(task)
            try:
                pipe.send(task)
            except ConnectionError:
                raise self._death(pipe, waiting[0]) from None

    def _death(self, pipe: Connection[Any, Any], task: Task) -> EngineError:
        process = self._processes[pipe]
        process.join()
        code = process.exitcode or 0
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        hint = "; fewer processes need less memory" if code == -signal.SIGKILL else ""
        return EngineError(f"the process that was reading {task.share} {how}{hint}")


def _serve(pipe: Connection[Any, Any], rulebook: Rulebook, as_of: datetime.date) -> None:
    """Do the tasks that come through ``pipe``, and answer each with the problems that it met."""
    # Ctrl-C reaches every process of the terminal; the one that was started ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    deriving = Deriving(rulebook, as_of)
    with suppress(EOFError, ConnectionError):  # the process that gives the tasks has ended
        while True:
            task = pipe.recv()
            problems: tuple[Problem, ...] = ()
            try:
                deriving.do(task)
            except ProblemsError as error:
                problems = error.problems
            except OSError as error:
                problems = (Problem(str(task.folder), f"cannot be written to: {error}", code="file"),)
            pipe.send(problems)


class Deriving:
    """What one process needs to make facts of documents."""

    def __init__(self, rulebook: Rulebook, as_of: datetime.date) -> None:
        self.engine = Engine(rulebook)
        self.as_of = as_of
        asked = {fact.name for span in spans(self.engine) for fact in span.edition.asked}
        self.ages = [fact for fact in rulebook.facts.values() if isinstance(fact.derivation, files.Age)]
        self.columns = [
            fact
            for fact in rulebook.facts.values()
            if fact in self.ages or (fact.name in asked and fact.derivation is not None)
        ]

    def do(self, task: Task) -> None:
        """Write the facts of a share, and the documents in it that are rejected.

        Raises:
            RecordError: if a file cannot be read.
            OSError: if the results cannot be written.
        """
        with ExitStack() as stack:
            rows = stack.enter_context(closing(_Rows(task.facts, _schema(self.columns))))
            rejects = stack.enter_context(closing(_Rows(task.rejects, REJECTS.to_pyarrow())))
            for document in task.share.documents(task.before):
                value = None
                try:
                    value = parse_json(document.data, document.source)
                    rows.add(self.row(value, document.source))
                except RecordError as error:
                    who = _id_in(value)
                    for problem in error.problems:
                        rejects.add((document.source, _row(document, problem), who, _reason(problem)))

    def row(self, value: object, source: str) -> tuple[object, ...]:
        """Return the row of facts of a parsed document.

        Raises:
            RecordError: with everything that is wrong with it.
        """
        who, chart = self._read(value, source)
        facts, _ = self.engine.edition(chart.as_of).derivations.derive(chart)
        if chart.age_years is not None:
            facts.update((fact.name, Decimal(chart.age_years)) for fact in self.ages)
        values = (facts.get(fact.name) for fact in self.columns)
        # A fact has at most 15 digits, which a double holds.
        numbers = (float(value) if isinstance(value, Decimal) else value for value in values)
        return who, chart.as_of, chart.deceased, *numbers

    def _read(self, value: object, source: str) -> tuple[str | None, Chart]:
        """Return whose a document is, and its chart; a Bundle's problems point into the Bundle."""
        if not is_fhir(value):
            return self._draw_up(value, source)
        native, _, references = bundle_to_record(value, source, self.engine.vocabulary, self.as_of)
        try:
            return self._draw_up(native, source, references.doubtful)
        except RecordError as error:
            raise RecordError(
                replace(problem, pointer=references.pointer(problem.pointer)) for problem in error.problems
            ) from None

    def _draw_up(
        self, value: object, source: str, doubtful: frozenset[str] = frozenset()
    ) -> tuple[str | None, Chart]:
        record = self.engine.read(value, source)
        chart = draw_up(record, record.as_of or self.as_of, self.engine.vocabulary, source, doubtful)
        return record.patient.id if record.patient is not None else None, chart


class _Rows:
    """Rows on their way to a Parquet file; few are held at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema)
        self._held: list[tuple[object, ...]] = []

    def add(self, row: tuple[object, ...]) -> None:
        self._held.append(row)
        if len(self._held) == ROWS:
            self._write()

    def close(self) -> None:
        if self._held:
            self._write()
        self._writer.close()

    def _write(self) -> None:
        columns = zip(*self._held, strict=True)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, self._schema, strict=True)]
        self._writer.write_batch(pa.record_batch(arrays, self._schema))
        self._held.clear()


def _schema(columns: Iterable[Fact]) -> pa.Schema:
    who, as_of = KEYS
    keys = [(who, pa.string()), (as_of, pa.date32()), (DECEASED, pa.bool_())]
    return pa.schema([*keys, *((fact.name, _TYPES[fact.kind]) for fact in columns)])


def _row(document: Document, problem: Problem) -> int:
    """Return the line of the file in which a problem is, or else the line in which its document begins."""
    return document.row + (problem.line - 1 if problem.line is not None else 0)


def _reason(problem: Problem) -> str:
    if problem.pointer:
        return f"{problem.pointer}: {problem.message}"
    return problem.message if problem.column is None else f"column {problem.column}: {problem.message}"


def _id_in(value: object) -> str | None:
    """Return whose a rejected document is, if it says so where it should."""
    if not isinstance(value, dict):
        return None
    whose = [value.get("patient")]
    if is_fhir(value):
        resources = [entry.get("resource") for entry in objects(value.get("entry"))]
        whose = [found for found in objects(resources) if found.get("resourceType") == "Patient"]
    names = [who.get("id") for who in objects(whose)]
    name = names[0] if len(names) == 1 else None
    return name if isinstance(name, str) and len(name) <= MAX_TEXT else None
