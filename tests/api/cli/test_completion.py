"""Shell completion offers commands, options and values."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CDS = [sys.executable, "-c", "from cds_api.cli import main; main()"]


def complete(line: str) -> list[str]:
    """Return what bash is offered for the last word of ``line``."""
    variables = {
        "_CDS_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    done = subprocess.run(CDS, env=os.environ | variables, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cds ru", ["rules", "rulebook"]),
        ("cds rules s", ["show", "schema"]),
        ("cds evaluate --for", ["--format"]),
        ("cds evaluate --format ", ["text", "json", "fhir", "record"]),
        ("cds cohort evaluate --backend s", ["spark"]),
        ("cds schema ", ["record", "evaluation"]),
    ],
)
def test_completion(line: str, offered: list[str]) -> None:
    assert complete(line) == offered
