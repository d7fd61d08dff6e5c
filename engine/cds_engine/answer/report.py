"""The parts of one evaluation: advisories, rules that could not be evaluated, outcomes, trace."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cds_engine.answer.models import Advisory, Because, NotEvaluable, Outcomes, Trace, TracedCondition
from cds_engine.answer.wording import ComparisonView, Part, Renderer, RuleText
from cds_engine.facts.derivations import Sources
from cds_engine.inference.edition import CompiledRule, RuleOutcomes
from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import CompiledExpression, missing_facts

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
        self._missing: dict[int, list[str]] = {}
        self._traced: dict[tuple[Part, int], tuple[TracedCondition, ...]] = {}

    def advisories(self) -> tuple[Advisory, ...]:
        """Return the advisories of the fired rules, the most urgent first."""
        fired = sorted(self.rule_outcomes.rules["fired"], key=self.renderer.urgency.__getitem__)
        texts = [self.renderer.texts[name] for name in fired]
        return tuple([text.advisory(self.facts, self.because(text)) for text in texts])

    def because(self, text: RuleText) -> tuple[Because, ...]:
        """Return the reasons why a rule fired."""
        facts, sources = self.facts, self.sources
        reasons = text.constant_reasons
        if reasons is None:
            reasons = self.renderer.reasons(text.compiled_rule, facts)
        return tuple([_because(view, facts.get(view.fact), sources.get(view.fact, ())) for view in reasons])

    def not_evaluable(self) -> tuple[NotEvaluable, ...]:
        """Return the rules that could still fire, each with the unknown facts that would decide it."""
        rules = self.edition.compiled_rules
        names = sorted(self.rule_outcomes.rules["not_evaluable"])
        return tuple([_not_evaluable(name, self.missing(rules[name])) for name in names])

    def missing(self, compiled_rule: CompiledRule) -> tuple[str, ...]:
        """Return the unknown facts that still matter to a rule, those of ``applies_to`` first."""
        facts, findings = self.facts, self.edition.findings
        applies_to = compiled_rule.applies_to  # many rules share it
        found = self._missing.get(id(applies_to))
        if found is None:
            found = self._missing[id(applies_to)] = missing_facts(applies_to, facts, findings)
        return (*found, *missing_facts(compiled_rule.when, facts, findings))

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
