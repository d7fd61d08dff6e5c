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
from cds_engine.audit.coverage_file import FILE, coverage_text, differences, digests
from cds_engine.audit.population import survey
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
  cds audit --check
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
    proof: Annotated[
        bool, typer.Option(help="Prove statements about the rules, and write missing scenarios.")
    ] = True,
    coverage: Annotated[
        bool,
        typer.Option(
            "--write-coverage", help="Also write coverage.json, which the API serves, beside the rulebook."
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Run nothing: fail if the rules or features changed since coverage.json was written.",
        ),
    ] = False,
    rulebook: RulebookOption = None,
) -> int:
    """Audit how well scenarios cover the rules; exit with 1 if something failed or too little is covered."""
    if coverage and not proof:
        raise typer.BadParameter("--write-coverage needs the proofs, so it excludes --no-proof")
    folder = rulebook_path(rulebook)
    engine = open_engine(rulebook)
    paths = features or [Path("features")]
    if check:
        for difference in (found := differences(engine.rulebook, paths)):
            typer.echo(difference, err=True)
        return 1 if found else 0
    required = read_required(Path("pyproject.toml"))
    if fail_under is not None:
        required = dict.fromkeys(KINDS, fail_under)
    with _progress() as report:
        recording = run_features(
            paths, folder, progress=lambda done, of: report("running scenarios", done, of)
        )
        result = run_audit(
            engine.rulebook,
            recording,
            proof=proof,
            required=required,
            progress=report,
        )
    if records:
        today = datetime.datetime.now(datetime.UTC).date()
        result = replace(result, population=survey(engine, records, today))
    if coverage:
        text = coverage_text(result, digests(engine.rulebook, paths))
        (folder / FILE).write_text(text, encoding="utf-8", newline="\n")
    write_out(_formatted(result, format_), output)
    return 0 if result.passed else 1


def read_required(path: Path) -> Mapping[str, float]:
    """Return the percentages in ``[tool.cds.audit.goals]`` of a ``pyproject.toml``; none without the file."""
    if not path.is_file():
        return {}
    try:
        table: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise typer.BadParameter(f"{path}: {error}") from None
    for key in ("tool", "cds", "audit", "goals"):
        table = table.get(key, {})
    for kind, percent in table.items():
        if kind not in KINDS or not isinstance(percent, int | float) or not 0 <= percent <= 100:
            valid = ", ".join(KINDS)
            raise typer.BadParameter(
                f"{path}: tool.cds.audit.goals: expected {valid}, each a percentage, found {kind} = {percent}"
            )
    required: Mapping[str, float] = table
    return required


def _formatted(result: AuditResult, format_: Format) -> str:
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
    """Show the progress of the audit, on a terminal only."""
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
