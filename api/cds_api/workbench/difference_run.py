"""Compares two rulebooks for a page, in a process of its own."""

from __future__ import annotations

import asyncio
import datetime
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_api.ledger.rulebooks import OWN
from cds_api.problems import ApiError
from cds_api.workbench.processes import run_python
from cds_api.workbench.uploads import Files, write_files
from cds_api.workbench.views.book import Book

MODULE = "cds_api.workbench.difference_process"
SECONDS = 600
"""How long a comparison may take."""
AFTER = "after"
"""The folder of uploaded files."""
MOST_WAITING = 4
"""How many comparisons may wait for the one that is running."""


@dataclass(frozen=True)
class Side:
    """One of the rulebooks: a served one or uploaded files, on all days or with the numbers of one day."""

    book: Book
    """The rulebook that is served; uploaded files may be based on it."""
    files: Files | None = None
    """The files to use instead of those of ``book``."""
    on: datetime.date | None = None

    @property
    def text(self) -> str:
        """What it is, in words."""
        name = f"{self.book.rulebook.id} {self.book.rulebook.version}"
        name = "the uploaded rulebook" if self.files is not None else name
        return f"{name} with the numbers of {self.on}" if self.on else name

    def question(self, folder: Path) -> dict[str, str | None]:
        """Return the side for the process; uploaded files are written below ``folder``."""
        root = self.book.rulebook.root.absolute()
        if self.files is not None:
            root = write_files(self.files, folder)
        return {"rulebook": str(root), "on": self.on.isoformat() if self.on else None}


class DifferenceRuns:
    """Compares rulebooks, one pair at a time in each process of the service."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0

    async def run(self, before: Side, after: Side, *, scenarios: bool) -> dict[str, Any]:
        """Return what differs, or the problems of an uploaded rulebook.

        Raises:
            ApiError: 503, if too many wait, or if it takes too long.
        """
        if self._waiting >= MOST_WAITING:
            raise ApiError(
                503, "Other rulebooks are being compared; try again.", headers={"Retry-After": "30"}
            )
        self._waiting += 1
        try:
            async with self._lock:
                return await _run(before, after, scenarios=scenarios)
        finally:
            self._waiting -= 1


async def _run(before: Side, after: Side, *, scenarios: bool) -> dict[str, Any]:
    features = before.book.features if scenarios else None
    with tempfile.TemporaryDirectory(prefix="cds-difference-") as name:
        folder = Path(name)
        question, output = folder / "question.json", folder / "answer.json"
        sides = {
            "before": before.question(folder / "before"),
            "after": after.question(folder / AFTER),
            "features": None if features is None else str(features.absolute()),
        }
        question.write_text(json.dumps(sides), encoding="utf-8")
        finished = await run_python(MODULE, [str(question), str(output)], seconds=SECONDS, folder=Path.cwd())
        if finished.code != 0 or not output.is_file():
            raise ApiError(503, "The comparison took too much time or memory. Try it without scenarios.")
        text = output.read_text(encoding="utf-8").replace(f"{folder.as_posix()}/{AFTER}/{OWN}/", "")
    answer: dict[str, Any] = json.loads(text)
    return answer
