"""Expressions in English, for documentation, ``cds rules show`` and audits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from cds_engine.language.expressions import All, Any, Comparison, Expression, Not
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.text import format_value

_PHRASES = {
    "less_than": "below",
    "at_most": "at most",
    "more_than": "above",
    "at_least": "at least",
    "is": "exactly",
    "is_not": "other than",
}


def sentence(expression: Expression, facts: Mapping[str, Fact], *, nested: bool = False) -> str:
    """Return ``expression`` as one English phrase.

    A finding is followed by its own expression in brackets; a parameter without a value appears as ``$name``.
    """
    match expression:
        case All(()):
            return "always"
        case Any(()):
            return "never"
        case Comparison():
            return _comparison(expression, facts)
        case Not(child):
            return f"not ({sentence(child, facts)})"
        case All((child,)) | Any((child,)):
            return sentence(child, facts, nested=nested)
        case All(children) | Any(children):
            word = " and " if isinstance(expression, All) else " or "
            joined = word.join(sentence(child, facts, nested=True) for child in children)
            return f"({joined})" if nested else joined


def lines(expression: Expression, facts: Mapping[str, Fact]) -> list[str]:
    """Return ``expression`` as English phrases, all of which must be true."""
    if isinstance(expression, All) and expression.children:
        return [line for child in expression.children for line in lines(child, facts)]
    return [sentence(expression, facts)]


def comparison_text(leaf: Comparison, facts: Mapping[str, Fact]) -> str:
    """Return a comparison in English; a finding is named, not spelled out."""
    fact = facts[leaf.fact]
    return sentence(leaf, {fact.name: replace(fact, finding=None)})


def _comparison(leaf: Comparison, facts: Mapping[str, Fact]) -> str:
    fact = facts[leaf.fact]
    match leaf.operand:
        case bool() if leaf.operator == "known":
            return f"{fact.title} is {'known' if leaf.operand else 'not known'}"
        case bool():
            wanted = leaf.operand is (leaf.operator == "is")
            return f"{'' if wanted else 'no '}{fact.title}{_decided_by(fact, facts)}"
        case tuple():
            return f"{fact.title} is one of {', '.join(leaf.operand)}"
        case str():
            return f"{fact.title} is {'not ' if leaf.operator == 'is_not' else ''}{leaf.operand}"
        case Decimal():
            return f"{fact.title} is {_PHRASES[leaf.operator]} {format_value(leaf.operand, fact.unit)}"
        case None:
            return f"{fact.title} is {_PHRASES[leaf.operator]} ${leaf.parameter}"
    raise AssertionError("formulas stand only in the filters of queries")


def _decided_by(fact: Fact, facts: Mapping[str, Fact]) -> str:
    return "" if fact.finding is None else f" [{sentence(fact.finding, facts)}]"
