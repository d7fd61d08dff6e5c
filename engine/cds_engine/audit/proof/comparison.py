"""Questions about two rulebooks at once: for which records do they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from cds_engine.audit.program import Program
from cds_engine.audit.proof.chart import SymbolicChart
from cds_engine.audit.proof.formulas import HALVES
from cds_engine.audit.proof.logic import Formula, every, no, some
from cds_engine.audit.proof.question import Question
from cds_engine.audit.proof.size import FEW, entries_needed
from cds_engine.audit.proof.variables import compared
from cds_engine.language.expressions import Comparison
from cds_engine.language.queries import Section
from cds_engine.record.chart import Chart
from cds_engine.rulebook.vocabulary import Vocabulary

Way = Literal["less", "more", "other"]
"""True (or firing) for fewer records than before, for more, or different in any other way."""
WAYS: tuple[Way, ...] = ("less", "more", "other")
Pose = Callable[[Question, Question], Formula]


class PairProver:
    """Asks the solver for records about which two programs of one day differ.

    The facts and parameters of ``before`` must include those of ``after``, and facts that mean the same must
    be the same object. As with :class:`cds_engine.audit.proof.Prover`, no chart at all is a proof.
    """

    def __init__(self, before: Program, after: Program) -> None:
        self._before = before
        self._after = after
        self._vocabulary = Vocabulary(before.rulebook.terminology)
        sizes = entries_needed(before), entries_needed(after)
        self._entries = {section: max(size[section] for size in sizes) for section in sizes[0]}

    def rule(self, name: str, way: Way) -> Iterator[Chart]:
        """Yield records for which a rule differs in one way: fires no more, fires now, another outcome."""

        def pose(before: Question, after: Question) -> Formula:
            if way == "less":
                return every(before.fires(name), no(after.fires(name)))
            if way == "more":
                return every(after.fires(name), no(before.fires(name)))
            old, new = before.outcomes(name), after.outcomes(name)
            return some(*(every(old[outcome], no(new[outcome])) for outcome in old))

        return self._ask(pose)

    def boolean(self, name: str, way: Way) -> Iterator[Chart]:
        """Yield records for which a fact is no longer true, is true now, or is false or unknown otherwise."""
        leaf = Comparison(name, "is", True)

        def pose(before: Question, after: Question) -> Formula:
            old, new = before.trees.pair(leaf), after.trees.pair(leaf)
            if way == "less":
                return every(old.true, no(new.true))
            if way == "more":
                return every(new.true, no(old.true))
            return some(every(old.false, no(new.false)), every(new.false, no(old.false)))

        return self._ask(pose)

    def value(self, name: str) -> Iterator[Chart]:
        """Yield records for which a number or code has another value, or is known in one program alone."""

        def pose(before: Question, after: Question) -> Formula:
            old, new = before.variable(name), after.variable(name)
            return some(
                every(old.known, no(new.known)),
                every(new.known, no(old.known)),
                every(old.known, new.known, compared("is_not", old, new)),
            )

        return self._ask(pose)

    def _ask(self, pose: Pose) -> Iterator[Chart]:
        """Yield the answers among small charts, then all with real values of free numbers, then all."""
        yield from self._answers(FEW, 1, pose, real=True)
        yield from self._answers(self._entries, HALVES, pose, real=True)
        yield from self._answers(self._entries, HALVES, pose, real=False)

    def _answers(
        self, entries: Mapping[Section, int], fineness: int, pose: Pose, *, real: bool
    ) -> Iterator[Chart]:
        chart = SymbolicChart(self._before.rulebook, self._vocabulary, entries, fineness)
        before = Question(self._before, chart, real=real)
        after = Question(self._after, chart, original=before)
        return before.answers([pose(before, after)])
