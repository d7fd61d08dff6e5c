"""What explaining costs: at most as much again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.benchmarks.measure import Row, Work, at_most, in_turn, side_by_side
from tests.benchmarks.workload import engine, examples

GOAL = 2


def rows() -> Iterator[Row]:
    """Compare evaluations with and without a trace."""
    plain: dict[str, Work] = {}
    explained: dict[str, Work] = {}
    for example in examples():
        without, traced = engine().evaluate(example.record), engine().evaluate(example.record, explain=True)
        assert traced.trace is not None
        assert traced.model_copy(update={"trace": None}) == without
        plain[example.name] = partial(engine().evaluate, example.record)
        explained[example.name] = partial(engine().evaluate, example.record, explain=True)
    compared = "evaluation, explained"
    for name, work in plain.items():
        yield at_most(compared, name, side_by_side(work, explained[name]), GOAL)
    measured = side_by_side(in_turn(plain), in_turn(explained))
    yield at_most(compared, "overall", measured, GOAL, of=len(plain))
