"""The parts of one evaluation: advisories, rules that could not be evaluated, outcomes, trace."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cds_engine.answer.models import Advisory, Because, NotEvaluable, Outcomes, Trace, TracedCondition
from cds_engine.answer.wording import ComparisonView, Part, Renderer
from cds_engine.facts.derivations import Sources
from cds_engine.inference.edition import CompiledRule, RuleOutcomes
from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import CompiledExpression, missing_facts, supporting_comparisons

# Most values occur again in later records, so what is built from a single value is cached. All values of one
# view are of one type: those of its fact.


@lru_cache(maxsize=16384)
def _because(view: ComparisonView, value: Scalar | None, sources: Sources) -> Because:
    return view.because(value, sources)


@lru_cache(maxsize=4096)
def _not_evaluable(rule: str, missing: tuple[str, ...]) -> NotEvaluable:
    return NotEvaluable(rule=rule, missing=tuple(dict.fromkeys(missing)))


class Report:
    """Builds the parts of one evaluation; what several rules have in common is computed once."""

    def __init__(
        self, renderer: Renderer, rule_outcomes: RuleOutcomes, sources: Mapping[str, Sources]
    ) -> None:
        self.renderer = renderer
        self.edition = renderer.edition
        self.rule_outcomes = rule_outcomes
        self.facts = rule_outcomes.facts
        self.sources = sources
        self._supporting: dict[int, dict[int, Because]] = {}
        self._missing: dict[int, tuple[str, ...]] = {}
        self._traced: dict[tuple[Part, int], tuple[TracedCondition, ...]] = {}

    def advisories(self) -> tuple[Advisory, ...]:
        """Return the advisories of the fired rules, the most urgent first."""
        fired = sorted(self.rule_outcomes.rules["fired"], key=self.renderer.urgency.__getitem__)
        texts = [self.renderer.texts[name] for name in fired]
        return tuple([text.advisory(self.facts, self.because(text.compiled_rule)) for text in texts])

    def because(self, compiled_rule: CompiledRule) -> tuple[Because, ...]:
        """Return the reasons why a rule fired, those of ``when`` before those of ``applies_to``."""
        when = self.supporting_comparisons(compiled_rule.when)
        return tuple((when | self.supporting_comparisons(compiled_rule.applies_to)).values())

    def supporting_comparisons(self, root: CompiledExpression) -> dict[int, Because]:
        """Return the comparisons that make an expression true, by identity."""
        found = self._supporting.get(id(root))
        if found is None:
            views, facts, sources = self.renderer.views, self.facts, self.sources
            found = self._supporting[id(root)] = {
                id(leaf): _because(views[id(leaf)], facts.get(leaf.fact), sources.get(leaf.fact, ()))
                for leaf in supporting_comparisons(root, facts, self.edition.findings)
            }
        return found

    def not_evaluable(self) -> tuple[NotEvaluable, ...]:
        """Return the rules that could still fire, each with the unknown facts that would decide it."""
        rules = [
            (name, self.edition.compiled_rules[name])
            for name in sorted(self.rule_outcomes.rules["not_evaluable"])
        ]
        return tuple(
            [
                _not_evaluable(name, self.missing(rule.applies_to) + self.missing(rule.when))
                for name, rule in rules
            ]
        )

    def missing(self, root: CompiledExpression) -> tuple[str, ...]:
        """Return the unknown facts that still matter to an expression."""
        found = self._missing.get(id(root))
        if found is None:
            found = self._missing[id(root)] = tuple(missing_facts(root, self.facts, self.edition.findings))
        return found

    def trace(self) -> tuple[Trace, ...]:
        """Return the trace of every rule."""
        outcomes = self.rule_outcomes.outcomes
        return tuple(
            [
                Trace(
                    rule=name,
                    outcome=outcomes[name],
                    conditions=self.traced("applies_to", compiled_rule.applies_to)
                    + self.traced("when", compiled_rule.when),
                )
                for name, compiled_rule in self.edition.compiled_rules.items()
            ]
        )

    def traced(self, part: Part, root: CompiledExpression) -> tuple[TracedCondition, ...]:
        """Return the trace of every comparison in an expression."""
        found = self._traced.get((part, id(root)))
        if found is None:
            found = self._traced[part, id(root)] = self.renderer.traces[id(root)].traced(part, self.facts)
        return found

    def outcome_counts(self) -> Outcomes:
        """Return the number of rules with each outcome, and the outcome of each rule."""
        counts = {outcome: len(rules) for outcome, rules in self.rule_outcomes.rules.items()}
        return Outcomes(**counts, by_rule=self.rule_outcomes.outcomes)
