"""An audit as its page shows it: matrix, proofs with their witnesses, and claims with rules and scenarios."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_engine.rulebook.references import Part
from cds_engine.scenarios.mentions import Mention, mentions_by_rule

from cds_api.workbench.views.book import Book
from cds_api.workbench.views.coverage import AuditFigures, Total

OUTCOMES = ("fired", "not_met", "not_evaluable", "not_applicable")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the matrix: its text, and the state that colours it."""

    text: str
    state: str


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


@dataclass(frozen=True, slots=True)
class ClaimTrace:
    """A claim, the rules that rest on it, and the scenarios of these rules.

    After a full audit, ``scenarios`` counts those in which one of the rules fires; else those that mention
    one of the rules.
    """

    name: str
    statement: str
    basis: str
    rules: tuple[str, ...]
    scenarios: int
    places: tuple[Place, ...]
    excused: str | None


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
            yield _outcome(item["outcomes"].get(name))
        totals = totals[1:]
    for total in totals:
        yield _share(total)


def _outcome(goal: Mapping[str, Any] | None) -> Cell:
    if goal is None:
        return Cell("", "none")
    if goal["seen"]:
        return Cell(str(goal["seen"]), "full")
    return Cell("never", "missing") if goal["excused"] is None else Cell("cannot", "none")


def _share(total: Total) -> Cell:
    return Cell(f"{total.covered}/{total.of}" if total.of else "", total.state)


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


def claim_traces(book: Book, figures: AuditFigures | None) -> list[ClaimTrace]:
    """Return every claim with the rules that rest on it and their scenarios."""
    mentioned = {} if book.features is None else _scenarios_by_rule(book, book.features)
    return [_trace(book, figures, name, mentioned) for name in book.rulebook.evidence.claims]


def _trace(
    book: Book, figures: AuditFigures | None, name: str, mentioned: Mapping[str, list[Place]]
) -> ClaimTrace:
    claim = book.rulebook.evidence.claims[name]
    rules = book.references.rules_depending_on(Part("claim", name))
    use = None if figures is None else figures.claim_use(name)
    if use is not None:
        places = tuple(place_of(book, text) for text in use["exercised_by"])
        count, excused = int(use["exercised"]), use["excused"]
    else:
        found = dict.fromkeys(place for rule in rules for place in mentioned.get(rule, ()))
        places, count, excused = tuple(found)[:2], len(found), claim.not_encodable
    return ClaimTrace(name, claim.statement, claim.basis, rules, count, places, excused)


def _scenarios_by_rule(book: Book, features: Path) -> dict[str, list[Place]]:
    def place(mention: Mention) -> Place:
        relative = mention.file.relative_to(features).as_posix()
        return Place(f"{relative}:{mention.line}", relative, mention.line)

    found = mentions_by_rule(book.rulebook.rules, features)
    return {rule: list(map(place, mentions)) for rule, mentions in found.items()}


def place_of(book: Book, text: str) -> Place:
    """Return the scenario at ``file:line`` of an audit, linked if the file is one of the features."""
    file, _, line = text.rpartition(":")
    path = Path(file).absolute()
    if book.features is not None and path.is_relative_to(book.features.absolute()) and line.isdecimal():
        relative = path.relative_to(book.features.absolute()).as_posix()
        return Place(f"{relative}:{line}", relative, int(line))
    return Place(text)
