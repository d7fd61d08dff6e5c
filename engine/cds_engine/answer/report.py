"""What one evaluation says: advisories, what is missing, and the trace."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cds_engine.answer.models import Advisory, Because, NotEvaluable, Outcomes, Trace, TracedCondition
from cds_engine.answer.wording import ComparisonView, Part, Renderer
from cds_engine.facts.derivations import Sources
from cds_engine.inference.edition import CompiledRule, RuleOutcomes
from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import CompiledExpression, missing_facts, supporting_comparisons

# Most values come again in the next record: what is said about one is written once and kept for a while.


@lru_cache(maxsize=16384, typed=True)
def _because(shown: ComparisonView, value: Scalar | None, sources: Sources) -> Because:
    return shown.because(value, sources)


@lru_cache(maxsize=4096)
def _still_open(rule: str, missing: tuple[str, ...]) -> NotEvaluable:
    return NotEvaluable(rule=rule, missing=tuple(dict.fromkeys(missing)))


class Report:
    """What one evaluation says; what several of its rules share is worked out once."""

    def __init__(
        self, renderer: Renderer, rule_outcomes: RuleOutcomes, sources: Mapping[str, Sources]
    ) -> None:
        self.renderer = renderer
        self.edition = renderer.edition
        self.rule_outcomes = rule_outcomes
        self.facts = rule_outcomes.facts
        self.sources = sources
        self._grounds: dict[int, Mapping[int, Because]] = {}
        self._missing: dict[int, tuple[str, ...]] = {}
        self._traced: dict[tuple[Part, int], tuple[TracedCondition, ...]] = {}

    def advisories(self) -> tuple[Advisory, ...]:
        """Say what the fired rules say, the most urgent first."""
        fired = sorted(self.rule_outcomes.rules["fired"], key=self.renderer.urgency.__getitem__)
        rules = [self.renderer.says[name] for name in fired]
        return tuple([says.advisory(self.facts, self.because(says.compiled_rule)) for says in rules])

    def because(self, compiled_rule: CompiledRule) -> tuple[Because, ...]:
        """Name the values that made a rule fire, those of its condition before those of its scope."""
        return tuple(
            {
                **self.supporting_comparisons(compiled_rule.when),
                **self.supporting_comparisons(compiled_rule.applies_to),
            }.values()
        )

    def supporting_comparisons(self, root: CompiledExpression) -> Mapping[int, Because]:
        """Show the comparisons that make a condition true."""
        found = self._grounds.get(id(root))
        if found is None:
            shown, facts, sources = self.renderer.shown, self.facts, self.sources
            found = self._grounds[id(root)] = {
                id(leaf): _because(shown[id(leaf)], facts.get(leaf.fact), sources.get(leaf.fact, ()))
                for leaf in supporting_comparisons(root, facts, self.edition.findings)
            }
        return found

    def not_evaluable(self) -> tuple[NotEvaluable, ...]:
        """Name the facts on which it depends whether each open rule fires."""
        rules = [
            (name, self.edition.compiled_rules[name])
            for name in sorted(self.rule_outcomes.rules["not_evaluable"])
        ]
        return tuple(
            [
                _still_open(name, self.missing(rule.applies_to) + self.missing(rule.when))
                for name, rule in rules
            ]
        )

    def missing(self, root: CompiledExpression) -> tuple[str, ...]:
        """Return the unknown facts that still matter to a condition."""
        found = self._missing.get(id(root))
        if found is None:
            found = self._missing[id(root)] = tuple(missing_facts(root, self.facts, self.edition.findings))
        return found

    def trace(self) -> tuple[Trace, ...]:
        """Trace every rule."""
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
        """Trace every comparison of a condition."""
        found = self._traced.get((part, id(root)))
        if found is None:
            found = self._traced[part, id(root)] = self.renderer.traceable[id(root)].traced(part, self.facts)
        return found

    def outcome_counts(self) -> Outcomes:
        """Count the outcomes of all rules."""
        return Outcomes(**{outcome: len(rules) for outcome, rules in self.rule_outcomes.rules.items()})
