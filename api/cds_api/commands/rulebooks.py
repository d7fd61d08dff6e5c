"""The rulebook and the features that a command works with."""

from __future__ import annotations

from pathlib import Path

from cds_engine.evaluate import Engine
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.shipped import default_rulebook


def rulebook_folder(given: Path | None) -> Path:
    """Return the folder of the rulebook: the one given, else the shipped one."""
    return given if given is not None else default_rulebook()


def features_folder(given: Path | None, rulebook: Path | None) -> Path:
    """Return the folder of features: the one given, else the one beside the rulebooks."""
    return given if given is not None else rulebook_folder(rulebook).parent.parent / "features"


def open_rulebook(given: Path | None) -> Rulebook:
    """Load the given rulebook, or the shipped one."""
    return load_rulebook(rulebook_folder(given))


def open_engine(given: Path | None) -> Engine:
    """Return an engine for the given rulebook, or for the shipped one."""
    return Engine(open_rulebook(given))
