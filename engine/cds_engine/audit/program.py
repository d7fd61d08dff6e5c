"""A rulebook as decisions made of conditions, over which coverage is measured.

A decision is a rule (``applies_to`` and ``when`` together) or a finding; its conditions are the comparisons
at their places in the YAML. A rule that uses a finding has it as one condition; the conditions of the finding
are counted once, at the finding.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import count

from cds_engine.audit.places import Place, Places
from cds_engine.errors import pointer
from cds_engine.facts.derivations import in_order as derivation_order
from cds_engine.language.expressions import (
    ALWAYS,
    ORDERED,
    All,
    Any,
    Comparison,
    Expression,
    Not,
    leaves,
    resolve,
)
from cds_engine.language.kleene import (
    CompiledExpression,
    Facts,
    Outcome,
    Truth,
    compile_expression,
    dependency_order,
    evaluate_findings,
    outcome,
)
from cds_engine.language.queries import facts_read, parameters_read
from cds_engine.rulebook.model import Fact, Rulebook


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison at its place; ``index`` counts the conditions of its decision from left to right."""

    decision: str
    index: int
    comparison: Comparison
    place: Place

    @property
    def pointer(self) -> str:
        """Where the comparison stands in its file, as a JSON pointer."""
        return self.comparison.pointer

    @property
    def threshold(self) -> Decimal | None:
        """The number that the fact is compared with, if it is compared with one."""
        operand = self.comparison.operand
        numeric = isinstance(operand, Decimal) and self.comparison.operator in ORDERED | {"is", "is_not"}
        return operand if numeric and isinstance(operand, Decimal) else None


@dataclass(frozen=True)
class Decision:
    """A rule or a finding with its numbers filled in.

    The reference logic alone defines its meaning: to ask for the result with one condition inverted, each
    comparison in the tree is replaced by a variable for its truth.
    """

    name: str
    is_rule: bool
    applies_to: Expression
    when: Expression
    leaves: tuple[Leaf, ...]
    file: str
    line: int

    @cached_property
    def terms(self) -> tuple[CompiledExpression, ...]:
        """The comparisons, compiled."""
        return tuple(compile_expression(leaf.comparison) for leaf in self.leaves)

    @cached_property
    def _parts(self) -> tuple[CompiledExpression, CompiledExpression]:
        def variable(number: int, _: Comparison) -> Expression:
            return Comparison(str(number), "is", True)

        numbers = count()
        return compile_expression(_mapped(self.applies_to, numbers, variable)), compile_expression(
            _mapped(self.when, numbers, variable)
        )

    @cached_property
    def _whole(self) -> CompiledExpression:
        return compile_expression(All(tuple(part.expression for part in self._parts)))

    def truths(self, facts: Facts) -> tuple[Truth, ...]:
        """Return the truth of every condition."""
        return tuple(comparison.truth(facts) for comparison in self.terms)

    def value(self, truths: Sequence[Truth]) -> Truth:
        """Return the truth of the whole decision: whether the rule fires, the finding holds."""
        return self._whole.truth(_as_facts(truths))

    def outcome(self, truths: Sequence[Truth]) -> Outcome:
        """Return the outcome of the rule."""
        facts = _as_facts(truths)
        applies_to, when = self._parts
        return outcome(applies_to.truth(facts), when.truth(facts))

    def deciding(self, truths: Sequence[Truth], index: int) -> bool:
        """Whether the decision is known and depends on condition ``index`` alone.

        The decision must be true or false, and have the opposite truth or be unknown if only that condition,
        whose truth must be known, were the opposite.
        """
        truth = truths[index]
        if truth is None:
            return False
        facts = _as_facts(truths)
        found = self._whole.truth(facts)
        return found is not None and self._whole.truth({**facts, str(index): not truth}) is not found


def _as_facts(truths: Sequence[Truth]) -> dict[str, bool]:
    return {str(index): truth for index, truth in enumerate(truths) if truth is not None}


