"""The formulas of the proof are true and false exactly if the reference logic is, for any expressions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
import z3
from cds_engine.audit.proof.expressions import Pair, Trees, Variable
from cds_engine.language.expressions import Expression
from cds_engine.language.kleene import Facts, Truth, truth
from hypothesis import HealthCheck, given, settings

from tests.property.test_rete_agrees_with_logic import evaluate_findings
from tests.property.trees import BOOLEANS, CODES, NUMBERS, STEP, VOCABULARY, facts, programs

pytestmark = pytest.mark.slow


def constants(known: Facts) -> dict[str, Variable]:
    """Return every fact as the solver sees it when its value is given."""
    variables = {}
    for name in (*NUMBERS, *BOOLEANS, *CODES):
        value = known.get(name)
        formula = z3.IntVal(0)
        if name in BOOLEANS:
            formula = z3.BoolVal(bool(value))
        elif isinstance(value, Decimal):
            formula = z3.IntVal(int(value / STEP))
        elif isinstance(value, str):
            formula = z3.IntVal(VOCABULARY.index(value) if value in VOCABULARY else len(VOCABULARY))
        codes = {code: number for number, code in enumerate(VOCABULARY)} if name in CODES else {}
        variables[name] = Variable(z3.BoolVal(value is not None), formula, Fraction(STEP), codes)
    return variables


def read(pair: Pair) -> Truth:
    """Return the truth of a pair of formulas without variables."""
    is_true, is_false = z3.is_true(z3.simplify(pair.true)), z3.is_true(z3.simplify(pair.false))
    assert not (is_true and is_false)
    return True if is_true else False if is_false else None


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), facts())
def test_formulas_agree(program: tuple[dict[str, Expression], dict[str, Expression]], known: Facts) -> None:
    rules, findings = program
    variables = constants(known)
    trees = Trees(variables.__getitem__, findings)
    known_and_findings = evaluate_findings(findings, known)
    for expression in rules.values():
        assert read(trees.pair(expression)) is truth(expression, known_and_findings)
