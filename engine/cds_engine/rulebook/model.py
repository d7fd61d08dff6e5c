"""What a loaded rulebook is: facts, parameters, evidence and rules, with every name resolved."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from cds_engine.language.expressions import Expression, resolve
from cds_engine.language.queries import Derivation, HistoryValue, Kind, facts_read
from cds_engine.rulebook.files import (
    Basis,
    EvidenceFile,
    ParameterFile,
    PharmacologyFile,
    RulebookFile,
    RuleFile,
    TerminologyFile,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A named value that a record may make known.

    Numbers have a UCUM ``unit``, the smallest step they are reported in (``resolution``) and the closed
    domain over which proofs quantify. Codes have their vocabulary. A fact is either derived from a record
    (``derivation``) or a finding that other facts decide (``finding``).
    """

    name: str
    title: str
    kind: Kind
    unit: str | None = None
    resolution: Decimal = Decimal(1)
    minimum: Decimal = Decimal(0)
    maximum: Decimal = Decimal(0)
    codes: tuple[str, ...] = ()
    question: str | None = None
    derivation: Derivation | None = None
    evidence: tuple[str, ...] = ()
    declared: Mapping[str, object] = field(default_factory=dict, compare=False)
    """How facts.yaml writes it, the texts included; empty for a finding."""
    finding: Expression | None = None
    basis: Basis | None = None
    place: str = field(default="", compare=False)
    """The JSON pointer in facts.yaml where it is declared."""


@dataclass(frozen=True)
class Rule:
    """One rule: its file, its trees, and where each part of it stands."""

    file: RuleFile
    family: str
    applies_to: Expression
    when: Expression
    path: str
    places: Mapping[str, tuple[int, int]]

    @property
    def id(self) -> str:
        """The rule's id, which is also its file's name."""
        return self.file.id


@dataclass(frozen=True)
class ProvenFamily:
    """A partition declared by the rulebook: exactly one of ``rules`` fires, or ``silent`` holds."""

    id: str
    title: str
    over: str
    given: Expression
    rules: tuple[str, ...]
    silent: Expression | None


@dataclass(frozen=True)
class Rulebook:
    """Everything the engine knows about a drug; immutable and safe to share between threads."""

    root: Path
    digest: str
    file: RulebookFile
    terminology: TerminologyFile
    facts: Mapping[str, Fact]
    parameters: Mapping[str, ParameterFile]
    evidence: EvidenceFile
    pharmacology: PharmacologyFile
    rules: Mapping[str, Rule]
    partitions: Mapping[str, ProvenFamily]

    @property
    def id(self) -> str:
        """The rulebook's id."""
        return self.file.id

    @property
    def version(self) -> str:
        """The rulebook's version."""
        return self.file.version

    @cached_property
    def active_rules(self) -> tuple[Rule, ...]:
        """The rules that are evaluated, by id; drafts and retired rules are not."""
        return tuple(rule for _, rule in sorted(self.rules.items()) if rule.file.status == "active")

    @cached_property
    def history_fields(self) -> tuple[str, ...]:
        """The fields that the history of a record may have: those from which a fact is derived."""
        derivations = (fact.derivation for fact in self.facts.values())
        return tuple(sorted({found.name for found in derivations if isinstance(found, HistoryValue)}))

    @cached_property
    def editions(self) -> tuple[datetime.date, ...]:
        """The days on which some parameter takes a new value, ascending."""
        return tuple(sorted({dated.since for p in self.parameters.values() for dated in p.values[1:]}))

    def needed_facts(self, names: Iterable[str]) -> tuple[Fact, ...]:
        """Return the derived facts among ``names`` and those that they read, in the order of declaration."""
        needed: set[str] = set()
        waiting = [name for name in names if name in self.facts]
        while waiting:
            name = waiting.pop()
            derivation = self.facts[name].derivation
            if name not in needed and derivation is not None:
                needed.add(name)
                waiting += facts_read(derivation)
        return tuple(fact for name, fact in self.facts.items() if name in needed)

    @property
    def first_day(self) -> datetime.date:
        """The day from which the first value of every parameter is on record."""
        first = (parameter.values[0].since for parameter in self.parameters.values())
        return max(first, default=datetime.date.min)

    def facts_at(self, as_of: datetime.date) -> Mapping[str, Fact]:
        """Return the facts, with the numbers that hold on ``as_of`` filled into the findings."""
        values = self.values_at(as_of)
        return {
            name: fact if fact.finding is None else replace(fact, finding=resolve(fact.finding, values))
            for name, fact in self.facts.items()
        }

    def values_at(self, as_of: datetime.date) -> Mapping[str, Decimal]:
        """Return every parameter's value on ``as_of``, in the parameter's own unit."""
        return MappingProxyType({name: value_at(p, as_of) for name, p in self.parameters.items()})


def value_at(parameter: ParameterFile, as_of: datetime.date) -> Decimal:
    """Return the value of ``parameter`` on ``as_of``; the first value also holds before its date."""
    value = parameter.values[0].value
    for dated in parameter.values:
        if dated.since <= as_of:
            value = dated.value
    return value
