"""The options of ``cds open``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cds_api.cli.options import RulebooksOption

EXAMPLES = """Examples:

\b
  cds open patient.json
  cds open bundle.json --no-browser
  cds open result/

The address that it prints has a key: only who has it sees the record.
Reload the page after a change of the file.
"""


def open_(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE|FOLDER", help="A record or FHIR Bundle, or a result of cds cohort."),
    ],
    rulebook: RulebooksOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to bind to. [default: a free one]")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Whether to open a browser.")
    ] = True,
) -> int:
    """Open a record or a population in the workbench.

    Serves on this machine only, until Ctrl+C.
    """
    from cds_api.commands.open import open_path

    return open_path(path, rulebook or (), port, browser=browser)
