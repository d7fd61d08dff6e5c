"""Every part of the fact language has a case, so that no reader can lack it unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from cds_engine.language.expressions import leaves
from cds_engine.language.formulas import Binary, Call, Choice, Compare, Input, Negative, nodes
from cds_engine.language.queries import (
    ATTRIBUTES,
    ORDER,
    ORDERING,
    Computed,
    FactName,
    HistoryValue,
    PatientValue,
    Query,
    Take,
    operand_formulas,
)

from tests.spec.cases import chapter, names


def derivations() -> Iterator[object]:
    """Yield the derivations of the facts for which some case expects a value."""
    for name in names():
        of = chapter(name)
        expected = {fact for case in of.cases for fact, value in case.expected.items() if value is not None}
        facts = of.engine.rulebook.facts
        yield from (facts[fact].derivation for fact in expected)


QUERIES = [found for found in derivations() if isinstance(found, Query)]
FORMULAS = [part for found in derivations() if isinstance(found, Computed) for part in nodes(found.formula)]


def test_takes() -> None:
    assert {query.take for query in QUERIES} == set(get_args(Take))


def test_kinds_and_attributes() -> None:
    read = set()
    for query in QUERIES:
        named = {leaf.fact for leaf in leaves(query.where)} if query.where is not None else set()
        named |= {query.give} if query.give is not None else set()
        named |= {ORDER[query.of.kind]} if query.take in ORDERING else set()
        read |= {(query.of.kind, name) for name in named}
    assert read >= {
        (kind, name) for kind, attributes in ATTRIBUTES.items() for name in attributes if name != kind
    }


def test_options_of_queries() -> None:
    assert any(isinstance(query.if_none, FactName) for query in QUERIES)
    assert any(query.if_none is not None and not isinstance(query.if_none, FactName) for query in QUERIES)
    assert any(query.unstated is not None for query in QUERIES)
    assert any(query.weights for query in QUERIES)
    assert any(len(query.of.members) > 1 for query in QUERIES)
    assert any(list(operand_formulas(query.where)) for query in QUERIES)


def test_comparisons() -> None:
    operators = {leaf.operator for query in QUERIES if query.where for leaf in leaves(query.where)}
    assert operators >= {"is", "less_than", "at_most", "more_than", "at_least", "known", "one_of", "is_not"}


def test_formulas() -> None:
    assert {part.operator for part in FORMULAS if isinstance(part, Binary)} == {"+", "-", "*", "/", "**"}
    assert {part.operator for part in FORMULAS if isinstance(part, Compare)} == {"<", "<=", ">", ">="}
    assert {part.function for part in FORMULAS if isinstance(part, Call)} == {"min", "max", "root"}
    assert any(isinstance(part, Choice) for part in FORMULAS)
    assert any(isinstance(part, Negative) for part in FORMULAS)
    assert any(isinstance(part, Input) and part.factor != 1 for part in FORMULAS)


def test_other_sources() -> None:
    kinds = {type(found) for found in derivations()}
    assert {PatientValue, HistoryValue} <= kinds
