"""An edition: a rulebook compiled for the time between two dates on which a parameter changes.

durable-rules decides which rules fire; Kleene logic decides for all others why they did not. The two must
agree: a disagreement is an error, never an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from cds_engine.errors import EngineError
from cds_engine.facts.derivations import Derivations
from cds_engine.inference.networks import Rete
from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import (
    OUTCOMES,
    CompiledExpression,
    Facts,
    Outcome,
    Truth,
    TruthFunction,
    evaluate_findings,
    outcome,
)
from cds_engine.rulebook.model import Fact, Rule, Rulebook

_OUTCOMES: Mapping[Truth, Mapping[Truth, Outcome]] = {
    applies_to: {when: outcome(applies_to, when) for when in (True, False, None)}
    for applies_to in (True, None)
}
"""The outcome of a rule that may apply, by the truth of ``applies_to`` and of ``when``."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule whose two expressions have their numbers filled in."""

    rule: Rule
    applies_to: CompiledExpression
    when: CompiledExpression

    @property
    def parts(self) -> tuple[CompiledExpression, CompiledExpression]:
        """Both expressions."""
        return self.applies_to, self.when


@dataclass(frozen=True, slots=True)
class RuleOutcomes:
    """The outcome of every rule for some facts; ``facts`` includes the findings that are known."""

    facts: Mapping[str, Scalar]
    rules: Mapping[Outcome, Sequence[str]]
    """The rules by their outcome."""

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of each rule."""
        return {name: outcome for outcome, names in self.rules.items() for name in names}


@dataclass(frozen=True)
class Edition:
    """A compiled rulebook; see :func:`cds_engine.inference.compile.compile_edition`.

    ``asked`` are the facts that rules and findings compare; ``derived`` are these and all that they read.
    """

    rulebook: Rulebook
    parameters: Mapping[str, Decimal]
    findings: Mapping[str, CompiledExpression]
    compiled_rules: Mapping[str, CompiledRule]
    asked: tuple[Fact, ...]
    derived: tuple[Fact, ...]
    derivations: Derivations
    rete: Rete

    @cached_property
    def _by_applicability(self) -> list[tuple[TruthFunction, dict[str, TruthFunction]]]:
        """The ``when`` of the rules, grouped by their ``applies_to`` so that each is evaluated once."""
        groups: dict[int, tuple[TruthFunction, dict[str, TruthFunction]]] = {}
        for name, rule in self.compiled_rules.items():
            _, group = groups.setdefault(id(rule.applies_to), (rule.applies_to.truth, {}))
            group[name] = rule.when.truth
        return list(groups.values())

    def evaluate_findings(self, facts: Facts) -> dict[str, Scalar]:
        """Return ``facts`` with the findings that are true or false for them."""
        return evaluate_findings(facts, self.findings)

    def evaluate_rules(self, facts: Facts) -> RuleOutcomes:
        """Return the outcome of every rule for ``facts``.

        Raises:
            EngineError: if durable-rules and Kleene logic disagree.
        """
        fired = self.rete.fired(facts)
        known = self.evaluate_findings(facts)
        rules: dict[Outcome, list[str]] = {name: [] for name in OUTCOMES}
        by_truth = {
            applies: {met: rules[name] for met, name in by_when.items()}
            for applies, by_when in _OUTCOMES.items()
        }
        for applies_to, group in self._by_applicability:
            applies = applies_to(known)
            if applies is False:
                rules["not_applicable"] += group
            else:
                by_when = by_truth[applies]
                for name, when in group.items():
                    by_when[when(known)].append(name)
        expected = frozenset(rules["fired"])
        if fired != expected:
            raise EngineError(f"the readers disagree about {', '.join(sorted(fired ^ expected))}")
        return RuleOutcomes(known, rules)

    def none_applies(self, facts: Facts) -> RuleOutcomes:
        """Return the outcomes for a person to whom no rule applies."""
        none: dict[Outcome, Sequence[str]] = dict.fromkeys(OUTCOMES, ())
        return RuleOutcomes(
            self.evaluate_findings(facts), none | {"not_applicable": tuple(self.compiled_rules)}
        )
