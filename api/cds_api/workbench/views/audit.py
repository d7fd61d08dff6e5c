"""An audit as its page shows it: the matrix, and proofs with their witnesses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_engine.rulebook.references import Part

from cds_api.workbench.views.book import Book
from cds_api.workbench.views.coverage import AuditFigures, Total

OUTCOMES = ("fired", "not_met", "not_evaluable", "not_applicable")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the matrix: its text, and the state that colours it."""

    text: str
    state: str
    kind: str = ""
    """The kind of the goals, if scenarios that show them can be listed."""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One rule or finding with its cells."""

    part: Part
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class IssueView:
    """A proved problem; ``witness`` is the record that shows it, as JSON text."""

    kind: str
    statement: str
    rules: tuple[str, ...]
    accepted: str | None
    witness: str | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A scenario: its feature file within the folder of features if it is there, and its line."""

    text: str
    feature: str | None = None
    line: int = 0


def matrix(figures: AuditFigures) -> tuple[list[str], list[MatrixRow]]:
    """Return the headings and rows of the matrix: outcomes only after a full audit."""
    headings = [total.title for total in figures.decision_totals(_first(figures))]
    if figures.detailed:
        headings = [name.replace("_", " ") for name in OUTCOMES] + headings[1:]
    rules = [
        MatrixRow(Part("rule", item["id"]), tuple(_cells(figures, item))) for item in figures.data["rules"]
    ]
    findings = [
        MatrixRow(Part("fact", item["id"]), tuple(_cells(figures, item))) for item in figures.data["findings"]
    ]
    return headings, rules + findings


def _first(figures: AuditFigures) -> str:
    return next((item["id"] for item in figures.data["rules"]), "")


def _cells(figures: AuditFigures, item: Mapping[str, Any]) -> Iterator[Cell]:
    totals = figures.decision_totals(item["id"])
    if figures.detailed:
        for name in OUTCOMES:
            yield _outcome(item["outcomes"].get(name), name)
        totals = totals[1:]
    for total in totals:
        yield _share(total)


def _outcome(goal: Mapping[str, Any] | None, name: str) -> Cell:
    if goal is None:
        return Cell("", "none")
    if goal["seen"]:
        return Cell(str(goal["seen"]), "full", f"outcome-{name}")
    return Cell("never", "missing") if goal["excused"] is None else Cell("cannot", "none")


def _share(total: Total) -> Cell:
    kind = total.kind if total.covered else ""
    return Cell(f"{total.covered}/{total.of}" if total.of else "", total.state, kind)


def issues(figures: AuditFigures) -> list[IssueView]:
    """Return the problems that were proved."""
    return [
        IssueView(
            kind=issue["kind"],
            statement=issue["statement"],
            rules=tuple(issue["rules"]),
            accepted=issue["accepted"],
            witness=_witness(issue.get("witness")),
            confirmed=issue.get("confirmed", False),
        )
        for issue in figures.data["proof"]["findings"]
    ]


def _witness(record: Mapping[str, Any] | None) -> str | None:
    return None if record is None else json.dumps(record, indent=2, ensure_ascii=False)


def place_of(book: Book, text: str) -> Place:
    """Return the scenario at ``file:line`` of an audit, linked if the file is one of the features."""
    file, _, line = text.rpartition(":")
    path = Path(file).absolute()
    if book.features is not None and path.is_relative_to(book.features.absolute()) and line.isdecimal():
        relative = path.relative_to(book.features.absolute()).as_posix()
        return Place(f"{relative}:{line}", relative, int(line))
    return Place(text)
