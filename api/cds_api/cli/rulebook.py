"""The options of ``cds rulebook`` and its subcommand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """Examples:

\b
  cds rulebook new my-drug
  cds rulebook new my-drug --folder rules/my-drug
"""

app = typer.Typer(help="Make a rulebook.", epilog=EXAMPLES, rich_markup_mode=None)


@app.callback()
def rulebook() -> None:
    """Make a rulebook."""


@app.command("new", epilog=EXAMPLES)
def new(
    name: Annotated[
        str,
        typer.Argument(metavar="ID", help="The rulebook's id: lower-case words joined by hyphens."),
    ],
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="The folder to make. [default: the id]"),
    ] = None,
) -> None:
    """Write a new rulebook.

    It has one fact, one rule, one claim and one scenario, and passes every check.
    """
    from cds_api.commands.rulebooks import write_new_rulebook

    write_new_rulebook(name, folder or Path(name))
