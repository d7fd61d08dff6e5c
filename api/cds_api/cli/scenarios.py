"""The options of ``cds scenarios``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cds_api.cli.options import RulebookOption

EXAMPLES = """Examples:

\b
  cds scenarios
  cds scenarios my.feature
  cds scenarios --rulebook rules/my-rulebook
  cds scenarios my.feature --http
  cds scenarios my.feature --http --url http://127.0.0.1:8000
  cds scenarios --steps
"""


def scenarios(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH...]", help="Feature files, or folders of them. [default: those of the rulebook]"
        ),
    ] = None,
    steps: Annotated[
        bool, typer.Option("--steps", help="List every step with an example, and stop.")
    ] = False,
    http: Annotated[
        bool,
        typer.Option("--http", help="Evaluate through the API, started for this run unless --url is given."),
    ] = False,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="The running API to use with --http.")
    ] = None,
    rulebook: RulebookOption = None,
) -> int:
    """Run clinical scenarios.

    Reports which scenarios fail, and why. Exits with 1 if one fails or none is found.
    """
    from cds_api.commands.scenarios import list_steps, run_scenarios

    if steps:
        list_steps(rulebook)
        return 0
    if url is not None and not http:
        raise typer.BadParameter("--url needs --http")
    return run_scenarios(paths or [], rulebook, (url or "") if http else None)
