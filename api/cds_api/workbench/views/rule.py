"""One rule with everything that it uses, everything that uses it, and what is known about it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_engine.audit.audit_file import specification
from cds_engine.errors import Problem
from cds_engine.language.expressions import Comparison, leaves, resolve
from cds_engine.rulebook.files import Claim, Conflict, Parameter, Source, Target
from cds_engine.rulebook.lock import FILE as LOCK_FILE
from cds_engine.rulebook.lock import check_lock
from cds_engine.rulebook.model import Partition, Rule
from cds_engine.rulebook.prose import comparison_text
from cds_engine.rulebook.text import fill
from cds_engine.scenarios.mentions import Mention, mentions

from cds_api.knowledge_models import RuleResponse
from cds_api.workbench.views.approvals import ApprovalView, approval_view
from cds_api.workbench.views.book import Book, Link
from cds_api.workbench.views.coverage import AuditFigures, ComparisonGoals, Total
from cds_api.workbench.views.rules import placeholder_texts
from cds_api.workbench.views.source_lines import Line, source_lines


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One comparison of a rule or finding: in English, with its place in the source and its goals."""

    leaf: Comparison
    text: str
    line: int
    goals: ComparisonGoals | None


@dataclass(frozen=True, slots=True)
class CitedClaim:
    """A claim with its source."""

    name: str
    claim: Claim
    source: Source


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A parameter that a rule compares with, and its value on the day."""

    name: str
    parameter: Parameter
    value: str


@dataclass(frozen=True, slots=True)
class History:
    """The version of a rule, and whether its meaning is the one that was recorded."""

    version: int
    locked: bool
    """Whether the rulebook has a version lock."""
    lock_problems: tuple[Problem, ...]


@dataclass(frozen=True)
class RuleDetails:
    """What the page of one rule shows."""

    rule: Rule
    content: RuleResponse
    summary: str
    detail: str
    """The texts of the advisory; a value of the record is named in brackets."""
    source: tuple[Line, ...]
    comparisons: tuple[ComparisonRow, ...]
    numbers: tuple[NumberRow, ...]
    evidence: tuple[CitedClaim, ...]
    conflicts: tuple[tuple[str, Conflict], ...]
    mechanism: tuple[tuple[str, Target], ...]
    findings: tuple[Link, ...]
    partitions: tuple[Partition, ...]
    scenarios: tuple[tuple[str, tuple[Mention, ...]], ...]
    """The scenarios that mention the rule, by feature file relative to the folder of features."""
    totals: tuple[Total, ...]
    survivors: tuple[Mapping[str, Any], ...]
    issues: tuple[Mapping[str, Any], ...]
    history: History
    approval: ApprovalView


def rule_details(book: Book, name: str, as_of: datetime.date, figures: AuditFigures | None) -> RuleDetails:
    """Return everything about one rule.

    Args:
        book: the rulebook.
        name: the id of the rule.
        as_of: the day whose numbers are shown.
        figures: the audit to show, if there is one.

    Raises:
        KeyError: if there is no such rule.
    """
    rulebook = book.rulebook
    rule = rulebook.rules[name]
    evidence, values = rulebook.evidence, rulebook.values_at(as_of)
    uses = book.uses("rule", name)
    texts = placeholder_texts(book, as_of)
    return RuleDetails(
        rule=rule,
        content=book.knowledge.rule(name, as_of),
        summary=fill(rule.file.advisory.summary, texts.get),
        detail=fill(rule.file.advisory.detail, texts.get),
        source=source_lines(book.source(rule.path), "yaml", find=book.find),
        comparisons=tuple(_comparisons(book, rule, as_of, figures)),
        numbers=tuple(
            NumberRow(parameter, rulebook.parameters[parameter], book.value(parameter, values))
            for parameter in sorted(
                {
                    leaf.parameter
                    for leaf in rulebook.comparisons(rule.applies_to, rule.when)
                    if leaf.parameter is not None
                }
            )
        ),
        evidence=tuple(cited_claims(book, rule.file.evidence)),
        conflicts=tuple((item, evidence.conflicts[item]) for item in rule.file.conflicts),
        mechanism=tuple((item, rulebook.pharmacology.targets[item]) for item in rule.file.mechanism),
        findings=tuple(
            link
            for link in uses
            if link.part.kind == "fact" and rulebook.facts[link.part.name].finding is not None
        ),
        partitions=tuple(partition for partition in rulebook.partitions.values() if name in partition.rules),
        scenarios=tuple(_scenarios(name, book.features)),
        totals=() if figures is None else tuple(figures.decision_totals(name)),
        survivors=() if figures is None else tuple(figures.survivors(name)),
        issues=() if figures is None else tuple(figures.issues(name)),
        history=_history(book, rule),
        approval=approval_view(book, rule),
    )


def _comparisons(
    book: Book, rule: Rule, as_of: datetime.date, figures: AuditFigures | None
) -> Iterator[ComparisonRow]:
    for expression in (rule.applies_to, rule.when):
        for leaf in leaves(resolve(expression, book.rulebook.values_at(as_of))):
            line = rule.places[leaf.pointer][0]
            yield comparison_row(book, rule.id, leaf, line, figures)


def comparison_row(
    book: Book, name: str, leaf: Comparison, line: int, figures: AuditFigures | None
) -> ComparisonRow:
    """Return one comparison of the rule or finding ``name``."""
    goals = None if figures is None else figures.goals(name, leaf, line)
    return ComparisonRow(leaf, comparison_text(leaf, book.rulebook.facts), line, goals)


def cited_claims(book: Book, names: list[str] | tuple[str, ...]) -> Iterator[CitedClaim]:
    """Yield claims with their sources."""
    evidence = book.rulebook.evidence
    for name in names:
        claim = evidence.claims[name]
        yield CitedClaim(name, claim, evidence.sources[claim.source])


def _scenarios(rule: str, features: Path | None) -> Iterator[tuple[str, tuple[Mention, ...]]]:
    by_file: dict[str, list[Mention]] = {}
    for mention in mentions(rule, features) if features is not None else ():
        relative = mention.file.relative_to(features).as_posix() if features else ""
        by_file.setdefault(relative, []).append(mention)
    yield from ((file, tuple(found)) for file, found in by_file.items())


def _history(book: Book, rule: Rule) -> History:
    rulebook = book.rulebook
    path = (rulebook.root / rule.path).as_posix()
    return History(
        version=rule.file.version,
        locked=(rulebook.root / LOCK_FILE).is_file(),
        lock_problems=tuple(
            problem for problem in check_lock(rulebook, specification(rulebook)) if problem.source == path
        ),
    )


def proved_statements(details: RuleDetails, figures: AuditFigures | None) -> list[str] | None:
    """Return what the audit proved about a rule; None if nothing was proved for this rulebook."""
    if figures is None or not figures.current or not figures.proved or not details.totals:
        return None
    found = {issue["kind"] for issue in details.issues}
    statements = []
    if "unreachable" not in found:
        statements.append("Some record makes it fire.")
    if "redundant" not in found:
        statements.append("Each of its comparisons matters: without it, some record has another outcome.")
    if details.partitions and not found & {"gap", "overlap", "empty"}:
        statements += [
            f"For every value of {partition.over} exactly one rule of '{partition.title}' fires, or the "
            "partition is silent."
            for partition in details.partitions
        ]
    statements += [
        f"No record can show: {label} ({reason})." for label, reason in figures.excluded(details.rule.id)
    ]
    return statements


def line_notes(rows: Iterable[ComparisonRow]) -> dict[int, tuple[str, list[str]]]:
    """Return the state of each source line that has a comparison, and what scenarios lack of it."""
    notes: dict[int, tuple[str, list[str]]] = {}
    for row in rows:
        if row.goals is not None:
            state, texts = notes.get(row.line, ("full", []))
            missing = [f"no scenario shows: {row.text}, {goal.want}" for goal in row.goals.missing]
            notes[row.line] = ("part" if missing else state, texts + missing)
    return notes
