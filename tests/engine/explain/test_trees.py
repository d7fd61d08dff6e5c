"""The trees of every rule are those of each rule."""

from __future__ import annotations

import datetime
import json

import pytest
from cds_engine import Engine, load_rulebook
from cds_engine.explain import document_tree, document_trees
from cds_engine.rulebook.shipped import default_rulebook

DAY = datetime.date(2026, 11, 23)
EXAMPLES = sorted((default_rulebook() / "examples").glob("*.json"))


def test_every_rule_has_its_trees() -> None:
    engine = Engine(load_rulebook(default_rulebook()))
    for path in EXAMPLES[:2]:
        record = json.loads(path.read_bytes())
        trees = document_trees(engine, record, DAY)
        assert trees == {rule: document_tree(engine, record, rule, DAY) for rule in trees}
        outcomes = engine.evaluate(engine.read(record), DAY).outcomes.by_rule
        assert {rule: tree.outcome for rule, tree in trees.items()} == outcomes
    assert document_trees(engine, record, DAY, []) == {}
    with pytest.raises(KeyError):
        document_trees(engine, record, DAY, ["no.such-rule"])
