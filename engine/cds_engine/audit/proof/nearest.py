"""The smallest change of a record after which a rule fires, or certainly does not."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import z3

from cds_engine.audit.program import Program
from cds_engine.audit.proof.distance import ChangedItem
from cds_engine.audit.proof.formulas import HALVES
from cds_engine.audit.proof.logic import Formula, some
from cds_engine.audit.proof.nearby import NearbyChart
from cds_engine.audit.proof.parts import Model
from cds_engine.audit.proof.question import Question
from cds_engine.audit.proof.size import entries_needed
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import Section
from cds_engine.record.chart import Chart
from cds_engine.rulebook.vocabulary import Vocabulary

Status = Literal["found", "none", "unknown"]
ATTEMPTS = 6
"""How many proposed changes are tried that the engine does not confirm."""
FEW_CHANGEABLE = 2
MOST_CHANGEABLE = 6
"""How many entries of one concept may change, in the first search and in the last: the latest ones."""
LITTLE = 0.5
"""The share of the time that the first search may take."""
Confirm = Callable[[Sequence[ChangedItem]], bool]
_SOLVER = threading.Lock()
"""Z3 serves one thread at a time."""


@dataclass(frozen=True, slots=True)
class Near:
    """A record's chart, and what limits its changes.

    Attributes:
        chart: the chart.
        facts: the known facts.
        fixed: the pointers of entries that may not change.
        denied: the pointers of entries that state an absence.
    """

    chart: Chart
    facts: Mapping[str, Scalar]
    fixed: frozenset[str]
    denied: frozenset[str]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The result: the changes, the proof that there are none, or neither.

    ``is_smallest`` tells whether no smaller change is possible among the values that were considered.
    """

    status: Status
    changes: tuple[ChangedItem, ...] = ()
    is_smallest: bool = False


class _TimeoutError(Exception):
    """The time is over."""


def nearest(  # noqa: PLR0913 - what is asked, of what, and for how long
    program: Program,
    vocabulary: Vocabulary,
    near: Near,
    rule: str,
    *,
    fires: bool,
    confirm: Confirm,
    seconds: float,
) -> Nearest:
    """Return the smallest change after which ``rule`` fires or, unless ``fires``, certainly does not.

    The fewest entries change and, among these changes, the values by the least.

    Args:
        program: the rules with the parameter values of the record's day.
        vocabulary: the terminology of the rulebook.
        near: the record.
        rule: the rule.
        fires: whether the rule is to fire.
        confirm: whether the engine agrees that changes have the effect.
        seconds: the time limit.
    """
    started = time.monotonic()
    if not _SOLVER.acquire(timeout=seconds):
        return Nearest("unknown")
    try:
        return _Search(program, vocabulary, near, rule, fires, confirm).run(started, seconds)
    finally:
        _SOLVER.release()


@dataclass(frozen=True, slots=True)
class _Freedom:
    """How much may change in a search, and how numbers are seen."""

    changeable: int
    new: Mapping[Section, int]
    fineness: int = 1
    real: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    """A confirmed change and its size: the number of changed entries, and the distance."""

    changes: tuple[ChangedItem, ...]
    size: tuple[int, int]


class _Search:
    """Searches with little freedom first, for a change to improve on, and then with all of it."""

    def __init__(  # noqa: PLR0913, PLR0917 - see :func:`nearest`
        self,
        program: Program,
        vocabulary: Vocabulary,
        near: Near,
        rule: str,
        fires: bool,
        confirm: Confirm,
    ) -> None:
        self._program = program
        self._vocabulary = vocabulary
        self._near = near
        self._rule = rule
        self._fires = fires
        self._confirm = confirm
        self._found: _Found | None = None
        self._refused = False

    def run(self, started: float, seconds: float) -> Nearest:
        """Return what is found within some seconds."""
        needed = entries_needed(self._program)
        little = _Freedom(FEW_CHANGEABLE, dict.fromkeys(needed, 1))
        with contextlib.suppress(_TimeoutError):
            self._improve(little, started + seconds * LITTLE)
        is_smallest = False
        try:
            is_smallest = self._improve(_Freedom(MOST_CHANGEABLE, needed), started + seconds)
            if self._found is None:
                for real in (True, False):
                    halves = _Freedom(MOST_CHANGEABLE, needed, HALVES, real)
                    is_smallest = self._improve(halves, started + seconds)
                    if self._found is not None:
                        break
        except _TimeoutError:
            is_smallest = False
        if self._found is not None:
            return Nearest("found", self._found.changes, is_smallest)
        return Nearest("none" if is_smallest else "unknown")

    def _improve(self, freedom: _Freedom, deadline: float) -> bool:
        """Find a smaller change than so far; return whether there is certainly no smaller one.

        Raises:
            _TimeoutError: if the time is over before one is found.
        """
        if time.monotonic() > deadline:
            raise _TimeoutError
        chart = NearbyChart(
            self._program.rulebook,
            self._vocabulary,
            self._near.chart,
            changeable=freedom.changeable,
            new=freedom.new,
            fixed=self._near.fixed,
            denied=self._near.denied,
            fineness=freedom.fineness,
        )
        chart.likely = self._near.facts
        question = Question(self._program, chart, real=freedom.real)
        attempt = _Attempt(question, self._rule, fires=self._fires, deadline=deadline)
        if self._found is not None:
            attempt.below(self._found.size)
        for _ in range(ATTEMPTS):
            smallest = attempt.smallest()
            if smallest is None:
                return not self._refused
            model, is_smallest = smallest
            changes = attempt.changes(model)
            if self._confirm(changes):
                self._found = _Found(tuple(changes), attempt.size(model))
                return is_smallest
            self._refused = True
            attempt.exclude(model)
        return False


