"""What an audit says about rules and their comparisons, from the stored figures or from a run of today.

The stored figures (``coverage.json``) have totals for each rule and list what is missing, excluded or
surviving. A full audit also has the scenarios behind each goal. Both are read here, so that pages need not
know which one they show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from cds_engine.language.expressions import ORDERED, Comparison

State = Literal["shown", "missing", "impossible"]
KINDS: Mapping[str, str] = {
    "outcome": "Outcomes",
    "condition": "Conditions",
    "mcdc": "MC/DC",
    "boundary": "Boundaries",
    "mutation": "Mutants",
    "terminology": "Terminology",
    "evidence": "Evidence",
}
"""The kinds of goals, with their headings."""
DECISION_KINDS = ("outcome", "condition", "mcdc", "boundary", "mutation")
"""The kinds of goals that a rule or finding has."""
TRUTHS = ("true", "false", "unknown")
SIDES = ("just below", "at", "just above")


@dataclass(frozen=True, slots=True)
class Total:
    """How many goals of a kind are covered."""

    kind: str
    covered: int
    of: int
    required: float | None = None

    @property
    def state(self) -> str:
        """How the total is coloured: full, part, missing, or none without any goal."""
        if self.of == 0:
            return "none"
        return "full" if self.covered == self.of else "part" if self.covered else "missing"

    @property
    def title(self) -> str:
        """The heading of the kind."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class GoalView:
    """One goal of a comparison: what scenarios should show, and whether they do.

    ``seen`` is the number of scenarios, and ``places`` are some of them; both are known only after a full
    audit.
    """

    want: str
    state: State
    seen: int | None = None
    places: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ComparisonGoals:
    """The goals of one comparison."""

    truths: tuple[GoalView, ...]
    decides: GoalView
    sides: tuple[GoalView, ...]

    @property
    def missing(self) -> list[GoalView]:
        """The goals that no scenario shows."""
        return [goal for goal in (*self.truths, self.decides, *self.sides) if goal.state == "missing"]


@dataclass(frozen=True, slots=True)
class AuditReports:
    """What an audit that was run from a page has besides its figures.

    ``shown`` has what scenarios show about each rule, and the steps of each scenario; see
    :mod:`cds_api.workbench.audit_process`. ``csv`` and ``workbook`` are the files for download.
    """

    shown: Mapping[str, Any]
    csv: bytes
    workbook: bytes


