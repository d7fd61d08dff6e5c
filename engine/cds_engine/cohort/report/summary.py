"""The summary of one run over a population: the counts, with the names from the rulebook."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from cds_engine.cohort import Layout
from cds_engine.cohort.counts import BANDS, Counts
from cds_engine.language.kleene import OUTCOMES, Outcome
from cds_engine.rulebook.files import Family
from cds_engine.rulebook.model import Fact, Rule, Rulebook

Outcomes: TypeAlias = Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """The number of patients for each outcome of a rule, by age."""

    rule: Rule
    by_age: Mapping[str, Outcomes]

    @property
    def outcomes(self) -> Outcomes:
        """Patients of all ages by outcome."""
        return {outcome: sum(found[outcome] for found in self.by_age.values()) for outcome in OUTCOMES}

    @property
    def fired(self) -> int:
        """The patients for whom the rule fired."""
        return self.outcomes["fired"]


@dataclass(frozen=True, slots=True)
class FactCount:
    """A fact with a number of patients or values."""

    fact: Fact
    count: int

    @property
    def question(self) -> str:
        """The question for the fact; its title if the rulebook has no question."""
        return self.fact.question or self.fact.title


@dataclass(frozen=True)
class Summary:
    """One run: its rulebook, input, backend and counts.

    The duration is not among them: the same input gives the same report.
    """

    rulebook: Rulebook
    as_of: datetime.date
    """The day for rows and records without a date."""
    layout: Layout
    backend: str
    inputs: Sequence[str]
    notices: Sequence[str]
    counts: Counts

    @cached_property
    def rules(self) -> tuple[RuleCounts, ...]:
        """Every rule that was evaluated, by id."""
        return tuple(self._of(rule) for rule in self.rulebook.active_rules)

    def _of(self, rule: Rule) -> RuleCounts:
        found = self.counts.outcomes
        by_age = {band: {outcome: found[rule.id, band, outcome] for outcome in OUTCOMES} for band in BANDS}
        return RuleCounts(rule, by_age)

    @cached_property
    def families(self) -> tuple[tuple[Family, tuple[RuleCounts, ...]], ...]:
        """The rules of each family that has any, in the rulebook's order of families."""
        grouped = (
            (family, tuple(counts for counts in self.rules if counts.rule.family == name))
            for name, family in self.rulebook.file.families.items()
        )
        return tuple((family, rules) for family, rules in grouped if rules)

    @cached_property
    def by_fired(self) -> tuple[RuleCounts, ...]:
        """The rules that fired for some patient, those with most patients first."""
        fired = (counts for counts in self.rules if counts.fired)
        return tuple(sorted(fired, key=lambda counts: (-counts.fired, counts.rule.id)))

    @cached_property
    def ages(self) -> Mapping[str, int]:
        """The number of patients in every age band, including empty ones."""
        return {band: self.counts.ages[band] for band in BANDS}

    @cached_property
    def missing(self) -> tuple[FactCount, ...]:
        """The facts that could make some rule fire if they were known, most patients first."""
        return self._ranked(self.counts.missing)

    @cached_property
    def unused(self) -> tuple[FactCount, ...]:
        """The facts with values outside the plausible range, those with most such values first."""
        return self._ranked(self.counts.unused)

    def _ranked(self, counts: Mapping[str, int]) -> tuple[FactCount, ...]:
        found = (FactCount(self.rulebook.facts[name], count) for name, count in counts.items() if count)
        return tuple(sorted(found, key=lambda item: (-item.count, item.fact.name)))
