"""The engine beside zen-engine, which evaluates the same rules as a decision table.

The table is written from the same condition trees: a column for each fact, a row for each way in which a
rule can come true, with what its findings rest on in their place; hit policy ``collect``, each row giving
the rule's id. Unknown facts are left out of what it is given. Its answer is a list of rows, to be compared
with the engine's inference; what the engine says beyond that has no counterpart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from cds_engine.inference.edition import Edition
from cds_engine.inference.rete import negation_normal_form
from cds_engine.language.expressions import All, Comparison, Expression, Not, Scalar
from cds_engine.language.expressions import Any as AnyOf
from cds_engine.language.kleene import Facts
from cds_engine.quantities.numbers import plain, to_json
from zen import ZenEngine

from tests.benchmarks.measure import Row, Work, at_least, in_turn, side_by_side
from tests.benchmarks.workload import engine, examples, made_up

GOAL = 1
_SYMBOLS = {"is_not": "!=", "less_than": "<", "at_most": "<=", "more_than": ">", "at_least": ">="}
Alternative = tuple[Comparison, ...]


class DecisionTable:
    """The rules of an edition as one decision table."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        ways = {
            name: _alternatives(
                self._expanded(All((compiled_rule.applies_to.expression, compiled_rule.when.expression)))
            )
            for name, compiled_rule in edition.compiled_rules.items()
        }
        asked = sorted({leaf.fact for found in ways.values() for way in found for leaf in way})
        self.columns = {fact: f"f{index}" for index, fact in enumerate(asked)}
        rows = [self._row(name, way) for name, found in ways.items() for way in found]
        self.decision = ZenEngine().create_decision(json.dumps(self._model(rows)))

    def _expanded(self, expression: Expression) -> Expression:
        """Put what a finding rests on in its place."""
        match expression:
            case Comparison(fact) if fact in self.edition.findings:
                body = self._expanded(self.edition.findings[fact].expression)
                return body if expression.operand is (expression.operator == "is") else Not(body)
            case Comparison():
                return expression
            case Not(child):
                return Not(self._expanded(child))
            case All(children):
                return All(tuple(map(self._expanded, children)))
            case AnyOf(children):
                return AnyOf(tuple(map(self._expanded, children)))

    def _row(self, rule: str, way: Alternative) -> dict[str, str]:
        cells: dict[str, list[str]] = {}
        for leaf in way:
            cells.setdefault(self.columns[leaf.fact], []).append(_cell(leaf))
        return {
            "_id": f"{rule}{id(way)}",
            **{column: " and ".join(dict.fromkeys(found)) for column, found in cells.items()},
            "rule": json.dumps(rule),
        }

    def _model(self, rows: list[dict[str, str]]) -> dict[str, Any]:
        columns = [{"id": name, "name": name, "field": name} for name in self.columns.values()]
        empty = dict.fromkeys(self.columns.values(), "")
        table = {
            "hitPolicy": "collect",
            "inputs": columns,
            "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
            "rules": [{**empty, **row} for row in rows],
        }
        return {
            "nodes": [
                {"id": "in", "name": "in", "type": "inputNode", "content": {}},
                {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
                {"id": "out", "name": "out", "type": "outputNode", "content": {}},
            ],
            "edges": [
                {"id": "a", "type": "edge", "sourceId": "in", "targetId": "table"},
                {"id": "b", "type": "edge", "sourceId": "table", "targetId": "out"},
            ],
        }

    def given(self, facts: Facts) -> dict[str, Any]:
        """Return what the table is given for ``facts``."""
        return {column: _value(facts[fact]) for fact, column in self.columns.items() if fact in facts}

    def evaluate(self, given: dict[str, Any]) -> frozenset[str]:
        """Return the rules of which some row holds."""
        return frozenset(row["rule"] for row in self.decision.evaluate(given)["result"])


def _alternatives(expression: Expression) -> list[Alternative]:
    """Return the ways in which a condition can come true, each as comparisons that must all hold."""
    match negation_normal_form(expression):
        case Comparison() as leaf:
            return [(leaf,)]
        case All(children):
            ways: list[Alternative] = [()]
            for child in children:
                ways = [left + right for left in ways for right in _alternatives(child)]
            return ways
        case AnyOf(children):
            return [way for child in children for way in _alternatives(child)]
    raise AssertionError("negation normal form has no 'not'")


def _cell(leaf: Comparison) -> str:
    """Write a comparison so that an unknown fact never passes."""
    if leaf.operator == "known":
        return "$ != null" if leaf.operand else "$ == null"
    if isinstance(leaf.operand, tuple):
        return ", ".join(map(json.dumps, leaf.operand))
    assert leaf.operand is not None
    literal = _literal(leaf.operand)
    return literal if leaf.operator == "is" else f"$ != null and $ {_SYMBOLS[leaf.operator]} {literal}"


def _literal(operand: Scalar) -> str:
    return json.dumps(operand) if isinstance(operand, bool | str) else plain(operand)


def _value(value: Scalar) -> Any:
    return value if isinstance(value, bool | str) else to_json(value)


def rows() -> Iterator[Row]:
    """Compare the inference, once both agree on which rules fire; the whole evaluation is for information."""
    edition = examples()[0].edition
    table = DecisionTable(edition)
    for facts in [*(example.facts for example in examples()), *made_up(edition, 200)]:
        assert table.evaluate(table.given(facts)) == edition.rete.fired(facts)
    ours: dict[str, Work] = {}
    theirs: dict[str, Work] = {}
    for example in examples():
        assert example.edition is edition
        ours[example.name] = partial(edition.rete.fired, example.facts)
        theirs[example.name] = partial(table.evaluate, table.given(example.facts))
    compared = "inference, zen-engine table"
    for name, work in ours.items():
        yield at_least(compared, name, side_by_side(work, theirs[name]), GOAL)
    measured = side_by_side(in_turn(ours), in_turn(theirs))
    yield at_least(compared, "overall", measured, GOAL, of=len(ours))
    whole: dict[str, Work] = {e.name: partial(engine().evaluate, e.record) for e in examples()}
    measured = side_by_side(in_turn(whole), in_turn(theirs))
    yield at_least("whole evaluation, zen-engine table", "overall", measured, None, of=len(whole))
