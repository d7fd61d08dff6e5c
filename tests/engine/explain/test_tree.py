"""The trees of a rule: every node has the truth that the reference logic gives it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from cds_engine import Engine
from cds_engine.explain import RuleTree, TreeNode, document_tree, record_tree

from tests.engine.charts import shipped
from tests.engine.fhir.bundles import NEUTROPHILS, bundle, order, patient, result
from tests.property.records import RandomRecords
from tests.rulebook import tiny

AS_OF = datetime.date(2026, 11, 23)
TRUTHS = {"true": True, "false": False, "unknown": None}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(shipped()[0])


def tree(engine: Engine, rule: str, **record: Any) -> RuleTree:
    return document_tree(engine, record, rule, AS_OF)


def test_why_not(engine: Engine) -> None:
    found = tree(
        engine,
        "monitoring.elderly-count-overdue-initial",
        patient={"birth_date": "1961-11-24"},
        medications=[{"drug": "mianserin", "start": "2026-10-01"}],
    )
    assert (found.outcome, found.applies_to.truth, found.deceased) == ("not_applicable", "false", False)
    assert found.applies_to.sentence == "All of these"
    active, elderly, phase = found.applies_to.children
    assert active.sentence == "Current treatment with mianserin: true"
    assert active.sources == ("/medications/0",)
    assert (elderly.kind, elderly.truth, elderly.sentence) == ("finding", "false", "Elderly age: false")
    (age,) = elderly.children
    assert age.sentence == "Age of the patient is at least 65 years: false, it is 64 years"
    assert (age.fact, age.value, age.found, age.unit) == ("patient.age_years", 64, "64 years", "a")
    assert (age.operator, age.threshold, age.parameter) == ("at_least", 65, "age.elderly")
    assert phase.truth == "true"
    assert found.when.kind == "any"
    assert found.when.truth == "unknown"
    never, long_ago = found.when.children
    assert never.children[0].sentence == "No white blood count on record: unknown"
    assert (
        long_ago.children[1].sentence == "Time since the latest white blood count is above 28 days: unknown"
    )


def test_a_node_that_is_always_true(engine: Engine) -> None:
    found = tree(engine, "augmentation.sertraline-no-benefit")
    assert (found.when.kind, found.when.truth, found.when.sentence) == ("always", "true", "Always")


def test_a_patient_who_died(engine: Engine) -> None:
    found = tree(engine, "safety.mania", patient={"deceased_date": "2026-11-22"})
    assert (found.outcome, found.deceased) == ("not_applicable", True)


def test_an_unknown_rule(engine: Engine) -> None:
    with pytest.raises(KeyError):
        tree(engine, "no.such-rule")


def test_values_of_a_bundle_point_into_it(engine: Engine) -> None:
    document = bundle(
        patient(birthDate="1948-03-02"),
        order(authoredOn="2026-10-01"),
        result(NEUTROPHILS, 1.2, effectiveDateTime="2026-11-01"),
    )
    found = document_tree(engine, document, "monitoring.neutropenia-moderate", AS_OF)
    assert found.outcome == "fired"
    assert found.when.children[0].sources == ("/entry/2/resource",)


def test_every_node_follows_from_its_children() -> None:
    engine = tiny.engine()
    drawn = RandomRecords(engine.rulebook, tiny.WORDS, Random(1))
    kinds = set()
    for _ in range(25):
        record = engine.read(drawn.record())
        outcomes = engine.evaluate(record).outcomes.by_rule
        for rule, outcome in outcomes.items():
            found = record_tree(engine, record, rule, AS_OF)
            assert found.outcome == outcome
            for node in (*_nodes(found.applies_to), *_nodes(found.when)):
                kinds.add(node.kind)
                assert _truth(node) is TRUTHS[node.truth], node
                assert node.sentence[0].isupper()
    assert kinds >= {"all", "any", "not", "comparison", "finding"}


def _nodes(node: TreeNode) -> Iterator[TreeNode]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _truth(node: TreeNode) -> bool | None:
    """Return the truth of a node, from those of its children or from its value, in Kleene's logic."""
    truths = [TRUTHS[child.truth] for child in node.children]
    match node.kind:
        case "all" | "always":
            return False if False in truths else None if None in truths else True
        case "any" | "never":
            return True if True in truths else None if None in truths else False
        case "not":
            return None if truths[0] is None else not truths[0]
        case "finding":
            wanted = node.threshold is (node.operator == "is")
            return None if truths[0] is None else truths[0] is wanted
    if node.value is None:
        return None
    return {
        "is": node.value == node.threshold,
        "is_not": node.value != node.threshold,
        "one_of": isinstance(node.threshold, tuple) and node.value in node.threshold,
        "less_than": node.value < node.threshold if _numbers(node) else None,  # type: ignore[operator]
        "at_most": node.value <= node.threshold if _numbers(node) else None,  # type: ignore[operator]
        "more_than": node.value > node.threshold if _numbers(node) else None,  # type: ignore[operator]
        "at_least": node.value >= node.threshold if _numbers(node) else None,  # type: ignore[operator]
    }[str(node.operator)]


def _numbers(node: TreeNode) -> bool:
    return isinstance(node.value, int | float) and isinstance(node.threshold, int | float)
