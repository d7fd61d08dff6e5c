"""The rulebooks that come with the project, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path


def shipped_rulebooks() -> Path:
    """Return the folder of the shipped rulebooks, which is inside the package if that is installed."""
    packed = Path(__file__).parents[1] / "_rules"
    return packed if packed.is_dir() else Path(__file__).parents[3] / "rules"


def default_rulebook() -> Path:
    """Return the folder of the rulebook that is used where none is named."""
    return next(path.parent for path in sorted(shipped_rulebooks().glob("*/rulebook.yaml")))
