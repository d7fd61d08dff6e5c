"""Rules and findings as reports show them: title, lines of YAML, and each condition in English."""

from __future__ import annotations

from collections.abc import Sequence

from cds_engine.audit.program import Decision, Program
from cds_engine.audit.result import ConditionView, DecisionView
from cds_engine.rulebook.prose import comparison_text


def decision_views(program: Program) -> tuple[DecisionView, ...]:
    """Return the rules of ``program`` by id, then the findings that they use."""
    return tuple(_view(program, decision) for decision in program.decisions.values())


def _view(program: Program, decision: Decision) -> DecisionView:
    rule = program.rulebook.rules.get(decision.name) if decision.is_rule else None
    lines = program.places.text("facts.yaml" if rule is None else rule.path).splitlines()
    first, last = (1, len(lines)) if rule is not None else (decision.line, _last_line(lines, decision.line))
    return DecisionView(
        name=decision.name,
        title=program.facts[decision.name].title if rule is None else rule.file.title,
        family="findings" if rule is None else rule.family,
        is_rule=decision.is_rule,
        file=decision.file,
        line=decision.line,
        source=tuple((number, lines[number - 1]) for number in range(first, last + 1)),
        conditions=tuple(
            ConditionView(
                leaf.index, leaf.pointer, leaf.place[1], comparison_text(leaf.comparison, program.facts)
            )
            for leaf in decision.leaves
        ),
    )


def _last_line(lines: Sequence[str], first: int) -> int:
    """Return the last line of the YAML entry that begins in line ``first``, counted from 1."""
    indent = _indent(lines[first - 1])
    for number, line in enumerate(lines[first:], first):
        if line.strip() and _indent(line) <= indent:
            return number
    return len(lines)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
