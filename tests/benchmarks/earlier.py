"""A single evaluation beside that of an earlier commit: the CPU time of both, in alternating rounds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks import evaluating
from tests.benchmarks.measure import Row, rate
from tests.benchmarks.server_load import BEFORE, TREE, earlier_commit

ROUNDS = 25
EVALUATIONS = 40
"""How often all examples are evaluated in a round."""
GOAL = 1


def rows() -> Iterator[Row]:
    """Yield how many times as many evaluations are made in the same CPU time."""
    with earlier_commit() as before:
        if before is None:
            return
        with ExitStack() as stack:
            pair = [stack.enter_context(_engine_of(tree)) for tree in (TREE, before)]
            for engine in pair:
                _seconds(engine)
            rounds = [(_seconds(pair[0]), _seconds(pair[1])) for _ in range(ROUNDS)]
    ratio = median(earlier / now for now, earlier in rounds)
    yield Row(
        f"whole evaluation: now / {BEFORE}",
        "CPU time, overall",
        rate(1 / median(now for now, _ in rounds)),
        rate(1 / median(earlier for _, earlier in rounds)),
        f"{ratio:.2f}",
        f">= {GOAL}",
        ratio >= GOAL,
    )


@contextmanager
def _engine_of(tree: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the engine of a source tree on its own examples, which are the same in both."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "engine")}
    command = [sys.executable, str(evaluating.__file__), str(tree / "rules" / "mianserin")]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def _seconds(engine: subprocess.Popen[str]) -> float:
    assert engine.stdin is not None
    assert engine.stdout is not None
    print(EVALUATIONS, file=engine.stdin, flush=True)
    return float(engine.stdout.readline())
