"""The options of ``cds terminology`` and its subcommand."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cds_api.cli.options import RulebookOption, evaluation_day

EXAMPLES = """Examples:

\b
  cds terminology import vocabulary/ --rulebook rules/my-rulebook
  cds terminology import https://tx.example.org/fhir --system snomed-ct
"""

app = typer.Typer(help="Import vocabularies into a rulebook.", epilog=EXAMPLES, rich_markup_mode=None)


class SystemName(StrEnum):
    """The code systems that can be imported."""

    SNOMED_CT = "snomed-ct"
    RXNORM = "rxnorm"


@app.callback()
def terminology() -> None:
    """Import vocabularies into a rulebook."""


@app.command("import", epilog=EXAMPLES)
def import_(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="The folder of an OMOP vocabulary download, or the base URL of a FHIR terminology server.",
        ),
    ],
    system: Annotated[
        list[SystemName] | None,
        typer.Option("--system", help="A code system to import; repeatable. [default: both]"),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option("--version", metavar="TEXT", help="The vocabulary's version, if it does not say so."),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DATE", help="The vocabulary's date, if it does not say so."),
    ] = None,
    rulebook: RulebookOption = None,
) -> int:
    """Write value sets that are complete for SNOMED CT and RxNorm.

    Everything below the codes that the rulebook lists becomes part of its lists. Using SNOMED CT requires a
    licence in many countries.
    """
    from cds_api.commands.terminology import ImportOptions, import_terminology

    day = None if date is None else str(evaluation_day(date))
    options = ImportOptions([name.value for name in system or SystemName], version, day)
    return import_terminology(source, rulebook, options)
