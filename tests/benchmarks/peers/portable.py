"""The rules of an edition in a form that any engine's rules can be written from."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, product
from typing import Any as AnyValue

from cds_engine.inference.edition import Edition
from cds_engine.inference.rete import negation_normal_form
from cds_engine.language.expressions import All, Any, Comparison, Expression, Scalar, leaves
from cds_engine.language.kleene import Facts
from cds_engine.quantities.numbers import to_json

Way = tuple[Comparison, ...]


class Rules:
    """What fires and what it rests on, with a short name for each fact: ``f0``, ``f1``, ...

    ``rules`` are whole conditions, and so are ``findings``, for which others may ask by name.
    """

    def __init__(self, edition: Edition) -> None:
        self.rules: Mapping[str, Expression] = {
            name: All((compiled_rule.applies_to.expression, compiled_rule.when.expression))
            for name, compiled_rule in edition.compiled_rules.items()
        }
        self.findings = {name: finding.expression for name, finding in edition.findings.items()}
        expressions = [*self.rules.values(), *self.findings.values()]
        asked = {leaf.fact for expression in expressions for leaf in leaves(expression)}
        self.facts = {fact: f"f{number}" for number, fact in enumerate(sorted(asked - self.findings.keys()))}

    def given(self, facts: Facts) -> dict[str, AnyValue]:
        """Return the known ones of ``facts`` as JSON has them; what is unknown is left out."""
        return {name: value_of(facts[fact]) for fact, name in self.facts.items() if fact in facts}

    def asserted(self) -> Mapping[tuple[str, bool], Expression]:
        """Return when each finding is true and when it is false, without any ``not``.

        An engine that knows only what holds needs both: not to be true is not the same as to be false.
        """
        return {
            (name, wanted): negation_normal_form(expression, negated=not wanted)
            for name, expression in self.findings.items()
            for wanted in (True, False)
        }


def ways(expression: Expression) -> list[Way]:
    """Return the ways in which a condition can come true, each as comparisons that must all hold."""
    match negation_normal_form(expression):
        case Comparison() as leaf:
            return [(leaf,)]
        case All(children):
            return [tuple(chain(*parts)) for parts in product(*map(ways, children))]
        case Any(children):
            return [way for child in children for way in ways(child)]
    raise AssertionError("negation normal form has no 'not'")


def wanted(leaf: Comparison) -> bool:
    """Return which truth value a comparison with a finding, or with another boolean, asks for."""
    return leaf.operand is (leaf.operator == "is")


def value_of(value: Scalar) -> bool | str | int | float:
    """Return a value as JSON has it."""
    return value if isinstance(value, bool | str) else to_json(value)
