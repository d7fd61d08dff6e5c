"""A rulebook with its numbers filled in: what holds between two dates on which a parameter changes.

An edition joins the readers of the condition tree: durable-rules says which rules fire, the reference logic
says for all others why they did not. The two must agree; if they ever did not, nothing would be said.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cds_engine.errors import EngineError
from cds_engine.facts.derivations import Derivations
from cds_engine.inference.kleene import (
    OUTCOMES,
    CompiledExpression,
    ExpressionCache,
    Facts,
    Outcome,
    Truth,
    compile_expression,
    dependency_order,
    evaluate_findings,
    outcome,
)
from cds_engine.inference.rete import Rete
from cds_engine.rulebook.expressions import All, Scalar, leaves, resolve
from cds_engine.rulebook.model import Rule, Rulebook
from cds_engine.rulebook.vocabulary import Vocabulary

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its numbers filled in, ready to be read."""

    rule: Rule
    applies_to: CompiledExpression
    when: CompiledExpression

    @property
    def parts(self) -> tuple[CompiledExpression, CompiledExpression]:
        """Both conditions."""
        return self.applies_to, self.when


@dataclass(frozen=True, slots=True)
class RuleOutcomes:
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
        shared: ExpressionCache = {}
        self.findings = self._findings(shared)
        self.compiled_rules = {
            rule.id: CompiledRule(
                rule,
                compile_expression(resolve(rule.applies_to, self.parameters), shared),
                compile_expression(resolve(rule.when, self.parameters), shared),
            )
            for rule in rulebook.active_rules
        }
        conditions = [
            part.expression for compiled_rule in self.compiled_rules.values() for part in compiled_rule.parts
        ]
        conditions += [finding.expression for finding in self.findings.values()]
        asked = {leaf.fact for condition in conditions for leaf in leaves(condition)}
        self.asked = tuple(fact for name, fact in rulebook.facts.items() if name in asked)
        self.derivations = Derivations(self.asked, vocabulary, self.parameters)
        self.rete = Rete(
            {
                name: All((compiled_rule.applies_to.expression, compiled_rule.when.expression))
                for name, compiled_rule in self.compiled_rules.items()
            },
            {name: finding.expression for name, finding in self.findings.items()},
        )
        self._by_applicability = self._group()

    def _findings(self, shared: ExpressionCache) -> dict[str, CompiledExpression]:
        declared = {
            name: resolve(fact.finding, self.parameters)
            for name, fact in self.rulebook.facts.items()
            if fact.finding is not None
        }
        return {name: compile_expression(declared[name], shared) for name in dependency_order(declared)}

    def _group(self) -> list[tuple[CompiledExpression, dict[str, CompiledExpression]]]:
        groups: dict[int, tuple[CompiledExpression, dict[str, CompiledExpression]]] = {}
        for name, compiled_rule in self.compiled_rules.items():
            _, group = groups.setdefault(id(compiled_rule.applies_to), (compiled_rule.applies_to, {}))
            group[name] = compiled_rule.when
        return list(groups.values())

    def evaluate_findings(self, facts: Facts) -> dict[str, Scalar]:
        """Return ``facts`` with the findings that are true or false for them."""
        return evaluate_findings(facts, self.findings)

    def evaluate_rules(self, facts: Facts) -> RuleOutcomes:
        """Return the outcome of every rule for ``facts``.

        Raises:
            EngineError: if durable-rules and the reference logic disagree.
        """
        fired = self.rete.fired(facts)
        settled = self.evaluate_findings(facts)
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
        return RuleOutcomes(settled, rules)

    def none_applies(self, facts: Facts) -> RuleOutcomes:
        """Return the judgement of somebody to whom no rule applies."""
        none: dict[Outcome, Sequence[str]] = dict.fromkeys(OUTCOMES, ())
        return RuleOutcomes(
            self.evaluate_findings(facts), none | {"not_applicable": tuple(self.compiled_rules)}
        )
