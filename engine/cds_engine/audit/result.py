"""What an audit found, as data; every report is a view of it, so that no two can disagree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["outcome", "condition", "mcdc", "boundary", "mutation", "evidence"]
KINDS: tuple[Kind, ...] = ("outcome", "condition", "mcdc", "boundary", "mutation", "evidence")
FindingKind = Literal["unreachable", "redundant", "gap", "overlap", "conflict"]
Fate = Literal["killed", "survived", "equivalent"]


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that scenarios should show, and where they do.

    ``subject`` is the rule, finding or claim; ``want`` is the outcome, the truth or the side of a threshold.
    ``excused`` says why nothing can show it, or need; an excused target that is seen nevertheless counts.
    """

    kind: Kind
    subject: str
    want: str
    label: str
    file: str
    line: int
    pointer: str = ""
    index: int = 0
    seen_in: tuple[str, ...] = ()
    excused: str | None = None

    @property
    def covered(self) -> bool:
        """Whether a scenario shows it."""
        return bool(self.seen_in)

    @property
    def counted(self) -> bool:
        """Whether it belongs to what is to be covered."""
        return self.covered or self.excused is None

    @property
    def missing(self) -> bool:
        """Whether it should be shown and is not."""
        return self.counted and not self.covered

    @property
    def name(self) -> str:
        """Its name in lists; the line tells apart what is written twice."""
        where = f", line {self.line}" if self.pointer and self.kind != "evidence" else ""
        return f"{self.kind} of {self.subject}{where}: {self.label}"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed rulebook, and whether an expectation noticed."""

    subject: str
    operator: str
    change: str
    file: str
    line: int
    fate: Fate
    by: str | None = None
    """The place of the expectation that noticed, or the reason why none can."""
    accepted: str | None = None
    pointer: str = ""

    @property
    def name(self) -> str:
        """Its name in lists."""
        return f"mutation of {self.subject}, line {self.line}: {self.change}"


@dataclass(frozen=True, slots=True)
class Issue:
    """Something proved about the rules, with a record on which it shows; ``confirmed`` by the real engine."""

    kind: FindingKind
    rules: tuple[str, ...]
    statement: str
    file: str
    line: int
    witness: Mapping[str, Any] | None = None
    confirmed: bool = False
    accepted: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved, under which assumptions."""

    findings: tuple[Issue, ...]
    proved: tuple[str, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A target no scenario shows, and a scenario that would; ``reason`` says why there is none."""

    target: str
    scenario: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A scenario that cannot be counted on: it failed, or expects nothing."""

    feature: str
    line: int
    scenario: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Total:
    """How much of a kind is covered; ``goal`` is the percentage asked for, if any."""

    covered: int
    of: int
    goal: float | None = None

    @property
    def percent(self) -> float:
        """The percentage, rounded down to one decimal: 100 only when nothing is missing."""
        return 100.0 if self.of == 0 else (self.covered * 1000 // self.of) / 10

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.goal is None or self.of == 0 or self.covered * 100 >= self.goal * self.of


@dataclass(frozen=True)
class ClaimUse:
    """A claim of the evidence: which rules rest on it and how, which scenarios saw one of them fire."""

    claim: str
    basis: str
    source: str
    locator: str
    encoded: Mapping[str, tuple[str, ...]]
    exercised: tuple[str, ...]
    excused: str | None


@dataclass(frozen=True)
class Subject:
    """A rule or finding as reports show it: its text, and what each of its conditions was seen to be."""

    name: str
    title: str
    family: str
    is_rule: bool
    file: str
    line: int
    source: tuple[tuple[int, str], ...]
    conditions: tuple[Expression, ...]


@dataclass(frozen=True)
class Expression:
    """A comparison of a rule or finding, in English, with its line."""

    index: int
    pointer: str
    line: int
    text: str


@dataclass(frozen=True)
class AuditResult:
    """Everything that one audit found."""

    rulebook: Mapping[str, str]
    disclaimer: str
    scenarios: int
    examples: int
    subjects: tuple[Subject, ...]
    targets: tuple[Goal, ...]
    mutants: tuple[Mutant, ...]
    claims: tuple[ClaimUse, ...]
    faults: tuple[Fault, ...]
    proof: Proof | None
    missing: tuple[Missing, ...]
    goals: Mapping[str, float]
    population: Mapping[str, Any] | None = None

    @property
    def totals(self) -> dict[Kind, Total]:
        """How much of each kind is covered."""
        return {kind: self.total(kind) for kind in KINDS}

    def total(self, kind: Kind, subject: str | None = None) -> Total:
        """Return how much of ``kind`` is covered, over all or for one rule, finding or claim."""
        goal = self.goals.get(kind) if subject is None else None
        if kind == "mutation":
            mutants = [
                mutant
                for mutant in self.mutants
                if mutant.fate != "equivalent" and subject in (None, mutant.subject)
            ]
            return Total(sum(mutant.fate == "killed" for mutant in mutants), len(mutants), goal)
        targets = [target for target in self.of(kind, subject) if target.counted]
        return Total(sum(target.covered for target in targets), len(targets), goal)

    def of(self, kind: Kind, subject: str | None = None) -> Iterable[Goal]:
        """Yield the targets of a kind, of all or of one rule, finding or claim."""
        return (t for t in self.targets if t.kind == kind and subject in (None, t.subject))

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """The mutants that no expectation noticed; those proved equivalent are not among them."""
        return tuple(mutant for mutant in self.mutants if mutant.fate == "survived")

    @property
    def passed(self) -> bool:
        """Whether nothing failed, nothing was found against the rules, and every goal is met."""
        proved = self.proof is None or all(finding.accepted for finding in self.proof.findings)
        return not self.faults and proved and all(total.met for total in self.totals.values())
