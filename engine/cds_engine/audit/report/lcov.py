"""LCOV over the lines of the YAML, so that ordinary coverage tools show rules.

A rule's first line is hit as often as scenarios say what it comes to, and has its four outcomes as branches.
The line of a condition is hit as often as it was known, and has true, false and unknown as branches. What is
excused is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from cds_engine.audit.result import AuditResult, Goal, Subject


def to_lcov(result: AuditResult) -> str:
    """Return the tracefile; its paths are those of the rulebook's files."""
    files: dict[str, list[Subject]] = {}
    for subject in result.subjects:
        files.setdefault(subject.file, []).append(subject)
    lines: list[str] = []
    for file, found in sorted(files.items()):
        lines += ["TN:", f"SF:{file}", *_file(result, found), "end_of_record"]
    return "\n".join(lines) + "\n"


def _file(result: AuditResult, found: Iterable[Subject]) -> list[str]:
    branches: list[tuple[int, int, int, int]] = []
    hits: dict[int, int] = {}
    for subject in found:
        for block, (line, targets) in enumerate(_places(result, subject)):
            counted = [target for target in targets if target.counted]
            places = {place for target in counted if target.want != "unknown" for place in target.seen_in}
            hits[line] = hits.get(line, 0) + len(places)
            branches += [(line, block, number, len(target.seen_in)) for number, target in enumerate(counted)]
    return [
        *(f"BRDA:{line},{block},{number},{count}" for line, block, number, count in branches),
        f"BRF:{len(branches)}",
        f"BRH:{sum(count > 0 for *_, count in branches)}",
        *(f"DA:{line},{count}" for line, count in sorted(hits.items())),
        f"LF:{len(hits)}",
        f"LH:{sum(count > 0 for count in hits.values())}",
    ]


def _places(result: AuditResult, subject: Subject) -> list[tuple[int, list[Goal]]]:
    """Return the lines that count, each with its branches."""
    places = []
    if subject.is_rule:
        places.append((subject.line, list(result.of("outcome", subject.name))))
    truths = list(result.of("condition", subject.name))
    for condition in subject.conditions:
        places.append((condition.line, [target for target in truths if target.index == condition.index]))
    return places
