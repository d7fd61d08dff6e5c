"""The comparison of two rulebooks on one population: how the outcomes of each rule change."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from cds_engine.cohort import Layout
from cds_engine.cohort.report.differences import Differences, compare_rulebooks
from cds_engine.cohort.report.formatting import number, quantity, share
from cds_engine.language.kleene import OUTCOMES
from cds_engine.rulebook.model import Rule, Rulebook

EXAMPLES = 5
"""The number of patients named for each transition of a rule."""
Transition: TypeAlias = tuple[str, str]
"""The outcomes of a rule under A and under B; ``absent`` in a rulebook without the rule."""
Patient: TypeAlias = tuple[str, datetime.date]
"""A patient's id, empty if there is none, and the day of the evaluation."""
_ORDER: Sequence[str] = (*OUTCOMES, "absent")


@dataclass(frozen=True, slots=True)
class Move:
    """Patients with the same transition of a rule from A to B."""

    before: str
    after: str
    patients: int
    examples: tuple[Patient, ...]

    @property
    def gain(self) -> bool:
        """Whether only B gives these patients the rule's advisory."""
        return self.after == "fired" and self.before != "fired"

    @property
    def loss(self) -> bool:
        """Whether only A gives these patients the rule's advisory."""
        return self.before == "fired" and self.after != "fired"

    @property
    def changes(self) -> bool:
        """Whether anything changes for these patients; a new rule that does not fire changes nothing."""
        return self.gain or self.loss or (self.before != self.after and "absent" not in self.transition)

    @property
    def transition(self) -> Transition:
        """The outcomes under A and under B."""
        return self.before, self.after


@dataclass(frozen=True)
class RuleMoves:
    """All patients by the transition of one rule; ``rule`` is that of B, or that of A if B lacks it."""

    rule: Rule
    moves: tuple[Move, ...]

    @cached_property
    def changes(self) -> tuple[Move, ...]:
        """The moves that change something: gains, losses, others; in each, those with most patients first."""
        found = (move for move in self.moves if move.changes)
        return tuple(sorted(found, key=lambda move: (not move.gain, not move.loss, -move.patients)))

    @cached_property
    def gains(self) -> int:
        """The patients to whom only B gives its advisory."""
        return sum(move.patients for move in self.moves if move.gain)

    @cached_property
    def losses(self) -> int:
        """The patients to whom only A gives its advisory."""
        return sum(move.patients for move in self.moves if move.loss)

    @cached_property
    def others(self) -> int:
        """The patients for whom its outcome changes, but who get its advisory under neither rulebook."""
        return sum(move.patients for move in self.changes) - self.gains - self.losses


@dataclass(frozen=True)
class Comparison:
    """Two rulebooks and the outcomes of their rules for the same patients."""

    a: Rulebook
    b: Rulebook
    as_of: datetime.date
    """The day for rows and records without a date."""
    layout: Layout
    backend: str
    inputs: Sequence[str]
    notices: Sequence[str]
    patients: int
    """The patients evaluated under both rulebooks."""
    rejected: int
    """The rejected patients, who are in no other figure."""
    affected: int
    """The patients to whom only one rulebook gives the advisory of some rule."""
    transitions: Mapping[str, Mapping[Transition, int]]
    """For each rule of either rulebook, the number of patients by transition; 0 if not listed."""
    examples: Mapping[str, Mapping[Transition, Sequence[Patient]]]
    """Example patients for transitions that change something."""

    @cached_property
    def differences(self) -> Differences:
        """The differences between the rulebooks themselves."""
        return compare_rulebooks(self.a, self.b)

    @property
    def disclaimers(self) -> Sequence[str]:
        """The disclaimers of both rulebooks; one if they are the same."""
        return tuple(dict.fromkeys(book.file.disclaimer for book in (self.a, self.b)))

    @cached_property
    def rules(self) -> tuple[RuleMoves, ...]:
        """Every rule of either rulebook, by id."""
        rules = {rule.id: rule for book in (self.a, self.b) for rule in book.active_rules}
        return tuple(RuleMoves(rule, tuple(self._moves(name))) for name, rule in sorted(rules.items()))

    def _moves(self, rule: str) -> Iterator[Move]:
        counts, examples = self.transitions.get(rule, {}), self.examples.get(rule, {})
        for before in _ORDER:
            for after in _ORDER:
                if count := counts.get((before, after), 0):
                    found = sorted(examples.get((before, after), ()))[:EXAMPLES]
                    yield Move(before, after, count, tuple(found))

    @cached_property
    def changed(self) -> tuple[RuleMoves, ...]:
        """The rules with changes, those with most gains and losses first."""
        found = (rule for rule in self.rules if rule.changes)
        return tuple(sorted(found, key=lambda rule: (-rule.gains - rule.losses, -rule.others, rule.rule.id)))

    @property
    def unchanged(self) -> int:
        """The number of rules that change nothing for any patient."""
        return len(self.rules) - len(self.changed)

    @property
    def outcome(self) -> str:
        """The comparison in one sentence."""
        if not self.changed:
            return (
                "No patient changes: every rule has the same outcome for every patient under both rulebooks."
            )
        if not self.affected:
            return "No patient gains or loses an advisory; only outcomes other than 'fired' change."
        affected = f"{number(self.affected)} of {quantity(self.patients, 'patient')}"
        return f"{affected} ({share(self.affected, self.patients)}) gain or lose an advisory."