def with_leaf(decision: Decision, index: int, replacement: Expression) -> tuple[Expression, Expression]:
    """Return the trees of ``decision`` with its condition number ``index`` replaced."""

    def leaf(number: int, comparison: Comparison) -> Expression:
        return replacement if number == index else comparison

    numbers = count()
    return _mapped(decision.applies_to, numbers, leaf), _mapped(decision.when, numbers, leaf)


def _mapped(
    node: Expression, numbers: Iterator[int], leaf: Callable[[int, Comparison], Expression]
) -> Expression:
    """Return ``node`` with every comparison replaced, given its number, from left to right."""
    match node:
        case Comparison():
            return leaf(next(numbers), node)
        case Not(child):
            return replace(node, child=_mapped(child, numbers, leaf))
        case All(children) | Any(children):
            return replace(node, children=tuple([_mapped(child, numbers, leaf) for child in children]))


@dataclass(frozen=True)
class Code:
    """Rules and findings as compiled expressions, which evaluate facts and answer what scenarios expect."""

    rules: Mapping[str, tuple[CompiledExpression, CompiledExpression]]
    findings: Mapping[str, CompiledExpression]

    def evaluate_findings(self, facts: Facts) -> Facts:
        """Return ``facts`` with the findings that are true or false for them."""
        return evaluate_findings(facts, self.findings)

    def outcomes(self, settled: Facts, names: Iterable[str]) -> dict[str, Outcome]:
        """Return the outcome of the rules ``names``."""
        found = {}
        for name in names:
            applies_to, when = self.rules[name]
            found[name] = outcome(applies_to.truth(settled), when.truth(settled))
        return found


