"""Runs an audit for a page, in a process of its own, and keeps its result with the rulebook."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cds_api.workbench.processes import run_python
from cds_api.workbench.views.book import Book
from cds_api.workbench.views.coverage import AuditFigures, AuditReports

SECONDS = 600
"""How long an audit may take."""
FINISHED = (0, 1)
"""The exit codes of an audit that has a result; 1 says that something is missing."""


MODULE = "cds_api.workbench.audit_process"
AUDIT, SHOWN, CSV, WORKBOOK = "audit.json", "shown.json", "traceability.csv", "audit.xlsx"
"""The files that the process writes."""


@dataclass
class AuditRun:
    """The latest audit that somebody started from a page."""

    started: float
    task: asyncio.Task[None]
    error: str = ""

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self.task.done()

    @property
    def seconds(self) -> int:
        """The seconds since it was started."""
        return int(time.monotonic() - self.started)


class AuditRuns:
    """The audits of this process, one at a time for each rulebook.

    With several workers, each keeps the results of the audits that it ran.
    """

    def __init__(self) -> None:
        self._runs: dict[str, AuditRun] = {}

    def of(self, book: Book) -> AuditRun | None:
        """Return the latest run for a rulebook, if there was one."""
        return self._runs.get(book.rulebook.digest)

    def start(self, book: Book) -> AuditRun:
        """Start an audit in the background, unless one is running."""
        current = self.of(book)
        if current is None or not current.running:
            current = AuditRun(time.monotonic(), asyncio.create_task(self._run(book)))
            self._runs[book.rulebook.digest] = current
        return current

    async def _run(self, book: Book) -> None:
        assert book.features is not None
        with tempfile.TemporaryDirectory(prefix="cds-audit-") as folder:
            arguments = [str(book.rulebook.root.absolute()), str(book.features.absolute()), folder]
            finished = await run_python(MODULE, arguments, seconds=SECONDS, folder=Path.cwd())
            if finished.code in FINISHED and Path(folder, AUDIT).is_file():
                book.latest_audit = read_audit(Path(folder), book)
                return
        run = self.of(book)
        if run is not None:
            slow = f"it took longer than {SECONDS} seconds"
            run.error = slow if finished.code is None else finished.last_line


def read_audit(folder: Path, book: Book) -> AuditFigures:
    """Return the audit in the folder of a process that made one."""
    data = json.loads((folder / AUDIT).read_bytes())
    reports = AuditReports(
        json.loads((folder / SHOWN).read_bytes()),
        (folder / CSV).read_bytes(),
        (folder / WORKBOOK).read_bytes(),
    )
    return AuditFigures(data, current=data["rulebook"]["digest"] == book.rulebook.digest, reports=reports)
