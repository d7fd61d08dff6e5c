"""The texts and views of an edition's rules that do not depend on a record; built once per edition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias

from cds_engine.answer.models import (
    INDICATORS,
    Advisory,
    Because,
    ConflictItem,
    EvidenceItem,
    Mechanism,
    TracedCondition,
    TruthName,
    Value,
)
from cds_engine.cached_json import CachedJsonList
from cds_engine.facts.derivations import Sources
from cds_engine.inference.edition import CompiledRule, Edition
from cds_engine.language.expressions import Comparison, Scalar
from cds_engine.language.kleene import (
    CompiledExpression,
    Facts,
    Truth,
    constant_support,
    supporting_comparisons,
)
from cds_engine.quantities.numbers import displayed, to_json
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.text import PLACEHOLDER, fill, format_value

Part: TypeAlias = Literal["applies_to", "when", "finding"]
_TRUTH: Mapping[bool | None, TruthName] = {True: "true", False: "false", None: "unknown"}


class Renderer:
    """The texts, comparison views and traces of one edition; reports look them up by name or identity."""

    def __init__(self, rulebook: Rulebook, edition: Edition) -> None:
        self.edition = edition
        roots = {
            id(root): root
            for compiled_rule in edition.compiled_rules.values()
            for root in compiled_rule.parts
        }
        roots.update((id(finding), finding) for finding in edition.findings.values())
        leaves = [leaf for root in roots.values() for leaf in comparisons(root)]
        self.views = {id(leaf.expression): ComparisonView(rulebook, edition, leaf) for leaf in leaves}
        self.texts = {
            compiled_rule.rule.id: RuleText(
                rulebook, edition, compiled_rule, self._constant_reasons(compiled_rule)
            )
            for compiled_rule in sorted(edition.compiled_rules.values(), key=_urgency)
        }
        self.urgency = {name: position for position, name in enumerate(self.texts)}
        findings: dict[str, ExpressionTrace] = {}
        for name, finding in edition.findings.items():  # in dependency order
            findings[name] = self._trace(finding, findings)
        self.traces = {key: self._trace(root, findings) for key, root in roots.items()}

    def reasons(self, compiled_rule: CompiledRule, facts: Facts) -> Sequence[ComparisonView]:
        """Return the reasons why a rule fired, those of ``when`` before those of ``applies_to``."""
        findings = self.edition.findings
        return self._views(
            supporting_comparisons(compiled_rule.when, facts, findings)
            + supporting_comparisons(compiled_rule.applies_to, facts, findings)
        )

    def _constant_reasons(self, compiled_rule: CompiledRule) -> Sequence[ComparisonView] | None:
        """Return the reasons why a rule fires; None if they depend on the facts, as for a few rules."""
        when = constant_support(compiled_rule.when, self.edition.findings)
        applies_to = constant_support(compiled_rule.applies_to, self.edition.findings)
        return None if when is None or applies_to is None else self._views(when + applies_to)

    def _views(self, leaves: Iterable[Comparison]) -> Sequence[ComparisonView]:
        """Return the view of each comparison, once."""
        return [self.views[number] for number in dict.fromkeys(map(id, leaves))]

    def _trace(self, root: CompiledExpression, findings: Mapping[str, ExpressionTrace]) -> ExpressionTrace:
        return ExpressionTrace([self.views[id(leaf.expression)] for leaf in comparisons(root)], findings)


def _urgency(compiled_rule: CompiledRule) -> tuple[int, str]:
    """Return a sort key: the most urgent indicator first, then by rule id."""
    return INDICATORS.index(compiled_rule.rule.file.advisory.indicator), compiled_rule.rule.id


class RuleText:
    """The advisory of one rule, except for the values of a record.

    ``constant_reasons`` are the reasons why the rule fires, or None if they depend on the record.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        edition: Edition,
        compiled_rule: CompiledRule,
        constant_reasons: Sequence[ComparisonView] | None,
    ) -> None:
        file, evidence = compiled_rule.rule.file, rulebook.evidence
        self.compiled_rule = compiled_rule
        self.constant_reasons = constant_reasons
        self.summary = _Template(file.advisory.summary, rulebook, edition)
        self.detail = _Template(file.advisory.detail, rulebook, edition)
        self.rule = file.id
        self.family = compiled_rule.rule.family
        self.indicator = file.advisory.indicator
        self.evidence = CachedJsonList(
            EvidenceItem(
                claim=claim,
                basis=evidence.claims[claim].basis,
                reliability=evidence.claims[claim].reliability,
                statement=evidence.claims[claim].statement,
                source=evidence.sources[evidence.claims[claim].source].title,
                locator=evidence.claims[claim].locator,
            )
            for claim in file.evidence
        )
        self.mechanism = CachedJsonList(
            Mechanism(target=target, statement=rulebook.pharmacology.targets[target].implication)
            for target in file.mechanism
        )
        self.conflicts = CachedJsonList(
            ConflictItem(
                conflict=name,
                statement=evidence.conflicts[name].statement,
                decision=evidence.conflicts[name].decision,
            )
            for name in file.conflicts
        )
        self.limitations = tuple(file.limitations)

    def advisory(self, facts: Mapping[str, Scalar], because: tuple[Because, ...]) -> Advisory:
        """Return the advisory for ``facts``."""
        return Advisory(
            rule=self.rule,
            family=self.family,
            indicator=self.indicator,
            summary=self.summary.render(facts),
            detail=self.detail.render(facts),
            because=because,
            evidence=self.evidence,
            mechanism=self.mechanism,
            conflicts=self.conflicts,
            limitations=self.limitations,
        )


