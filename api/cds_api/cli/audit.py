"""``cds audit``: how well scenarios cover the rules, and what can be proved about the rules."""

from __future__ import annotations

import datetime
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from cds_engine.audit import AuditResult, run_audit
from cds_engine.audit.audit import Progress as Report
from cds_engine.audit.population import survey
from cds_engine.audit.report.coverage_file import FILE, drift
from cds_engine.audit.report.data import to_json
from cds_engine.audit.report.html import to_html
from cds_engine.audit.report.lcov import to_lcov
from cds_engine.audit.report.problems import problems
from cds_engine.audit.report.text import to_text
from cds_engine.audit.result import KINDS
from cds_engine.scenarios.recorder import run_features
from rich.console import Console
from rich.progress import Progress, TaskID

from cds_api.cli.options import RulebookOption, open_engine, rulebook_path
from cds_api.cli.output import write_out
from cds_api.cli.sarif import sarif

EXAMPLES = """Examples:

\b
  cds audit
  cds audit --features my.feature --no-proof
  cds audit --format html -o audit.html
  cds audit --format lcov -o rules.lcov
  cds audit --fail-under 95
  cds audit --records patients.ndjson
"""


class Format(StrEnum):
    """How the audit is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    LCOV = "lcov"
    SARIF = "sarif"


def audit(  # noqa: PLR0913, PLR0917 - one argument an option
    features: Annotated[
        list[Path] | None,
        typer.Option("--features", metavar="PATH", help="Feature files or folders; 'features' if not given."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How the audit is written.")] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout.")
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option("--fail-under", metavar="N", min=0, max=100, help="Fail if any percentage is below N."),
    ] = None,
    records: Annotated[
        list[Path] | None,
        typer.Option("--records", metavar="PATH", help="Records (JSON, NDJSON, folders) to survey as well."),
    ] = None,
    proof: Annotated[bool, typer.Option(help="Prove what can be proved and write missing scenarios.")] = True,
    coverage: Annotated[
        bool,
        typer.Option(
            "--write-coverage", help="Also write the rulebook's coverage.json, which the API serves."
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Run no audit: fail if coverage.json is not of the rulebook as it stands."
        ),
    ] = False,
    rulebook: RulebookOption = None,
) -> int:
    """Audit how well scenarios cover the rules; exit with 1 if something failed or a goal was missed."""
    folder = rulebook_path(rulebook)
    engine = open_engine(rulebook)
    if check:
        for problem in (found := drift(engine.rulebook)):
            typer.echo(problem, err=True)
        return 1 if found else 0
    goals = dict.fromkeys(KINDS, fail_under) if fail_under is not None else read_goals(Path("pyproject.toml"))
    with _progress() as report:
        recording = run_features(
            features or [Path("features")], folder, progress=lambda done, of: report("scenarios", done, of)
        )
        result = run_audit(
            engine.rulebook,
            recording,
            proof=proof,
            goals={kind: goal for kind, goal in goals.items() if goal is not None},
            progress=report,
        )
    if records:
        today = datetime.datetime.now(datetime.UTC).date()
        result = replace(result, population=survey(engine, records, today))
    if coverage:
        (folder / FILE).write_text(to_json(result), encoding="utf-8")
    write_out(_written(result, format_), output)
    return 0 if result.passed else 1


def read_goals(path: Path) -> Mapping[str, float | None]:
    """Return the goals in ``[tool.cds.audit]`` of a ``pyproject.toml``; none if there is no such file."""
    if not path.is_file():
        return {}
    try:
        table: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise typer.BadParameter(f"{path}: {error}") from None
    for key in ("tool", "cds", "audit", "goals"):
        table = table.get(key, {})
    for kind, goal in table.items():
        if kind not in KINDS or not isinstance(goal, int | float) or not 0 <= goal <= 100:
            valid = ", ".join(KINDS)
            raise typer.BadParameter(
                f"{path}: tool.cds.audit.goals: expected {valid}, each a percentage, found {kind} = {goal}"
            )
    goals: Mapping[str, float | None] = table
    return goals


def _written(result: AuditResult, format_: Format) -> str:
    match format_:
        case Format.TEXT:
            return to_text(result)
        case Format.JSON:
            return to_json(result)
        case Format.HTML:
            return to_html(result)
        case Format.LCOV:
            return to_lcov(result)
        case Format.SARIF:
            return json.dumps(sarif(problems(result)), indent=2) + "\n"


@contextmanager
def _progress() -> Iterator[Report]:
    """Show how far the audit is, on a terminal only."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    tasks: dict[str, TaskID] = {}
    with Progress(console=console, transient=True) as bars:

        def report(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        yield report
