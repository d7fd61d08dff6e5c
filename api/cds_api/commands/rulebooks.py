"""The rulebooks and the features that a command works with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer
from cds_engine.combined import engines_by_id
from cds_engine.errors import Problem, RulebookError
from cds_engine.evaluate import Engine
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.new_rulebook import new_rulebook
from cds_engine.rulebook.shipped import default_rulebook, find_rulebooks, split_names

VARIABLE = "CDS_RULEBOOK"


def rulebook_folders(given: Sequence[str]) -> list[Path]:
    """Return the folders of the rulebooks that are named, else of CDS_RULEBOOK, else of the default one.

    Raises:
        RulebookError: with a problem for each name that is neither a shipped rulebook nor a folder.
    """
    names = given or split_names(os.environ.get(VARIABLE, ""))
    return find_rulebooks(names) if names else [default_rulebook()]


def rulebook_folder(given: str | None) -> Path:
    """Return the folder of one rulebook; if CDS_RULEBOOK names several, of the first."""
    return rulebook_folders([] if given is None else [given])[0]


def open_rulebook(given: str | None) -> Rulebook:
    """Load one rulebook."""
    return load_rulebook(rulebook_folder(given))


def open_engine(given: str | None) -> Engine:
    """Return an engine for one rulebook."""
    return Engine(open_rulebook(given))


def open_engines(given: Sequence[str]) -> list[Engine]:
    """Return engines for rulebooks that answer together.

    Raises:
        RulebookError: if one cannot be loaded, or if two have the same id.
    """
    engines = [Engine(load_rulebook(folder)) for folder in rulebook_folders(given)]
    return list(engines_by_id(engines).values())


def features_folder(given: Path | None, rulebook: Rulebook) -> Path:
    """Return the folder of features: the one given, else that of the rulebook."""
    return given if given is not None else rulebook.features


def features_of(rulebook: Rulebook, given: Sequence[Path]) -> list[Path]:
    """Return the feature files or folders that are given, else the folder of the rulebook.

    Raises:
        RulebookError: if neither are given and the rulebook has no features.
    """
    if given:
        return list(given)
    folder = rulebook.features
    if not folder.is_dir():
        message = f"no such folder: the rulebook '{rulebook.id}' has no features; write some, or give a path"
        raise RulebookError([Problem(folder.as_posix(), message, code="file")])
    return [folder]


def write_new_rulebook(name: str, folder: Path) -> None:
    """Write a new rulebook into ``folder``, and print what to do next.

    Raises:
        typer.BadParameter: if the name is not valid, or if there is something at ``folder`` already.
    """
    try:
        files = new_rulebook(name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="ID") from None
    if folder.exists():
        raise typer.BadParameter(f"there is already something at {folder}", param_hint="--folder")
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        typer.echo(f"{file}: written")
    typer.echo(f"Next: cds rules check {folder}, then: cds audit --rulebook {folder}")
