"""The processes that derive facts, each from one chunk after another, and the error if one dies."""

from __future__ import annotations

import datetime
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from cds_engine.cohort.deriving import Deriving, Task
from cds_engine.errors import EngineError, Problem, ProblemsError, RecordError
from cds_engine.rulebook.model import Rulebook

AHEAD = 2
"""Tasks that a process has at a time: the current one, and the next so that it need not wait."""


class Workers:
    """Processes that do tasks. Only tasks and problems are sent between them and this process."""

    def __init__(self, number: int, rulebook: Rulebook, as_of: datetime.date) -> None:
        # Fresh interpreters: a fork of a process whose database runs threads may deadlock.
        context = get_context("spawn")
        self._processes: dict[Connection[Any, Any], BaseProcess] = {}
        for _ in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, rulebook, as_of), daemon=True)
            process.start()
            # With the only other end of the pipe in the process, the pipe ends when the process dies.
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
        """End the processes immediately, whatever they are doing."""
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
        return EngineError(f"the process that was reading {task.chunk} {how}{hint}")


def _serve(pipe: Connection[Any, Any], rulebook: Rulebook, as_of: datetime.date) -> None:
    """Do the tasks that arrive through ``pipe``, and answer each with its problems."""
    # Ctrl-C reaches every process of the terminal, but only the main process ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    deriving = Deriving(rulebook, as_of)
    with suppress(EOFError, ConnectionError):  # the main process has ended
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
