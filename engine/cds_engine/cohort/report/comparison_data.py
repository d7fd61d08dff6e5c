"""The comparison as JSON data; the same rows and rulebooks give the same bytes."""

from __future__ import annotations

from typing import Any

from cds_engine.cohort.report.comparison import Comparison, RuleMoves
from cds_engine.cohort.report.data import dumped, identity_data
from cds_engine.cohort.report.differences import DatedValues, Differences
from cds_engine.quantities.numbers import to_json as number


def to_json(comparison: Comparison) -> str:
    """Return the comparison as a JSON text, ending in a line break."""
    return dumped(as_data(comparison))


def as_data(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON data."""
    return {
        "research_use_only": True,
        "disclaimer": " ".join(comparison.disclaimers),
        "a": identity_data(comparison.a),
        "b": identity_data(comparison.b),
        "as_of": comparison.as_of.isoformat(),
        "layout": comparison.layout,
        "patients": comparison.patients,
        "rejected": comparison.rejected,
        "affected": comparison.affected,
        "differences": _differences(comparison.differences),
        "rules": [_rule(moves) for moves in comparison.rules],
        "notices": list(comparison.notices),
    }


def _differences(differences: Differences) -> dict[str, Any]:
    return {
        "parameters": [
            {
                "parameter": changed.name,
                "title": changed.title,
                "a": _number(changed.a),
                "b": _number(changed.b),
            }
            for changed in differences.parameters
        ],
        "added": list(differences.added),
        "removed": list(differences.removed),
        "changed": [{"rule": changed.rule, "why": list(changed.why)} for changed in differences.changed],
        "terminology": differences.terminology,
    }


def _number(found: DatedValues | None) -> dict[str, Any] | None:
    if found is None:
        return None
    values = [
        {"since": None if since is None else since.isoformat(), "value": number(value)}
        for since, value in found.values
    ]
    return {"unit": found.unit, "values": values}


def _rule(found: RuleMoves) -> dict[str, Any]:
    rule = found.rule
    return {
        "rule": rule.id,
        "family": rule.family,
        "title": rule.file.title,
        "indicator": rule.file.advisory.indicator,
        "gains": found.gains,
        "losses": found.losses,
        "others": found.others,
        "transitions": [
            {
                "a": move.before,
                "b": move.after,
                "patients": move.patients,
                "examples": [
                    {"patient_id": patient, "as_of": as_of.isoformat()} for patient, as_of in move.examples
                ],
            }
            for move in found.moves
        ],
    }
