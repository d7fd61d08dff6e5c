"""A rulebook as decisions made of conditions: what the coverage is counted over.

A decision is a rule (``applies_to`` and ``when`` together) or a finding; its conditions are the comparisons
at their places in the YAML. A rule that asks for a finding has that question as one condition; what decides
the finding is counted once, at the finding.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from engine.errors import Problem
from engine.logic import Facts, Outcome, Term, Truth, in_order, outcome, term
from engine.rulebook.model import Fact, Rulebook
from engine.rulebook.source import read_document
from engine.rulebook.tree import ORDERED, All, Any, Comparison, Condition, Not, leaves, resolve

Place = tuple[str, int]
"""A file and a line in it."""


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
        """The number that the fact is held against, if it is one."""
        operand = self.comparison.operand
        numeric = isinstance(operand, Decimal) and self.comparison.operator in ORDERED | {"is", "is_not"}
        return operand if numeric and isinstance(operand, Decimal) else None


@dataclass(frozen=True)
class Decision:
    """A rule or a finding with its numbers filled in.

    The reference logic is its only meaning: to ask what would be if one condition came out otherwise, the
    tree is read with each comparison replaced by a variable that stands for its truth.
    """

    name: str
    is_rule: bool
    applies_to: Condition
    when: Condition
    leaves: tuple[Leaf, ...]
    file: str
    line: int

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The comparisons, ready to be read."""
        return tuple(term(leaf.comparison) for leaf in self.leaves)

    @cached_property
    def _parts(self) -> tuple[Term, Term]:
        applies_to, count = _abstract(self.applies_to, 0)
        when, _ = _abstract(self.when, count)
        return term(applies_to), term(when)

    @cached_property
    def _whole(self) -> Term:
        return term(All(tuple(part.condition for part in self._parts)))

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
        """Whether condition ``index`` alone decides: true and false give opposite, known results."""
        facts = _as_facts(truths)
        with_true = self._whole.truth({**facts, str(index): True})
        with_false = self._whole.truth({**facts, str(index): False})
        return with_true is not None and with_false is not None and with_true is not with_false


def _as_facts(truths: Sequence[Truth]) -> dict[str, bool]:
    return {str(index): truth for index, truth in enumerate(truths) if truth is not None}


def _abstract(condition: Condition, count: int) -> tuple[Condition, int]:
    """Return ``condition`` with the comparison number ``n`` replaced by 'variable n is true'."""
    match condition:
        case Comparison():
            return Comparison(str(count), "is", True), count + 1
        case Not(child):
            inner, count = _abstract(child, count)
            return replace(condition, child=inner), count
        case All(children) | Any(children):
            abstracted = []
            for child in children:
                inner, count = _abstract(child, count)
                abstracted.append(inner)
            return replace(condition, children=tuple(abstracted)), count


@dataclass(frozen=True)
class Code:
    """Rules and findings as terms: what is needed to judge facts, and to answer what scenarios expect."""

    rules: Mapping[str, tuple[Term, Term]]
    findings: Mapping[str, Term]

    def settle(self, facts: Facts) -> Facts:
        """Return ``facts`` with the findings that are true or false for them."""
        settled = dict(facts)
        for name, finding in self.findings.items():
            truth = finding.truth(settled)
            if truth is not None:
                settled[name] = truth
        return settled

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
        self.places = _Places(rulebook)
        self.rules = {rule.id: self._rule(rule.id) for rule in rulebook.active_rules}
        findings = {name: fact.finding for name, fact in self.facts.items() if fact.finding is not None}
        used = self._used(findings)
        self.findings = {
            name: self._finding(name, findings[name]) for name in in_order(findings) if name in used
        }
        self.decisions: dict[str, Decision] = {**self.rules, **self.findings}
        self._readers = self._by_finding()

    def _rule(self, name: str) -> Decision:
        rule = self.rulebook.rules[name]
        file = self.places.name(rule.path)
        trees = [resolve(tree, self.parameters) for tree in (rule.applies_to, rule.when)]
        places = {at: place[0] for at, place in rule.places.items()}
        return self._decision(name, True, trees[0], trees[1], file, places, "/id")

    def _finding(self, name: str, condition: Condition) -> Decision:
        file = self.places.name("facts.yaml")
        whole = resolve(condition, self.parameters)
        places = self.places.lines("facts.yaml")
        return self._decision(name, False, All(()), whole, file, places, f"/findings/{name}")

    def _decision(
        self,
        name: str,
        is_rule: bool,
        applies_to: Condition,
        when: Condition,
        file: str,
        places: Mapping[str, int],
        at: str,
    ) -> Decision:
        found = [*leaves(applies_to), *leaves(when)]
        numbered = tuple(
            Leaf(name, index, leaf, (file, places.get(leaf.pointer, 1))) for index, leaf in enumerate(found)
        )
        return Decision(name, is_rule, applies_to, when, numbered, file, places.get(at, 1))

    def _used(self, findings: Mapping[str, Condition]) -> set[str]:
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
        """Return the rules that rest on a decision: the rule itself, or those that ask for the finding."""
        if name in self.rules:
            return (name,)
        found: dict[str, None] = {}
        for leaf in self.readers(name):
            found.update(dict.fromkeys(self.rules_reading(leaf.decision)))
        return tuple(found)

    @cached_property
    def code(self) -> Code:
        """The rules and findings as terms."""
        return Code(
            {name: (term(rule.applies_to), term(rule.when)) for name, rule in self.rules.items()},
            {name: term(finding.when) for name, finding in self.findings.items()},
        )

    def asked(self, name: str) -> Iterator[str]:
        """Yield the facts a decision rests on, those of its findings included."""
        for leaf in self.decisions[name].leaves:
            fact = leaf.comparison.fact
            if fact in self.findings:
                yield from self.asked(fact)
            else:
                yield fact


class Programs:
    """The programs of a rulebook by the day for which they hold; each is made once."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.day = max([rulebook.first_day, *rulebook.editions])
        """The first day on which the newest value of every parameter holds."""
        self._programs: dict[int, Program] = {}
        self.newest = self.at(self.day)

    def at(self, day: datetime.date) -> Program:
        """Return the program that holds on ``day``."""
        number = bisect_right(self.rulebook.editions, day)
        if number not in self._programs:
            self._programs[number] = Program(self.rulebook, day)
        return self._programs[number]


class _Places:
    """The lines of a rulebook's shared files, and how its files are called in reports."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._root = rulebook.root
        self._lines: dict[str, dict[str, int]] = {}

    def name(self, relative: str) -> str:
        """Return how a file of the rulebook is called: with the rulebook's folder before it."""
        return f"{self._root.name}/{relative}"

    def lines(self, relative: str) -> Mapping[str, int]:
        """Return the line of every value of a file by JSON pointer."""
        if relative not in self._lines:
            problems: list[Problem] = []
            document = read_document(self._root / relative, relative, problems)
            places = {} if document is None else document.places
            self._lines[relative] = {at: place[0] for at, place in places.items()}
        return self._lines[relative]

