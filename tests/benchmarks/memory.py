"""A million inferences, one after another: memory must stay flat.

They run in a process of their own, whose memory nothing else changes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from tests.benchmarks.measure import Row, rate
from tests.benchmarks.workload import examples

EVALUATIONS = 1_000_000
WARM_UP = 20_000
GOAL_MIB = 2.0


def rows() -> Iterator[Row]:
    """Run them and compare the memory before and after."""
    command = [sys.executable, "-m", "tests.benchmarks.memory"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    seconds, grown = map(float, run.stdout.split())
    yield Row(
        "memory after a million inferences",
        "overall",
        rate(EVALUATIONS / seconds),
        ratio=f"{grown:+.1f} MiB",
        goal=f"<= {GOAL_MIB:g} MiB",
        met=grown <= GOAL_MIB,
    )


def _resident_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _run(times: int) -> None:
    for example in islice(cycle(examples()), times):
        example.edition.rete.fired(example.facts)


if __name__ == "__main__":
    _run(WARM_UP)
    before, started = _resident_mib(), time.perf_counter()
    _run(EVALUATIONS)
    print(time.perf_counter() - started, _resident_mib() - before)