class Program:
    """The decisions of ``rulebook`` with the parameter values of one day."""

    def __init__(self, rulebook: Rulebook, day: datetime.date) -> None:
        self.rulebook = rulebook
        self.day = day
        self.parameters = rulebook.values_at(day)
        self.facts: Mapping[str, Fact] = rulebook.facts
        self.places = Places(rulebook)
        self.rules = {rule.id: self._rule(rule.id) for rule in rulebook.active_rules}
        findings = {name: fact.finding for name, fact in self.facts.items() if fact.finding is not None}
        used = self._used(findings)
        self.findings = {
            name: self._finding(name, findings[name]) for name in dependency_order(findings) if name in used
        }
        self.decisions: dict[str, Decision] = {**self.rules, **self.findings}
        self._readers = self._by_finding()

    def _rule(self, name: str) -> Decision:
        rule = self.rulebook.rules[name]
        trees = (resolve(rule.applies_to, self.parameters), resolve(rule.when, self.parameters))
        lines = {at: place[0] for at, place in rule.places.items()}
        found = tuple(self._leaves(name, trees, self.places.name(rule.path), lines))
        return Decision(name, True, *trees, found, self.places.name(rule.path), lines["/id"])

    def _finding(self, name: str, expression: Expression) -> Decision:
        trees = (ALWAYS, resolve(expression, self.parameters))
        file, lines = self.places.name("facts.yaml"), self.places.lines("facts.yaml")
        found = tuple(self._leaves(name, trees, file, lines))
        return Decision(name, False, *trees, found, file, lines[pointer("findings", name)])

    @staticmethod
    def _leaves(
        name: str, trees: tuple[Expression, Expression], file: str, lines: Mapping[str, int]
    ) -> Iterator[Leaf]:
        found = (leaf for tree in trees for leaf in leaves(tree))
        for index, leaf in enumerate(found):
            yield Leaf(name, index, leaf, (file, lines[leaf.pointer]))

    def _used(self, findings: Mapping[str, Expression]) -> set[str]:
        """Return the findings that some rule asks for, itself or through another finding."""
        used: set[str] = set()
        asked = [leaf.comparison.fact for rule in self.rules.values() for leaf in rule.leaves]
        while asked:
            name = asked.pop()
            if name in findings and name not in used:
                used.add(name)
                asked += [leaf.fact for leaf in leaves(findings[name])]
        return used

    def _by_finding(self) -> dict[str, list[Leaf]]:
        readers: dict[str, list[Leaf]] = {name: [] for name in self.findings}
        for decision in self.decisions.values():
            for leaf in decision.leaves:
                if leaf.comparison.fact in readers:
                    readers[leaf.comparison.fact].append(leaf)
        return readers

    def readers(self, finding: str) -> Sequence[Leaf]:
        """Return the conditions that ask for ``finding``."""
        return self._readers[finding]

    def rules_reading(self, name: str) -> tuple[str, ...]:
        """Return the rules that depend on a decision: the rule itself, or those that use the finding."""
        if name in self.rules:
            return (name,)
        found: dict[str, None] = {}
        for leaf in self.readers(name):
            found.update(dict.fromkeys(self.rules_reading(leaf.decision)))
        return tuple(found)

    @cached_property
    def code(self) -> Code:
        """The rules and findings as compiled expressions."""
        return Code(
            {
                name: (compile_expression(rule.applies_to), compile_expression(rule.when))
                for name, rule in self.rules.items()
            },
            {name: compile_expression(finding.when) for name, finding in self.findings.items()},
        )

    @cached_property
    def facts_asked(self) -> tuple[str, ...]:
        """The facts that some rule rests on, itself or through a finding."""
        return tuple(dict.fromkeys(fact for name in self.rules for fact in self.asked(name)))

    @cached_property
    def facts_needed(self) -> tuple[Fact, ...]:
        """The facts asked by some rule, and those that they read."""
        return self.rulebook.needed_facts(self.facts_asked)

    def facts_with(self, parameter: str) -> list[Fact]:
        """Return the facts, among those needed, whose derivation uses ``parameter``."""
        return [
            fact
            for fact in self.facts_needed
            if fact.derivation is not None and parameter in parameters_read(fact.derivation)
        ]

    def places_of_parameter(self, parameter: str) -> set[str]:
        """Return the pointers of what uses ``parameter``: comparisons, and the declarations of facts."""
        compared = {
            leaf.pointer
            for decision in self.decisions.values()
            for leaf in decision.leaves
            if leaf.comparison.parameter == parameter
        }
        return compared | {fact.place for fact in self.facts_with(parameter)}

    def facts_reading(self, names: Iterable[str]) -> frozenset[str]:
        """Return ``names`` and the needed facts that read one of them, directly or through other facts."""
        found = set(names)
        for name in derivation_order({fact.name: fact for fact in self.facts_needed}):
            derivation = self.facts[name].derivation
            if derivation is not None and not found.isdisjoint(facts_read(derivation)):
                found.add(name)
        return frozenset(found)

    def parameters_of(self, rule: str) -> frozenset[str]:
        """Return the parameters that a rule uses itself, through findings, or in the facts that it asks."""
        found: set[str] = set()
        decisions = [self.decisions[rule]]
        while decisions:
            decision = decisions.pop()
            found |= {leaf.comparison.parameter for leaf in decision.leaves if leaf.comparison.parameter}
            asked = {leaf.comparison.fact for leaf in decision.leaves}
            decisions += [self.findings[name] for name in asked if name in self.findings]
        for fact in self.rulebook.needed_facts(self.asked(rule)):
            if fact.derivation is not None:
                found.update(parameters_read(fact.derivation))
        return frozenset(found)

    def asked(self, name: str) -> Iterator[str]:
        """Yield the facts that a decision uses, including those of its findings."""
        for leaf in self.decisions[name].leaves:
            fact = leaf.comparison.fact
            if fact in self.findings:
                yield from self.asked(fact)
            else:
                yield fact


class Programs:
    """The programs of a rulebook by the day on which they are valid; each is built once."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._programs: dict[int, Program] = {}
        self.newest = self.at(max([rulebook.first_day, *rulebook.editions]))
        """Valid from the first day on which the newest value of every parameter is."""
        older = (self.at(day) for day in reversed(rulebook.edition_days[:-1]))
        self.all = (self.newest, *older)
        """The program of each edition, the newest first."""

    def at(self, day: datetime.date) -> Program:
        """Return the program that is valid on ``day``."""
        number = bisect_right(self.rulebook.editions, day)
        if number not in self._programs:
            self._programs[number] = Program(self.rulebook, day)
        return self._programs[number]
