"""Options that several commands share."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Annotated

import typer

RulebookOption = Annotated[
    str | None,
    typer.Option(
        "--rulebook",
        metavar="NAME|DIR",
        help="A shipped rulebook by its name, or another by its folder. [default: CDS_RULEBOOK, else the "
        "default one]",
    ),
]
RulebooksOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rulebook",
        metavar="NAME|DIR",
        help="A rulebook by its name or folder; give the option again for another one. [default: "
        "CDS_RULEBOOK, else the default one]",
    ),
]
FeaturesOption = Annotated[
    Path | None,
    typer.Option("--features", metavar="DIR", help="The folder of features. [default: the rulebook's own]"),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="The date to evaluate for, YYYY-MM-DD, for patients without one. [default: today (UTC)]",
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout.")
]


def evaluation_date(as_of: str | None) -> datetime.date:
    """Return the date or timestamp given with ``--as-of``, else the time (UTC).

    Raises:
        typer.BadParameter: if the text is neither a date nor a timestamp with an offset.
    """
    if as_of is None:
        return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    # Not from cds_engine.record.moments, so that the command line starts without the engine.
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2}))?", as_of):
        try:
            is_date = len(as_of) == 10
            return (datetime.date if is_date else datetime.datetime).fromisoformat(as_of)
        except ValueError:
            pass
    message = f"expected a date written YYYY-MM-DD, or a timestamp with an offset, found '{as_of}'"
    raise typer.BadParameter(message)


def given_day(text: str | None, option: str) -> datetime.date | None:
    """Return the day given with an option; None if it was not given.

    Raises:
        typer.BadParameter: if the text is no date.
    """
    if text is None:
        return None
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return datetime.date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"expected a date written YYYY-MM-DD, found '{text}'", param_hint=option)


def evaluation_day(as_of: str | None) -> datetime.date:
    """Return the day of :func:`evaluation_date`."""
    moment = evaluation_date(as_of)
    return moment.date() if isinstance(moment, datetime.datetime) else moment
