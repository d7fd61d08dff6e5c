"""What ``make bench`` runs is there to be run; how fast anything is, is no matter of tests."""

from __future__ import annotations

import pytest

from tests.benchmarks.__main__ import _module, topics
from tests.benchmarks.host import Rules
from tests.benchmarks.workload import examples


@pytest.mark.parametrize("topic", topics())
def test_a_topic_has_rows(topic: str) -> None:
    assert callable(_module(topic).rows)


def test_the_host_fires_the_rules_that_the_engine_fires() -> None:
    edition = examples()[0].edition
    rules = Rules(edition)
    for example in examples():
        assert rules.evaluate(rules.fact(example.facts)) == edition.rete.fired(example.facts)
