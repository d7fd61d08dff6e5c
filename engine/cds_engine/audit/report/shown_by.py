"""Which scenarios show what about each rule, for the page: the cells of its table link here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cds_engine.audit.report.text import TITLES
from cds_engine.audit.result import AuditResult, DecisionView, Kind

SHARES: tuple[Kind, ...] = ("condition", "mcdc", "boundary", "mutation")
"""The kinds of goals of which a cell of the table has the share that is covered."""
MOST_LINKED = 12
"""How many scenarios are linked for one goal; all are counted."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A goal or mutant, the places of scenarios that show it, and how many more there are."""

    label: str
    places: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """What scenarios show of one kind about a rule."""

    anchor: str
    title: str
    items: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class ShownBy:
    """What scenarios show about a rule or finding."""

    decision: DecisionView
    groups: tuple[Group, ...]


def group_anchor(decision: str, kind: str) -> str:
    """Return the id of the list of what scenarios show of one kind about a rule."""
    return f"shown-{decision.replace('.', '-')}-{kind}"


def scenario_anchors(result: AuditResult) -> Mapping[str, str]:
    """Return the id of each scenario by its place."""
    return {view.place: f"scenario-{number}" for number, view in enumerate(result.scenario_views, 1)}


def shown_by(result: AuditResult) -> Iterator[ShownBy]:
    """Yield what scenarios show about each rule and finding."""
    for decision in result.decisions:
        kinds: tuple[Kind, ...] = ("outcome", *SHARES) if decision.is_rule else SHARES
        groups = (
            Group(group_anchor(decision.name, kind), TITLES[kind], tuple(_items(result, kind, decision.name)))
            for kind in kinds
        )
        yield ShownBy(decision, tuple(group for group in groups if group.items))


def _items(result: AuditResult, kind: Kind, decision: str) -> Iterator[Shown]:
    if kind == "mutation":
        for mutant in result.killed:
            if mutant.subject == decision:
                # The line of the expectation comes first, then the place of its scenario in brackets.
                yield Shown(mutant.change, ((mutant.by or "").rpartition("(")[2].rstrip(")"),))
        return
    for goal in result.of(kind, decision):
        if goal.covered:
            places = tuple(dict.fromkeys(goal.seen_in))
            yield Shown(goal.label, places[:MOST_LINKED], max(0, len(places) - MOST_LINKED))
