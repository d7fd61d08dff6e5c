"""Compares two rulebooks in a process of its own, within limits, and writes what differs.

    python -m cds_api.workbench.difference_process QUESTION OUTPUT

The question is a JSON file: for ``before`` and ``after`` the folder of the rulebook (``rulebook``) and the
day whose numbers count (``on``, or null), and the folder of the ``features`` to run with both, or null.
Rulebooks may come from anybody: they are data, and the process has so much time and memory.
"""

from __future__ import annotations

import datetime
import json
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from cds_engine.audit.difference import compare_rulebooks
from cds_engine.audit.difference.dated import with_values_of
from cds_engine.audit.difference.markdown import to_markdown
from cds_engine.audit.difference.report import to_json
from cds_engine.audit.difference.scenarios import compare_scenarios
from cds_engine.errors import ProblemsError
from cds_engine.rulebook import Rulebook, load_rulebook

SECONDS = 300
"""The processor time of the process."""
MOST_MEMORY = 4 * 1024**3
"""The address space of the process, in bytes."""


def main(arguments: list[str]) -> int:
    """Answer the question that the arguments name."""
    question, output = map(Path, arguments)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        answer = compare(json.loads(question.read_bytes()))
    except ProblemsError as error:
        answer = {"problems": [_problem(each.source, each.line, each.message) for each in error.problems]}
    output.write_text(json.dumps(answer), encoding="utf-8")
    return 0


def compare(question: dict[str, Any]) -> dict[str, Any]:
    """Return what differs as data and as Markdown.

    Raises:
        RulebookError: if one of the rulebooks has problems.
    """
    before, after = (_open(question[side]) for side in ("before", "after"))
    difference = compare_rulebooks(before, after)
    if question["features"] is not None:
        scenarios = compare_scenarios(before, after, [Path(question["features"])])
        difference = replace(difference, scenarios=scenarios)
    return {"difference": json.loads(to_json(difference)), "markdown": to_markdown(difference)}


def _open(side: dict[str, Any]) -> Rulebook:
    rulebook = load_rulebook(Path(side["rulebook"]))
    return with_values_of(rulebook, datetime.date.fromisoformat(side["on"])) if side["on"] else rulebook


def _problem(source: str, line: int | None, message: str) -> dict[str, Any]:
    return {"source": source, "line": line, "message": message}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
