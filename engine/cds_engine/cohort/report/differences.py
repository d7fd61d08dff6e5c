"""What differs between two rulebooks, so far as it can change an outcome or what a rule says.

Numbers are compared with their dates, so that a difference holds for patients of every day.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from cds_engine.language.expressions import Expression, leaves
from cds_engine.language.queries import parameters_read
from cds_engine.rulebook.files import Parameter
from cds_engine.rulebook.model import Fact, Rule, Rulebook
from cds_engine.rulebook.text import format_value


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter in one rulebook: its unit, and its values with the day from which each holds."""

    unit: str
    values: tuple[tuple[datetime.date | None, Decimal], ...]
    """The first has no day: it holds before the second."""

    @classmethod
    def of(cls, parameter: Parameter) -> Number:
        """Return what evaluation sees of ``parameter``: a value given anew is no new one."""
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
    """A parameter that is not the same in both rulebooks; None where a rulebook does not have it."""

    name: str
    title: str
    a: Number | None
    b: Number | None


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """A rule of both rulebooks that is not the same in both, and what about it differs."""

    rule: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Differences:
    """Everything that differs."""

    parameters: tuple[ChangedParameter, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[ChangedRule, ...]
    terminology: bool
    """Whether codes, units or plausible ranges differ: then a record may come to other facts."""

    def __bool__(self) -> bool:
        return bool(self.parameters or self.added or self.removed or self.changed or self.terminology)


def compare(a: Rulebook, b: Rulebook) -> Differences:
    """Return what differs from ``a`` to ``b``."""
    before, after = ({rule.id: rule for rule in book.active_rules} for book in (a, b))
    parameters = tuple(_parameters(a, b))
    numbers = frozenset(parameter.name for parameter in parameters)
    changed = (
        ChangedRule(name, tuple(_why(_Ground(a, before[name]), _Ground(b, after[name]), numbers)))
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
        before, after = (None if file is None else Number.of(file) for file in files)
        if before != after:
            [*_, title] = (file.title for file in files if file is not None)
            yield ChangedParameter(name, title, before, after)


class _Ground:
    """What one rule rests on: its conditions, and the facts and parameters that these reach."""

    def __init__(self, rulebook: Rulebook, rule: Rule) -> None:
        self.rule = rule
        self.facts: dict[str, Fact] = {}
        self.parameters: set[str] = set()
        self._all = rulebook.facts
        self._reach(rule.applies_to)
        self._reach(rule.when)
        for fact in rulebook.needed_facts(self.facts):
            self.facts[fact.name] = fact
            self.parameters |= set(_references(fact))

    def _reach(self, expression: Expression) -> None:
        for leaf in leaves(expression):
            if leaf.parameter is not None:
                self.parameters.add(leaf.parameter)
            if leaf.fact not in self.facts:
                fact = self.facts[leaf.fact] = self._all[leaf.fact]
                if fact.finding is not None:
                    self._reach(fact.finding)

    @property
    def meanings(self) -> Mapping[str, object]:
        """What evaluation reads of each fact; what it is called, and why it is so, changes nothing."""
        return {
            name: (replace(fact, title="", question=None, basis=None, evidence=(), place=""), fact.derivation)
            for name, fact in self.facts.items()
        }


def _references(fact: Fact) -> Iterator[str]:
    if fact.derivation is not None:
        yield from parameters_read(fact.derivation)


def _why(a: _Ground, b: _Ground, numbers: frozenset[str]) -> Iterator[str]:
    if (a.rule.applies_to, a.rule.when) != (b.rule.applies_to, b.rule.when):
        yield "conditions"
    yield from (f"parameter {name}" for name in sorted(numbers & (a.parameters | b.parameters)))
    before, after = a.meanings, b.meanings
    yield from (
        f"fact {name}" for name in sorted(before.keys() & after.keys()) if before[name] != after[name]
    )
    if a.rule.file.advisory != b.rule.file.advisory:
        yield "advisory"
