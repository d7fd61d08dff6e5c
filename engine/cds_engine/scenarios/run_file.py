"""Runs one feature file within limits, and writes what became of each step as JSON.

    python -m cds_engine.scenarios.run_file FEATURE RULEBOOK OUTPUT SECONDS

It is a process of its own, so that text from anybody can be run: the process may use so many seconds of
processor time and so much memory. A scenario over HTTP fails, because it would start a server.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from cds_engine.errors import ProblemsError
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Recording

MOST_MEMORY = 2 * 1024**3
"""The address space of the process, in bytes."""
MOST_REASON = 20_000
"""Longer reasons are cut, in characters."""


def main(arguments: list[str]) -> int:
    """Run the file that the arguments name."""
    feature, rulebook, output, seconds = arguments
    limit = int(float(seconds))
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        report = as_data(run_features([Path(feature)], Path(rulebook), may_serve=False))
    except ProblemsError as error:
        problems = [{"line": problem.line or 1, "message": problem.message} for problem in error.problems]
        report = {"problems": problems, "scenarios": []}
    Path(output).write_text(json.dumps(report), encoding="utf-8")
    return 0


def as_data(recording: Recording) -> dict[str, Any]:
    """Return a run as JSON data: what is wrong with the file, and every scenario with its steps."""
    return {
        "problems": [
            {"line": failure.line, "message": _without_place(failure.message)}
            for failure in recording.failures
            if failure.kind == "feature"
        ],
        "scenarios": [
            {
                "name": run.scenario,
                "line": run.line,
                "steps": list(run.steps),
                "failed_at": run.failed_at,
                "reason": run.reason[:MOST_REASON],
            }
            for run in recording.runs
        ],
    }


def _without_place(message: str) -> str:
    """Return the message of a problem without its file, line and column."""
    _, _, rest = message.partition(": ")
    return (rest or message).strip()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
