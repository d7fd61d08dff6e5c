"""The result of an audit as data. Every report is a view of it, so that no two reports can disagree."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["outcome", "condition", "mcdc", "boundary", "mutation", "evidence", "terminology"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DECISION_KINDS: tuple[Kind, ...] = ("outcome", "condition", "mcdc", "boundary", "mutation")
"""The kinds of goals that rules and findings have."""
IssueKind = Literal[
    "unreachable", "redundant", "empty", "gap", "overlap", "conflict", "contradiction", "stale", "unproved"
]
Fate = Literal["killed", "survived", "equivalent"]
NOT_CHECKED = "not checked (no proof run): the last full audit proved that no record can show it"
"""Why an audit without proof leaves out a goal or mutant."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that scenarios should show, and the scenarios that show it.

    ``subject`` is the rule, finding or claim. ``want`` is the outcome, the truth value or the side of a
    threshold. ``excused`` says why no scenario has to show it; an excused goal that a scenario shows
    nevertheless counts as covered.
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
    day: datetime.date | None = None
    """A day on which the value of a parameter that it is about is valid; None for the newest value."""

    @property
    def covered(self) -> bool:
        """Whether a scenario shows it."""
        return bool(self.seen_in)

    @property
    def counted(self) -> bool:
        """Whether it is part of the figures."""
        return self.covered or self.excused is None

    @property
    def missing(self) -> bool:
        """Whether it counts and no scenario shows it."""
        return self.counted and not self.covered

    @property
    def name(self) -> str:
        """Its name in lists; the line distinguishes two equal comparisons of one rule."""
        where = f", line {self.line}" if self.pointer and self.kind != "evidence" else ""
        return f"{self.kind} of {self.subject}{where}: {self.label}"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed rulebook, and whether an expectation noticed the change."""

    subject: str
    operator: str
    change: str
    file: str
    line: int
    fate: Fate
    by: str | None = None
    """The place of the expectation that killed it, or the reason why none can."""
    accepted: str | None = None
    pointer: str = ""
    kind: Kind = "mutation"
    """Which figure it belongs to: a mistake in the terminology is no part of the figure of mutation."""

    @property
    def name(self) -> str:
        """Its name in lists."""
        return f"{self.kind} of {self.subject}, line {self.line}: {self.change}"


@dataclass(frozen=True, slots=True)
class Issue:
    """A proved problem of the rules.

    ``witness`` is a record that shows the problem; it is ``confirmed`` if the real engine evaluated it so.
    """

    kind: IssueKind
    rules: tuple[str, ...]
    statement: str
    file: str
    line: int
    witness: Mapping[str, Any] | None = None
    confirmed: bool = False
    accepted: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The issues that were found, the statements that were proved, and the assumptions of the proofs."""

    issues: tuple[Issue, ...]
    proved: tuple[str, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A goal that no scenario shows, and a scenario that would; ``reason`` says why there is none."""

    goal: str
    scenario: str
    reason: str | None = None
    is_case: bool = False
    """Whether the scenario is a terminology case."""


@dataclass(frozen=True, slots=True)
class ScenarioProblem:
    """A scenario that shows nothing: it failed, or it expects nothing."""

    feature: str
    line: int
    scenario: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Total:
    """How many goals of a kind are covered; ``required`` is the percentage that must be, if any."""

    covered: int
    of: int
    required: float | None = None

    @property
    def percent(self) -> float:
        """The percentage, rounded down to one decimal place: 100 only if nothing is missing."""
        return 100.0 if self.of == 0 else (self.covered * 1000 // self.of) / 10

    @property
    def met(self) -> bool:
        """Whether the required percentage is reached."""
        return self.required is None or self.of == 0 or self.covered * 100 >= self.required * self.of


@dataclass(frozen=True)
class ClaimUse:
    """A claim of the evidence, how rules use it, and the scenarios in which one of these rules fires."""

    claim: str
    basis: str
    reliability: str | None
    source: str
    locator: str
    encoded: Mapping[str, tuple[str, ...]]
    exercised: tuple[str, ...]
    excused: str | None
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """A scenario, or a row of an outline, as reports show it; several goals may name its place."""

    place: str
    name: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class About:
    """When and from what a report was made: what is not known is None."""

    date: datetime.date | None = None
    commit: str | None = None
    """The commit of the repository that the rulebook is in."""
    engine: str | None = None
    """The version of the engine."""
    digests: Mapping[str, str | None] = field(default_factory=dict)
    """The digests of the rulebook, of its features and of ``audit.toml``."""


@dataclass(frozen=True)
class DecisionView:
    """A rule or finding as reports show it: its lines of YAML and its conditions in English."""

    name: str
    title: str
    family: str
    is_rule: bool
    file: str
    line: int
    source: tuple[tuple[int, str], ...]
    conditions: tuple[ConditionView, ...]


@dataclass(frozen=True)
class ConditionView:
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
    cases: int
    """How many terminology cases ran."""
    examples: int
    decisions: tuple[DecisionView, ...]
    goals: tuple[Goal, ...]
    mutants: tuple[Mutant, ...]
    claims: tuple[ClaimUse, ...]
    scenario_problems: tuple[ScenarioProblem, ...]
    proof: Proof | None
    missing: tuple[Missing, ...]
    required: Mapping[Kind, float]
    """The percentage of each kind that must be covered."""
    unreviewed: tuple[str, ...] = ()
    """The places of the scenarios that count for nothing, because nobody has reviewed them."""
    population: Mapping[str, Any] | None = None
    scenario_views: tuple[ScenarioView, ...] = ()
    about: About = About()

    @property
    def totals(self) -> dict[Kind, Total]:
        """How much of each kind is covered."""
        return {kind: self.total(kind) for kind in KINDS}

    def total(self, kind: Kind, subject: str | None = None) -> Total:
        """Return how much of ``kind`` is covered, overall or for one rule, finding or claim."""
        required = self.required.get(kind) if subject is None else None
        if kind == "mutation":
            mutants = [
                mutant
                for mutant in self.mutants
                if mutant.kind == kind and mutant.fate != "equivalent" and subject in (None, mutant.subject)
            ]
            return Total(sum(mutant.fate == "killed" for mutant in mutants), len(mutants), required)
        goals = [goal for goal in self.of(kind, subject) if goal.counted]
        return Total(sum(goal.covered for goal in goals), len(goals), required)

    def of(self, kind: Kind, subject: str | None = None) -> Iterator[Goal]:
        """Yield the goals of a kind, all of them or those of one rule, finding or claim."""
        return (goal for goal in self.goals if goal.kind == kind and subject in (None, goal.subject))

    @property
    def excluded(self) -> tuple[Goal, ...]:
        """The goals that are not counted because no record can show them."""
        elsewhere = ("evidence", "terminology")
        return tuple(goal for goal in self.goals if goal.kind not in elsewhere and not goal.counted)

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """The mutants that no expectation noticed, without those proved equivalent."""
        return tuple(mutant for mutant in self.mutants if mutant.fate == "survived")

    @property
    def equivalent(self) -> tuple[Mutant, ...]:
        """The mutants of rules and facts that no record can tell from the original, so that none counts."""
        return tuple(
            mutant for mutant in self.mutants if mutant.fate == "equivalent" and mutant.kind == "mutation"
        )

    @property
    def killed(self) -> tuple[Mutant, ...]:
        """The mutants of rules and facts that an expectation noticed; ``by`` is its place."""
        return tuple(
            mutant for mutant in self.mutants if mutant.fate == "killed" and mutant.kind == "mutation"
        )

    @property
    def not_checked(self) -> tuple[str, ...]:
        """The names of the goals and mutants left out only because the last full audit did so."""
        goals = (goal.name for goal in self.excluded if goal.excused == NOT_CHECKED)
        mutants = (mutant.name for mutant in self.equivalent if mutant.by == NOT_CHECKED)
        return (*goals, *mutants)

    @property
    def passed(self) -> bool:
        """Whether every scenario held, every issue is accepted and every required percentage is reached."""
        proved = self.proof is None or all(issue.accepted for issue in self.proof.issues)
        return not self.scenario_problems and proved and all(total.met for total in self.totals.values())
