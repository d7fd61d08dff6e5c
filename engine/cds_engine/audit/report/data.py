"""The audit as JSON data: the shape that programs read, which ``docs/audit.md`` describes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cds_engine.audit.result import KINDS, AuditResult, Goal, Issue, Mutant, Subject, Total

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
        "scenarios": result.scenarios,
        "passed": result.passed,
        "totals": {kind: _total(total) for kind, total in result.totals.items()},
        "rules": [_subject(result, subject) for subject in result.subjects if subject.is_rule],
        "findings": [_subject(result, subject) for subject in result.subjects if not subject.is_rule],
        "survivors": [_mutant(mutant) for mutant in result.survivors],
        "equivalent": [_mutant(mutant) for mutant in result.mutants if mutant.fate == "equivalent"],
        "proof": _proof(result),
        "missing": [
            {"target": item.target, "scenario": item.scenario, "reason": item.reason}
            for item in result.missing
        ],
        "evidence": [
            {
                "claim": use.claim,
                "basis": use.basis,
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
                "feature": fault.feature,
                "line": fault.line,
                "scenario": fault.scenario,
                "kind": fault.kind,
                "message": fault.message,
            }
            for fault in result.faults
        ],
        "population": None if result.population is None else dict(result.population),
    }


def _total(total: Total) -> dict[str, Any]:
    return {
        "covered": total.covered,
        "of": total.of,
        "percent": total.percent,
        "goal": total.goal,
        "met": total.met,
    }


def _subject(result: AuditResult, subject: Subject) -> dict[str, Any]:
    return {
        "id": subject.name,
        "file": subject.file,
        "line": subject.line,
        "totals": {kind: _total(result.total(kind, subject.name)) for kind in KINDS if kind != "evidence"},
        "outcomes": {target.want: _target(target) for target in result.of("outcome", subject.name)},
        "conditions": [
            {
                "pointer": condition.pointer,
                "line": condition.line,
                "text": condition.text,
                "truths": _by_want(result, "condition", subject, condition.index),
                "mcdc": _by_want(result, "mcdc", subject, condition.index).get("decides"),
                "boundary": _by_want(result, "boundary", subject, condition.index),
            }
            for condition in subject.conditions
        ],
    }


def _by_want(result: AuditResult, kind: Any, subject: Subject, index: int) -> Mapping[str, Any]:
    return {
        "decides" if kind == "mcdc" else target.want: _target(target)
        for target in result.of(kind, subject.name)
        if target.index == index
    }


def _target(target: Goal) -> dict[str, Any]:
    return {
        "seen": len(target.seen_in),
        "seen_in": list(target.seen_in[:PLACES]),
        "excused": target.excused,
    }


def _mutant(mutant: Mutant) -> dict[str, Any]:
    return {
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
        "findings": [_finding(finding) for finding in result.proof.findings],
        "proved": list(result.proof.proved),
        "assumptions": list(result.proof.assumptions),
    }


def _finding(finding: Issue) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "rules": list(finding.rules),
        "statement": finding.statement,
        "file": finding.file,
        "line": finding.line,
        "witness": None if finding.witness is None else dict(finding.witness),
        "confirmed": finding.confirmed,
        "accepted": finding.accepted,
    }
