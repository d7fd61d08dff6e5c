"""Options that several commands share."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Annotated

import typer
from cds_engine.evaluate import Engine
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.shipped import default_rulebook

RulebookOption = Annotated[
    Path | None,
    typer.Option(
        "--rulebook", metavar="DIR", help="The folder of the rulebook; the shipped one if not given."
    ),
]


FeaturesOption = Annotated[
    Path | None,
    typer.Option("--features", metavar="DIR", help="The features; those beside the rulebooks if not given."),
]


def features_path(given: Path | None, rulebook: Path | None) -> Path:
    """Return the folder of the features that belong to the rulebook."""
    return given if given is not None else rulebook_path(rulebook).parent.parent / "features"


def shown(path: Path) -> str:
    """Return a path as it is reached from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def rulebook_path(given: Path | None) -> Path:
    """Return the folder of the rulebook to use."""
    return given if given is not None else default_rulebook()


def open_rulebook(given: Path | None) -> Rulebook:
    """Load the rulebook to use."""
    return load_rulebook(rulebook_path(given))


def open_engine(given: Path | None) -> Engine:
    """Load the rulebook to use and make an engine for it."""
    return Engine(open_rulebook(given))


def as_date(text: str | None) -> datetime.date | None:
    """Read ``YYYY-MM-DD``; anything else is a usage error."""
    if text is None:
        return None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            pass
    raise typer.BadParameter(f"expected a date written YYYY-MM-DD, found '{text}'")
