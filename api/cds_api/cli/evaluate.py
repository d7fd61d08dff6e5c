"""The options of ``cds evaluate``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cds_api.cli.options import RulebooksOption, evaluation_date

EXAMPLES = """Examples:

\b
  cds evaluate patient.json
  cds evaluate patient.json --explain
  cds evaluate --format json *.json > evaluations.ndjson
  cds evaluate bundle.json --format fhir
  cds evaluate patient.json --rulebook rules/one --rulebook rules/another
  cds evaluate bundle.json --format record --map
  echo '{}' | cds evaluate - --as-of 2026-11-23
"""


class Format(StrEnum):
    """The output formats of an evaluation."""

    TEXT = "text"
    JSON = "json"
    FHIR = "fhir"
    RECORD = "record"


def evaluate(  # noqa: PLR0913, PLR0917 - one argument per option
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...|-]", help="Records or FHIR Bundles; - is standard input."),
    ] = None,
    format_: Annotated[
        Format,
        typer.Option(
            "--format",
            help="text for people, json and fhir for programs, record for what the input is read as.",
        ),
    ] = Format.TEXT,
    sources: Annotated[
        bool,
        typer.Option("--map", help="With --format record: print the record with the source of each value."),
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show every condition of every rule, also of rules that did not fire."
        ),
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="The date (or timestamp) to evaluate for if the input has none. [default: now (UTC)]",
        ),
    ] = None,
    rulebook: RulebooksOption = None,
) -> int:
    """Evaluate patient records or FHIR R4 Bundles.

    Prints research-only advisories. Several files give one JSON evaluation per line. Several rulebooks give
    one answer, in which each advisory names its rulebook.
    """
    from cds_api.commands.evaluate import evaluate_files

    if sources and format_ is not Format.RECORD:
        raise typer.BadParameter(
            "expected --format record, of which it prints the sources", param_hint="--map"
        )
    day = evaluation_date(as_of)
    names, rulebooks = files or ["-"], rulebook or []
    return evaluate_files(names, format_.value, day, rulebooks, explain=explain, sources=sources)
