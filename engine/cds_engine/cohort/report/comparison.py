"""The comparison of two rulebooks on one population: for each rule, from what to what patients move."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from cds_engine.cohort import Layout
from cds_engine.cohort.report.differences import Differences, compare
from cds_engine.cohort.report.writing import number, quantity, share
from cds_engine.language.kleene import OUTCOMES
from cds_engine.rulebook.model import Rule, Rulebook

EXAMPLES = 5
"""How many patients are named for each way in which the outcome of a rule changes."""
Transition: TypeAlias = tuple[str, str]
"""What a rule comes to under A and under B: an outcome, or ``absent`` in a rulebook without the rule."""
Patient: TypeAlias = tuple[str, datetime.date]
"""A patient's id, empty where there is none, and the day for which the patient was evaluated."""
_ORDER: Sequence[str] = (*OUTCOMES, "absent")


@dataclass(frozen=True, slots=True)
class Move:
    """Patients for whom a rule comes to one thing under A and to another under B."""

    before: str
    after: str
    patients: int
    examples: tuple[Patient, ...]

    @property
    def gain(self) -> bool:
        """Whether these patients get the rule's advisory under B only."""
        return self.after == "fired" and self.before != "fired"

    @property
    def loss(self) -> bool:
        """Whether these patients get the rule's advisory under A only."""
        return self.before == "fired" and self.after != "fired"

    @property
    def changes(self) -> bool:
        """Whether anything changes for these patients; a rule that is new and silent changes nothing."""
        return self.gain or self.loss or (self.before != self.after and "absent" not in self.transition)

    @property
    def transition(self) -> Transition:
        """From what to what."""
        return self.before, self.after


@dataclass(frozen=True)
class RuleMoves:
    """All patients by what one rule comes to for them; ``rule`` is that of B, or of A where B has none."""

    rule: Rule
    moves: tuple[Move, ...]

    @cached_property
    def changes(self) -> tuple[Move, ...]:
        """The moves that change something: gains, losses, others, each with most patients first."""
        found = (move for move in self.moves if move.changes)
        return tuple(sorted(found, key=lambda move: (not move.gain, not move.loss, -move.patients)))

    @cached_property
    def gains(self) -> int:
        """The patients who get its advisory under B only."""
        return sum(move.patients for move in self.moves if move.gain)

    @cached_property
    def losses(self) -> int:
        """The patients who get its advisory under A only."""
        return sum(move.patients for move in self.moves if move.loss)

    @cached_property
    def others(self) -> int:
        """The patients for whom its outcome changes, and who get its advisory under neither."""
        return sum(move.patients for move in self.changes) - self.gains - self.losses


@dataclass(frozen=True)
class Comparison:
    """Two rulebooks and what their rules came to for the same patients."""

    a: Rulebook
    b: Rulebook
    as_of: datetime.date
    """The day for patients whose row or record has no date of its own."""
    layout: Layout
    backend: str
    inputs: Sequence[str]
    notices: Sequence[str]
    patients: int
    """Those that were evaluated under both."""
    rejected: int
    """Those that were not, and are in no other figure."""
    affected: int
    """The patients who get at least one rule's advisory under one rulebook only."""
    transitions: Mapping[str, Mapping[Transition, int]]
    """For each rule of either rulebook the patients by transition; what is not there counts none."""
    examples: Mapping[str, Mapping[Transition, Sequence[Patient]]]
    """Patients to look up, for transitions that change something."""

    @cached_property
    def differences(self) -> Differences:
        """What differs between the rulebooks themselves."""
        return compare(self.a, self.b)

    @property
    def disclaimers(self) -> Sequence[str]:
        """The disclaimers of both rulebooks, one where they are the same."""
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
        """The rules with changes, those that give or take most advisories first."""
        found = (rule for rule in self.rules if rule.changes)
        return tuple(sorted(found, key=lambda rule: (-rule.gains - rule.losses, -rule.others, rule.rule.id)))

    @property
    def unchanged(self) -> int:
        """How many rules change nothing for anyone."""
        return len(self.rules) - len(self.changed)

    @property
    def outcome(self) -> str:
        """The comparison in one sentence."""
        if not self.changed:
            return "No patient changes: every rule comes to the same for everyone under both rulebooks."
        if not self.affected:
            return "No patient gains or loses an advisory; only outcomes other than 'fired' change."
        affected = f"{number(self.affected)} of {quantity(self.patients, 'patient')}"
        return f"{affected} ({share(self.affected, self.patients)}) gain or lose an advisory."
