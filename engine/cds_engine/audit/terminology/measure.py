"""Which entries of a terminology its cases cover: those in which they would notice every mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cds_engine.audit.places import shown
from cds_engine.audit.result import Fate, Goal, Missing, Mutant
from cds_engine.audit.terminology.codes import CodeTargets
from cds_engine.audit.terminology.index import CheckIndex
from cds_engine.audit.terminology.quantities import QuantityTargets
from cds_engine.audit.terminology.targets import Group, Target
from cds_engine.rulebook.changed_files import check_unchanged
from cds_engine.rulebook.listed_codes import all_codes
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.shared_terminology import read_terminology
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


class TerminologyEntries:
    """The entries of a terminology by what they belong to: a concept, a code system, or ``dose``.

    Args:
        rulebook: the rulebook.
        cases: the terminology cases that held; those that nobody has reviewed cover nothing.
    """

    def __init__(self, rulebook: Rulebook, cases: Iterable[TerminologyCase]) -> None:
        vocabulary = Vocabulary(rulebook.terminology)
        checks = [
            (f"{case.feature}:{check.line}", check)
            for case in cases
            if case.reviewed
            for check in case.checks
        ]
        index = CheckIndex(checks, vocabulary)
        self.targets: tuple[Target, ...] = tuple(_targets(rulebook, vocabulary, index))

    def goals(self, subject: str) -> tuple[Goal, ...]:
        """Return the goals of a concept, a code system or ``dose``: each entry, and what covers it."""
        return tuple(_measure(target).goal for target in self.targets if target.subject == subject)


def audit_terminology(
    rulebook: Rulebook, cases: Iterable[TerminologyCase], progress: Callable[[int, int], None]
) -> TerminologyAudit:
    """Return what terminology cases that held show about the terminology of ``rulebook``.

    Raises:
        RulebookError: if a file of the rulebook has changed since it was loaded.
    """
    targets = TerminologyEntries(rulebook, cases).targets
    measured = []
    for number, target in enumerate(targets, 1):
        measured.append(_measure(target))
        progress(number, len(targets))
    return TerminologyAudit(
        goals=tuple(found.goal for found in measured),
        mutants=tuple(mutant for found in measured for mutant in found.mutants),
        missing=tuple(_missing(measured)),
    )


def _targets(rulebook: Rulebook, vocabulary: Vocabulary, index: CheckIndex) -> Iterator[Target]:
    check_unchanged(rulebook)
    terminology, document = rulebook.terminology, read_terminology(rulebook.root)
    codes = CodeTargets(terminology, vocabulary, index)
    yield from codes.system_names(document)
    yield from codes.codes(all_codes(rulebook.root))
    yield from codes.complete(document)
    yield from codes.allergies(document)
    yield from QuantityTargets(terminology, vocabulary, index).all(document)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One entry: its goal, the mistakes in it, and cases that would notice those that survived."""

    target: Target
    goal: Goal
    mutants: tuple[Mutant, ...]
    cases: tuple[str, ...] = ()


def _measure(target: Target) -> _Measured:
    """Return what cases show about an entry; if no case is about it, its mistakes are not listed."""
    checks, file = list(dict.fromkeys(target.checks())), shown(Path(target.file))
    mutants: list[Mutant] = []
    cases: dict[str, None] = {}
    for mistake in target.mistakes if checks else ():
        changed = mistake.vocabulary()
        by = next((place for place, check in checks if check.problem(changed) is not None), None)
        fate: Fate = "killed"
        if by is None:
            case = target.noticing(changed)
            fate, by = ("survived", None) if case is not None else ("equivalent", SAME)
            cases.update({case: None} if case else {})
        what = (target.subject, mistake.operator, mistake.text, file, target.line, fate, by)
        mutants.append(Mutant(*what, pointer=target.pointer, kind="terminology"))
    killers = [mutant.by for mutant in mutants if mutant.fate == "killed" and mutant.by is not None]
    survived = not mutants or any(mutant.fate == "survived" for mutant in mutants)
    goal = Goal(
        "terminology",
        target.subject,
        target.text,
        target.label,
        file,
        target.line,
        target.pointer,
        seen_in=() if survived else tuple(dict.fromkeys(killers)),
        excused=None if survived or killers else SAME,
    )
    about = bool(killers or cases)  # otherwise the checks are about a broader code or another unit
    return _Measured(target, goal, tuple(mutants) if about else (), tuple(cases))


def _missing(measured: Iterable[_Measured]) -> Iterator[Missing]:
    """Yield cases for the entries that are not covered, one for each group."""
    groups: dict[Group, list[_Measured]] = {}
    for found in measured:
        if not found.goal.missing:
            continue
        if found.cases:
            yield Missing(found.goal.name, _text(found.cases), is_case=True)
        else:
            groups.setdefault(found.target.group, []).append(found)
    for group, members in groups.items():
        more = f" and {len(members) - 1} more" if len(members) > 1 else ""
        goal = f"{members[0].goal.name}{more}"
        if group.case is None:
            yield Missing(goal, "", group.advice or None, is_case=True)
        else:
            yield Missing(goal, _text([group.case([found.target.text for found in members])]), is_case=True)


def _text(cases: Iterable[str]) -> str:
    """Return cases with the tag that keeps them from counting until somebody has reviewed them."""
    lines = (line for case in cases for line in case.splitlines())
    return "".join(f"{line}\n" if line.startswith(" ") else f"@{UNREVIEWED}\n{line}\n" for line in lines)
