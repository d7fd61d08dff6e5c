"""One question to the solver: a program's decisions as formulas over one symbolic chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import z3

from cds_engine.audit.program import Leaf, Program, with_leaf
from cds_engine.audit.proof.chart import SymbolicChart
from cds_engine.audit.proof.expressions import Pair, Trees
from cds_engine.audit.proof.facts import SymbolicFacts
from cds_engine.audit.proof.formulas import FreeNumbers
from cds_engine.audit.proof.logic import Formula, every, no, some
from cds_engine.audit.proof.parts import Model
from cds_engine.audit.proof.variables import Variable
from cds_engine.language.expressions import ALWAYS, All, Any, Expression, resolve
from cds_engine.language.kleene import Outcome
from cds_engine.record.chart import Chart
from cds_engine.rulebook.model import Fact, Partition

TIMEOUT_MS = 30_000
NEVER = Any(())


class UndecidedError(Exception):
    """The solver gave up within its time: neither proved nor refuted."""


@dataclass(frozen=True)
class Variant:
    """A changed program: some of its trees (``applies_to`` and ``when``), parameters and facts."""

    trees: Mapping[str, tuple[Expression, Expression]] = field(default_factory=dict)
    parameters: Mapping[str, Decimal] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)


class Question:
    """The formulas of a program, or of a variant of it, over a symbolic chart.

    Args:
        program: the program.
        chart: the chart.
        variant: what is changed.
        original: the question about the unchanged program, for a variant.
        real: whether to answer only with charts in which free numbers have their real values.
    """

    def __init__(
        self,
        program: Program,
        chart: SymbolicChart,
        variant: Variant | None = None,
        original: Question | None = None,
        *,
        real: bool = False,
    ) -> None:
        self.program = program
        self.chart = chart
        self.real = real
        self._variant = variant = variant or Variant()
        facts, parameters = {**program.facts, **variant.facts}, {**program.parameters, **variant.parameters}
        free = (
            original.free
            if original
            else FreeNumbers(chart.parts, program.facts, chart.fineness, chart.likely)
        )
        self.free: FreeNumbers = free
        self.facts: SymbolicFacts = SymbolicFacts(
            facts, parameters, chart, free, original.facts if original else None
        )
        findings = {name: finding.when for name, finding in program.findings.items()}
        findings.update((name, trees[1]) for name, trees in variant.trees.items() if name in findings)
        self.trees = Trees(self.variable, findings)

    def changed(self, variant: Variant) -> Question:
        """Return the same question about a changed program, over the same chart."""
        return Question(self.program, self.chart, variant, self)

    def variable(self, name: str) -> Variable:
        """Return a fact."""
        return self.facts.variable(name)

    def expression(self, expression: Expression) -> Pair:
        """Return the pair of formulas of a condition whose parameters are not yet filled in."""
        return self.trees.pair(resolve(expression, self.program.parameters))

    def within(self, family: Partition) -> list[Formula]:
        """Return what a partition is about: its condition holds, and the fact it is over is known."""
        return [self.expression(family.given).true, self.variable(family.over).known]

    def fires(self, rule: str) -> Formula:
        """Return the formula under which ``rule`` fires."""
        return self.outcomes(rule)["fired"]

    def outcomes(self, rule: str) -> dict[Outcome, Formula]:
        """Return the formula of each outcome of ``rule``."""
        decision = self.program.rules[rule]
        applies_to, when = self._variant.trees.get(rule, (decision.applies_to, decision.when))
        applies, holds = self.trees.pair(applies_to), self.trees.pair(when)
        fired = every(applies.true, holds.true)
        not_met = every(no(applies.false), holds.false)
        return {
            "fired": fired,
            "not_met": not_met,
            "not_applicable": applies.false,
            "not_evaluable": no(some(fired, not_met, applies.false)),
        }

    def observed(self, leaf: Leaf) -> Formula:
        """Return when a decision is known and rests on one condition alone, and some rule on the decision."""
        decision = self.program.decisions[leaf.decision]
        condition = self.trees.pair(leaf.comparison)
        if_true = self.trees.pair(All(with_leaf(decision, leaf.index, ALWAYS)))
        if_false = self.trees.pair(All(with_leaf(decision, leaf.index, NEVER)))
        decides = some(
            every(condition.true, _rests_on(if_true, if_false)),
            every(condition.false, _rests_on(if_false, if_true)),
        )
        if decision.is_rule:
            return decides
        return every(
            decides, some(*(self.observed(reader) for reader in self.program.readers(leaf.decision)))
        )

    def answers(self, formulas: Sequence[Formula], wished: Sequence[Formula] = ()) -> Iterator[Chart]:
        """Yield charts that satisfy ``formulas``, and what is wished for as far as that is possible."""
        parts = self.chart.parts
        solver = self.solver([*formulas, *self.free.real_values] if self.real else formulas)
        wishes = []
        for number, wish in enumerate([*wished, *parts.wishes]):
            granted = z3.Bool(f"wish {number}")
            solver.add(z3.Implies(granted, wish))
            wishes.append(granted)
        while is_possible(solver):
            model = self._best(solver, wishes)
            yield self.chart.chart(Model(model), self.program.day)
            values = [part != model.eval(part, model_completion=True) for part in parts.variables.values()]
            solver.add(z3.Or(values))

    def solver(self, formulas: Sequence[Formula]) -> Formula:
        """Return a solver that knows what holds for every chart, and ``formulas``."""
        solver = z3.Solver()
        solver.set("timeout", TIMEOUT_MS)
        solver.add(*formulas, *self.chart.parts.constraints)
        return solver

    @staticmethod
    def _best(solver: Formula, wishes: Sequence[Formula]) -> Formula:
        """Return a model in which as many wishes come true as is easily found; the first ones come first."""
        kept = {wish.get_id(): wish for wish in wishes}
        dropped = []
        while kept and solver.check(list(kept.values())) != z3.sat:
            core = {wish.get_id() for wish in solver.unsat_core()}
            spoilers = [number for number in kept if number in core] or list(kept)
            dropped.append(kept.pop(spoilers[-1]))
        granted = list(kept.values())
        for wish in reversed(dropped):  # a core may name wishes that need not be dropped
            if solver.check([*granted, wish]) == z3.sat:
                granted.append(wish)
        solver.check(granted)
        return solver.model()


def is_possible(solver: Formula) -> bool:
    """Return whether a solver finds a solution.

    Raises:
        UndecidedError: if it gives up.
    """
    answer = solver.check()
    if answer == z3.unknown:
        raise UndecidedError(solver.reason_unknown())
    return bool(answer == z3.sat)


def _rests_on(found: Pair, otherwise: Pair) -> Formula:
    """Return when a known result would not be the same otherwise."""
    return some(every(found.true, no(otherwise.true)), every(found.false, no(otherwise.false)))