class _Template:
    """A text of a rule with its parameters filled in, split at the placeholders of facts."""

    def __init__(self, template: str, rulebook: Rulebook, edition: Edition) -> None:
        def parameter(placeholder: str) -> str | None:
            name = placeholder.removeprefix("$")
            if name == placeholder:
                return None
            return format_value(edition.parameters[name], rulebook.parameters[name].unit)

        segments = PLACEHOLDER.split(fill(template, parameter))
        self.start = segments[0]
        facts = [rulebook.facts[name] for name in segments[1::2]]
        self.rest = [
            (fact.name, fact.resolution, fact.unit, following)
            for fact, following in zip(facts, segments[2::2], strict=True)
        ]

    def render(self, facts: Mapping[str, Scalar]) -> str:
        text = self.start
        for name, resolution, unit, following in self.rest:
            text += _format_fact(facts.get(name), resolution, unit) + following
        return text


class ComparisonView:
    """One comparison as it appears among the reasons of an advisory and in a trace."""

    def __init__(self, rulebook: Rulebook, edition: Edition, leaf: CompiledExpression) -> None:
        assert isinstance(leaf.expression, Comparison)
        self.leaf = leaf
        self.comparison = leaf.expression
        self.fact = leaf.expression.fact
        self.unit = rulebook.facts[self.fact].unit
        self.threshold = _threshold(self.comparison)

    def because(self, value: Scalar | None, sources: Sources) -> Because:
        """Return the comparison as a reason of an advisory."""
        return Because(
            fact=self.fact,
            value=_json(value),
            unit=self.unit,
            operator=self.comparison.operator,
            threshold=self.threshold,
            parameter=self.comparison.parameter,
            sources=sources,
        )

    def traced(
        self, part: Part, value: Scalar | None, truth: Truth, conditions: tuple[TracedCondition, ...] = ()
    ) -> TracedCondition:
        """Return the comparison as an item of a trace."""
        return TracedCondition(
            part=part,
            fact=self.fact,
            value=_json(value),
            unit=self.unit,
            operator=self.comparison.operator,
            threshold=self.threshold,
            parameter=self.comparison.parameter,
            truth=_TRUTH[truth],
            conditions=conditions,
        )


class ExpressionTrace:
    """Traces the comparisons of one expression, left to right; the result depends only on ``facts``."""

    def __init__(self, views: Iterable[ComparisonView], findings: Mapping[str, ExpressionTrace]) -> None:
        self.views = [(view, findings.get(view.fact)) for view in views]
        names = (
            name
            for view, finding in self.views
            for name in (view.fact, *(finding.facts if finding is not None else ()))
        )
        self.facts: tuple[str, ...] = tuple(dict.fromkeys(names))

    def traced(self, part: Part, facts: Mapping[str, Scalar]) -> tuple[TracedCondition, ...]:
        """Return the trace of every comparison; a finding includes the comparisons that decided it."""
        return _trace(self, part, tuple([facts.get(name) for name in self.facts]))


@lru_cache(maxsize=16384)
def _trace(
    expression: ExpressionTrace, part: Part, values: tuple[Scalar | None, ...]
) -> tuple[TracedCondition, ...]:
    """Return the trace for ``values``; cached, because most values occur again in later records."""
    facts = {name: value for name, value in zip(expression.facts, values, strict=True) if value is not None}
    return CachedJsonList(
        view.traced(
            part,
            facts.get(view.fact),
            view.leaf.truth(facts),
            () if finding is None else finding.traced("finding", facts),
        )
        for view, finding in expression.views
    )


def comparisons(compiled: CompiledExpression) -> Iterator[CompiledExpression]:
    """Yield the compiled comparisons of an expression from left to right."""
    if isinstance(compiled.expression, Comparison):
        yield compiled
    for child in compiled.children:
        yield from comparisons(child)


@lru_cache(maxsize=16384, typed=True)
def _format_fact(value: Scalar | None, resolution: Decimal, unit: str | None) -> str:
    if isinstance(value, Decimal):
        value = displayed(value, resolution)
    return "unknown" if value is None else format_value(value, unit)


def _threshold(leaf: Comparison) -> Value | tuple[str, ...]:
    if isinstance(leaf.operand, tuple):
        return leaf.operand
    operand = leaf.operand
    assert isinstance(operand, bool | str | Decimal)
    value = _json(operand)
    assert value is not None
    return value


def _json(value: Scalar | None) -> Value | None:
    return to_json(value) if isinstance(value, Decimal) else value
