"""Problems as SARIF 2.1.0, which code hosts show next to the lines concerned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cds_engine.errors import Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return ``problems`` as a SARIF log with one run."""
    listed = list(problems)
    codes = sorted({problem.code for problem in listed})
    driver = {"name": "cds", "rules": [{"id": code} for code in codes]}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(problem) for problem in listed]}],
    }


def _result(problem: Problem) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.source)}}
    if problem.line is not None:
        physical["region"] = {"startLine": problem.line, "startColumn": problem.column}
    return {
        "ruleId": problem.code,
        "level": "error",
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": physical}],
    }


def _uri(path: str) -> str:
    """Return a URI reference for a file; a relative path stays relative."""
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
