"""How many records a second go from JSON text to JSON text, in one thread."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cds_engine import parse_json

from tests.benchmarks.measure import Row, Work, at_least, in_turn, side_by_side
from tests.benchmarks.workload import engine, examples


def answer(text: bytes) -> str:
    """Answer one record as the command line does."""
    return engine().evaluate(engine().read(parse_json(text, "record"))).to_json()


def rows() -> Iterator[Row]:
    """Show, beside it, the evaluation of records that are already read."""
    texts: dict[str, Work] = {}
    records: dict[str, Work] = {}
    for example in examples():
        assert answer(example.text) == engine().evaluate(example.record).to_json()
        texts[example.name] = partial(answer, example.text)
        records[example.name] = partial(engine().evaluate, example.record)
    measured = side_by_side(in_turn(texts), in_turn(records))
    yield at_least("text to text, evaluation alone", "overall", measured, None, of=len(texts))
