"""The numbers with which rules compare a result, and the ranges of values for which they fire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cds_engine.answer.models import INDICATORS, Indicator
from cds_engine.inference.edition import CompiledRule, Edition
from cds_engine.language.expressions import All, Comparison, Expression, leaves


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number with which rules compare a result, and the name of its parameter."""

    value: Decimal
    parameter: str


@dataclass(frozen=True, slots=True)
class Band:
    """The values for which some rules fire, apart from what else they ask; None is no limit."""

    low: Decimal | None
    high: Decimal | None
    indicator: Indicator
    rules: tuple[str, ...]


def thresholds(edition: Edition, facts: frozenset[str]) -> Iterator[Threshold]:
    """Yield the numbers that rules compare some facts with, each once, ascending."""
    found: dict[Decimal, str] = {}
    for rule in edition.compiled_rules.values():
        for part in rule.parts:
            for leaf in leaves(part.expression):
                if leaf.fact in facts and isinstance(leaf.operand, Decimal):
                    found.setdefault(leaf.operand, leaf.parameter or "")
    for value in sorted(found):
        yield Threshold(value, found[value])


def bands(edition: Edition, facts: frozenset[str]) -> Iterator[Band]:
    """Yield the ranges of values for which rules fire that ask nothing else in ``when``.

    Of two ranges that overlap, the more serious one comes later, so that it is drawn above the other one.
    """
    found: dict[tuple[Decimal | None, Decimal | None, Indicator], list[str]] = {}
    for name, rule in edition.compiled_rules.items():
        limits = _limits(rule, facts)
        if limits is not None:
            found.setdefault((*limits, rule.rule.file.advisory.indicator), []).append(name)
    for (low, high, indicator), rules in sorted(
        found.items(), key=lambda item: -INDICATORS.index(item[0][2])
    ):
        yield Band(low, high, indicator, tuple(rules))


def _limits(rule: CompiledRule, facts: frozenset[str]) -> tuple[Decimal | None, Decimal | None] | None:
    """Return the range of a value in which the ``when`` of a rule is true; None if it asks anything else."""
    compared = _conjunction(rule.when.expression)
    if not compared or any(leaf.fact not in facts for leaf in compared):
        return None
    low: Decimal | None = None
    high: Decimal | None = None
    for leaf in compared:
        if not isinstance(leaf.operand, Decimal):
            return None
        if leaf.operator in ("at_least", "more_than"):
            low = leaf.operand if low is None else max(low, leaf.operand)
        elif leaf.operator in ("at_most", "less_than"):
            high = leaf.operand if high is None else min(high, leaf.operand)
        else:
            return None
    return low, high


def _conjunction(expression: Expression) -> list[Comparison]:
    """Return the comparisons that all have to be true; none if the expression is no such conjunction."""
    match expression:
        case Comparison():
            return [expression]
        case All(children):
            parts = [_conjunction(child) for child in children]
            return [leaf for part in parts for leaf in part] if all(parts) else []
    return []
