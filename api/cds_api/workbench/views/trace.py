"""From claims to the rules that use them, and to the scenarios that show the rules, with their steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds_engine.audit.report.shown_by import group_anchor
from cds_engine.rulebook.references import Part
from cds_engine.scenarios.mentions import Mention, mentions_by_rule

from cds_api.workbench.views.audit import OUTCOMES, Place, place_of
from cds_api.workbench.views.book import Book
from cds_api.workbench.views.coverage import AuditFigures

OUTCOME = "outcome"
_HEADING = re.compile(r"\s*(Feature|Rule|Background|Scenario Outline|Scenario|Examples?|@\S+)\b")


@dataclass(frozen=True, slots=True)
class TraceCell:
    """How many scenarios show something of a rule, and where they are listed."""

    text: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class TracedRule:
    """A rule that uses a claim: how it uses it, and the scenarios about it."""

    name: str
    ways: str
    cells: tuple[TraceCell, ...]


@dataclass(frozen=True, slots=True)
class ClaimTrace:
    """A claim, the rules that use it, and how many scenarios exercise one of the rules.

    After a full audit, ``scenarios`` counts those in which one of the rules fires; else those that mention
    one of the rules.
    """

    name: str
    statement: str
    basis: str
    rules: tuple[TracedRule, ...]
    scenarios: int
    excused: str | None


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """A scenario with its steps, as a page shows it once."""

    anchor: str
    name: str
    place: Place
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownItem:
    """What scenarios show, such as an outcome of a rule: the scenarios, and how many more there are."""

    label: str
    anchor: str
    scenarios: tuple[ScenarioView, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """What scenarios show of one kind about a rule or finding."""

    anchor: str
    title: str
    items: tuple[ShownItem, ...]


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """What scenarios show about one rule or finding."""

    name: str
    groups: tuple[ShownGroup, ...]


def claim_traces(book: Book, figures: AuditFigures | None) -> list[ClaimTrace]:
    """Return every claim with the rules that use it and their scenarios."""
    claims = book.rulebook.evidence.claims
    if figures is not None and figures.reports is not None:
        counts = {item["id"]: item["outcomes"] for item in figures.data["rules"]}
        return [_audited_trace(book, figures, name, counts) for name in claims]
    mentioned = _mentions(book)
    return [_mentioned_trace(book, name, mentioned) for name in claims]


def _audited_trace(
    book: Book, figures: AuditFigures, name: str, counts: Mapping[str, Mapping[str, Any]]
) -> ClaimTrace:
    claim, use = book.rulebook.evidence.claims[name], figures.claim_use(name) or {}
    rules = tuple(
        TracedRule(
            rule,
            ", ".join(ways),
            tuple(
                TraceCell(
                    outcome.replace("_", " "),
                    counts[rule][outcome]["seen"],
                    f"/audit/shown/{rule}#{item_anchor(rule, outcome)}",
                )
                for outcome in OUTCOMES
                if counts.get(rule, {}).get(outcome, {}).get("seen")
            ),
        )
        for rule, ways in ways_of_use(use).items()
    )
    return ClaimTrace(name, claim.statement, claim.basis, rules, use.get("exercised", 0), use.get("excused"))


def ways_of_use(use: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return how each rule uses a claim, from an audit."""
    found: dict[str, list[str]] = {}
    for way, rules in use.get("encoded", {}).items():
        for rule in rules:
            found.setdefault(rule, []).append(way)
    return dict(sorted(found.items()))


def _mentioned_trace(book: Book, name: str, mentioned: Mapping[str, list[Mention]]) -> ClaimTrace:
    claim = book.rulebook.evidence.claims[name]
    rules = book.references.rules_depending_on(Part("claim", name))
    traced = tuple(
        TracedRule(
            rule,
            "",
            (TraceCell("mentioned", len(mentioned[rule]), f"/rules/{rule}#scenarios"),)
            if mentioned.get(rule)
            else (),
        )
        for rule in rules
    )
    count = len({mention for rule in rules for mention in mentioned.get(rule, ())})
    return ClaimTrace(name, claim.statement, claim.basis, traced, count, claim.not_encodable)


def _mentions(book: Book) -> dict[str, list[Mention]]:
    return {} if book.features is None else mentions_by_rule(book.rulebook.rules, book.features)


