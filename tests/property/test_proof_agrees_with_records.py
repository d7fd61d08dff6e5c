"""The formulas of the proof have the values that the engine derives, for any queries and records."""

from __future__ import annotations

import os
from decimal import Decimal
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import pytest
from cds_engine.audit.proof.chart import SymbolicChart
from cds_engine.audit.proof.facts import SymbolicFacts
from cds_engine.audit.proof.formulas import FreeNumbers, fold
from cds_engine.audit.proof.queries import SymbolicQuery
from cds_engine.audit.proof.size import SOME
from cds_engine.audit.proof.variables import UNKNOWN, Variable
from cds_engine.audit.witness import record_of
from cds_engine.evaluate import Engine
from cds_engine.facts.derivations import Derivations
from cds_engine.facts.queries import Compiler
from cds_engine.language.expressions import Scalar
from cds_engine.language.formulas import is_linear, resolve_formula
from cds_engine.language.queries import Computed, facts_read
from cds_engine.record.chart import Chart, Entries, build_chart
from cds_engine.rulebook.model import Rulebook
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.property.queries import CONCEPTS, PARAMETERS, RandomQueries
from tests.property.records import RandomRecords, Words
from tests.property.symbolic import Pinned
from tests.rulebook.records import ENGINE as SHIPPED
from tests.spec.cases import AS_OF, chapter, names

MANY = 5 if os.environ.get("CI") else 1
"""How many times more records are drawn in continuous integration."""
FINENESS = 2
SPEC = Words(
    AS_OF,
    {
        "sodium": ("134", "135", "140"),
        "potassium": ("4", "4.5"),
        "creatinine": ("88.4", "150"),
        "body-weight": ("72",),
        "lithium": ("0.8", "1.2"),
    },
    ("morphine", "oxycodone", "tramadol"),
    CONCEPTS["condition"],
    CONCEPTS["symptom"],
    ages=(0, 67, 68, 150),
)
MIANSERIN = Words(
    AS_OF,
    {
        "neutrophils": ("0.49", "0.5", "1.5", "4"),
        "leukocytes": ("2.99", "3", "8"),
        "body-weight": ("70", "73.5", "77"),
        "hamd17": ("7", "8", "16"),
    },
    ("mianserin", "fluoxetine", "moclobemide", "selegiline", "diazepam"),
    ("major-depressive-disorder", "insomnia", "alcohol-use"),
    ("fever", "dizziness"),
)
seeds = st.integers(0, 2**32)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller seed is no simpler


def chart_of(engine: Engine, words: Words, random: Random) -> Chart:
    """Return the chart of a random record."""
    record = RandomRecords(engine.rulebook, words, random).record()
    return build_chart(engine.read(record), words.as_of, engine.vocabulary, "record")


def same(symbolic: Scalar | Fraction | None, real: Scalar | None) -> bool:
    """Return whether two values are equal, apart from the rounding of the real one."""
    if isinstance(real, Decimal):
        return isinstance(symbolic, Fraction) and abs(symbolic - Fraction(real)) < Fraction(1, 10**5)
    return symbolic == real


def nothing(_: object) -> Variable:
    """Return an unknown fact: random queries read no other fact."""
    return UNKNOWN


@given(seeds)
@settings(max_examples=50 * MANY, phases=PHASES)
def test_random_queries(seed: int) -> None:
    random, engine = Random(seed), chapter("counting").engine
    chart = chart_of(engine, SPEC, random)
    symbolic = SymbolicChart(engine.rulebook, engine.vocabulary, SOME, FINENESS)
    queries = [RandomQueries(random).query() for _ in range(8)]
    answers = [SymbolicQuery(query, symbolic, PARAMETERS, nothing, nothing).answer() for query in queries]
    pinned = Pinned(symbolic, chart)
    for query, answer in zip(queries, answers, strict=True):
        compiled = Compiler(PARAMETERS).compile(query)
        real = compiled.aggregate(compiled.filter(chart, {}), {})
        assert same(pinned.value(answer), None if real is None else real[0]), query


@cache
def exact(rulebook: Rulebook) -> list[str]:
    """Return the facts that the proof follows exactly: those that no formula beyond linear ones computes."""
    values, free = rulebook.values_at(AS_OF), set()
    for fact in rulebook.needed_facts(rulebook.facts):
        derivation = fact.derivation
        assert derivation is not None
        if isinstance(derivation, Computed):
            formula = fold(resolve_formula(derivation.formula, values))
            if not is_linear(formula) or not free.isdisjoint(facts_read(derivation)):
                free.add(fact.name)
    return [name for name, fact in rulebook.facts.items() if fact.derivation is not None and name not in free]


def check_facts(engine: Engine, words: Words, asked: list[str], random: Random) -> None:
    """Compare facts of a random record with those that the proof has for it."""
    chart = chart_of(engine, words, random)
    facts, parameters = engine.rulebook.facts, engine.rulebook.values_at(words.as_of)
    symbolic = SymbolicChart(engine.rulebook, engine.vocabulary, SOME, FINENESS)
    free = FreeNumbers(symbolic.parts, facts, FINENESS)
    variable = SymbolicFacts(facts, parameters, symbolic, free).variable
    variables = {name: variable(name) for name in asked}
    pinned = Pinned(symbolic, chart)
    known = Derivations(facts.values(), parameters).derive(chart)[0]
    different = [name for name, found in variables.items() if not same(pinned.value(found), known.get(name))]
    assert different == []


@pytest.mark.parametrize("name", names())
@given(seeds)
@settings(max_examples=5 * MANY, phases=PHASES)
def test_facts_of_the_specification(name: str, seed: int) -> None:
    engine = chapter(name).engine
    check_facts(engine, SPEC, exact(engine.rulebook), Random(seed))


@given(seeds)
@settings(max_examples=20 * MANY, phases=PHASES)
def test_facts_of_the_shipped_rulebook(seed: int) -> None:
    asked = {fact.name for fact in SHIPPED.edition(AS_OF).derived}
    check_facts(SHIPPED, MIANSERIN, [name for name in exact(SHIPPED.rulebook) if name in asked], Random(seed))


@given(seeds)
@settings(max_examples=50 * MANY, phases=PHASES)
def test_a_chart_is_read_from_the_record_written_for_it(seed: int) -> None:
    engine = chapter("counting").engine
    chart = chart_of(engine, SPEC, Random(seed))
    written = record_of(chart, engine.rulebook.terminology)
    again = build_chart(engine.read(written), AS_OF, engine.vocabulary, "record")
    assert content(again) == content(chart)


def content(chart: Chart) -> Any:
    """Return all that a chart has, without the places in the record it came from."""

    def entries(section: Entries) -> Any:
        listed = {
            concept: [(entry.attributes, entry.certain) for entry in found]
            for concept, found in section.by_concept.items()
        }
        return listed, section.open, section.denied if section.open else set()

    sections = [chart.conditions, chart.medications, chart.observations, chart.symptoms]
    history = {name: value for name, value in chart.history.items() if value is not None}
    return chart.age_years, chart.sex, history, [entries(section) for section in sections]
