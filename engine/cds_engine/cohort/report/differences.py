"""The differences between two rulebooks that can change an outcome or an advisory.

Numbers are compared with their dates, so the differences apply to evaluations on any day.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from cds_engine.language.queries import parameters_read
from cds_engine.rulebook.files import Parameter
from cds_engine.rulebook.model import Fact, Rule, Rulebook
from cds_engine.rulebook.text import format_value


@dataclass(frozen=True, slots=True)
class DatedValues:
    """A parameter in one rulebook: its unit, and its values, each with its first day."""

    unit: str
    values: tuple[tuple[datetime.date | None, Decimal], ...]
    """The first value has no day: it is valid before the second."""

    @classmethod
    def of(cls, parameter: Parameter) -> DatedValues:
        """Return the values of ``parameter`` without repetitions, which do not change an evaluation."""
        values: list[tuple[datetime.date | None, Decimal]] = []
        for dated in parameter.values:
            if not values or values[-1][1] != dated.value:
                values.append((dated.since if values else None, dated.value))
        return cls(parameter.unit, tuple(values))

    def __str__(self) -> str:
        texts = (
            format_value(value, self.unit) + ("" if since is None else f" from {since}")
            for since, value in self.values
        )
        return ", ".join(texts)


@dataclass(frozen=True, slots=True)
class ChangedParameter:
    """A parameter that differs between the rulebooks; None in a rulebook without it."""

    name: str
    title: str
    a: DatedValues | None
    b: DatedValues | None


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """A rule of both rulebooks that differs, and what differs in it."""

    rule: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Differences:
    """All differences."""

    parameters: tuple[ChangedParameter, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[ChangedRule, ...]
    terminology: bool
    """Whether codes, units or plausible ranges differ, so that a record may have other facts."""

    def __bool__(self) -> bool:
        return bool(self.parameters or self.added or self.removed or self.changed or self.terminology)


def compare_rulebooks(a: Rulebook, b: Rulebook) -> Differences:
    """Return the differences between ``a`` and ``b``."""
    before, after = ({rule.id: rule for rule in book.active_rules} for book in (a, b))
    parameters = tuple(_parameters(a, b))
    numbers = frozenset(parameter.name for parameter in parameters)
    changed = (
        ChangedRule(name, tuple(_why(_RuleInputs(a, before[name]), _RuleInputs(b, after[name]), numbers)))
        for name in sorted(before.keys() & after.keys())
    )
    return Differences(
        parameters,
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(rule for rule in changed if rule.why),
        terminology=a.terminology != b.terminology,
    )


def _parameters(a: Rulebook, b: Rulebook) -> Iterator[ChangedParameter]:
    for name in sorted(a.parameters.keys() | b.parameters.keys()):
        files = [book.parameters.get(name) for book in (a, b)]
        before, after = (None if file is None else DatedValues.of(file) for file in files)
        if before != after:
            [*_, title] = (file.title for file in files if file is not None)
            yield ChangedParameter(name, title, before, after)


class _RuleInputs:
    """What one rule uses: its conditions, and the facts and parameters in them, directly or not."""

    def __init__(self, rulebook: Rulebook, rule: Rule) -> None:
        self.rule = rule
        self.facts: dict[str, Fact] = {}
        self.parameters: set[str] = set()
        for leaf in rulebook.comparisons(rule.applies_to, rule.when):
            self.facts[leaf.fact] = rulebook.facts[leaf.fact]
            if leaf.parameter is not None:
                self.parameters.add(leaf.parameter)
        for fact in rulebook.needed_facts(self.facts):
            self.facts[fact.name] = fact
            self.parameters |= set(_references(fact))

    @property
    def meanings(self) -> Mapping[str, object]:
        """The parts of each fact that an evaluation uses, without titles, questions and reasons."""
        return {
            name: (replace(fact, title="", question=None, basis=None, evidence=(), place=""), fact.derivation)
            for name, fact in self.facts.items()
        }


def _references(fact: Fact) -> Iterator[str]:
    if fact.derivation is not None:
        yield from parameters_read(fact.derivation)


def _why(a: _RuleInputs, b: _RuleInputs, numbers: frozenset[str]) -> Iterator[str]:
    if (a.rule.applies_to, a.rule.when) != (b.rule.applies_to, b.rule.when):
        yield "conditions"
    yield from (f"parameter {name}" for name in sorted(numbers & (a.parameters | b.parameters)))
    before, after = a.meanings, b.meanings
    yield from (
        f"fact {name}" for name in sorted(before.keys() & after.keys()) if before[name] != after[name]
    )
    if a.rule.file.advisory != b.rule.file.advisory:
        yield "advisory"
