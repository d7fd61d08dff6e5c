"""``cds audit``: measures how well scenarios cover the rules, and proves properties of the rules."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import typer
from cds_engine.audit import audit
from cds_engine.audit.audit import Progress as Report
from cds_engine.audit.coverage_file import FILE, coverage_text, differences, digests
from cds_engine.audit.population import survey
from cds_engine.audit.report.data import to_json
from cds_engine.audit.report.html import to_html
from cds_engine.audit.report.lcov import to_lcov
from cds_engine.audit.report.problems import problems
from cds_engine.audit.report.text import to_text
from cds_engine.audit.report.traceability import to_csv
from cds_engine.audit.report.workbook import to_workbook
from cds_engine.audit.result import KINDS, About, AuditResult, Kind
from cds_engine.rulebook.model import Rulebook
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.terminology.shared import shared_cases
from rich.console import Console
from rich.progress import Progress, TaskID

from cds_api.commands.output import print_error_line, tool_version, write_output
from cds_api.commands.repository import commit_of
from cds_api.commands.rulebooks import features_of, open_engine, open_rulebook
from cds_api.commands.sarif import to_sarif

TextFormat = Literal["text", "json", "html", "lcov", "sarif", "csv"]
Format = TextFormat | Literal["xlsx"]


def check_coverage_file(given: Sequence[Path], name: str | None) -> int:
    """Check that coverage.json was written for the rulebook and features as they are; return 1 if not."""
    rulebook = open_rulebook(name)
    found = differences(rulebook, features_of(rulebook, given))
    for difference in found:
        print_error_line(difference)
    return 1 if found else 0


def run_audit(  # noqa: PLR0913 - one argument per option
    given: Sequence[Path],
    name: str | None,
    format_: Format,
    output: Path | None,
    *,
    records: Sequence[Path],
    fail_under: float | None,
    proof: bool,
    write_coverage: bool,
) -> int:
    """Audit the rulebook and write the result; return 1 if a scenario failed or too little is covered.

    Args:
        given: feature files or folders; without any, the features of the rulebook.
        name: the rulebook's name or folder, or None for the default one.
        format_: the output format.
        output: the file to write, or None for stdout.
        records: files or folders of records to survey as well.
        fail_under: the percentage required of every kind of coverage; by default that of audit.toml.
        proof: whether to prove properties of the rules.
        write_coverage: whether to write the rulebook's coverage.json.
    """
    if format_ == "xlsx" and output is None:
        raise typer.BadParameter("a workbook is no text; write it to a file: --format xlsx -o FILE")
    engine = open_engine(name)
    features = features_of(engine.rulebook, given)
    required = None if fail_under is None else dict.fromkeys(KINDS, fail_under)
    today = datetime.datetime.now(datetime.UTC).date()
    result = audit_rulebook(engine.rulebook, features, today, required=required, proof=proof)
    if records:
        result = replace(result, population=survey(engine, records, today))
    if write_coverage:
        text = coverage_text(result, result.about.digests)
        (engine.rulebook.root / FILE).write_text(text, encoding="utf-8", newline="\n")
    if format_ == "xlsx":
        assert output is not None
        output.write_bytes(to_workbook(result))
    else:
        write_output(_format(result, format_), output)
    return 0 if result.passed else 1


def audit_rulebook(
    rulebook: Rulebook,
    features: Sequence[Path],
    today: datetime.date,
    *,
    required: Mapping[Kind, float] | None = None,
    proof: bool = True,
) -> AuditResult:
    """Run the features with a rulebook, audit it, and return the result with what it was made from.

    Args:
        rulebook: the rulebook.
        features: feature files or folders.
        today: the date of the audit.
        required: the percentage required of each kind of coverage; by default that of audit.toml.
        proof: whether to prove properties of the rules.
    """
    sources = digests(rulebook, features)
    with _progress() as report:
        recording = run_features(
            [*features, *shared_cases(rulebook)],
            rulebook.root,
            progress=lambda done, total: report("scenarios", done, total),
        )
        result = audit.run_audit(rulebook, recording, proof=proof, required=required, progress=report)
    about = About(today, commit_of(rulebook.root), tool_version(), sources)
    return replace(result, about=about)


def _format(result: AuditResult, format_: TextFormat) -> str:
    match format_:
        case "text":
            return to_text(result)
        case "json":
            return to_json(result)
        case "html":
            return to_html(result)
        case "lcov":
            return to_lcov(result)
        case "csv":
            return to_csv(result)
        case "sarif":
            log = to_sarif(problems(result), tool_version(), result.disclaimer)
            return json.dumps(log, indent=2) + "\n"


@contextmanager
def _progress() -> Iterator[Report]:
    """Show one progress bar per stage of the audit, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    tasks: dict[str, TaskID] = {}
    with Progress(console=Console(stderr=True), transient=True) as bars:

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report
