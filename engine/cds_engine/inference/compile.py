"""Compiling a rulebook for a date: the parameters filled in, the expressions and derivations ready to use."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from cds_engine.facts.derivations import Derivations
from cds_engine.inference.edition import CompiledRule, Edition
from cds_engine.inference.networks import Rete
from cds_engine.language.expressions import All, Expression, leaves, resolve
from cds_engine.language.kleene import (
    CompiledExpression,
    ExpressionCache,
    compile_expression,
    dependency_order,
)
from cds_engine.rulebook.model import Rulebook


def compile_edition(rulebook: Rulebook, as_of: datetime.date) -> Edition:
    """Return ``rulebook`` with the parameter values that hold on ``as_of``."""
    parameters = rulebook.values_at(as_of)
    shared: ExpressionCache = {}
    findings = _findings(rulebook, parameters, shared)
    rules = {
        rule.id: CompiledRule(
            rule,
            compile_expression(resolve(rule.applies_to, parameters), shared),
            compile_expression(resolve(rule.when, parameters), shared),
        )
        for rule in rulebook.active_rules
    }
    roots = [part.expression for rule in rules.values() for part in rule.parts]
    roots += [finding.expression for finding in findings.values()]
    asked = {leaf.fact for root in roots for leaf in leaves(root)}
    derived = rulebook.needed_facts(asked)
    return Edition(
        rulebook=rulebook,
        parameters=parameters,
        findings=findings,
        compiled_rules=rules,
        asked=tuple(fact for fact in derived if fact.name in asked),
        derived=derived,
        derivations=Derivations(derived, parameters),
        rete=Rete(
            {name: All((rule.applies_to.expression, rule.when.expression)) for name, rule in rules.items()},
            {name: finding.expression for name, finding in findings.items()},
        ),
    )


def _findings(
    rulebook: Rulebook, parameters: Mapping[str, object], shared: ExpressionCache
) -> dict[str, CompiledExpression]:
    declared: dict[str, Expression] = {
        name: resolve(fact.finding, parameters)  # type: ignore[arg-type]  # numbers
        for name, fact in rulebook.facts.items()
        if fact.finding is not None
    }
    return {name: compile_expression(declared[name], shared) for name in dependency_order(declared)}
