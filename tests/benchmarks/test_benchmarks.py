"""What ``make bench`` runs is there to be run; how fast anything is, is no matter of tests."""

from __future__ import annotations

import pytest

from tests.benchmarks.__main__ import _module, topics


@pytest.mark.parametrize("topic", topics())
def test_a_topic_has_rows(topic: str) -> None:
    assert callable(_module(topic).rows)
