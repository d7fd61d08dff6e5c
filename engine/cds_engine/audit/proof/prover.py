"""Questions about rules, answered for all records: an example in outline, or none because there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any as Formula

import z3

from cds_engine.audit.program import Leaf, Program, with_leaf
from cds_engine.audit.proof.charts import Charts
from cds_engine.audit.proof.expressions import Pair, Trees, number_test
from cds_engine.audit.proof.sketch import Sketch
from cds_engine.language.expressions import ALWAYS, All, Any, Expression, resolve
from cds_engine.language.kleene import Facts, Outcome
from cds_engine.rulebook.model import Partition
from cds_engine.rulebook.vocabulary import Vocabulary

TIMEOUT_MS = 30_000
NEVER = Any(())
Trees2 = Mapping[str, tuple[Expression, Expression]]


class UndecidedError(Exception):
    """The solver gave up within its time: neither proved nor refuted."""


class Prover:
    """Asks the solver about the decisions of ``program``.

    Every question yields sketches of records that answer it, each different from those before; no sketch at
    all is a proof that no record does, under :data:`cds_engine.audit.proof.sketch.ASSUMPTIONS`.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._vocabulary = Vocabulary(program.rulebook.terminology)

    def _question(self, fineness: int = 1) -> _Question:
        return _Question(self._program, Charts(self._program.rulebook, self._vocabulary, fineness))

    def _ask(self, put: Callable[[_Question], Iterator[Sketch]]) -> Iterator[Sketch]:
        """Yield the answers on the grid of the resolutions; where there is none, those between its points."""
        answers = put(self._question())
        first = next(answers, None)
        if first is None:
            answers = put(self._question(fineness=2))
        else:
            yield first
        yield from answers

    def outcome(self, rule: str, wanted: Outcome) -> Iterator[Sketch]:
        """Yield records for which ``rule`` comes out as ``wanted``."""
        return self._ask(lambda question: question.answers([question.outcomes(rule)[wanted]]))

    def truth(self, leaf: Leaf, wanted: bool | None) -> Iterator[Sketch]:
        """Yield records for which a condition is true, false or (None) unknown."""

        def put(question: _Question) -> Iterator[Sketch]:
            pair = question.trees.pair(leaf.comparison)
            formula = z3.Not(pair.known) if wanted is None else pair.true if wanted else pair.false
            return question.answers([formula], [question.observed(leaf)])

        return self._ask(put)

    def decides(
        self, leaf: Leaf, *, wanted: bool | None = None, value: Decimal | None = None
    ) -> Iterator[Sketch]:
        """Yield records in which a condition alone decides: being ``wanted``, its fact being ``value``."""

        def put(question: _Question) -> Iterator[Sketch]:
            formulas = [question.observed(leaf)]
            pair = question.trees.pair(leaf.comparison)
            if wanted is not None:
                formulas.append(pair.true if wanted else pair.false)
            if value is not None:
                fact = question.variable(leaf.comparison.fact)
                formulas += [fact.known, number_test("is", fact.value, value / fact.step)]
            return question.answers(formulas)

        return self._ask(put)

    def differs(
        self, changed: Trees2, parameters: Mapping[str, Decimal], rules: Sequence[str]
    ) -> Iterator[Sketch]:
        """Yield records for which one of ``rules`` comes out otherwise with changed trees or parameters."""

        def put(question: _Question) -> Iterator[Sketch]:
            other = question.changed(changed, parameters)
            apart = []
            for rule in rules:
                before, after = question.outcomes(rule), other.outcomes(rule)
                apart += [z3.And(before[name], z3.Not(after[name])) for name in before]
            return question.answers([z3.Or(apart)])

        return self._ask(put)

    def all_fire(self, rules: Sequence[str]) -> Iterator[Sketch]:
        """Yield records for which all of ``rules`` fire."""
        return self._ask(lambda question: question.answers([question.fires(rule) for rule in rules]))

    def allows(self, names: Iterable[str], facts: Facts) -> bool:
        """Return whether some record has just these of the facts ``names``, rounded to their resolution."""
        question = self._question()
        formulas = []
        for name in names:
            variable, value = question.variable(name), facts.get(name)
            formulas.append(z3.Not(variable.known) if value is None else variable.known)
            if isinstance(value, Decimal):
                formulas.append(variable.value == int(value / variable.step))
            elif isinstance(value, bool):
                formulas.append(variable.value == z3.BoolVal(value))
        return next(question.answers(formulas), None) is not None

    def gap(self, family: Partition) -> Iterator[Sketch]:
        """Yield records within a partition for which no rule of it fires and nothing says it should not."""

        def put(question: _Question) -> Iterator[Sketch]:
            silent = [] if family.silent is None else [question.expression(family.silent).true]
            fired = [question.fires(rule) for rule in family.rules]
            return question.answers([*question.within(family), z3.Not(z3.Or([*fired, *silent]))])

        return self._ask(put)

    def overlap(self, family: Partition, one: str, other: str | None) -> Iterator[Sketch]:
        """Yield records within a partition for which two rules fire, or (None) one that should be silent."""

        def put(question: _Question) -> Iterator[Sketch]:
            both = [question.fires(one)]
            if other is not None:
                both.append(question.fires(other))
            elif family.silent is not None:
                both.append(question.expression(family.silent).true)
            return question.answers([*question.within(family), *both])

        return self._ask(put)


