"""``terminology.yaml`` and the files of the folder ``terminology/``: the parts of one terminology."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from cds_engine.errors import Problem
from cds_engine.rulebook.yaml_document import YamlDocument, read_yaml

FILE = "terminology.yaml"
FOLDER = "terminology"
IMPORTED = f"{FOLDER}/imported-"
"""The beginning of the files that an import of a vocabulary writes, which nobody reviews line by line."""


def part_names(root: Path) -> list[str]:
    """Return the files that the terminology in the folder ``root`` consists of, relative to it."""
    parts = sorted(path.relative_to(root).as_posix() for path in (root / FOLDER).glob("**/*.yaml"))
    return [FILE, *parts]


def imported_parts(root: Path) -> list[str]:
    """Return the files of the terminology that imports wrote, relative to the rulebook."""
    return [name for name in part_names(root) if name.startswith(IMPORTED)]


def imported_part(system: str) -> str:
    """Return the file in which an import puts what it read of a code system, relative to the rulebook."""
    return f"{IMPORTED}{system}.yaml"


def read_parts(
    root: Path, problems: list[Problem], leave_out: Collection[str] = ()
) -> dict[str, YamlDocument] | None:
    """Return the documents of the terminology by name; if one has errors, add them and return None."""
    names = [name for name in part_names(root) if name not in leave_out]
    found = {name: read_yaml(root / name, (root / name).as_posix(), problems) for name in names}
    documents = {name: document for name, document in found.items() if document is not None}
    return documents if len(documents) == len(found) else None
