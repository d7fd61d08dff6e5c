"""Several YAML files that are read as one document, such as ``terminology.yaml`` and its further parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cds_engine.errors import Problem, pointer
from cds_engine.rulebook.yaml_document import YamlDocument


@dataclass(frozen=True, slots=True)
class MergedDocument(YamlDocument):
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


def merge_documents(parts: Sequence[YamlDocument], problems: list[Problem]) -> MergedDocument:
    """Return the documents merged key by key; a value that two of them give is a problem."""
    first, *others = parts
    data = first.data
    for number, part in enumerate(others, start=1):
        known = MergedDocument(first.name, data, parts=tuple(parts)[:number])

        def report(at: str, part: YamlDocument = part, known: MergedDocument = known) -> None:
            earlier = known.problem(at, "", "")
            message = f"already given in {earlier.source}, line {earlier.line}"
            problems.append(part.problem(at, message, "duplicate-key"))

        data = _merged(data, part.data, "", report)
    return MergedDocument(first.name, data, first.raw, parts=tuple(parts))


def _merged(one: Any, other: Any, at: str, report: Callable[[str], None]) -> Any:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        report(at)
        return one
    result = dict(one)
    for key, value in other.items():
        here = at + pointer(key)
        result[key] = _merged(result[key], value, here, report) if key in result else value
    return result
