"""Phrases that the text and the HTML of an evaluation have in common."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from cds_engine.answer.models import Because, Evaluation, EvidenceItem, Outcomes, TracedCondition
from cds_engine.quantities.numbers import displayed
from cds_engine.rulebook.model import Fact, Rulebook
from cds_engine.rulebook.text import format_value, provenance

RESEARCH_USE = "For research use only"
OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is one of",
    "less_than": "<",
    "at_most": "<=",
    "more_than": ">",
    "at_least": ">=",
    "known": "is known:",
}


@dataclass(frozen=True, slots=True)
class MissingFact:
    """An unknown fact, the question that would make it known, and how many rules need it."""

    fact: str
    question: str
    rules: int


def reason(rulebook: Rulebook, because: Because) -> str:
    """Return a reason of an advisory: the value of a fact, and the threshold unless it is true or false."""
    fact = rulebook.facts[because.fact]
    value = "unknown" if because.value is None else _format(because.value, fact)
    if isinstance(because.threshold, bool):
        return f"{fact.title}: {value}"
    return f"{fact.title}: {value} ({OPERATORS[because.operator]} {_format(because.threshold, fact)})"


def evidence(rulebook: Rulebook, item: EvidenceItem) -> str:
    """Return a claim with its source, place, basis and reliability."""
    source = rulebook.evidence.sources[rulebook.evidence.claims[item.claim].source].short
    return f"{item.statement} [{source}, {item.locator}; {provenance(item.basis, item.reliability)}]"


def comparison(rulebook: Rulebook, condition: TracedCondition) -> str:
    """Return a comparison of a trace with the value that was found."""
    fact = rulebook.facts[condition.fact]
    value = "unknown" if condition.value is None else _format(condition.value, fact)
    threshold = _format(condition.threshold, fact)
    return f"{condition.fact} {OPERATORS[condition.operator]} {threshold} (found: {value})"


def missing_facts(rulebook: Rulebook, evaluation: Evaluation) -> list[MissingFact]:
    """Return the facts that rules could not be evaluated without, those that most rules need first."""
    counts = Counter(fact for entry in evaluation.not_evaluable for fact in entry.missing)
    return [
        MissingFact(name, rulebook.facts[name].question or rulebook.facts[name].title, count)
        for name, count in counts.most_common()
    ]


def outcome_counts(outcomes: Outcomes) -> str:
    """Return the number of rules with each outcome."""
    return (
        f"{outcomes.fired} fired, {outcomes.not_met} not met, {outcomes.not_evaluable} not evaluable, "
        f"{outcomes.not_applicable} not applicable"
    )


def count_rules(count: int) -> str:
    """Return ``1 rule`` or ``3 rules``."""
    return f"{count} rule" if count == 1 else f"{count} rules"


def _format(value: bool | int | float | str | tuple[str, ...], fact: Fact) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool | str):
        return format_value(value)
    return format_value(displayed(Decimal(repr(value)), fact.resolution), fact.unit)
