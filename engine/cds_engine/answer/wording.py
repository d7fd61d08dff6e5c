"""What the rules of an edition say, as far as it depends on no record: prepared once for every report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from cds_engine.language.kleene import CompiledExpression, Truth
from cds_engine.quantities.numbers import displayed, to_json
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.text import PLACEHOLDER, fill, format_value

Part: TypeAlias = Literal["applies_to", "when", "finding"]
_TRUTH: Mapping[bool | None, TruthName] = {True: "true", False: "false", None: "unknown"}


class Renderer:
    """What evaluations of one edition say that depends on no record: made once."""

    def __init__(self, rulebook: Rulebook, edition: Edition) -> None:
        self.edition = edition
        self.says = {
            compiled_rule.rule.id: RuleText(rulebook, edition, compiled_rule)
            for compiled_rule in sorted(edition.compiled_rules.values(), key=_precedence)
        }
        self.urgency = {name: place for place, name in enumerate(self.says)}
        roots = {
            id(root): root
            for compiled_rule in edition.compiled_rules.values()
            for root in compiled_rule.parts
        }
        roots.update((id(finding), finding) for finding in edition.findings.values())
        leaves = [leaf for root in roots.values() for leaf in comparisons(root)]
        self.shown = {id(leaf.condition): ComparisonView(rulebook, edition, leaf) for leaf in leaves}
        findings: dict[str, Traceable] = {}
        for name, finding in edition.findings.items():  # each comes after those it rests on
            findings[name] = self._traceable(finding, findings)
        self.traceable = {name: self._traceable(root, findings) for name, root in roots.items()}

    def _traceable(self, root: CompiledExpression, findings: Mapping[str, Traceable]) -> Traceable:
        return Traceable([self.shown[id(leaf.condition)] for leaf in comparisons(root)], findings)


def _precedence(compiled_rule: CompiledRule) -> tuple[int, str]:
    """Sort the most urgent rule first, then by id."""
    return INDICATORS.index(compiled_rule.rule.file.advisory.indicator), compiled_rule.rule.id


class RuleText:
    """What one rule says when it fires, as far as it depends on no record."""

    def __init__(self, rulebook: Rulebook, edition: Edition, compiled_rule: CompiledRule) -> None:
        file, evidence = compiled_rule.rule.file, rulebook.evidence
        self.compiled_rule = compiled_rule
        self.summary = _Text(file.advisory.summary, rulebook, edition)
        self.detail = _Text(file.advisory.detail, rulebook, edition)
        self.rule = file.id
        self.indicator = file.advisory.indicator
        self.evidence = CachedJsonList(
            EvidenceItem(
                claim=claim,
                basis=evidence.claims[claim].basis,
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
            family=self.compiled_rule.rule.family,
            indicator=self.indicator,
            summary=self.summary.render(facts),
            detail=self.detail.render(facts),
            because=because,
            evidence=self.evidence,
            mechanism=self.mechanism,
            conflicts=self.conflicts,
            limitations=self.limitations,
        )


class _Text:
    """A text of a rule with its parameters filled in: what stands around the facts, and the facts."""

    def __init__(self, template: str, rulebook: Rulebook, edition: Edition) -> None:
        def parameter(placeholder: str) -> str | None:
            name = placeholder.removeprefix("$")
            if name == placeholder:
                return None
            return format_value(edition.parameters[name], rulebook.parameters[name].unit)

        pieces = PLACEHOLDER.split(fill(template, parameter))
        self.first = pieces[0]
        shown = [rulebook.facts[name] for name in pieces[1::2]]
        self.between = [
            (fact.name, fact.resolution, fact.unit, after)
            for fact, after in zip(shown, pieces[2::2], strict=True)
        ]

    def render(self, facts: Mapping[str, Scalar]) -> str:
        text = self.first
        for name, resolution, unit, after in self.between:
            text += _displayed(facts.get(name), resolution, unit) + after
        return text


class ComparisonView:
    """How one comparison is shown: among the grounds of an advisory, and in a trace."""

    def __init__(self, rulebook: Rulebook, edition: Edition, leaf: CompiledExpression) -> None:
        assert isinstance(leaf.condition, Comparison)
        self.leaf = leaf
        self.comparison = leaf.condition
        self.fact = leaf.condition.fact
        self.unit = rulebook.facts[self.fact].unit
        self.threshold = _threshold(self.comparison)

    def because(self, value: Scalar | None, sources: Sources) -> Because:
        """Show the comparison as one of the grounds of an advisory."""
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
        """Show the comparison in a trace."""
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


class Traceable:
    """The comparisons of a condition, left to right; what is traced of them depends on ``facts`` alone."""

    def __init__(self, shown: Iterable[ComparisonView], findings: Mapping[str, Traceable]) -> None:
        self.shown = [(one, findings.get(one.fact)) for one in shown]
        names = (name for one, below in self.shown for name in (one.fact, *(below.facts if below else ())))
        self.facts: tuple[str, ...] = tuple(dict.fromkeys(names))

    def traced(self, part: Part, facts: Mapping[str, Scalar]) -> tuple[TracedCondition, ...]:
        """Trace every comparison; with a finding stands what decided it."""
        return _traced(self, part, tuple([facts.get(name) for name in self.facts]))


@lru_cache(maxsize=16384)
def _traced(of: Traceable, part: Part, values: tuple[Scalar | None, ...]) -> tuple[TracedCondition, ...]:
    """Trace comparisons; most values come again in the next record."""
    facts = {name: value for name, value in zip(of.facts, values, strict=True) if value is not None}
    return CachedJsonList(
        shown.traced(
            part,
            facts.get(shown.fact),
            shown.leaf.truth(facts),
            () if below is None else below.traced("finding", facts),
        )
        for shown, below in of.shown
    )


def comparisons(whole: CompiledExpression) -> Iterator[CompiledExpression]:
    """Yield the terms of the comparisons in ``whole`` from left to right."""
    if isinstance(whole.condition, Comparison):
        yield whole
    for part in whole.parts:
        yield from comparisons(part)


@lru_cache(maxsize=16384, typed=True)
def _displayed(value: Scalar | None, resolution: Decimal, unit: str | None) -> str:
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