class _Attempt:
    """The search among the charts of one question."""

    def __init__(self, question: Question, rule: str, *, fires: bool, deadline: float) -> None:
        assert isinstance(question.chart, NearbyChart)
        self._chart = question.chart
        self._deadline = deadline
        outcomes = question.outcomes(rule)
        wanted = outcomes["fired"] if fires else some(outcomes["not_met"], outcomes["not_applicable"])
        self._items = self._chart.items()
        formulas = [wanted, *question.free.real_values] if question.real else [wanted]
        self._solver = z3.Solver()
        self._solver.add(*(z3.simplify(each) for each in (*formulas, *self._chart.parts.constraints)))
        self._changed = [item.changed for item in self._items]
        self._distance = z3.Sum([z3.IntVal(0), *(part for item in self._items for part in item.distance)])

    def below(self, size: tuple[int, int]) -> None:
        """Ask only for changes that are smaller."""
        number, distance = size
        closer = z3.And(self._at_most(number), self._distance < distance)
        self._solver.add(z3.Or(self._at_most(number - 1), closer))

    def exclude(self, model: Formula) -> None:
        """Ask only for other charts than that of a model."""
        parts = self._chart.parts.variables.values()
        self._solver.add(z3.Or([part != model.eval(part, model_completion=True) for part in parts]))

    def changes(self, model: Formula) -> list[ChangedItem]:
        """Return what a model changes."""
        return self._chart.changes(self._items, Model(model))

    def size(self, model: Formula) -> tuple[int, int]:
        """Return how many things a model changes, and how far."""
        found = Model(model)
        return sum(found.truth(changed) for changed in self._changed), found.number(self._distance)

    def smallest(self) -> tuple[Formula, bool] | None:
        """Return the model with the fewest changes and the least distance; None if there is none.

        The second value tells whether it is certainly the smallest.
        """
        if not self._is_possible():
            return None
        model = self._solver.model()
        try:
            for most in range(1, self.size(model)[0]):
                with self._limited(self._at_most(most)):
                    if self._is_possible():
                        return self._closest(self._solver.model())
            with self._limited(self._at_most(self.size(model)[0])):
                return self._closest(model)
        except _TimeoutError:
            return model, False

    def _closest(self, model: Formula) -> tuple[Formula, bool]:
        """Return the model with the least distance, by halving what is left between the bounds."""
        low, high = 0, self.size(model)[1]
        try:
            while low < high:
                middle = (low + high) // 2
                with self._limited(self._distance <= middle):
                    if self._is_possible():
                        model = self._solver.model()
                        high = self.size(model)[1]
                    else:
                        low = middle + 1
        except _TimeoutError:
            return model, False
        return model, True

    def _at_most(self, number: int) -> Formula:
        return z3.AtMost(*self._changed, number) if self._changed else z3.BoolVal(True)

    @contextlib.contextmanager
    def _limited(self, formula: Formula) -> Iterator[None]:
        """Let a formula hold within the block."""
        self._solver.push()
        try:
            self._solver.add(formula)
            yield
        finally:
            self._solver.pop()

    def _is_possible(self) -> bool:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _TimeoutError
        self._solver.set("timeout", max(1, int(left * 1000)))
        answer = self._solver.check()
        if answer == z3.unknown:
            raise _TimeoutError
        return bool(answer == z3.sat)
