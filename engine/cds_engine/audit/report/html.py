"""The audit as one self-contained HTML file, for screens, printers and screen readers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import PackageLoader

from cds_engine.audit.report.shown_by import SHARES, group_anchor, scenario_anchors, shown_by
from cds_engine.audit.report.text import TITLES
from cds_engine.audit.result import KINDS, AuditResult, DecisionView, Goal, Total
from cds_engine.design import report_environment

_MARKS = {"true": "T", "false": "F", "unknown": "U"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table of rules: its text, and the state that colours it."""

    text: str
    state: str
    link: str = ""
    """The part of the page that lists the scenarios, if there are any."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of YAML, with notes on the conditions in it."""

    number: int
    text: str
    state: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One rule or finding as the page shows it."""

    decision: DecisionView
    cells: tuple[Cell, ...]
    lines: tuple[Line, ...]


def to_html(result: AuditResult) -> str:
    """Return the page."""
    template = report_environment(PackageLoader("cds_engine.audit.report", ".")).get_template("page.html.j2")
    return template.render(
        result=result,
        kinds=KINDS,
        titles=TITLES,
        rows=list(_rows(result)),
        shown=list(shown_by(result)),
        scenarios=scenario_anchors(result),
        witness=lambda record: json.dumps(record, indent=2, ensure_ascii=False),
    )


def _rows(result: AuditResult) -> Iterator[Row]:
    for decision in result.decisions:
        yield Row(decision, tuple(_cells(result, decision)), tuple(_lines(result, decision)))


def _cells(result: AuditResult, decision: DecisionView) -> Iterator[Cell]:
    outcomes = {goal.want: goal for goal in result.of("outcome", decision.name)}
    for want in ("fired", "not_met", "not_evaluable", "not_applicable"):
        goal = outcomes.get(want)
        yield Cell("", "none") if goal is None else _seen(goal)
    for kind in SHARES:
        yield _share(result.total(kind, decision.name), group_anchor(decision.name, kind))


def _seen(goal: Goal) -> Cell:
    if goal.covered:
        return Cell(str(len(goal.seen_in)), "full", group_anchor(goal.subject, "outcome"))
    return Cell("never", "missing") if goal.excused is None else Cell("cannot", "none")


def _share(total: Total, link: str) -> Cell:
    if total.of == 0:
        return Cell("", "none")
    state = "full" if total.covered == total.of else "part" if total.covered else "missing"
    return Cell(f"{total.covered}/{total.of}", state, link if total.covered else "")


def _lines(result: AuditResult, decision: DecisionView) -> Iterator[Line]:
    truths = list(result.of("condition", decision.name))
    others = [*result.of("mcdc", decision.name), *result.of("boundary", decision.name)]
    for number, text in decision.source:
        here = [condition for condition in decision.conditions if condition.line == number]
        indexes = {condition.index for condition in here}
        seen = [goal for goal in truths if goal.index in indexes]
        missing = [goal for goal in (*seen, *others) if goal.index in indexes and goal.missing]
        notes = [
            f"{condition.text}: {_truths([goal for goal in seen if goal.index == condition.index])}"
            for condition in here
        ]
        notes += [f"missing: {goal.label}" for goal in missing]
        state = "none" if not here else "full" if not missing else "part"
        if here and not any(goal.covered for goal in seen):
            state = "missing"
        yield Line(number, text, state, tuple(notes))


def _truths(goals: list[Goal]) -> str:
    return ", ".join(
        f"{_MARKS[goal.want]} {goal.want} {len(goal.seen_in)} times"
        if goal.counted
        else f"{_MARKS[goal.want]} {goal.want} impossible"
        for goal in goals
    )
