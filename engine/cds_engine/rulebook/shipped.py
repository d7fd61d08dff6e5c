"""The rulebooks that come with the project, in a checkout and in an installed wheel."""

from __future__ import annotations

import os
from pathlib import Path

from cds_engine.errors import Problem, RulebookError, nearest


def shipped_rulebooks() -> Path:
    """Return the folder of the shipped rulebooks, which is inside the package if that is installed."""
    packed = Path(__file__).parents[1] / "_rules"
    return packed if packed.is_dir() else Path(__file__).parents[3] / "rules"


def default_rulebook() -> Path:
    """Return the folder of the rulebook that is used where none is named."""
    return next(path.parent for path in sorted(shipped_rulebooks().glob("*/rulebook.yaml")))


def find_rulebook(name_or_path: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of a rulebook: a shipped one by its name, any other one by its path.

    None means the default rulebook. A name that is both a shipped rulebook and a folder here means the
    shipped rulebook; write ``./name`` for the folder.

    Raises:
        RulebookError: if there is no shipped rulebook and no folder with that name.
    """
    if name_or_path is None:
        return default_rulebook()
    shipped = {path.parent.name: path.parent for path in shipped_rulebooks().glob("*/rulebook.yaml")}
    if isinstance(name_or_path, str) and name_or_path in shipped:
        return shipped[name_or_path]
    path = Path(name_or_path)
    if not path.is_dir():
        name = os.fspath(name_or_path)
        names = ", ".join(sorted(shipped))
        message = f"expected the folder of a rulebook or one of {names}{nearest(name, shipped)}"
        raise RulebookError([Problem(name, message, code="file")])
    return path
