"""What is evaluated: the shipped rulebook, its examples, and facts made up at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from cds_engine import Engine, Record, load_rulebook, parse_json, shipped_rulebooks
from cds_engine.inference.edition import Edition
from cds_engine.language.expressions import Scalar, leaves
from cds_engine.record.chart import build_chart

Facts = dict[str, Scalar]


@dataclass(frozen=True)
class Example:
    """A shipped record, as text, read, and as facts."""

    name: str
    text: bytes
    record: Record
    edition: Edition
    facts: Facts


@cache
def engine() -> Engine:
    return Engine(load_rulebook(shipped_rulebooks() / "mianserin"))


@cache
def examples() -> tuple[Example, ...]:
    return tuple(_examples())


def _examples() -> Iterator[Example]:
    for path in sorted((shipped_rulebooks() / "mianserin" / "examples").glob("*.json")):
        text = path.read_bytes()
        record = engine().read(parse_json(text, path.name), path.name)
        assert record.as_of is not None
        edition = engine().edition(record.as_of)
        chart = build_chart(record, record.as_of, engine().vocabulary, path.name)
        yield Example(path.stem, text, record, edition, edition.derivations.derive(chart)[0])


def made_up(edition: Edition, number: int) -> Iterator[Facts]:
    """Yield ``number`` sets of facts on both sides of every operand that some condition names."""
    roots = [part for compiled_rule in edition.compiled_rules.values() for part in compiled_rule.parts]
    roots += edition.findings.values()
    operands: dict[str, list[Scalar]] = {}
    for root in roots:
        for leaf in leaves(root.expression):
            if leaf.fact not in edition.findings and leaf.operator != "known":
                found = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
                operands.setdefault(leaf.fact, []).extend(value for value in found if value is not None)
    values = {fact: tuple(_around(found)) for fact, found in operands.items()}
    draw = random.Random(20261123)
    for _ in range(number):
        known = draw.random()
        yield {fact: draw.choice(found) for fact, found in values.items() if draw.random() < known}


def _around(operands: list[Scalar]) -> Iterator[Scalar]:
    for operand in operands:
        if isinstance(operand, bool):
            yield from (True, False)
        elif isinstance(operand, Decimal):
            yield from (operand - Decimal("0.1"), operand, operand + Decimal("0.1"))
        else:
            yield from (operand, "another")
