"""``terminology.yaml`` and the files of the folder ``terminology/``, read as one document."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_engine.errors import Problem, pointer
from cds_engine.rulebook.yaml_document import YamlDocument, read_yaml

FILE = "terminology.yaml"
FOLDER = "terminology"
IMPORTED = f"{FOLDER}/imported-"
"""The beginning of the files that an import of a vocabulary writes, which nobody reviews line by line."""


@dataclass(frozen=True, slots=True)
class TerminologyDocument(YamlDocument):
    """The merged data of several files; a problem is reported in the file that holds its place."""

    parts: tuple[YamlDocument, ...] = ()

    def problem(self, at: str, message: str, code: str) -> Problem:
        """Return a problem at pointer ``at``, in the first file that has it or its nearest parent."""
        place = at
        while place:
            for part in self.parts:
                if place in part.places:
                    return part.problem(at, message, code)
            place = place.rpartition("/")[0]
        return self.parts[0].problem(at, message, code)


def part_names(root: Path) -> list[str]:
    """Return the files that the terminology of the rulebook in ``root`` consists of, relative to it."""
    parts = sorted(path.relative_to(root).as_posix() for path in (root / FOLDER).glob("**/*.yaml"))
    return [FILE, *parts]


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


def merge_parts(parts: dict[str, YamlDocument], problems: list[Problem]) -> TerminologyDocument:
    """Return the documents merged key by key; a value that two of them give is a problem."""
    first, *others = parts.values()
    data = first.data
    for number, part in enumerate(others, start=1):
        known = TerminologyDocument(first.name, data, parts=tuple(parts.values())[:number])

        def report(at: str, part: YamlDocument = part, known: TerminologyDocument = known) -> None:
            earlier = known.problem(at, "", "")
            message = f"already given in {earlier.source}, line {earlier.line}"
            problems.append(part.problem(at, message, "duplicate-key"))

        data = _merged(data, part.data, "", report)
    return TerminologyDocument(first.name, data, first.raw, parts=tuple(parts.values()))


def read_terminology(root: Path) -> TerminologyDocument:
    """Return the terminology of a rulebook that was loaded before, so that its files can be read."""
    parts = read_parts(root, [])
    assert parts is not None
    return merge_parts(parts, [])


def _merged(one: Any, other: Any, at: str, report: Callable[[str], None]) -> Any:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        report(at)
        return one
    result = dict(one)
    for key, value in other.items():
        here = at + pointer(key)
        result[key] = _merged(result[key], value, here, report) if key in result else value
    return result
