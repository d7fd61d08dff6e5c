"""The rules and findings as reports show them: title, source lines, and each condition in English."""

from __future__ import annotations

from pathlib import Path

from cds_engine.audit.coverage import condition_text
from cds_engine.audit.program import Decision, Program
from cds_engine.audit.result import Expression, Subject


def subjects(program: Program) -> tuple[Subject, ...]:
    """Return the rules of ``program`` by id, then the findings they rest on."""
    return tuple(_subject(program, decision) for decision in program.decisions.values())


def _subject(program: Program, decision: Decision) -> Subject:
    rule = program.rulebook.rules.get(decision.name) if decision.is_rule else None
    text = Path(decision.file).read_text(encoding="utf-8").splitlines()
    if rule is not None:
        source = list(enumerate(text, 1))
        title, family = rule.file.title, rule.family
    else:
        first = decision.line
        last = next(
            (
                number
                for number in range(first + 1, len(text) + 1)
                if _ends(text[first - 1], text[number - 1])
            ),
            len(text) + 1,
        )
        source = [(number, text[number - 1]) for number in range(first, last)]
        title, family = program.facts[decision.name].title, "findings"
    conditions = tuple(
        Expression(leaf.index, leaf.pointer, leaf.place[1], condition_text(program.facts, leaf))
        for leaf in decision.leaves
    )
    return Subject(
        decision.name,
        title,
        family,
        decision.is_rule,
        decision.file,
        decision.line,
        tuple(source),
        conditions,
    )


def _ends(first: str, line: str) -> bool:
    """Whether ``line`` no longer belongs to the YAML entry that begins with ``first``."""
    indent = len(first) - len(first.lstrip())
    return bool(line.strip()) and len(line) - len(line.lstrip()) <= indent
