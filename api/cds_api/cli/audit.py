"""The options of ``cds audit``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cds_api.cli.options import OutputOption, RulebookOption

EXAMPLES = """Examples:

\b
  cds audit
  cds audit --features my.feature --no-proof
  cds audit --format html -o audit.html
  cds audit --format xlsx -o audit.xlsx
  cds audit --format lcov -o rules.lcov
  cds audit --fail-under 95
  cds audit --records patients.ndjson
  cds audit --check
"""


class Format(StrEnum):
    """The output formats of an audit."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    LCOV = "lcov"
    SARIF = "sarif"
    CSV = "csv"
    XLSX = "xlsx"


def audit(  # noqa: PLR0913, PLR0917 - one argument per option
    features: Annotated[
        list[Path] | None,
        typer.Option(
            "--features", metavar="PATH", help="Feature files or folders. [default: those of the rulebook]"
        ),
    ] = None,
    format_: Annotated[
        Format,
        typer.Option(
            "--format",
            help="text and html for people; csv and xlsx trace claims to scenarios; the others for programs.",
        ),
    ] = Format.TEXT,
    output: OutputOption = None,
    fail_under: Annotated[
        float | None,
        typer.Option("--fail-under", metavar="N", min=0, max=100, help="Fail if any percentage is below N."),
    ] = None,
    records: Annotated[
        list[Path] | None,
        typer.Option("--records", metavar="PATH", help="Records (JSON, NDJSON, folders) to survey as well."),
    ] = None,
    proof: Annotated[
        bool, typer.Option(help="Prove properties of the rules and write the missing scenarios.")
    ] = True,
    coverage: Annotated[
        bool,
        typer.Option(
            "--write-coverage", help="Also write coverage.json, which the API serves, beside the rulebook."
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Run no audit; exit with 1 if coverage.json is out of date."),
    ] = False,
    rulebook: RulebookOption = None,
) -> int:
    """Audit how well scenarios cover the rules.

    Exits with 1 if a scenario fails or too little is covered.
    """
    if coverage and not proof:
        raise typer.BadParameter("--write-coverage needs the proofs, so it excludes --no-proof")
    from cds_api.commands.audit import check_coverage_file, run_audit

    if check:
        return check_coverage_file(features or [], rulebook)
    return run_audit(
        features or [],
        rulebook,
        format_.value,
        output,
        records=records or [],
        fail_under=fail_under,
        proof=proof,
        write_coverage=coverage,
    )
