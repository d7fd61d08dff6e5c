"""The smallest change of a record after which a rule fires, or certainly does not."""

from __future__ import annotations

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
from cds_engine.record.chart import Chart
from cds_engine.rulebook.vocabulary import Vocabulary

Status = Literal["found", "none", "unknown"]
ATTEMPTS = 6
"""How many proposed changes are tried that the engine does not confirm."""
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
    confirm: Callable[[Sequence[ChangedItem]], bool],
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
    deadline = time.monotonic() + seconds
    if not _SOLVER.acquire(timeout=seconds):
        return Nearest("unknown")
    try:
        return _search(program, vocabulary, near, rule, fires, confirm, deadline)
    except _TimeoutError:
        return Nearest("unknown")
    finally:
        _SOLVER.release()


def _search(  # noqa: PLR0913, PLR0917 - see above
    program: Program,
    vocabulary: Vocabulary,
    near: Near,
    rule: str,
    fires: bool,
    confirm: Callable[[Sequence[ChangedItem]], bool],
    deadline: float,
) -> Nearest:
    new = entries_needed(program)
    for fineness, real in ((1, True), (HALVES, True), (HALVES, False)):
        chart = NearbyChart(
            program.rulebook,
            vocabulary,
            near.chart,
            new=new,
            fixed=near.fixed,
            denied=near.denied,
            fineness=fineness,
        )
        chart.likely = near.facts
        attempt = _Attempt(Question(program, chart, real=real), rule, fires=fires, deadline=deadline)
        if not real and not attempt.has_free_numbers:
            break
        refused = False
        for changes, is_smallest in attempt.answers():
            if confirm(changes):
                return Nearest("found", tuple(changes), is_smallest)
            refused = True
        if refused:
            return Nearest("unknown")
    return Nearest("none")


class _Attempt:
    """The search among the charts of one question."""

    def __init__(self, question: Question, rule: str, *, fires: bool, deadline: float) -> None:
        assert isinstance(question.chart, NearbyChart)
        self._chart = question.chart
        self._deadline = deadline
        outcomes = question.outcomes(rule)
        wanted = outcomes["fired"] if fires else some(outcomes["not_met"], outcomes["not_applicable"])
        self.has_free_numbers = bool(question.free.real_values)
        self._items = self._chart.items()
        formulas = [wanted, *question.free.real_values] if question.real else [wanted]
        self._solver = question.solver(formulas)
        self._changed = [item.changed for item in self._items]
        self._distance = z3.Sum([z3.IntVal(0), *(part for item in self._items for part in item.distance)])

    def answers(self) -> Iterator[tuple[list[ChangedItem], bool]]:
        """Yield changes, the smallest first, and whether each is certainly the smallest left."""
        for _ in range(ATTEMPTS):
            found = self._smallest()
            if found is None:
                return
            model, is_smallest = found
            yield self._chart.changes(self._items, Model(model)), is_smallest
            parts = self._chart.parts.variables.values()
            self._solver.add(z3.Or([part != model.eval(part, model_completion=True) for part in parts]))

    def _smallest(self) -> tuple[Formula, bool] | None:
        """Return the model with the fewest changes and the least distance; None if there is none."""
        if not self._is_possible():
            return None
        model = self._solver.model()
        try:
            for most in range(1, self._number(model)):
                self._solver.push()
                try:
                    self._solver.add(z3.AtMost(*self._changed, most))
                    if self._is_possible():
                        return self._closest(self._solver.model())
                finally:
                    self._solver.pop()
            self._solver.push()
            try:
                self._solver.add(z3.AtMost(*self._changed, self._number(model)))
                return self._closest(model)
            finally:
                self._solver.pop()
        except _TimeoutError:
            return model, False

    def _closest(self, model: Formula) -> tuple[Formula, bool]:
        """Return the model with the least distance, by halving what is left between the bounds."""
        low, high = 0, self._measured(model)
        try:
            while low < high:
                middle = (low + high) // 2
                self._solver.push()
                try:
                    self._solver.add(self._distance <= middle)
                    if self._is_possible():
                        model = self._solver.model()
                        high = self._measured(model)
                    else:
                        low = middle + 1
                finally:
                    self._solver.pop()
        except _TimeoutError:
            return model, False
        return model, True

    def _number(self, model: Formula) -> int:
        return sum(Model(model).truth(changed) for changed in self._changed)

    def _measured(self, model: Formula) -> int:
        return Model(model).number(self._distance)

    def _is_possible(self) -> bool:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _TimeoutError
        self._solver.set("timeout", max(1, int(left * 1000)))
        answer = self._solver.check()
        if answer == z3.unknown:
            raise _TimeoutError
        return bool(answer == z3.sat)
