"""Rules beyond the limits of one network, and rules beyond those of durable-rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cds_engine.errors import EngineError
from cds_engine.inference.networks import MAX_CHOICES, MAX_COMPARISONS, MAX_RULES, MOST_FACTS, Rete
from cds_engine.language.expressions import All, Any, Comparison, Expression, Not


def at_least(fact: str, number: int) -> Comparison:
    return Comparison(fact, "at_least", Decimal(number))


def is_true(fact: str) -> Comparison:
    return Comparison(fact, "is", True)


@pytest.mark.parametrize("number", [1, MAX_RULES, MAX_RULES + 1, 500])
def test_any_number_of_rules(number: int) -> None:
    rules: dict[str, Expression] = {f"r{index}": at_least(f"f{index % 7}", index) for index in range(number)}
    rete = Rete(rules, {})
    assert len(rete.networks) == -(-number // MAX_RULES)
    known = {f"f{index}": Decimal(number // 2) for index in range(7)}
    assert rete.fired(known) == {f"r{index}" for index in range(number // 2 + 1) if index < number}


def test_more_facts_than_one_network_holds() -> None:
    rules: dict[str, Expression] = {f"r{index}": is_true(f"f{index}") for index in range(2 * MOST_FACTS)}
    assert Rete(rules, {}).fired({"f3": True, "f350": True, "f5": False}) == {"r3", "r350"}


def test_findings_are_in_each_network_that_uses_them() -> None:
    found = {"old": at_least("age", 65), "frail": Any((is_true("old"), is_true("ill")))}
    rules: dict[str, Expression] = {
        f"r{index}": All((is_true("frail"), is_true(f"f{index}"))) for index in range(2 * MAX_RULES)
    }
    rete = Rete(rules, found)
    assert len(rete.networks) > 1
    assert rete.fired({"age": Decimal(65), "f0": True, "f199": True}) == {"r0", "r199"}
    assert rete.fired({"age": Decimal(64), "ill": True, "f7": True}) == {"r7"}
    assert rete.fired({"age": Decimal(64), "f7": True}) == frozenset()


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            All(tuple(at_least("f", index) for index in range(MAX_COMPARISONS + 1))),
            f"rule 'large' has {MAX_COMPARISONS + 1} comparisons; at most {MAX_COMPARISONS} are possible",
        ),
        (
            All(tuple(Any((at_least("f", index), is_true("g"))) for index in range(MAX_CHOICES + 1))),
            f"rule 'large' has {MAX_CHOICES + 1} 'any' expressions; at most {MAX_CHOICES} are possible",
        ),
        (
            All(tuple(is_true(f"f{index}") for index in range(MOST_FACTS + 1))),
            f"rule 'large' has {MOST_FACTS + 1} facts; at most {MOST_FACTS} are possible",
        ),
    ],
)
def test_a_rule_that_is_too_large_is_named(expression: Expression, message: str) -> None:
    with pytest.raises(EngineError) as caught:
        Rete({"small": is_true("f0"), "large": expression}, {})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "expression",
    [
        All(tuple(at_least("f", index) for index in range(MAX_COMPARISONS))),
        Any(tuple(at_least("f", index) for index in range(MAX_COMPARISONS))),
        All(tuple(Any((at_least("f", index), is_true("g"))) for index in range(MAX_CHOICES))),
        All(tuple(Any(tuple(at_least("f", 20 * part + index) for index in range(10))) for part in range(3))),
        All(tuple(is_true(f"f{index}") for index in range(MOST_FACTS))),
    ],
    ids=["comparisons", "one choice of many", "choices", "choices of ten", "facts"],
)
def test_the_largest_rules_work(expression: Expression) -> None:
    known = {
        "f": Decimal(MAX_COMPARISONS),
        "g": False,
        **{f"f{index}": True for index in range(MOST_FACTS)},
    }
    assert Rete({"large": expression}, {}).fired(known) == {"large"}


@pytest.mark.parametrize("number", [35, 36, 37, 63, 64, 65, 120, 400])
def test_a_record_for_which_everything_is_true(number: int) -> None:
    """durable-rules crashes where it has to follow over 63 branches of one node."""
    rules: dict[str, Expression] = {f"r{index}": is_true(f"f{index}") for index in range(number)}
    known = {f"f{index}": True for index in range(number)}
    assert Rete(rules, {}).fired(known) == rules.keys()
    never: dict[str, Expression] = {name: All((rule, is_true("never"))) for name, rule in rules.items()}
    assert Rete(never, {}).fired(known) == frozenset()


@pytest.mark.parametrize("number", [36, 37, 64, 65, 120])
def test_rules_that_ask_about_findings_only(number: int) -> None:
    """A finding has no gates, however many branches the rules have."""
    findings: dict[str, Expression] = {
        f"finding{index}": Not(All((is_true(f"f{index}"), is_true(f"g{index}")))) for index in range(number)
    }
    rules: dict[str, Expression] = {f"r{index}": is_true(f"finding{index}") for index in range(number)}
    more: dict[str, Expression] = {f"s{index}": is_true("finding0") for index in range(number)}
    known = {f"f{index}": False for index in range(number)}
    assert Rete(rules | more, findings).fired(known) == rules.keys() | more.keys()
    assert Rete(rules | more, findings).fired({}) == frozenset()