class AuditFigures:
    """The figures of one audit."""

    def __init__(
        self, data: Mapping[str, Any], *, current: bool, reports: AuditReports | None = None
    ) -> None:
        """Read an audit.

        Args:
            data: ``coverage.json``, or the output of ``cds audit --format json``.
            current: whether it was made for the rulebook as it is loaded.
            reports: what else there is of an audit that was run from a page.
        """
        self.data = data
        self.reports = reports
        self.current = current
        self._decisions = {item["id"]: item for key in ("rules", "findings") for item in data[key]}
        self._excluded = {
            (item["kind"], item["subject"], item["pointer"]): str(item["reason"])
            for item in data.get("excluded", ())
            if item["kind"] in ("mcdc",)
        }
        self._excluded_wants = {
            (item["kind"], item["subject"], item["pointer"], item["want"]): str(item["reason"])
            for item in data.get("excluded", ())
        }

    @property
    def detailed(self) -> bool:
        """Whether it names the scenarios behind each goal: it is a full audit, not the stored figures."""
        return "faults" in self.data

    @property
    def proved(self) -> bool:
        """Whether statements about the rules were proved."""
        return bool(self.data["proof"]["done"])

    def totals(self) -> list[Total]:
        """Return the total of every kind."""
        found = self.data["totals"]
        return [
            Total(kind, found[kind]["covered"], found[kind]["of"], found[kind].get("goal"))
            for kind in KINDS
            if kind in found
        ]

    def decision_totals(self, name: str) -> list[Total]:
        """Return the totals of a rule or finding; none if the audit does not have it."""
        found = self._decisions.get(name, {}).get("totals", {})
        return [
            Total(kind, found[kind]["covered"], found[kind]["of"]) for kind in DECISION_KINDS if kind in found
        ]

    def claim_use(self, claim: str) -> Mapping[str, Any] | None:
        """Return how rules and scenarios use a claim; None if the audit does not say."""
        return next((use for use in self.data.get("evidence", ()) if use["claim"] == claim), None)

    def terminology_without_case(self) -> dict[str, list[str]]:
        """Return the entries of the terminology that no case covers, by concept."""
        found: dict[str, list[str]] = {}
        start = "terminology of "
        for item in self.data["missing"]:
            if item["target"].startswith(start):
                where, _, label = item["target"].removeprefix(start).partition(": ")
                found.setdefault(where.partition(",")[0], []).append(label)
        return found

    def issues(self, rule: str) -> list[Mapping[str, Any]]:
        """Return the proved problems in which a rule takes part."""
        return [issue for issue in self.data["proof"]["findings"] if rule in issue["rules"]]

    def survivors(self, name: str) -> list[Mapping[str, Any]]:
        """Return the mutants of a rule or finding that no scenario notices."""
        return [mutant for mutant in self.data["survivors"] if mutant["subject"] == name]

    def excluded(self, name: str) -> list[tuple[str, str]]:
        """Return the goals of a rule or finding that no record can show, each with the reason."""
        if not self.detailed:
            return [
                (item["label"], item["reason"]) for item in self.data["excluded"] if item["subject"] == name
            ]
        decision = self._decisions.get(name, {"outcomes": {}, "conditions": []})
        found = [(want.replace("_", " "), goal) for want, goal in decision["outcomes"].items()]
        for item in decision["conditions"]:
            found += [(f"'{item['text']}' is {want}", goal) for want, goal in item["truths"].items()]
            found += [(f"'{item['text']}' decides", item["mcdc"])]
            found += [(f"{item['text']}, {side}", goal) for side, goal in item["boundary"].items()]
        return [
            (label, goal["excused"])
            for label, goal in found
            if not goal["seen"] and goal["excused"] is not None
        ]

    def goals(self, name: str, leaf: Comparison, line: int) -> ComparisonGoals | None:
        """Return the goals of a comparison of a rule or finding; None if the audit does not have it."""
        decision = self._decisions.get(name)
        if decision is None:
            return None
        if not self.detailed:
            return self._stored_goals(name, leaf, line)
        found = next((item for item in decision["conditions"] if item["pointer"] == leaf.pointer), None)
        if found is None:
            return None
        return ComparisonGoals(
            truths=tuple(_goal(want, item) for want, item in found["truths"].items()),
            decides=_goal("decides", found["mcdc"]),
            sides=tuple(_goal(want, item) for want, item in found["boundary"].items()),
        )

    def _stored_goals(self, name: str, leaf: Comparison, line: int) -> ComparisonGoals:
        def goal(kind: str, want: str) -> GoalView:
            reason = self._excluded_wants.get((kind, name, leaf.pointer, want))
            if kind == "mcdc":
                reason = self._excluded.get((kind, name, leaf.pointer))
            if reason is not None:
                return GoalView(want, "impossible", reason=reason)
            missing = any(_is_missing(kind, want, text) for text in self._missing(kind, name, line))
            return GoalView(want, "missing" if missing else "shown")

        return ComparisonGoals(
            truths=tuple(goal("condition", want) for want in TRUTHS),
            decides=goal("mcdc", "decides"),
            sides=tuple(goal("boundary", want) for want in _sides(leaf)),
        )

    def _missing(self, kind: str, name: str, line: int) -> Iterator[str]:
        """Yield the labels of the missing goals of a line; see ``Goal.name`` of the audit."""
        start = f"{kind} of {name}, line {line}: "
        for item in self.data["missing"]:
            if item["target"].startswith(start):
                yield item["target"].removeprefix(start)


def _is_missing(kind: str, want: str, label: str) -> bool:
    match kind:
        case "condition":
            return label.endswith(f" is {want}")
        case "boundary":
            return want == next((side for side in ("just below", "just above") if f" {side} " in label), "at")
        case _:
            return True


def _sides(leaf: Comparison) -> Sequence[str]:
    """Return the sides of a threshold that scenarios should show, if the comparison has one."""
    numeric = leaf.parameter is not None or isinstance(leaf.operand, Decimal)
    return SIDES if numeric and leaf.operator in ORDERED | {"is", "is_not"} else ()


def _goal(want: str, found: Mapping[str, Any]) -> GoalView:
    seen = int(found["seen"])
    if seen:
        return GoalView(want, "shown", seen, tuple(found["seen_in"]))
    excused = found["excused"]
    return GoalView(want, "missing" if excused is None else "impossible", 0, (), excused or "")
