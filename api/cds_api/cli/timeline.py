"""The options of ``cds timeline``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cds_api.cli.options import OutputOption, RulebookOption, evaluation_date, given_day

EXAMPLES = """Examples:

\b
  cds timeline patient.json
  cds timeline patient.json --from 2026-01-01 --to 2026-12-31
  cds timeline bundle.json --format json
  cds timeline patient.json --format svg -o timeline.svg
"""


class Format(StrEnum):
    """The output formats of a timeline."""

    TEXT = "text"
    JSON = "json"
    SVG = "svg"


def timeline(  # noqa: PLR0913, PLR0917 - one argument per option
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="A record or a FHIR Bundle; - is standard input.")
    ],
    begin: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="DATE", help="The first day. [default: the first day of a drug or a result]"
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="The last day. [default: the day of the evaluation]"),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="text for people, json for programs, svg for a picture.")
    ] = Format.TEXT,
    logarithmic: Annotated[
        bool, typer.Option("--log", help="With --format svg: draw results on logarithmic axes.")
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="The date (or timestamp) that the input is about if it has none. [default: now (UTC)]",
        ),
    ] = None,
    output: OutputOption = None,
    rulebook: RulebookOption = None,
) -> int:
    """Show when each advisory begins and ends.

    Each day is evaluated with what the record knew on it: what is dated later does not count.
    """
    from cds_api.commands.timeline import print_timeline

    if logarithmic and format_ is not Format.SVG:
        raise typer.BadParameter("expected --format svg, which has axes", param_hint="--log")
    first, last = given_day(begin, "--from"), given_day(end, "--to")
    return print_timeline(
        file,
        format_.value,
        evaluation_date(as_of),
        rulebook,
        begin=first,
        end=last,
        logarithmic=logarithmic,
        output=output,
    )
