"""A rulebook with its numbers filled in: what holds between two dates on which a parameter changes.

An edition joins the readers of the condition tree: durable-rules says which rules fire, the reference logic
says for all others why they did not. The two must agree; if they ever did not, nothing would be said.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.advisory import OUTCOMES, Outcome
from engine.errors import EngineError
from engine.facts import Derivations
from engine.logic import Facts, Shared, Term, Truth, in_order, outcome, settle, term
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
    rules: Mapping[Outcome, Sequence[str]]
    """The rules by their outcome."""

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of each rule."""
        return {name: outcome for outcome, names in self.rules.items() for name in names}


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

    def _group(self) -> list[tuple[Term, dict[str, Term]]]:
        groups: dict[int, tuple[Term, dict[str, Term]]] = {}
        for name, ruling in self.rulings.items():
            _, group = groups.setdefault(id(ruling.applies_to), (ruling.applies_to, {}))
            group[name] = ruling.when
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
        rules: dict[Outcome, list[str]] = {name: [] for name in OUTCOMES}
        for applies_to, group in self._by_applicability:
            applies: Truth = applies_to.truth(settled)
            if applies is False:
                rules["not_applicable"] += group
            else:
                for name, when in group.items():
                    rules[outcome(applies, when.truth(settled))].append(name)
        expected = frozenset(rules["fired"])
        if fired != expected:
            raise EngineError(f"the readers disagree about {', '.join(sorted(fired ^ expected))}")
        return Judgement(settled, rules)

    def none_applies(self, facts: Facts) -> Judgement:
        """Return the judgement of somebody to whom no rule applies."""
        none: dict[Outcome, Sequence[str]] = dict.fromkeys(OUTCOMES, ())
        return Judgement(self.settle(facts), none | {"not_applicable": tuple(self.rulings)})
