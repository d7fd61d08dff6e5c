"""Questions about rules, answered for all records: with charts, or with none because there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from cds_engine.audit.program import Leaf, Program
from cds_engine.audit.proof.chart import SymbolicChart
from cds_engine.audit.proof.entries import OTHER
from cds_engine.audit.proof.formulas import HALVES
from cds_engine.audit.proof.logic import Formula, every, no, some
from cds_engine.audit.proof.question import Question, Variant, is_possible
from cds_engine.audit.proof.size import FEW, entries_needed
from cds_engine.audit.proof.variables import Variable, compared_with_number
from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import Facts, Outcome
from cds_engine.language.queries import Section
from cds_engine.record.chart import Chart
from cds_engine.rulebook.model import Partition
from cds_engine.rulebook.vocabulary import Vocabulary

BETWEEN = 8
"""The steps in a resolution that stand for all values between its multiples in :meth:`Prover.allows`."""


class Prover:
    """Asks the solver about the decisions of ``program``.

    Every question yields charts that answer it, each different from those before; no chart at all is a proof
    that no record does, under the assumptions of :func:`cds_engine.audit.proof.assumptions.assumptions`.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._vocabulary = Vocabulary(program.rulebook.terminology)
        self._entries = entries_needed(program)
        self._allowing: dict[tuple[str, ...], tuple[Question, Formula]] = {}

    def _question(self, entries: Mapping[Section, int], fineness: int = 1, *, real: bool = True) -> Question:
        chart = SymbolicChart(self._program.rulebook, self._vocabulary, entries, fineness)
        return Question(self._program, chart, real=real)

    def _ask(self, put: Callable[[Question], Iterator[Chart]]) -> Iterator[Chart]:
        """Yield the answers among small charts, then those among all charts.

        If free numbers matter, the answers come first in which they have their real values.
        """
        yield from put(self._question(FEW))
        question = self._question(self._entries, HALVES)
        yield from put(question)
        if question.free.real_values:
            yield from put(self._question(self._entries, HALVES, real=False))

    def outcome(self, rule: str, wanted: Outcome) -> Iterator[Chart]:
        """Yield records for which ``rule`` comes out as ``wanted``."""
        return self._ask(lambda question: question.answers([question.outcomes(rule)[wanted]]))

    def truth(self, leaf: Leaf, wanted: bool | None) -> Iterator[Chart]:
        """Yield records for which a condition is true, false or (None) unknown."""

        def put(question: Question) -> Iterator[Chart]:
            pair = question.trees.pair(leaf.comparison)
            formula = no(pair.known) if wanted is None else pair.true if wanted else pair.false
            return question.answers([formula], [question.observed(leaf)])

        return self._ask(put)

    def decides(
        self, leaf: Leaf, *, wanted: bool | None = None, value: Decimal | None = None
    ) -> Iterator[Chart]:
        """Yield records in which a condition alone decides: being ``wanted``, its fact being ``value``."""

        def put(question: Question) -> Iterator[Chart]:
            formulas = [question.observed(leaf)]
            pair = question.trees.pair(leaf.comparison)
            if wanted is not None:
                formulas.append(pair.true if wanted else pair.false)
            if value is not None:
                fact = question.variable(leaf.comparison.fact)
                formulas += [fact.known, compared_with_number("is", fact, Fraction(value))]
            return question.answers(formulas)

        return self._ask(put)

    def differs(self, variant: Variant, rules: Sequence[str]) -> Iterator[Chart]:
        """Yield records for which one of ``rules`` comes out otherwise in a variant of the program."""

        def put(question: Question) -> Iterator[Chart]:
            other = question.changed(variant)
            apart = []
            for rule in rules:
                before, after = question.outcomes(rule), other.outcomes(rule)
                apart += [every(before[name], no(after[name])) for name in before]
            return question.answers([some(*apart)])

        return self._ask(put)

    def all_fire(self, rules: Sequence[str]) -> Iterator[Chart]:
        """Yield records for which all of ``rules`` fire."""
        return self._ask(lambda question: question.answers([question.fires(rule) for rule in rules]))

    def allows(self, names: Iterable[str], facts: Facts) -> bool:
        """Return whether some record has just these of the facts ``names``.

        A number that is no multiple of its resolution may be any between the two next to it.
        """
        key = tuple(names)
        if key not in self._allowing:
            question = self._question(self._entries, BETWEEN, real=False)
            for name in key:
                question.variable(name)
            self._allowing[key] = question, question.solver([])
        question, solver = self._allowing[key]
        solver.push()
        try:
            for name in key:
                solver.add(
                    _is(question.variable(name), facts.get(name), self._program.facts[name].resolution)
                )
            return is_possible(solver)
        finally:
            solver.pop()

    def within(self, family: Partition) -> Iterator[Chart]:
        """Yield records that a partition is about."""
        return self._ask(lambda question: question.answers(question.within(family)))

    def gap(self, family: Partition) -> Iterator[Chart]:
        """Yield records within a partition for which no rule of it fires and nothing says it should not."""

        def put(question: Question) -> Iterator[Chart]:
            silent = [] if family.silent is None else [question.expression(family.silent).true]
            fired = [question.fires(rule) for rule in family.rules]
            return question.answers([*question.within(family), no(some(*fired, *silent))])

        return self._ask(put)

    def overlap(self, family: Partition, one: str, other: str | None) -> Iterator[Chart]:
        """Yield records within a partition for which two rules fire, or (None) one that should be silent."""

        def put(question: Question) -> Iterator[Chart]:
            both = [question.fires(one)]
            if other is not None:
                both.append(question.fires(other))
            elif family.silent is not None:
                both.append(question.expression(family.silent).true)
            return question.answers([*question.within(family), *both])

        return self._ask(put)


def _is(variable: Variable, value: Scalar | None, resolution: Decimal) -> Formula:
    """Return whether a fact is unknown (None), or has a value or one near it."""
    match value:
        case None:
            return no(variable.known)
        case bool():
            same = variable.value if value else no(variable.value)
        case Decimal():
            step = Fraction(resolution)
            below, above = floor(Fraction(value) / step) * step, ceil(Fraction(value) / step) * step
            if below == above:
                same = compared_with_number("is", variable, below)
            else:
                more = compared_with_number("more_than", variable, below)
                same = every(more, compared_with_number("less_than", variable, above))
        case str():
            same = variable.value == variable.codes.get(value, variable.codes.get(OTHER, -1))
    return every(variable.known, same)
