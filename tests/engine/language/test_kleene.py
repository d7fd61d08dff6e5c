"""Kleene's three-valued logic: truth tables, outcomes, missing facts and supporting comparisons."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations, product

import pytest
from cds_engine.language.expressions import ALWAYS, All, Any, Comparison, Expression, Not, Scalar, leaves
from cds_engine.language.kleene import (
    CompiledExpression,
    Facts,
    Truth,
    compile_expression,
    constant_support,
    dependency_order,
    missing_facts,
    outcome,
    supporting_comparisons,
    truth,
)
from hypothesis import given

from tests.property.trees import expressions, facts

A, B, C = (Comparison(name, "is", True) for name in "abc")
NEVER = Any(())
TRUTHS: tuple[Truth, ...] = (True, False, None)


def known(**values: Truth) -> Facts:
    return {name: value for name, value in values.items() if value is not None}


def test_kleene_tables() -> None:
    conjunction: dict[tuple[Truth, Truth], Truth] = {
        (True, True): True,
        (True, False): False,
        (True, None): None,
        (False, True): False,
        (False, False): False,
        (False, None): False,
        (None, True): None,
        (None, False): False,
        (None, None): None,
    }
    negation: dict[Truth, Truth] = {True: False, False: True, None: None}
    for (a, b), both in conjunction.items():
        state = known(a=a, b=b)
        assert truth(All((A, B)), state) is both
        assert truth(Not(All((A, B))), state) is negation[both]
        # De Morgan: either is the negation of both negated.
        either = negation[conjunction[negation[a], negation[b]]]
        assert truth(Any((A, B)), state) is either


@pytest.mark.parametrize(("expression", "expected"), [(ALWAYS, True), (NEVER, False), (Not(NEVER), True)])
def test_empty_branches(expression: Expression, expected: bool) -> None:
    assert truth(expression, {}) is expected


def test_order_of_children_does_not_matter() -> None:
    for a, b, c in product(TRUTHS, repeat=3):
        state = known(a=a, b=b, c=c)
        for kind in (All, Any):
            assert len({truth(kind(order), state) for order in permutations((A, B, C))}) == 1


@pytest.mark.parametrize(
    ("comparison", "value", "expected"),
    [
        *(
            (Comparison("x", operator, Decimal("1.5")), Decimal(value), expected)  # type: ignore[arg-type]
            for operator, results in {
                "less_than": (True, False, False),
                "at_most": (True, True, False),
                "more_than": (False, False, True),
                "at_least": (False, True, True),
                "is": (False, True, False),
                "is_not": (True, False, True),
            }.items()
            for value, expected in zip(("1.499999", "1.50", "1.500001"), results, strict=True)
        ),
        (Comparison("x", "is", False), False, True),
        (Comparison("x", "is_not", False), False, False),
        (Comparison("x", "is", "red"), "red", True),
        (Comparison("x", "is_not", "red"), "blue", True),
        (Comparison("x", "one_of", ("red", "blue")), "blue", True),
        (Comparison("x", "one_of", ("red", "blue")), "green", False),
        (Comparison("x", "known", True), False, True),
        (Comparison("x", "known", False), Decimal(0), False),
    ],
)
def test_comparisons(comparison: Comparison, value: Scalar, expected: bool) -> None:
    assert truth(comparison, {"x": value}) is expected
    unknown = {True: False, False: True}[bool(comparison.operand)] if comparison.operator == "known" else None
    assert truth(comparison, {}) is unknown


@pytest.mark.parametrize(
    ("applies_to", "when", "expected"),
    [
        (True, True, "fired"),
        (True, False, "not_met"),
        (True, None, "not_evaluable"),
        (None, True, "not_evaluable"),
        (None, False, "not_met"),
        (None, None, "not_evaluable"),
        (False, True, "not_applicable"),
        (False, False, "not_applicable"),
        (False, None, "not_applicable"),
    ],
)
def test_outcome(applies_to: Truth, when: Truth, expected: str) -> None:
    assert outcome(applies_to, when) == expected


def missing(
    expression: Expression, state: Facts, findings: dict[str, CompiledExpression] | None = None
) -> list[str]:
    return list(dict.fromkeys(missing_facts(compile_expression(expression), state, findings or {})))


@pytest.mark.parametrize(
    ("expression", "state", "expected"),
    [
        (A, {}, ["a"]),
        (A, {"a": True}, []),
        (All((A, B)), {}, ["a", "b"]),
        (All((A, B)), {"a": True}, ["b"]),
        (All((A, B)), {"a": False}, []),
        (Any((A, B)), {"a": True}, []),
        (Any((A, B)), {"a": False}, ["b"]),
        (All((Any((A, B)), C)), {"a": True}, ["c"]),
        (All((Any((A, B)), C)), {"c": True}, ["a", "b"]),
        (Not(Any((A, Not(B)))), {"a": False}, ["b"]),
        (All((A, A)), {}, ["a"]),
        (All((Comparison("a", "known", False), B)), {}, ["b"]),
    ],
)
def test_only_facts_that_still_matter_are_missing(
    expression: Expression, state: Facts, expected: list[str]
) -> None:
    assert missing(expression, state) == expected


def test_an_unknown_finding_is_replaced_by_the_facts_it_depends_on() -> None:
    finding = Comparison("finding", "is", True)
    findings = {"finding": compile_expression(All((A, Any((B, C)))))}
    assert missing(All((finding, B)), {"a": True}, findings) == ["b", "c"]
    assert missing(Not(finding), {"a": True, "b": False}, findings) == ["c"]


def decided(
    expression: Expression, state: Facts, findings: dict[str, CompiledExpression] | None = None
) -> list[str]:
    found = compile_expression(expression)
    wanted = found.truth(state)
    assert wanted is not None
    return [leaf.fact for leaf in supporting_comparisons(found, state, findings or {}, wanted)]


@pytest.mark.parametrize(
    ("expression", "state", "expected"),
    [
        (All((A, B)), {"a": True, "b": True}, ["a", "b"]),
        (Any((A, B)), {"a": True, "b": False}, ["a"]),
        (Any((A, B)), {"b": True}, ["b"]),
        (All((A, B)), {"a": True, "b": False}, ["b"]),
        (Not(Any((A, B))), {"a": False, "b": False}, ["a", "b"]),
        (Not(All((A, B))), {"a": True, "b": False}, ["b"]),
        (All((A, Not(B))), {"a": True, "b": False}, ["a", "b"]),
        (ALWAYS, {}, []),
    ],
)
def test_supporting_comparisons(expression: Expression, state: Facts, expected: list[str]) -> None:
    assert decided(expression, state) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"finding": True, "a": True, "b": True}, ["a", "b"]),
        ({"finding": False, "a": True, "b": False}, ["b"]),
    ],
)
def test_a_finding_is_replaced_by_the_comparisons_that_decided_it(state: Facts, expected: list[str]) -> None:
    findings = {"finding": compile_expression(All((A, B)))}
    for wanted in (True, False):
        assert decided(Comparison("finding", "is", wanted), state, findings) == expected


@pytest.mark.parametrize(
    ("expression", "wanted", "expected"),
    [
        (All((A, B)), True, ["a", "b"]),
        (All((A, B)), False, None),
        (Any((A, B)), True, None),
        (Any((A, B)), False, ["a", "b"]),
        (Not(All((A, B))), True, None),
        (All((A, Any((B, C)))), True, None),
        (Comparison("finding", "is", True), True, ["a", "b"]),
        (Comparison("finding", "is", True), False, None),
        (Comparison("finding", "is", False), False, ["a", "b"]),
        (Comparison("finding", "known", True), True, None),
    ],
)
def test_constant_support(expression: Expression, wanted: bool, expected: list[str] | None) -> None:
    findings = {"finding": compile_expression(All((A, B)))}
    support = constant_support(compile_expression(expression), findings, wanted)
    assert (None if support is None else [leaf.fact for leaf in support]) == expected


@given(expressions(), facts())
def test_constant_support_is_what_supports_an_expression(expression: Expression, state: Facts) -> None:
    found = compile_expression(expression)
    wanted = found.truth(state)
    if wanted is None:
        return
    support = constant_support(found, {}, wanted)
    assert support is None or support == supporting_comparisons(found, state, {}, wanted)


def test_dependency_order() -> None:
    def all_of(*names: str) -> Expression:
        return All(tuple(Comparison(name, "is", True) for name in names))

    found = dependency_order({"last": all_of("middle", "a"), "middle": all_of("first"), "first": all_of("b")})
    assert found == ["first", "middle", "last"]


def asks_known(expression: Expression) -> bool:
    return any(leaf.operator == "known" for leaf in leaves(expression))


@given(expressions().filter(lambda tree: not asks_known(tree)), facts(), facts())
def test_learning_a_fact_never_changes_a_known_truth(
    expression: Expression, state: Facts, learnt: Facts
) -> None:
    before = truth(expression, state)
    after = truth(expression, {**learnt, **state})
    assert before is None or after is before


@given(expressions(), facts())
def test_facts_are_missing_exactly_if_the_truth_is_unknown(expression: Expression, state: Facts) -> None:
    names = missing(expression, state)
    assert bool(names) == (truth(expression, state) is None)
    assert not set(names) & set(state)


@given(expressions().filter(lambda tree: not asks_known(tree)), facts(), facts())
def test_the_missing_facts_decide(expression: Expression, state: Facts, rest: Facts) -> None:
    """Facts that are not named as missing do not matter: the named ones decide the truth."""
    names = set(missing(expression, state))
    if names <= set(rest):
        learnt = {name: rest[name] for name in names}
        assert truth(expression, {**learnt, **state}) is not None


@given(expressions(), facts())
def test_supporting_comparisons_alone_decide(expression: Expression, state: Facts) -> None:
    found = compile_expression(expression)
    wanted = found.truth(state)
    if wanted is None or asks_known(expression):
        return
    named = {leaf.fact for leaf in supporting_comparisons(found, state, {}, wanted)}
    assert named <= set(state)
    assert truth(expression, {name: state[name] for name in named}) is wanted
