"""From each claim to the rules that use it and to the scenarios that show them, with all places, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from cds_engine.audit.result import AuditResult, ClaimUse

COLUMNS = (
    "claim",
    "basis",
    "source",
    "locator",
    "claim_at",
    "used_as",
    "rule",
    "rule_title",
    "rule_at",
    "outcome",
    "scenario",
    "scenario_at",
    "note",
)
Row = tuple[str, ...]


def trace_rows(result: AuditResult) -> Iterator[Row]:
    """Yield the rows: one for each claim, rule that uses it and scenario that expects an outcome of the rule.

    A claim that no rule uses has one row with the reason, and so has a rule that no scenario is about.
    """
    names = {view.place: view.name for view in result.scenario_views}
    rules = {view.name: view for view in result.decisions if view.is_rule}
    for use in result.claims:
        claim = (use.claim, use.basis, use.source, " ".join(use.locator.split()), f"{use.file}:{use.line}")
        for rule, ways in _ways(use).items():
            view = rules[rule]
            cells = (*claim, ways, rule, view.title, f"{view.file}:{view.line}")
            shown = [
                (goal.want, names.get(place, ""), place)
                for goal in result.of("outcome", rule)
                for place in goal.seen_in
            ]
            yield from ((*cells, *scenario, "") for scenario in shown)
            if not shown:
                yield (*cells, "", "", "", "no scenario expects an outcome of the rule")
        if not use.encoded:
            yield (*claim, *[""] * (len(COLUMNS) - len(claim) - 1), use.excused or "no rule uses it")


def _ways(use: ClaimUse) -> dict[str, str]:
    """Return how each rule uses a claim."""
    found: dict[str, list[str]] = {}
    for way, rules in use.encoded.items():
        for rule in rules:
            found.setdefault(rule, []).append(way)
    return {rule: ", ".join(ways) for rule, ways in sorted(found.items())}


def to_csv(result: AuditResult) -> str:
    """Return the rows as CSV (RFC 4180); the first one has the disclaimer as well."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow((*COLUMNS, "research_use_only", "disclaimer"))
    for number, row in enumerate(trace_rows(result)):
        writer.writerow((*row, "true", result.disclaimer if number == 0 else ""))
    return text.getvalue()
