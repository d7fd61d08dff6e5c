"""Whether the files of a rulebook are still what was loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cds_engine.errors import Problem, RulebookError
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.terminology_parts import part_names


def check_unchanged(rulebook: Rulebook) -> None:
    """Check that a file may be read again: that every file is as it was when the rulebook was loaded.

    Raises:
        RulebookError: with a problem for each file that has changed.
    """
    message = "has changed since it was read; run this again"
    found = [Problem(path.as_posix(), message, code="file") for path in _changed(rulebook)]
    if found:
        raise RulebookError(found)


def _changed(rulebook: Rulebook) -> Iterator[Path]:
    loaded = {rulebook.root / relative: raw for relative, raw in rulebook.sources.items()}
    for used in rulebook.shared:
        loaded |= {Path(name): raw for name, raw in used.sources.items()}
    for path, raw in loaded.items():
        if (path.read_bytes() if path.is_file() else b"") != raw:
            yield path
    for relative in part_names(rulebook.root) if rulebook.sources else ():
        if relative not in rulebook.sources:
            yield rulebook.root / relative
