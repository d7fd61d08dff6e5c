"""Searches for patient records: the solver proposes them, and the real engine confirms each one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from cds_engine.audit.coverage import TRUTHS, shows, side_of
from cds_engine.audit.examples import ObservedExample
from cds_engine.audit.mutants import Change
from cds_engine.audit.mutation import changed_parameters, noticing, touched_rules
from cds_engine.audit.program import Program, Programs
from cds_engine.audit.proof import Prover, UndecidedError, Variant
from cds_engine.audit.result import Goal
from cds_engine.audit.witness import Replay, Replayed, record_of
from cds_engine.evaluate import Engine
from cds_engine.language.kleene import Outcome
from cds_engine.record.chart import Chart
from cds_engine.scenarios.recording import Example

ATTEMPTS = 8
"""How many proposed records are tried before a search gives up."""
IMPOSSIBLE = "proved: no record can show it"


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search: a confirmed record, a proof that there is none, or the reason for neither."""

    found: Replayed | None
    rule: str | None = None
    """The rule that the record is about."""
    impossible: bool = False
    reason: str | None = None


class RecordSearches:
    """The searches for records of each edition; each is prepared once."""

    def __init__(self, programs: Programs, engine: Engine) -> None:
        self._programs = programs
        self._replay = Replay(engine)
        self._searches: dict[int, RecordSearch] = {}

    @property
    def newest(self) -> RecordSearch:
        """The search for records of the newest edition."""
        return self.of(self._programs.newest)

    def of(self, program: Program) -> RecordSearch:
        """Return the search for records of the edition of ``program``."""
        found = self._searches.get(id(program))
        if found is None:
            found = self._searches[id(program)] = RecordSearch(program, self._replay)
        return found

    def excuse(self, goals: Iterable[Goal]) -> Iterator[tuple[Goal, list[Search]]]:
        """Yield every goal with its searches, excused if it is proved that no record can show it."""
        for goal in goals:
            if not goal.missing or goal.kind == "evidence":
                yield goal, []
            elif goal.day is None:
                yield self.newest.excuse(goal)
            else:
                yield self.of(self._programs.at(goal.day)).excuse(goal)


class RecordSearch:
    """Searches for records that show something about the rules of one edition."""

    def __init__(self, program: Program, replay: Replay) -> None:
        self.program = program
        self.prover = Prover(program)
        self._terminology = program.rulebook.terminology
        self._replay = replay

    def first(self, charts: Iterator[Chart], accept: Callable[[Replayed], str | None]) -> Search:
        """Return the record of the first among ``charts`` for which ``accept`` names a rule."""
        tried = 0
        try:
            for chart in islice(charts, ATTEMPTS):
                tried += 1
                replayed = self._replay.run(record_of(chart, self._terminology))
                if (rule := accept(replayed)) is not None:
                    return Search(replayed, rule)
        except UndecidedError as error:
            return Search(None, reason=f"the solver gave up: {error}")
        if tried == 0:
            return Search(None, impossible=True, reason=IMPOSSIBLE)
        return Search(None, reason=f"none of {tried} records that the solver proposed can be realised")

    def excuse(self, goal: Goal) -> tuple[Goal, list[Search]]:
        """Return a goal with its searches, excused if it is proved that no record can show it."""
        wants = goal.want.split() if goal.kind == "mcdc" else [goal.want]
        searches = [self._showing(goal, want) for want in wants]
        impossible = [want for want, search in zip(wants, searches, strict=True) if search.impossible]
        if not impossible:
            return goal, searches
        how = f" by being {' or '.join(impossible)}" if goal.kind == "mcdc" else ""
        return replace(goal, excused=IMPOSSIBLE + how), searches

    def _showing(self, goal: Goal, want: str) -> Search:
        """Search for a record that shows ``want`` of a missing goal, and for the rule to check on it."""
        rules = self.program.rules_reading(goal.subject)

        def accept(replayed: Replayed) -> str | None:
            return next((rule for rule in rules if shows(goal, want, self._example(replayed, rule))), None)

        return self.first(self._charts(goal, want), accept)

    def _charts(self, goal: Goal, want: str) -> Iterator[Chart]:
        if goal.kind == "outcome":
            return self.prover.outcome(goal.subject, want)  # type: ignore[arg-type]
        leaf = self.program.decisions[goal.subject].leaves[goal.index]
        if goal.kind == "condition":
            return self.prover.truth(leaf, TRUTHS[want])
        if goal.kind == "mcdc":
            return self.prover.decides(leaf, wanted=TRUTHS[want])
        assert leaf.threshold is not None
        step = self.program.facts[leaf.comparison.fact].resolution
        return self.prover.decides(leaf, value=leaf.threshold + side_of(want) * step)

    def killing(self, change: Change) -> Search:
        """Search for a record that a mutant answers differently from the original."""
        if change.indicator is not None:
            return self.with_outcome(change.subject, "fired")
        parameters = changed_parameters(self.program, change)
        rules = touched_rules(self.program, change)
        notices = noticing(self.program, change)
        charts = self.prover.differs(Variant(change.trees or {}, parameters, change.facts or {}), rules)
        return self.first(charts, lambda replayed: notices(self._example(replayed, "")))

    def with_outcome(self, rule: str, outcome: Outcome) -> Search:
        """Search for a record for which ``rule`` has ``outcome``."""
        charts = self.prover.outcome(rule, outcome)
        return self.first(charts, lambda found: rule if found.outcomes[rule] == outcome else None)

    def _example(self, replayed: Replayed, rule: str) -> ObservedExample:
        """Return a replayed record as an example whose scenario states the outcome of ``rule``."""
        facts = self.program.code.evaluate_findings(replayed.facts)
        example = Example("", "", 0, replayed.day, dict(replayed.record), dict(replayed.facts), ())
        return ObservedExample(example, "", self.program, facts, replayed.outcomes, (), frozenset({rule}))
