"""Which entries of a terminology its cases cover: those in which they would notice every mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cds_engine.audit.program import shown
from cds_engine.audit.result import Goal, Missing, Mutant
from cds_engine.audit.terminology.codes import CodeTargets
from cds_engine.audit.terminology.index import CheckIndex
from cds_engine.audit.terminology.quantities import QuantityTargets
from cds_engine.audit.terminology.targets import Group, Target
from cds_engine.rulebook.listed_codes import own_codes
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.terminology_parts import read_terminology
from cds_engine.rulebook.vocabulary import Vocabulary
from cds_engine.scenarios.recording import UNREVIEWED, TerminologyCase

SAME = "checked: every code and unit that it concerns means the same"
"""Why a mistake in a terminology is none."""


@dataclass(frozen=True)
class TerminologyAudit:
    """The entries of a terminology as goals, the mistakes in those that have cases, and missing cases."""

    goals: tuple[Goal, ...]
    mutants: tuple[Mutant, ...]
    missing: tuple[Missing, ...]


def audit_terminology(
    rulebook: Rulebook, cases: Iterable[TerminologyCase], progress: Callable[[int, int], None]
) -> TerminologyAudit:
    """Return what terminology cases that held show about the terminology of ``rulebook``."""
    vocabulary = Vocabulary(rulebook.terminology)
    checks = [
        (f"{case.feature}:{check.line}", check) for case in cases if case.reviewed for check in case.checks
    ]
    index = CheckIndex(checks, vocabulary)
    targets = list(_targets(rulebook, vocabulary, index))
    goals: list[Goal] = []
    mutants: list[Mutant] = []
    open_groups: dict[Group, list[Target]] = {}
    for number, target in enumerate(targets, 1):
        goal, made = _measure(target)
        goals.append(goal)
        mutants += made
        if goal.missing:
            open_groups.setdefault(target.group, []).append(target)
        progress(number, len(targets))
    return TerminologyAudit(tuple(goals), tuple(mutants), tuple(_missing(open_groups)))


def _targets(rulebook: Rulebook, vocabulary: Vocabulary, index: CheckIndex) -> Iterator[Target]:
    terminology, document = rulebook.terminology, read_terminology(rulebook.root)
    codes = CodeTargets(terminology, vocabulary, index)
    yield from codes.system_names(document)
    yield from codes.codes(own_codes(rulebook.root))
    yield from codes.complete(document)
    yield from codes.allergies(document)
    yield from QuantityTargets(terminology, vocabulary, index).all(document)


def _measure(target: Target) -> tuple[Goal, list[Mutant]]:
    """Return the goal of an entry, and the mistakes in it; of an entry without cases there are none."""
    checks, file = list(dict.fromkeys(target.checks())), shown(Path(target.file))
    mutants: list[Mutant] = []
    killers: list[str] = []
    for mistake in target.mistakes if checks else ():
        changed = mistake.vocabulary()
        killer = next((place for place, check in checks if check.problem(changed) is not None), None)
        if killer is not None:
            killers.append(killer)
        same = killer is None and target.same(changed)
        mutants.append(
            Mutant(
                target.subject,
                mistake.operator,
                mistake.text,
                file,
                target.line,
                "killed" if killer is not None else "equivalent" if same else "survived",
                killer if killer is not None else SAME if same else None,
                pointer=target.pointer,
                kind="terminology",
            )
        )
    survived = not checks or any(mutant.fate == "survived" for mutant in mutants)
    if not killers:  # cases that notice no mistake in an entry are about something else
        mutants = []
    goal = Goal(
        "terminology",
        target.subject,
        target.text,
        target.label,
        file,
        target.line,
        target.pointer,
        seen_in=() if survived or not killers else tuple(dict.fromkeys(killers)),
        excused=SAME if checks and not survived and not killers else None,
    )
    return goal, mutants


def _missing(groups: dict[Group, list[Target]]) -> Iterator[Missing]:
    """Yield a case for each group of entries that no case covers."""
    for group, targets in groups.items():
        first = targets[0]
        more = f" and {len(targets) - 1} more" if len(targets) > 1 else ""
        goal = f"terminology of {first.subject}, line {first.line}: {first.label}{more}"
        if group.case is None:
            yield Missing(goal, "", group.advice or None, is_case=True)
            continue
        lines = group.case([target.text for target in targets]).splitlines()
        text = "\n".join(line if line.startswith(" ") else f"@{UNREVIEWED}\n{line}" for line in lines)
        yield Missing(goal, f"{text}\n", is_case=True)
