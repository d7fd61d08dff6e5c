"""Verifies the whole ledger for a page, in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_api.problems import ApiError
from cds_api.settings import Settings
from cds_api.workbench.processes import run_python
from cds_api.workbench.views.decisions import verification_report

SECONDS = 60
"""How long a verification may take: enough for some hundred thousand decisions."""
COMMAND = "cds ledger verify"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a verification reported, or why it did not."""

    report: Mapping[str, Any] | None
    problem: str = ""


class LedgerCheck:
    """Verifies the ledger, once at a time in each process of the service."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()

    async def run(self) -> Checked:
        """Verify the ledger.

        Raises:
            ApiError: 503, if it is being verified already.
        """
        if self._lock.locked():
            raise ApiError(503, "The ledger is being verified; try again.", headers={"Retry-After": "10"})
        async with self._lock:
            finished = await run_python(
                "cds_api",
                ["ledger", "verify", "--format", "json"],
                seconds=SECONDS,
                folder=Path.cwd(),
                variables=self._settings.environment(),
            )
        if finished.code is None:
            return Checked(None, f"It takes longer than {SECONDS} seconds.")
        report = verification_report(finished.output)
        return Checked(
            report, "" if report is not None else "It could not be read, or has very many findings."
        )
