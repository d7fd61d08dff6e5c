"""A database gives every row the outcomes and missing facts of the reference logic."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import ibis
import pyarrow as pa
import pytest
from cds_engine.cohort.rule_outcomes import evaluate_rules
from cds_engine.inference.edition import CompiledRule
from cds_engine.language.expressions import ALWAYS, All, Comparison, Expression
from cds_engine.language.expressions import Any as AnyOf
from cds_engine.language.kleene import (
    CompiledExpression,
    Facts,
    compile_expression,
    evaluate_findings,
    missing_facts,
    outcome,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.property.trees import BOOLEANS, CODES, NUMBERS, facts, programs

pytestmark = pytest.mark.slow

EXAMPLES = 300 if os.environ.get("CI") else 60
Program = tuple[dict[str, Expression], dict[str, Expression]]
SCHEMA = pa.schema(
    [
        ("patient_id", pa.string()),
        ("as_of", pa.date32()),
        ("deceased", pa.bool_()),
        *((name, pa.float64()) for name in NUMBERS),
        *((name, pa.bool_()) for name in BOOLEANS),
        *((name, pa.string()) for name in CODES),
    ]
)


@cache
def connection() -> Any:
    return ibis.duckdb.connect()


def edition(program: Program) -> Any:
    """Return the parts of an edition that are used; ``when`` of each rule is ``applies_to`` of the next."""
    rules, findings = program
    compiled_expressions: dict[Expression, CompiledExpression] = {}
    scopes = [ALWAYS, *rules.values()]
    return SimpleNamespace(
        findings={
            name: compile_expression(expression, compiled_expressions)
            for name, expression in findings.items()
        },
        compiled_rules={
            name: CompiledRule(
                None,
                compile_expression(scope, compiled_expressions),
                compile_expression(expression, compiled_expressions),
            )  # type: ignore[arg-type]
            for scope, (name, expression) in zip(scopes, rules.items(), strict=False)
        },
    )


def table(rows: list[Facts]) -> pa.Table:
    values = [
        {
            "patient_id": str(number),
            "as_of": datetime.date(2026, 11, 23),
            "deceased": False,
            **{name: float(value) if name in NUMBERS else value for name, value in row.items()},
        }
        for number, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(values, SCHEMA)


def alone(program: Any, row: Facts) -> tuple[Mapping[str, str], set[str]]:
    """Return the outcomes and the missing facts of one row by the reference logic."""
    known = evaluate_findings(row, program.findings)
    outcomes = {
        name: outcome(compiled_rule.applies_to.truth(known), compiled_rule.when.truth(known))
        for name, compiled_rule in program.compiled_rules.items()
    }
    missing = {
        fact
        for name, compiled_rule in program.compiled_rules.items()
        if outcomes[name] == "not_evaluable"
        for part in compiled_rule.parts
        for fact in missing_facts(part, known, program.findings)
    }
    return outcomes, missing


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(programs(), st.lists(facts(), min_size=1, max_size=12))
@example(({"rule.0": All(()), "rule.1": AnyOf(())}, {}), [{}])
@example(({"rule.0": Comparison("boolean.a", "is_not", True)}, {}), [{}, {"boolean.a": True}])
def test_every_row_has_the_outcomes_of_the_reference_logic(program: Program, rows: list[Facts]) -> None:
    compiled = edition(program)
    evaluated = evaluate_rules(ibis.memtable(table(rows)), compiled)
    missing = evaluated.missing
    asked = evaluated.table.select(
        "patient_id",
        **evaluated.outcomes(ibis.literal),
        **{f"missing {name}": missing[name] for name in missing},
    )
    found = connection().to_pyarrow(asked).to_pylist()
    for got in found:
        outcomes, wanted = alone(compiled, rows[int(got["patient_id"])])
        assert {name: got[name] for name in outcomes} == outcomes
        assert {name for name in missing if got[f"missing {name}"]} == wanted
    assert len(found) == len(rows)
