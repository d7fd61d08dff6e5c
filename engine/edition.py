"""A rulebook with its numbers filled in: what holds between two dates on which a parameter changes.

An edition joins the readers of the condition tree: durable-rules says which rules fire, the reference logic
says for all others why they did not. The two must agree; if they ever did not, nothing would be said.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from engine.errors import EngineError
from engine.facts import Derivations
from engine.logic import Facts, Outcome, Shared, Term, Truth, in_order, outcome, settle, term
from engine.rete import Rete
from engine.rulebook.model import Rule, Rulebook
from engine.rulebook.tree import All, Scalar, leaves, resolve
from engine.rulebook.vocabulary import Vocabulary

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule with its numbers filled in, ready to be read."""

    rule: Rule
    applies_to: Term
    when: Term

    @property
    def parts(self) -> tuple[Term, Term]:
        """Both conditions."""
        return self.applies_to, self.when


@dataclass(frozen=True, slots=True)
class Judgement:
    """What every rule comes to for some facts; ``facts`` includes the findings that are known."""

    facts: Mapping[str, Scalar]
    outcomes: Mapping[str, Outcome]


class Edition:
    """The rules and derivations of ``rulebook`` with the parameter values of one date."""

    def __init__(self, rulebook: Rulebook, vocabulary: Vocabulary, as_of: datetime.date) -> None:
        self.rulebook = rulebook
        self.parameters = rulebook.values_at(as_of)
        shared: Shared = {}
        self.findings = self._findings(shared)
        self.rulings = {
            rule.id: Ruling(
                rule,
                term(resolve(rule.applies_to, self.parameters), shared),
                term(resolve(rule.when, self.parameters), shared),
            )
            for rule in rulebook.active_rules
        }
        conditions = [part.condition for ruling in self.rulings.values() for part in ruling.parts]
        conditions += [finding.condition for finding in self.findings.values()]
        asked = {leaf.fact for condition in conditions for leaf in leaves(condition)}
        self.asked = tuple(fact for name, fact in rulebook.facts.items() if name in asked)
        self.derivations = Derivations(self.asked, vocabulary, self.parameters)
        self.rete = Rete(
            {
                name: All((ruling.applies_to.condition, ruling.when.condition))
                for name, ruling in self.rulings.items()
            },
            {name: finding.condition for name, finding in self.findings.items()},
        )
        self._by_applicability = self._group()

    def _findings(self, shared: Shared) -> dict[str, Term]:
        declared = {
            name: resolve(fact.finding, self.parameters)
            for name, fact in self.rulebook.facts.items()
            if fact.finding is not None
        }
        return {name: term(declared[name], shared) for name in in_order(declared)}

    def _group(self) -> list[tuple[Term, list[tuple[str, Term]]]]:
        groups: dict[int, tuple[Term, list[tuple[str, Term]]]] = {}
        for name, ruling in self.rulings.items():
            group = groups.setdefault(id(ruling.applies_to), (ruling.applies_to, []))
            group[1].append((name, ruling.when))
        return list(groups.values())

    def settle(self, facts: Facts) -> dict[str, Scalar]:
        """Return ``facts`` with the findings that are true or false for them."""
        return settle(facts, self.findings)

    def judge(self, facts: Facts) -> Judgement:
        """Return the outcome of every rule for ``facts``.

        Raises:
            EngineError: if durable-rules and the reference logic disagree.
        """
        fired = self.rete.fired(facts)
        settled = self.settle(facts)
        outcomes: dict[str, Outcome] = {}
        for applies_to, rules in self._by_applicability:
            applies: Truth = applies_to.truth(settled)
            for name, when in rules:
                outcomes[name] = outcome(applies, None if applies is False else when.truth(settled))
        expected = {name for name, found in outcomes.items() if found == "fired"}
        if fired != expected:
            raise EngineError(f"the readers disagree about {', '.join(sorted(fired ^ expected))}")
        return Judgement(settled, outcomes)