def shown_of_claim(book: Book, figures: AuditFigures | None, claim: str) -> list[ShownDecision]:
    """Return the scenarios of each rule that uses a claim: by outcome after a full audit, else as mentioned.

    Raises:
        KeyError: if there is no such claim.
    """
    statement = Part("claim", claim)
    if claim not in book.rulebook.evidence.claims:
        raise KeyError(claim)
    if figures is not None and figures.reports is not None:
        scenarios = _Scenarios(book, figures)
        rules = ways_of_use(figures.claim_use(claim) or {})
        return [ShownDecision(rule, (group,)) for rule in rules for group in scenarios.groups(rule)[:1]]
    mentioned = _mentions(book)
    views = _Mentioned(book)
    return [
        ShownDecision(rule, tuple(views.groups(rule, mentioned.get(rule, ()))))
        for rule in book.references.rules_depending_on(statement)
    ]


def shown_of_decision(book: Book, figures: AuditFigures | None, name: str) -> ShownDecision | None:
    """Return what scenarios show about a rule or finding; None unless a full audit is there."""
    if figures is None or figures.reports is None:
        return None
    return ShownDecision(name, tuple(_Scenarios(book, figures).groups(name)))


def scenario_views(decisions: Iterable[ShownDecision]) -> list[ScenarioView]:
    """Return the scenarios of decisions, each once, by place."""
    found = {
        view.anchor: view
        for decision in decisions
        for group in decision.groups
        for item in group.items
        for view in item.scenarios
    }
    return sorted(found.values(), key=lambda view: (view.place.feature or view.place.text, view.place.line))


def item_anchor(decision: str, label: str) -> str:
    """Return the id of one outcome of a rule."""
    return f"{group_anchor(decision, OUTCOME)}-{label.replace(' ', '_')}"


class _Scenarios:
    """The scenarios of a full audit."""

    def __init__(self, book: Book, figures: AuditFigures) -> None:
        assert figures.reports is not None
        self._book = book
        self._shown = figures.reports.shown

    def groups(self, decision: str) -> list[ShownGroup]:
        """Return what scenarios show about a rule or finding; the outcomes of a rule come first."""
        known, outcomes = self._shown["scenarios"], group_anchor(decision, OUTCOME)
        return [
            ShownGroup(
                group["anchor"],
                group["title"],
                tuple(
                    ShownItem(
                        item["label"],
                        item_anchor(decision, item["label"]) if group["anchor"] == outcomes else "",
                        tuple(self._view(place) for place in item["places"] if place in known),
                        item["more"],
                    )
                    for item in group["items"]
                ),
            )
            for group in self._shown["decisions"].get(decision, ())
        ]

    def _view(self, place: str) -> ScenarioView:
        found = self._shown["scenarios"][place]
        return ScenarioView(
            found["anchor"], found["name"], place_of(self._book, place), tuple(found["steps"])
        )


class _Mentioned:
    """The scenarios that mention rules, with their steps as they are written."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._lines: dict[str, list[str]] = {}
        self._anchors: dict[Mention, str] = {}

    def groups(self, rule: str, mentions: Iterable[Mention]) -> Iterator[ShownGroup]:
        views = tuple(map(self._view, mentions))
        if views:
            anchor = group_anchor(rule, "mentioned")
            yield ShownGroup(anchor, "Scenarios", (ShownItem("mentioned", "", views),))

    def _view(self, mention: Mention) -> ScenarioView:
        assert self._book.features is not None
        relative = mention.file.relative_to(self._book.features).as_posix()
        anchor = self._anchors.setdefault(mention, f"scenario-{len(self._anchors) + 1}")
        place = Place(f"{relative}:{mention.line}", relative, mention.line)
        return ScenarioView(anchor, mention.scenario, place, tuple(self._steps(mention)))

    def _steps(self, mention: Mention) -> Iterator[str]:
        key = mention.file.as_posix()
        if key not in self._lines:
            self._lines[key] = mention.file.read_text(encoding="utf-8-sig").splitlines()
        for line in self._lines[key][mention.line :]:
            if _HEADING.match(line):
                return
            if line.strip() and not line.lstrip().startswith("#"):
                yield line.strip()
