"""Terminology cases: their files, whether each case holds, and which entries they cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cds_engine.audit.result import Goal
from cds_engine.audit.terminology import TerminologyEntries
from cds_engine.errors import ProblemsError
from cds_engine.scenarios.names import NameLookup
from cds_engine.scenarios.problems import ScenarioError
from cds_engine.scenarios.recording import TerminologyCase
from cds_engine.scenarios.terminology.reading import SUFFIX, WrittenCase, read_cases
from cds_engine.scenarios.terminology.resolving import UnknownConceptError, check_case

if TYPE_CHECKING:
    from cds_api.workbench.views.book import Book

SHARED = "shared"
"""How the name of the file of a shared terminology begins."""
DOSE = "dose"
"""The entries of the daily dose, which belong to no concept."""


@dataclass(frozen=True, slots=True)
class CasesFile:
    """A file of terminology cases with those that hold, and what is wrong with the others, by line."""

    name: str
    """Its path within the folder of features, or ``shared/TERMINOLOGY/FILE``."""
    text: str
    cases: tuple[TerminologyCase, ...]
    written: int
    """How many cases it has."""
    problems: Mapping[int, str]
    unreviewed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CasePlace:
    """The line of a case in its file."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the terminology, such as a code, a unit or a limit, with its place."""

    label: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """Entries that the same cases cover; without any place, no case covers them."""

    entries: tuple[Entry, ...]
    places: tuple[CasePlace, ...]
    excused: str = ""
    """Why no case can cover them."""

    @property
    def open(self) -> bool:
        """Whether a case could cover them and none does."""
        return not self.places and not self.excused


@dataclass(frozen=True)
class EntryCases:
    """The entries of one concept, code system or the daily dose; those without a case come first."""

    groups: tuple[EntryGroup, ...]

    @property
    def counted(self) -> int:
        """How many entries a case can cover."""
        return sum(len(group.entries) for group in self.groups if not group.excused)

    @property
    def covered(self) -> int:
        """How many entries a case covers."""
        return sum(len(group.entries) for group in self.groups if group.places)


class Cases:
    """The terminology cases of one rulebook, read once."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._covered: dict[str, EntryCases] = {}

    @cached_property
    def files(self) -> Mapping[str, CasesFile]:
        """The files by name: those of the rulebook's features, then those of shared terminologies."""
        names = NameLookup(self._book.engine)
        return {name: _read(name, path, names) for name, path in _paths(self._book)}

    @cached_property
    def _entries(self) -> TerminologyEntries:
        held = [case for file in self.files.values() for case in file.cases]
        return TerminologyEntries(self._book.rulebook, held)

    def of(self, subject: str) -> EntryCases:
        """Return the entries of a concept, a code system or :data:`DOSE`, with the cases that cover each.

        This takes a second for a concept with hundreds of codes; the result is kept.
        """
        if subject not in self._covered:
            self._covered[subject] = EntryCases(tuple(_groups(self._entries.goals(subject))))
        return self._covered[subject]

    def in_general(self) -> dict[str, EntryCases]:
        """Return the entries of each code system and of the daily dose, by title."""
        systems = self._book.rulebook.terminology.systems
        return {f"Code system {name}": self.of(name) for name in systems} | {"Daily dose": self.of(DOSE)}


def _paths(book: Book) -> Iterator[tuple[str, Path]]:
    folder = book.features
    for path in sorted(folder.rglob(f"*{SUFFIX}")) if folder is not None else ():
        yield path.relative_to(folder or path).as_posix(), path
    for used in book.rulebook.shared:
        for path in sorted(used.folder.rglob(f"*{SUFFIX}")):
            yield f"{SHARED}/{used.folder.name}/{path.relative_to(used.folder).as_posix()}", path


def _read(name: str, path: Path, names: NameLookup) -> CasesFile:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    try:
        written = read_cases(path)
    except ProblemsError as error:
        return CasesFile(
            name, text, (), 0, {problem.line or 1: problem.message for problem in error.problems}, ()
        )
    held: list[TerminologyCase] = []
    problems: dict[int, str] = {}
    shared = name.startswith(f"{SHARED}/")
    for case in written:
        try:
            checks = check_case(case, names, shared=shared)
        except UnknownConceptError as error:
            if not shared:  # else the rulebook takes another part of the shared terminology
                problems[case.line] = str(error)
        except ScenarioError as error:
            problems[case.line] = str(error)
        else:
            held.append(TerminologyCase(name, case.line, case.text, checks, case.reviewed))
    return CasesFile(name, text, tuple(held), len(written), problems, tuple(_unreviewed(written)))


def _unreviewed(cases: Iterable[WrittenCase]) -> Iterator[int]:
    return (case.line for case in cases if not case.reviewed)


def _groups(goals: Iterable[Goal]) -> Iterator[EntryGroup]:
    """Yield the entries by the cases that cover them, those without a case first."""
    groups: dict[tuple[tuple[str, ...], str], list[Entry]] = {}
    for goal in goals:
        key = (goal.seen_in, goal.excused or "")
        groups.setdefault(key, []).append(Entry(goal.label, goal.file, goal.line))
    for (places, excused), entries in sorted(groups.items(), key=lambda group: bool(any(group[0]))):
        yield EntryGroup(tuple(entries), tuple(map(_place, places)), excused)


def _place(text: str) -> CasePlace:
    file, _, line = text.rpartition(":")
    return CasePlace(file, int(line))
