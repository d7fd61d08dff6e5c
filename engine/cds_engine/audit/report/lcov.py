"""LCOV over the lines of the YAML files, so that ordinary coverage tools show rules.

The first line of a rule is hit once for each scenario that states its outcome, and has the four outcomes as
branches. The line of a condition is hit once for each scenario in which the condition was known, and has
true, false and unknown as branches. Excused goals are left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from cds_engine.audit.result import AuditResult, DecisionView, Goal


def to_lcov(result: AuditResult) -> str:
    """Return the tracefile; its paths are those of the rulebook's files."""
    files: dict[str, list[DecisionView]] = {}
    for decision in result.decisions:
        files.setdefault(decision.file, []).append(decision)
    lines: list[str] = []
    for file, decisions in sorted(files.items()):
        lines += ["TN:", f"SF:{file}", *_file(result, decisions), "end_of_record"]
    return "\n".join(lines) + "\n"


def _file(result: AuditResult, decisions: Iterable[DecisionView]) -> list[str]:
    branches: list[tuple[int, int, int, int]] = []
    hits: dict[int, int] = {}
    for decision in decisions:
        for block, (line, goals) in enumerate(_lines(result, decision)):
            counted = [goal for goal in goals if goal.counted]
            places = {place for goal in counted if goal.want != "unknown" for place in goal.seen_in}
            hits[line] = hits.get(line, 0) + len(places)
            branches += [(line, block, number, len(goal.seen_in)) for number, goal in enumerate(counted)]
    return [
        *(f"BRDA:{line},{block},{number},{count}" for line, block, number, count in branches),
        f"BRF:{len(branches)}",
        f"BRH:{sum(count > 0 for *_, count in branches)}",
        *(f"DA:{line},{count}" for line, count in sorted(hits.items())),
        f"LF:{len(hits)}",
        f"LH:{sum(count > 0 for count in hits.values())}",
    ]


def _lines(result: AuditResult, decision: DecisionView) -> list[tuple[int, list[Goal]]]:
    """Return the lines that count, each with the goals that are its branches."""
    lines = []
    if decision.is_rule:
        lines.append((decision.line, list(result.of("outcome", decision.name))))
    truths = list(result.of("condition", decision.name))
    for condition in decision.conditions:
        lines.append((condition.line, [goal for goal in truths if goal.index == condition.index]))
    return lines
