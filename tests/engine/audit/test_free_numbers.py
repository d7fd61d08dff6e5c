"""Rules about facts whose formula is not linear: examples have the real value wherever it can be reached."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from cds_engine.audit.program import Program, Programs
from cds_engine.audit.proof import Prover, Variant
from cds_engine.audit.proof.assumptions import assumptions
from cds_engine.audit.witness import Replay, record_of
from cds_engine.evaluate import Engine
from cds_engine.language.expressions import Comparison
from cds_engine.language.queries import Query
from cds_engine.rulebook import load_rulebook

from tests.engine.audit.workbench import Workbench

FACTS = """facts:
  zorbulin.before:
    title: zorbulin before
    of: {{observation: zorbulin}}
    take: previous
    give: value
  zorbulin.computed:
    title: something computed
    compute: {formula}
    with: {{now: zorbulin.latest, before: zorbulin.before}}
    unit: umol/L
    resolution: 0.1
    minimum: -1000
    maximum: 100000
"""
FORMULAS = [
    "(before - now) / before * 100",
    "now * before",
    "now / before",
    "now / root(before, 2)",
    "now * (before > 3)",
    "min(now, 100) * before / 2",
]


def program(bench: Workbench, formula: str) -> Program:
    bench.plant("facts.yaml", {"facts:\n  patient": FACTS.format(formula=formula) + "  patient"})
    bench.plant(
        "lab/lab.zorbulin-lowest.yaml",
        {
            "zorbulin.latest: {less_than: $zorbulin.lowest_below}": COMPARED,
            "Zorbulin {zorbulin.latest}: lowest": "Zorbulin lowest",
        },
    )
    bench.plant("rulebook.yaml", {PARTITION: ""})
    return Programs(load_rulebook(bench.root)).newest


COMPARED = "zorbulin.computed: {less_than: $zorbulin.lowest_below}"
PARTITION = """  zorbulin:
    title: Zorbulin, low or not
    over: zorbulin.latest
    given:
      velozine.active: {is: true}
    rules: [lab.zorbulin-low, lab.zorbulin-lowest]
    silent:
      zorbulin.latest: {at_least: $zorbulin.low_below}
"""


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_an_example_lies_just_below_at_and_just_above_a_threshold(
    bench: Workbench, formula: str, steps: int
) -> None:
    made = program(bench, formula)
    leaf = next(
        leaf
        for leaf in made.rules["lab.zorbulin-lowest"].leaves
        if leaf.comparison.fact == "zorbulin.computed"
    )
    value = Decimal(2) + steps * Decimal("0.1")
    chart = next(Prover(made).decides(leaf, value=value))
    replayed = Replay(Engine(made.rulebook)).run(record_of(chart, made.rulebook.terminology))
    assert replayed.facts["zorbulin.computed"] == value
    assert replayed.outcomes["lab.zorbulin-lowest"] == ("fired" if steps < 0 else "not_met")


def test_the_assumption_names_them(bench: Workbench) -> None:
    [free] = [text for text in assumptions(program(bench, FORMULAS[0])) if "not linear" in text]
    assert free.startswith("zorbulin.computed:")


def test_a_linear_formula_is_no_assumption(bench: Workbench) -> None:
    assert not [text for text in assumptions(program(bench, "now - 2 * before")) if "not linear" in text]


def test_equal_inputs_have_equal_values(bench: Workbench) -> None:
    made = program(bench, "now * before")
    fact = made.facts["zorbulin.before"]
    assert isinstance(fact.derivation, Query)
    always_true = Comparison("observation", "is", "zorbulin")
    same = replace(fact, derivation=replace(fact.derivation, where=always_true))
    variant = Variant(facts={fact.name: same})
    assert next(Prover(made).differs(variant, ["lab.zorbulin-lowest"]), None) is None
