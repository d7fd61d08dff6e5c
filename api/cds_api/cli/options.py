"""Options that several commands share."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Annotated

import typer

RulebookOption = Annotated[
    Path | None,
    typer.Option("--rulebook", metavar="DIR", help="The rulebook's folder. [default: the shipped one]"),
]
FeaturesOption = Annotated[
    Path | None,
    typer.Option(
        "--features", metavar="DIR", help="The folder of features. [default: the one beside the rulebooks]"
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout.")
]


def evaluation_date(as_of: str | None) -> datetime.date:
    """Return the date given with ``--as-of``, else today (UTC).

    Raises:
        typer.BadParameter: if the text is not a valid date written YYYY-MM-DD.
    """
    if as_of is None:
        return datetime.datetime.now(datetime.UTC).date()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", as_of):
        try:
            return datetime.date.fromisoformat(as_of)
        except ValueError:
            pass
    raise typer.BadParameter(f"expected a date written YYYY-MM-DD, found '{as_of}'")
