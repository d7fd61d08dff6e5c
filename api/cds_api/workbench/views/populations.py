"""Results of populations as pages show them: rules by outcome and age, missing facts, and comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cds_engine.cohort.report.comparison import Move
from cds_engine.language.kleene import OUTCOMES


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of a result."""

    name: str
    family: str
    title: str
    indicator: str
    outcomes: Mapping[str, int]
    by_age: Mapping[str, Mapping[str, int]]

    @property
    def fired(self) -> int:
        """The patients for whom it fired."""
        return self.outcomes["fired"]


@dataclass(frozen=True)
class ResultView:
    """A result, as its page shows it."""

    name: str
    """The name under which the service has it."""
    summary: Mapping[str, Any]

    @property
    def rulebook(self) -> Mapping[str, str]:
        """Id, version and digest of the rulebook that was used."""
        found: Mapping[str, str] = self.summary["rulebook"]
        return found

    @property
    def patients(self) -> int:
        """The patients who were evaluated."""
        return int(self.summary["patients"])

    @property
    def ages(self) -> Mapping[str, int]:
        """The age bands that have patients."""
        return {band: count for band, count in self.summary["ages"].items() if count}

    @cached_property
    def rules(self) -> tuple[RuleRow, ...]:
        """Every rule, by id."""
        return tuple(
            RuleRow(
                item["rule"],
                item["family"],
                item["title"],
                item["indicator"],
                item["outcomes"],
                item["by_age"],
            )
            for item in self.summary["rules"]
        )

    @property
    def families(self) -> dict[str, list[RuleRow]]:
        """The rules by family."""
        found: dict[str, list[RuleRow]] = {}
        for row in self.rules:
            found.setdefault(row.family, []).append(row)
        return found

    @property
    def by_fired(self) -> list[RuleRow]:
        """The rules that fired for some patient, those with most patients first."""
        return sorted((row for row in self.rules if row.fired), key=lambda row: (-row.fired, row.name))

    def has_rule(self, name: str) -> bool:
        """Return whether a rule was evaluated."""
        return any(row.name == name for row in self.rules)


@dataclass(frozen=True)
class RuleChange:
    """How the outcomes of one rule differ between two results."""

    rule: str
    moves: tuple[Move, ...]

    @property
    def gains(self) -> int:
        """The patients for whom it fires only in the second result."""
        return sum(move.patients for move in self.moves if move.gain)

    @property
    def losses(self) -> int:
        """The patients for whom it fires only in the first result."""
        return sum(move.patients for move in self.moves if move.loss)

    @property
    def others(self) -> int:
        """The patients with another outcome, for whom it fires in neither result."""
        return sum(move.patients for move in self.moves) - self.gains - self.losses


def rule_changes(transitions: Mapping[str, Mapping[tuple[str, str], int]], examples: Any) -> list[RuleChange]:
    """Return the rules whose outcome changes for some patient, those with most gains and losses first."""
    found = (RuleChange(rule, tuple(_moves(moves, examples[rule]))) for rule, moves in transitions.items())
    changed = [change for change in found if change.moves]
    return sorted(changed, key=lambda change: (-change.gains - change.losses, -change.others, change.rule))


def _moves(counts: Mapping[tuple[str, str], int], examples: Any) -> Iterator[Move]:
    moves = (
        Move(before, after, count, tuple(examples.get((before, after), ())))
        for (before, after), count in counts.items()
    )
    yield from sorted(
        (move for move in moves if move.changes),
        key=lambda move: (not move.gain, not move.loss, -move.patients),
    )


def outcome_groups(outcomes: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the rules of one patient by outcome."""
    found: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    for rule, outcome in sorted(outcomes.items()):
        found[outcome].append(rule)
    return found


def unique_names(names: Iterable[str]) -> list[str]:
    """Return names with a number behind those that occurred before."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return unique