class _Question:
    """One question: the formulas of a program's decisions over one arbitrary chart."""

    def __init__(
        self,
        program: Program,
        charts: Charts,
        changed: Trees2 | None = None,
        parameters: Mapping[str, Decimal] | None = None,
    ) -> None:
        self.program = program
        self.charts = charts
        self._changed = changed or {}
        self.variable = charts.variables(program.parameters if parameters is None else parameters)
        findings = {name: finding.when for name, finding in program.findings.items()}
        findings.update((name, trees[1]) for name, trees in self._changed.items() if name in findings)
        self.trees = Trees(self.variable, findings)

    def changed(self, trees: Trees2, parameters: Mapping[str, Decimal]) -> _Question:
        """Return the same question about a changed program, over the same chart."""
        return _Question(self.program, self.charts, trees, parameters)

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
        applies_to, when = self._changed.get(rule, (decision.applies_to, decision.when))
        applies, holds = self.trees.pair(applies_to), self.trees.pair(when)
        fired = z3.And(applies.true, holds.true)
        not_met = z3.And(z3.Not(applies.false), holds.false)
        return {
            "fired": fired,
            "not_met": not_met,
            "not_applicable": applies.false,
            "not_evaluable": z3.Not(z3.Or(fired, not_met, applies.false)),
        }

    def observed(self, leaf: Leaf) -> Formula:
        """Return when a decision is known and rests on one condition alone, and some rule on the decision."""
        decision = self.program.decisions[leaf.decision]
        expression = self.trees.pair(leaf.comparison)
        if_true = self.trees.pair(All(with_leaf(decision, leaf.index, ALWAYS)))
        if_false = self.trees.pair(All(with_leaf(decision, leaf.index, NEVER)))
        decides = z3.Or(
            z3.And(expression.true, _rests_on(if_true, if_false)),
            z3.And(expression.false, _rests_on(if_false, if_true)),
        )
        if decision.is_rule:
            return decides
        readers = [self.observed(reader) for reader in self.program.readers(leaf.decision)]
        return z3.And(decides, z3.Or(readers))

    def answers(self, formulas: list[Formula], wished: Sequence[Formula] = ()) -> Iterator[Sketch]:
        """Yield sketches that satisfy ``formulas``, and what is wished for as far as that is possible."""
        solver = z3.Solver()
        solver.set("timeout", TIMEOUT_MS)
        solver.add(*formulas, *self.charts.constraints)
        wishes = []
        for number, wish in enumerate([*wished, *self.charts.preferences()]):
            granted = z3.Bool(f"wish {number}")
            solver.add(z3.Implies(granted, wish))
            wishes.append(granted)
        while self._possible(solver):
            model = self._best(solver, wishes)
            yield self.charts.sketch(model)
            solver.add(
                z3.Or([part != model.eval(part, model_completion=True) for part in self.charts.parts()])
            )

    @staticmethod
    def _best(solver: Formula, wishes: Sequence[Formula]) -> Formula:
        """Return a model in which as many wishes come true as is easily found; the first ones come first."""
        kept = list(wishes)
        while kept and solver.check(kept) != z3.sat:
            core = set(map(str, solver.unsat_core()))
            spoilers = [wish for wish in kept if str(wish) in core]
            kept.remove(spoilers[-1] if spoilers else kept[-1])
        if not kept:
            solver.check()
        return solver.model()

    @staticmethod
    def _possible(solver: Formula) -> bool:
        answer = solver.check()
        if answer == z3.unknown:
            raise UndecidedError(solver.reason_unknown())
        return bool(answer == z3.sat)


def _rests_on(found: Pair, otherwise: Pair) -> Formula:
    """Return when a known result would not be the same otherwise."""
    return z3.Or(z3.And(found.true, z3.Not(otherwise.true)), z3.And(found.false, z3.Not(otherwise.false)))
