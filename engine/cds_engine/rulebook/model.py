"""A loaded rulebook: facts, parameters, evidence and rules, with every name resolved."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from cds_engine.errors import Problem
from cds_engine.language.expressions import Comparison, Expression, leaves, resolve
from cds_engine.language.queries import Derivation, HistoryValue, Kind, facts_read
from cds_engine.rulebook.files import (
    Basis,
    EvidenceFile,
    Parameter,
    PharmacologyFile,
    RulebookFile,
    RuleFile,
    TerminologyFile,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A named value that is known or unknown for a record.

    A number has a UCUM ``unit``, a ``resolution`` (the smallest step in which it is reported) and a closed
    domain (``minimum`` to ``maximum``) that proofs cover. A code has its possible ``codes``. A fact is either
    derived from a record (``derivation``) or a finding that other facts decide (``finding``).
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
    rationale: str | None = field(default=None, compare=False)
    """Why a finding is defined as it is."""
    place: str = field(default="", compare=False)
    """The JSON pointer of its declaration in facts.yaml."""


@dataclass(frozen=True)
class Rule:
    """One rule: its file, its expressions, and the line and column of each part of the file."""

    file: RuleFile
    family: str
    applies_to: Expression
    when: Expression
    path: str
    places: Mapping[str, tuple[int, int]]

    @property
    def id(self) -> str:
        """The rule's id, which is also the name of its file."""
        return self.file.id


@dataclass(frozen=True, slots=True)
class UsedTerminology:
    """A shared terminology that a rulebook uses: its version, and a digest of the concepts that are used."""

    id: str
    version: str
    meaning: str
    folder: Path
    sources: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """Its files that may hold what is used, by their path."""


@dataclass(frozen=True)
class Partition:
    """A partition that the rulebook declares: exactly one of ``rules`` fires, or ``silent`` is true."""

    id: str
    title: str
    over: str
    given: Expression
    rules: tuple[str, ...]
    silent: Expression | None


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Everything the engine knows about a drug; immutable and safe to share between threads."""

    root: Path
    digest: str
    file: RulebookFile
    terminology: TerminologyFile
    facts: Mapping[str, Fact]
    parameters: Mapping[str, Parameter]
    evidence: EvidenceFile
    pharmacology: PharmacologyFile
    rules: Mapping[str, Rule]
    partitions: Mapping[str, Partition]
    shared: tuple[UsedTerminology, ...] = ()
    other_history: tuple[str, ...] = ()
    """Fields of the history that only other rulebooks read, which evaluate the same records."""
    sources: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """The files of the rulebook's own folder that the digest is of, by their path in it."""

    @property
    def id(self) -> str:
        """The rulebook's id."""
        return self.file.id

    @property
    def version(self) -> str:
        """The rulebook's version."""
        return self.file.version

    @property
    def features(self) -> Path:
        """The folder of the rulebook's scenarios and approved texts; it may not exist."""
        return Path(os.path.normpath(self.root / self.file.features))

    @cached_property
    def active_rules(self) -> tuple[Rule, ...]:
        """The rules that are evaluated, sorted by id; drafts and retired rules are left out."""
        return tuple(rule for _, rule in sorted(self.rules.items()) if rule.file.status == "active")

    @cached_property
    def history_fields(self) -> tuple[str, ...]:
        """The fields that ``history`` of a record may have: those that some fact is derived from."""
        derivations = (fact.derivation for fact in self.facts.values())
        own = {found.name for found in derivations if isinstance(found, HistoryValue)}
        return tuple(sorted(own | {*self.other_history}))

    @cached_property
    def editions(self) -> tuple[datetime.date, ...]:
        """The days on which some parameter changes, ascending."""
        return tuple(sorted({dated.since for p in self.parameters.values() for dated in p.values[1:]}))

    @cached_property
    def edition_days(self) -> tuple[datetime.date, ...]:
        """A day in each edition: the last day of the first one, then the first day of each other one."""
        if not self.editions:
            return (self.first_day,)
        return (self.editions[0] - datetime.timedelta(days=1), *self.editions)

    def comparisons(self, *expressions: Expression) -> Iterator[Comparison]:
        """Yield the comparisons of expressions and, after one with a finding, those of the finding."""
        for expression in expressions:
            for leaf in leaves(expression):
                yield leaf
                finding = self.facts[leaf.fact].finding
                if finding is not None:
                    yield from self.comparisons(finding)

    def problem(self, rule: Rule, at: str, message: str, code: str) -> Problem:
        """Return a problem with the part of a rule at the JSON pointer ``at``, placed in its file."""
        line, column = rule.places.get(at, (1, 1))
        return Problem((self.root / rule.path).as_posix(), message, at, line, column, code)

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
        """The first day on which every parameter has a value that is dated on or before it.

        Without parameters any day will do, as long as records may have it.
        """
        first = (parameter.values[0].since for parameter in self.parameters.values())
        return max(first, default=datetime.date(2000, 1, 1))

    def facts_at(self, as_of: datetime.date) -> Mapping[str, Fact]:
        """Return the facts, with the parameter values of ``as_of`` filled into the findings."""
        values = self.values_at(as_of)
        return {
            name: fact if fact.finding is None else replace(fact, finding=resolve(fact.finding, values))
            for name, fact in self.facts.items()
        }

    def values_at(self, as_of: datetime.date) -> Mapping[str, Decimal]:
        """Return every parameter's value on ``as_of``, in the parameter's own unit."""
        return MappingProxyType({name: value_at(p, as_of) for name, p in self.parameters.items()})


def value_at(parameter: Parameter, as_of: datetime.date) -> Decimal:
    """Return the value of ``parameter`` on ``as_of``; the first value also applies before its date."""
    value = parameter.values[0].value
    for dated in parameter.values:
        if dated.since <= as_of:
            value = dated.value
    return value
