"""``cds evaluate``: records in files or on standard input to evaluations."""

from __future__ import annotations

import datetime
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from cds_engine.errors import Problem, ProblemsError, RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir import FhirEvaluation, evaluate_document
from cds_engine.record.json_text import MAX_BYTES, parse_json

from cds_api.cli.options import RulebookOption, as_date, open_engine
from cds_api.cli.output import print_problems
from cds_api.cli.text import print_evaluation

EXAMPLES = """Examples:

\b
  cds evaluate patient.json
  cds evaluate patient.json --explain
  cds evaluate --format json *.json > evaluations.ndjson
  cds evaluate bundle.json --format fhir
  echo '{}' | cds evaluate - --as-of 2026-11-23
"""


class Format(StrEnum):
    """How evaluations are written."""

    TEXT = "text"
    JSON = "json"
    FHIR = "fhir"


def evaluate(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...|-]", help="Records or FHIR Bundles; - is standard input."),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="text for people, json and fhir for programs.")
    ] = Format.TEXT,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show every condition of every rule, also of those that did not fire."
        ),
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="The day to evaluate for, YYYY-MM-DD, where the input has none; today (UTC) if not given.",
        ),
    ] = None,
    rulebook: RulebookOption = None,
) -> int:
    """Evaluate patient records or FHIR R4 Bundles and print research-only advisories."""
    names = files or ["-"]
    day = as_date(as_of) or datetime.datetime.now(datetime.UTC).date()
    engine = open_engine(rulebook)
    problems: list[Problem] = []
    compact = len(names) > 1
    for name in names:
        try:
            answer = answer_bytes(engine, _read(name), name, day, explain=explain)
        except ProblemsError as error:
            problems += error.problems
            continue
        indent = None if compact else 2
        if format_ is Format.JSON:
            typer.echo(answer.to_json(indent=indent))
        elif format_ is Format.FHIR:
            typer.echo(answer.to_fhir(indent=indent))
        else:
            print_evaluation(engine.rulebook, answer.evaluation, title=name if compact else None)
    print_problems(problems)
    return 2 if problems else 0


def answer_bytes(
    engine: Engine, data: bytes, source: str, as_of: datetime.date, *, explain: bool = False
) -> FhirEvaluation:
    """Evaluate one record or Bundle given as the bytes of a JSON document.

    Raises:
        RecordError: with everything that is wrong with it.
    """
    return evaluate_document(engine, parse_json(data, source), as_of, explain=explain, source=source)


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RecordError([Problem(name, f"cannot be read: {error.strerror}", code="file")]) from None
