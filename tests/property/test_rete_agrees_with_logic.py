"""durable-rules fires exactly the rules that are true in the reference logic, for any input."""

from __future__ import annotations

import os
from decimal import Decimal

import pytest
from cds_engine.errors import EngineError
from cds_engine.inference.networks import Rete
from cds_engine.language.expressions import All, Any, Comparison, Expression
from cds_engine.language.kleene import Facts, truth
from hypothesis import HealthCheck, example, given, settings

from tests.property.trees import facts, programs

EXAMPLES = 2000 if os.environ.get("CI") else 400

pytestmark = pytest.mark.slow


def evaluate_findings(findings: dict[str, Expression], known: Facts) -> Facts:
    """Add to ``known`` the findings that are true or false."""
    known_and_findings = dict(known)
    for name, expression in findings.items():
        if (value := truth(expression, known_and_findings)) is not None:
            known_and_findings[name] = value
    return known_and_findings


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(programs(), facts())
@example(({"rule.0": All(())}, {}), {})
@example(({"rule.0": Any(())}, {}), {})
@example(({"rule.0": Comparison("boolean.a", "is_not", True)}, {}), {})
@example(({"rule.0": Comparison("number.a", "is", Decimal(1))}, {}), {"number.a": Decimal(5)})
@example(({"rule.0": Comparison("number.a", "is", Decimal(1))}, {}), {"number.a": Decimal(1)})
def test_fired_is_true(program: tuple[dict[str, Expression], dict[str, Expression]], known: Facts) -> None:
    rules, findings = program
    try:
        rete = Rete(rules, findings)
    except EngineError:  # more alternatives than the engine accepts: refused, never guessed
        return
    known_and_findings = evaluate_findings(findings, known)
    expected = {name for name, expression in rules.items() if truth(expression, known_and_findings) is True}
    assert rete.fired(known) == expected
    assert rete.fired(known) == expected, "a second evaluation of the same network"
