"""``cds evaluate``: evaluates records from files or standard input."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import typer
from cds_engine.combined import CombinedResult, evaluate_with_all
from cds_engine.errors import Problem, ProblemsError, RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir import FhirEvaluation, evaluate_document, read_document
from cds_engine.record.json_text import MAX_BYTES, parse_json

from cds_api.commands.output import print_problems
from cds_api.commands.rulebooks import open_engines

Format = Literal["text", "json", "fhir", "record"]


def evaluate_files(  # noqa: PLR0913 - the options of the command
    names: Sequence[str],
    format_: Format,
    as_of: datetime.date,
    rulebooks: Sequence[str],
    *,
    explain: bool,
    sources: bool = False,
) -> int:
    """Evaluate each file and print its evaluation; return the exit code.

    A file with errors does not stop the others: all errors are printed at the end. The format ``record``
    prints the native record that a file is read as instead.

    Args:
        names: paths; ``-`` is standard input.
        format_: the output format; several files give one line of JSON per file.
        as_of: the date to evaluate for, if the input has none.
        rulebooks: the names or folders of the rulebooks; without any, the default one.
        explain: whether to trace every rule.
        sources: whether a record is printed with the source of each of its values.
    """
    engines = open_engines(rulebooks)
    if format_ == "record" and len(engines) > 1:
        raise typer.BadParameter("expected one rulebook for --format record", param_hint="--rulebook")
    engine = engines[0]
    problems: list[Problem] = []
    title = len(names) > 1
    for name in names:
        try:
            if format_ == "record":
                native = read_document(engine, parse_json(read_input(name), name), as_of, source=name)
                typer.echo(native.to_json(indent=None if title else 2, sources=sources))
                continue
            result = _evaluate(engines, read_input(name), name, as_of, explain=explain)
        except ProblemsError as error:
            problems += error.problems
        else:
            _print(engines, result, format_, title=name if title else None)
    print_problems(problems)
    return 2 if problems else 0


def _evaluate(
    engines: Sequence[Engine], data: bytes, source: str, as_of: datetime.date, *, explain: bool = False
) -> FhirEvaluation | CombinedResult:
    """Evaluate one record or Bundle, given as the bytes of a JSON document, with one rulebook or several.

    Raises:
        RecordError: with every problem of the document.
    """
    document = parse_json(data, source)
    if len(engines) == 1:
        return evaluate_document(engines[0], document, as_of, explain=explain, source=source)
    return evaluate_with_all(engines, document, as_of, explain=explain, source=source)


def read_input(name: str) -> bytes:
    """Return the content of a file, cut off just above the size that the parser rejects.

    Raises:
        RecordError: if the file cannot be read.
    """
    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RecordError([Problem(name, f"cannot be read: {error.strerror}", code="file")]) from None


def _print(
    engines: Sequence[Engine], result: FhirEvaluation | CombinedResult, format_: Format, *, title: str | None
) -> None:
    """Print one evaluation; ``title`` is the name of its file if there are several."""
    indent = 2 if title is None else None
    match format_:
        case "json":
            typer.echo(result.to_json(indent=indent))
        case "fhir":
            typer.echo(result.to_fhir(indent=indent))
        case "text":
            # Only text needs Rich, which takes longer to import than a record takes to evaluate.
            from cds_api.commands.evaluation_text import print_combined, print_evaluation

            if isinstance(result, CombinedResult):
                print_combined([engine.rulebook for engine in engines], result, title=title)
            else:
                print_evaluation(engines[0].rulebook, result.evaluation, title=title)
