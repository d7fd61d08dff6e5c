"""The audit as JSON data, in the shape that ``docs/audit.md`` describes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cds_engine.audit.result import (
    DECISION_KINDS,
    AuditResult,
    DecisionView,
    Goal,
    Issue,
    Kind,
    Mutant,
    Total,
)

PLACES = 2
"""How many of the scenarios that show something are named; all are counted."""


def to_json(result: AuditResult) -> str:
    """Return the audit as a JSON text, ending in a line break."""
    return json.dumps(as_data(result), indent=2, ensure_ascii=False) + "\n"


def as_data(result: AuditResult) -> dict[str, Any]:
    """Return the audit as JSON data."""
    return {
        "research_use_only": True,
        "disclaimer": result.disclaimer,
        "rulebook": dict(result.rulebook),
        "about": {
            "date": None if result.about.date is None else result.about.date.isoformat(),
            "commit": result.about.commit,
            "engine": result.about.engine,
            "digests": dict(result.about.digests),
        },
        "scenarios": result.scenarios,
        "cases": result.cases,
        "passed": result.passed,
        "totals": {kind: _total(total) for kind, total in result.totals.items()},
        "rules": [_decision(result, view) for view in result.decisions if view.is_rule],
        "findings": [_decision(result, view) for view in result.decisions if not view.is_rule],
        "survivors": [_mutant(mutant) for mutant in result.survivors],
        "equivalent": [_mutant(mutant) for mutant in result.equivalent],
        "killed": [_mutant(mutant) for mutant in result.killed],
        "proof": _proof(result),
        "terminology": list(_terminology(result)),
        "missing": [
            {
                "target": item.goal,
                "scenario": item.scenario,
                "reason": item.reason,
                "goes_into": "cases" if item.is_case else "feature",
            }
            for item in result.missing
        ],
        "evidence": [
            {
                "claim": use.claim,
                "file": use.file,
                "line": use.line,
                "basis": use.basis,
                "reliability": use.reliability,
                "source": use.source,
                "locator": use.locator,
                "encoded": {way: list(rules) for way, rules in use.encoded.items()},
                "exercised": len(use.exercised),
                "exercised_by": list(use.exercised[:PLACES]),
                "excused": use.excused,
            }
            for use in result.claims
        ],
        "faults": [
            {
                "feature": problem.feature,
                "line": problem.line,
                "scenario": problem.scenario,
                "kind": problem.kind,
                "message": problem.message,
            }
            for problem in result.scenario_problems
        ],
        "unreviewed": list(result.unreviewed),
        "population": None if result.population is None else dict(result.population),
    }


def _total(total: Total) -> dict[str, Any]:
    return {
        "covered": total.covered,
        "of": total.of,
        "percent": total.percent,
        "goal": total.required,
        "met": total.met,
    }


def _decision(result: AuditResult, view: DecisionView) -> dict[str, Any]:
    return {
        "id": view.name,
        "file": view.file,
        "line": view.line,
        "totals": {kind: _total(result.total(kind, view.name)) for kind in DECISION_KINDS},
        "outcomes": {goal.want: _goal(goal) for goal in result.of("outcome", view.name)},
        "conditions": [
            {
                "pointer": condition.pointer,
                "line": condition.line,
                "text": condition.text,
                "truths": _by_want(result, "condition", view, condition.index),
                "mcdc": _by_want(result, "mcdc", view, condition.index).get("decides"),
                "boundary": _by_want(result, "boundary", view, condition.index),
            }
            for condition in view.conditions
        ],
    }


def _terminology(result: AuditResult) -> Iterator[dict[str, Any]]:
    """Yield the figure of each concept, code system and quantity, with the entries that no case covers."""
    subjects: dict[str, list[Goal]] = {}
    for goal in result.of("terminology"):
        subjects.setdefault(goal.subject, []).append(goal)
    for subject, goals in subjects.items():
        counted = [goal for goal in goals if goal.counted]
        yield {
            "id": subject,
            "covered": sum(goal.covered for goal in counted),
            "of": len(counted),
            "missing": [
                {"entry": goal.label, "file": goal.file, "line": goal.line} for goal in goals if goal.missing
            ],
        }


def _by_want(result: AuditResult, kind: Kind, view: DecisionView, index: int) -> Mapping[str, Any]:
    return {
        "decides" if kind == "mcdc" else goal.want: _goal(goal)
        for goal in result.of(kind, view.name)
        if goal.index == index
    }


def _goal(goal: Goal) -> dict[str, Any]:
    return {
        "seen": len(goal.seen_in),
        "seen_in": list(goal.seen_in[:PLACES]),
        "excused": goal.excused,
    }


def _mutant(mutant: Mutant) -> dict[str, Any]:
    return {
        "kind": mutant.kind,
        "subject": mutant.subject,
        "operator": mutant.operator,
        "change": mutant.change,
        "file": mutant.file,
        "line": mutant.line,
        "reason": mutant.by,
        "accepted": mutant.accepted,
    }


def _proof(result: AuditResult) -> dict[str, Any]:
    if result.proof is None:
        return {"done": False, "findings": [], "proved": [], "assumptions": []}
    return {
        "done": True,
        "findings": [_issue(issue) for issue in result.proof.issues],
        "proved": list(result.proof.proved),
        "assumptions": list(result.proof.assumptions),
    }


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "kind": issue.kind,
        "rules": list(issue.rules),
        "statement": issue.statement,
        "file": issue.file,
        "line": issue.line,
        "witness": None if issue.witness is None else dict(issue.witness),
        "confirmed": issue.confirmed,
        "accepted": issue.accepted,
    }
