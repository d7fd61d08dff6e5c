"""What one evaluation says: advisories, what is missing, and the trace."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from engine.advisory import (
    Advisory,
    Because,
    NotEvaluable,
    Outcomes,
    Trace,
    TracedCondition,
)
from engine.edition import Judgement, Ruling
from engine.facts import Sources
from engine.logic import Term, grounds, unknowns
from engine.rulebook.tree import Scalar
from engine.wording import Part, Shown, Writer

# Most values come again in the next record: what is said about one is written once and kept for a while.


@lru_cache(maxsize=16384, typed=True)
def _because(shown: Shown, value: Scalar | None, sources: Sources) -> Because:
    return shown.because(value, sources)


@lru_cache(maxsize=4096)
def _still_open(rule: str, missing: tuple[str, ...]) -> NotEvaluable:
    return NotEvaluable(rule=rule, missing=tuple(dict.fromkeys(missing)))


class Report:
    """What one evaluation says; what several of its rules share is worked out once."""

    def __init__(self, writer: Writer, judgement: Judgement, sources: Mapping[str, Sources]) -> None:
        self.writer = writer
        self.edition = writer.edition
        self.judgement = judgement
        self.facts = judgement.facts
        self.sources = sources
        self._grounds: dict[int, Mapping[int, Because]] = {}
        self._missing: dict[int, tuple[str, ...]] = {}
        self._traced: dict[tuple[Part, int], tuple[TracedCondition, ...]] = {}

    def advisories(self) -> tuple[Advisory, ...]:
        """Say what the fired rules say, the most urgent first."""
        fired = sorted(self.judgement.rules["fired"], key=self.writer.urgency.__getitem__)
        rules = [self.writer.says[name] for name in fired]
        return tuple([says.advisory(self.facts, self.because(says.ruling)) for says in rules])

    def because(self, ruling: Ruling) -> tuple[Because, ...]:
        """Name the values that made a rule fire, those of its condition before those of its scope."""
        return tuple({**self.grounds(ruling.when), **self.grounds(ruling.applies_to)}.values())

    def grounds(self, root: Term) -> Mapping[int, Because]:
        """Show the comparisons that make a condition true."""
        found = self._grounds.get(id(root))
        if found is None:
            shown, facts, sources = self.writer.shown, self.facts, self.sources
            found = self._grounds[id(root)] = {
                id(leaf): _because(shown[id(leaf)], facts.get(leaf.fact), sources.get(leaf.fact, ()))
                for leaf in grounds(root, facts, self.edition.findings)
            }
        return found

    def not_evaluable(self) -> tuple[NotEvaluable, ...]:
        """Name the facts on which it depends whether each open rule fires."""
        rules = [(name, self.edition.rulings[name]) for name in sorted(self.judgement.rules["not_evaluable"])]
        return tuple(
            [
                _still_open(name, self.missing(rule.applies_to) + self.missing(rule.when))
                for name, rule in rules
            ]
        )

    def missing(self, root: Term) -> tuple[str, ...]:
        """Return the unknown facts that still matter to a condition."""
        found = self._missing.get(id(root))
        if found is None:
            found = self._missing[id(root)] = tuple(unknowns(root, self.facts, self.edition.findings))
        return found

    def trace(self) -> tuple[Trace, ...]:
        """Trace every rule."""
        outcomes = self.judgement.outcomes
        return tuple(
            [
                Trace(
                    rule=name,
                    outcome=outcomes[name],
                    conditions=self.traced("applies_to", ruling.applies_to)
                    + self.traced("when", ruling.when),
                )
                for name, ruling in self.edition.rulings.items()
            ]
        )

    def traced(self, part: Part, root: Term) -> tuple[TracedCondition, ...]:
        """Trace every comparison of a condition."""
        found = self._traced.get((part, id(root)))
        if found is None:
            found = self._traced[part, id(root)] = self.writer.traceable[id(root)].traced(part, self.facts)
        return found

    def outcome_counts(self) -> Outcomes:
        """Count the outcomes of all rules."""
        return Outcomes(**{outcome: len(rules) for outcome, rules in self.judgement.rules.items()})
