"""The places of a rulebook's declarations, as reports show them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cds_engine.rulebook.changed_files import check_unchanged
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.shared_terminology import read_evidence, read_terminology
from cds_engine.rulebook.yaml_document import YamlDocument, places_in

Place = tuple[str, int]
"""A file and a line in it."""


def shown(path: Path) -> str:
    """Return a path as reports show it: relative to the working folder if it is below it."""
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


class Places:
    """The lines of a rulebook's files, and their names in reports.

    The lines are those of the files as they were loaded, whatever has happened to them since. Only what is
    merged from several files is read again, which is an error if one of them changed.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._lines: dict[str, dict[str, int]] = {}
        self._terminology: YamlDocument | None = None
        self._evidence: YamlDocument | None = None

    def name(self, relative: str) -> str:
        """Return the name of a file of the rulebook in reports."""
        return shown(self._rulebook.root / relative)

    def of_terminology(self, at: str) -> Place:
        """Return the place of a value of the terminology, which may be shared."""
        if self._terminology is None:
            check_unchanged(self._rulebook)
            self._terminology = read_terminology(self._rulebook.root)
        problem = self._terminology.problem(at, "", "")
        return shown(Path(problem.source)), problem.line or 1

    def of_evidence(self, at: str) -> Place:
        """Return the place of a claim or source, which may be shared."""
        if self._evidence is None:
            check_unchanged(self._rulebook)
            self._evidence = read_evidence(self._rulebook.root)
        problem = self._evidence.problem(at, "", "")
        return shown(Path(problem.source)), problem.line or 1

    def lines(self, relative: str) -> Mapping[str, int]:
        """Return the line of every value of a file by JSON pointer."""
        if relative not in self._lines:
            places = places_in(self.text(relative))
            self._lines[relative] = {at: place[0] for at, place in places.items()}
        return self._lines[relative]

    def text(self, relative: str) -> str:
        """Return the text of a file of the rulebook as it was loaded."""
        return self._rulebook.sources[relative].decode("utf-8")
