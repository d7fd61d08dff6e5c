"""The result of comparing two rulebooks, as plain data that every report shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["rule", "fact", "parameter"]
KINDS: tuple[Kind, ...] = ("rule", "fact", "parameter")
Verdict = Literal["equal", "narrower", "wider", "different", "added", "removed", "undecided"]


@dataclass(frozen=True, slots=True)
class DifferenceWitness:
    """A record about which the rulebooks differ, and what the engine says about it with each of them."""

    record: Mapping[str, Any]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DataChange:
    """A value that is written differently: its place, and the two values; None if there is none."""

    file: str
    pointer: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A rule, fact or parameter in both rulebooks, or in one of them.

    ``verdict`` is about its meaning; ``changes`` are everything that is written differently, texts included.
    """

    kind: Kind
    name: str
    verdict: Verdict
    reason: str = ""
    witnesses: tuple[DifferenceWitness, ...] = ()
    changes: tuple[DataChange, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs, neither meaning nor text."""
        return self.verdict == "equal" and not self.changes


@dataclass(frozen=True, slots=True)
class ScenarioChange:
    """A scenario or terminology case of the first rulebook that gives another result with the second one.

    ``rules`` are the rules whose outcome differs, each with both outcomes. ``failure`` says why the scenario
    fails with the second rulebook; it is empty if it does not.
    """

    place: str
    name: str
    rules: tuple[tuple[str, str, str], ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ScenarioChanges:
    """How many scenarios and terminology cases ran with both rulebooks, and those that change."""

    ran: int
    changed: tuple[ScenarioChange, ...]


@dataclass(frozen=True, slots=True)
class PatientChanges:
    """How many patients of a population change.

    ``affected`` are the patients who gain or lose an advisory. ``rules`` are the rules that change for some
    patient, each with the patients who gain its advisory, who lose it, and for whom its outcome changes
    otherwise.
    """

    patients: int
    affected: int
    rules: tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class RulebookDifference:
    """Everything that differs between two rulebooks."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    disclaimer: str
    items: tuple[Compared, ...]
    data: tuple[DataChange, ...]
    """What is written differently in the terminology, evidence, pharmacology and rulebook.yaml."""
    scenarios: ScenarioChanges | None = None
    """None if no scenario ran."""
    patients: PatientChanges | None = None
    """None without a population."""

    def of(self, kind: Kind) -> Iterator[Compared]:
        """Yield the items of one kind."""
        return (item for item in self.items if item.kind == kind)

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not self.data and all(item.is_equal for item in self.items)
