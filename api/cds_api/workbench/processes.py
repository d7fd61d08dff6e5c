"""Runs slow work of a page in a process of its own, which ends when it takes too long."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

MOST_OUTPUT = 64 * 1024
"""How many bytes of the output are kept."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a process ended; ``code`` is None if it took too long and was stopped."""

    code: int | None
    output: str
    """What it wrote to stdout and stderr."""

    @property
    def last_line(self) -> str:
        """The last line that it wrote, which names the error of a command."""
        lines = self.output.strip().splitlines()
        return lines[-1] if lines else ""


async def run_python(
    module: str,
    arguments: Sequence[str],
    *,
    seconds: float,
    folder: Path,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Finished:
    """Run a Python module in a process of its own, and wait for it.

    Everything that the process starts ends with it.

    Args:
        module: the module, as after ``python -m``.
        arguments: its arguments.
        seconds: the time limit.
        folder: the working folder.
        variables: variables of its environment, besides those of this process.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # no module is taken from the working folder
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, **variables},
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(seconds):
            output = await _read(process.stdout)
            return Finished(await process.wait(), output)
    except TimeoutError:
        return Finished(None, "")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _read(stream: asyncio.StreamReader) -> str:
    """Return the output to its end; of a long one, the end."""
    kept = b""
    while chunk := await stream.read(MOST_OUTPUT):
        kept = (kept + chunk)[-MOST_OUTPUT:]
    return kept.decode(errors="replace")
