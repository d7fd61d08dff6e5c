"""Feature files: the list of those that come with a rulebook, and what became of each line of a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds_api.workbench.views.book import Book

_HEADING = re.compile(r"\s*(Feature|Rule|Scenario Outline|Scenario|Example):\s*(.*)")
_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_STEP = re.compile(r"\s*(?:Given|When|Then|And|But|\*)\s")


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One feature file of the list."""

    path: str
    """Relative to the folder of features."""
    title: str
    scenarios: int
    rules: tuple[str, ...]
    """The rules that it has a ``Rule:`` block for."""

    @property
    def folder(self) -> str:
        """The folder, empty for a file that is in none."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What became of one scenario, or of one row of an outline."""

    name: str
    line: int
    passed: bool
    failed_at: int
    reason: str


@dataclass(frozen=True)
class FeatureRun:
    """What became of a feature: the problems of its text, its scenarios, and its lines."""

    problems: tuple[tuple[int, str], ...]
    scenarios: tuple[ScenarioResult, ...]
    notes: Mapping[int, tuple[str, list[str]]]
    """The state of each line that has one, and the reasons of failures."""

    @property
    def failed(self) -> int:
        """How many scenarios failed."""
        return sum(not scenario.passed for scenario in self.scenarios)

    @property
    def passed(self) -> bool:
        """Whether there are scenarios and all of them passed."""
        return bool(self.scenarios) and not self.failed and not self.problems


def feature_rows(book: Book) -> list[FeatureRow]:
    """Return the features that come with a rulebook, by path."""
    return [_row(book, path, text) for path, text in feature_texts(book).items()]


def feature_texts(book: Book) -> dict[str, str]:
    """Return the text of every feature of a rulebook, by its path within the folder of features."""
    folder = book.features
    if folder is None:
        return {}
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8-sig")
        for path in sorted(folder.rglob("*.feature"))
    }


def _row(book: Book, path: str, text: str) -> FeatureRow:
    headings = [match for line in text.splitlines() if (match := _HEADING.match(line))]
    title = next((match[2] for match in headings if match[1] == "Feature"), path)
    named = (name for match in headings if match[1] == "Rule" for name in _NAME.findall(match[2]))
    return FeatureRow(
        path,
        title,
        sum(match[1] not in ("Feature", "Rule") for match in headings),
        tuple(name for name in dict.fromkeys(named) if name in book.rulebook.rules),
    )


def read_run(data: Mapping[str, Any], text: str) -> FeatureRun:
    """Return a run of a feature from the report of its process."""
    problems = tuple((int(item["line"]), str(item["message"])) for item in data["problems"])
    scenarios = data["scenarios"]
    return FeatureRun(
        problems=problems,
        scenarios=tuple(
            ScenarioResult(
                name=item["name"],
                line=item["line"],
                passed=item["failed_at"] is None,
                failed_at=item["failed_at"] or item["line"],
                reason=item["reason"],
            )
            for item in scenarios
        ),
        notes=_notes(problems, scenarios, text.splitlines()),
    )


def _notes(
    problems: Iterable[tuple[int, str]], scenarios: Sequence[Mapping[str, Any]], lines: Sequence[str]
) -> dict[int, tuple[str, list[str]]]:
    notes: dict[int, tuple[str, list[str]]] = {}
    ran = {line for item in scenarios for line in item["steps"]}
    for number, line in enumerate(lines, start=1):
        if _STEP.match(line) and scenarios:
            notes[number] = ("full", []) if number in ran else ("skipped", ["not run"])
    for item in scenarios:
        passed = item["failed_at"] is None
        if item["line"] not in notes:  # a scenario, or the row of an outline
            notes[item["line"]] = ("full" if passed else "missing", [])
        if not passed:
            _, reasons = notes.get(item["failed_at"], ("", []))
            notes[item["failed_at"]] = ("missing", [*reasons, *_reason(item)])
    for number, message in problems:
        _, reasons = notes.get(number, ("", []))
        notes[number] = ("missing", [*reasons, message])
    return notes


def _reason(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield why a scenario failed; for the row of an outline, with its values."""
    _, bracket, row = str(item["name"]).partition(" [")
    yield f"with {row.rstrip(']')}:\n{item['reason']}" if bracket else str(item["reason"])
