"""The summary as JSON data.

The same rows and rulebook give the same bytes, wherever the rows are stored and whichever backend counts.
So the data contain no paths and no backend.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cds_engine.cohort.report.summary import RuleCounts, Summary
from cds_engine.rulebook.model import Rulebook


def to_json(summary: Summary) -> str:
    """Return the summary as a JSON text, ending in a line break."""
    return dumped(as_data(summary))


def as_data(summary: Summary) -> dict[str, Any]:
    """Return the summary as JSON data."""
    rulebook, counts = summary.rulebook, summary.counts
    return {
        "research_use_only": True,
        "disclaimer": rulebook.file.disclaimer,
        "rulebook": identity_data(rulebook),
        "as_of": summary.as_of.isoformat(),
        "layout": summary.layout,
        "patients": counts.patients,
        "rejected": counts.rejected,
        "ages": dict(summary.ages),
        "rules": [_rule(found, summary.ages) for found in summary.rules],
        "missing": [
            {"fact": item.fact.name, "question": item.question, "patients": item.count}
            for item in summary.missing
        ],
        "unused": [{"fact": item.fact.name, "values": item.count} for item in summary.unused],
        "notices": list(summary.notices),
    }


def identity_data(rulebook: Rulebook) -> dict[str, str]:
    """Return id, version and digest of a rulebook, as JSON data."""
    return {"id": rulebook.id, "version": rulebook.version, "digest": rulebook.digest}


def dumped(data: Mapping[str, Any]) -> str:
    """Return ``data`` as a JSON text, ending in a line break."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _rule(counts: RuleCounts, ages: Mapping[str, int]) -> dict[str, Any]:
    rule = counts.rule
    return {
        "rule": rule.id,
        "family": rule.family,
        "title": rule.file.title,
        "indicator": rule.file.advisory.indicator,
        "outcomes": dict(counts.outcomes),
        "by_age": {band: dict(found) for band, found in counts.by_age.items() if ages[band]},
    }
