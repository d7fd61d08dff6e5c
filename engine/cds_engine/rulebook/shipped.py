"""The rulebooks that come with the project, in a checkout and in a wheel, and how others are named."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from pathlib import Path

from cds_engine.errors import Problem, RulebookError, nearest

FILE = "rulebook.yaml"
"""The file that makes a folder a rulebook."""
DECLARATION = "rulebooks.toml"
"""The file beside the shipped rulebooks that names the default one."""


def shipped_rulebooks() -> Path:
    """Return the folder of the shipped rulebooks, which is inside the package if that is installed."""
    packed = Path(__file__).parents[1] / "_shipped" / "rules"
    return packed if packed.is_dir() else Path(__file__).parents[3] / "rules"


def default_rulebook() -> Path:
    """Return the folder of the rulebook that is used where none is named."""
    declared = tomllib.loads((shipped_rulebooks() / DECLARATION).read_text(encoding="utf-8"))
    return shipped_rulebooks() / str(declared["default"])


def shipped_folders() -> dict[str, Path]:
    """Return the folders of the shipped rulebooks by name, the default one first."""
    default = default_rulebook()
    found = sorted(path.parent for path in shipped_rulebooks().glob(f"*/{FILE}"))
    return {folder.name: folder for folder in sorted(found, key=lambda folder: folder != default)}


def find_rulebook(name_or_path: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of a rulebook: a shipped one by its name, any other one by its path.

    None means the default rulebook. A name that is both a shipped rulebook and a folder here means the
    shipped rulebook; write ``./name`` for the folder.

    Raises:
        RulebookError: if there is no shipped rulebook and no folder with that name.
    """
    if name_or_path is None:
        return default_rulebook()
    shipped = shipped_folders()
    if isinstance(name_or_path, str) and name_or_path in shipped:
        return shipped[name_or_path]
    path = Path(name_or_path)
    if not path.is_dir():
        name = os.fspath(name_or_path)
        names = ", ".join(sorted(shipped))
        message = f"expected the folder of a rulebook or one of {names}{nearest(name, shipped)}"
        raise RulebookError([Problem(name, message, code="file")])
    return path


def find_rulebooks(names_or_paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the folders of several rulebooks, each once.

    Raises:
        RulebookError: with a problem for each name that is neither a shipped rulebook nor a folder.
    """
    folders: dict[Path, None] = {}
    problems: list[Problem] = []
    for name in names_or_paths:
        try:
            folders[find_rulebook(name)] = None
        except RulebookError as error:
            problems += error.problems
    if problems:
        raise RulebookError(problems)
    return list(folders)


def split_names(text: str) -> list[str]:
    """Return the rulebooks that a text such as the value of ``CDS_RULEBOOK`` names.

    They are separated by commas or as paths are. A text that is itself a folder names that folder.
    """
    if text and Path(text).is_dir():
        return [text]
    return [name.strip() for part in text.split(",") for name in part.split(os.pathsep) if name.strip()]


def rulebook_around(path: Path) -> Path | None:
    """Return the folder of the rulebook that a file or folder is part of; None outside of any."""
    absolute = path.absolute()
    return next((folder for folder in (absolute, *absolute.parents) if (folder / FILE).is_file()), None)
