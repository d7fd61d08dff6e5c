"""The engine beside the stock host of durable-rules, which evaluates the same compiled rules.

The host gets the network's own definition, with an action for each rule: it notes that the rule fired, and
asserts the finding that the rule stands for while the network runs. Every known fact is sent, under its
name in the network; each evaluation has a state of its own, which is deleted after it. Only the host's two
timer threads are left out, to its advantage: they cost time, and they call the C library at any moment,
which is not made for threads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

from cds_engine.inference.durable import EncodedProperty
from cds_engine.inference.edition import Edition
from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import Facts
from cds_engine.quantities.numbers import to_json
from durable.engine import Host, MessageObservedException

from tests.benchmarks.measure import Row, Work, at_least, in_turn, side_by_side
from tests.benchmarks.workload import engine, examples, made_up

GOAL = 5
WHOLE_GOAL = 0.9


class QuietHost(Host):  # type: ignore[misc]
    """The stock host without its timer threads."""

    def _run(self) -> None:
        """Start no thread."""


class Rules:
    """The rules of an edition on a host."""

    _numbers = count()

    def __init__(self, edition: Edition) -> None:
        (self.rete,) = edition.rete.networks
        self.fired: list[str] = []
        self.name = f"host{next(self._numbers)}"
        definition = json.loads(json.dumps(self.rete.network.definition, default=to_json))
        rules = {rule: {**body, "run": self._action(rule)} for rule, body in definition.items()}
        self.host = QuietHost({self.name: rules})
        self._states = count()

    def _action(self, rule: str) -> Callable[[Any], None]:
        findings = self.rete.findings_of(rule)

        def run(closure: Any) -> None:
            self.fired.append(rule)
            for finding in findings:
                with suppress(MessageObservedException):  # two alternatives of a finding held
                    closure.assert_fact({"finding": 1, **_read([finding])})

        return run

    def fact(self, facts: Facts) -> dict[str, int | float]:
        """Return what a user of the host would send for ``facts``: all that the rules ask about."""
        names = self.rete.property_names
        known = {name: _number(facts[fact]) for fact, name in names.items() if fact in facts}
        return {"record": 1, **known, **_read(self.rete.properties(facts))}

    def evaluate(self, fact: Mapping[str, int | float]) -> frozenset[str]:
        """Return the rules that fire."""
        self.fired.clear()
        state = str(next(self._states))
        self.host.assert_fact(self.name, {"sid": state, **fact})
        self.host.delete_state(self.name, state)
        return self.rete.rule_ids(self.fired)


def _read(properties: Iterable[EncodedProperty]) -> dict[str, int | float]:
    """Return properties that are written for the network as the numbers that the host takes."""
    found: dict[str, int | float] = json.loads("{" + "".join(properties).removeprefix(",") + "}")
    return found


def _number(value: Scalar) -> int | float:
    """Write a value as the network's fact has it; -1 is a code that no rule names."""
    if isinstance(value, str):
        return -1
    return to_json(value) if isinstance(value, Decimal) else int(value)


def rows() -> Iterator[Row]:
    """Compare the inference alone, and the whole evaluation, with the host's inference."""
    edition = examples()[0].edition
    rules = Rules(edition)
    for facts in [*(example.facts for example in examples()), *made_up(edition, 200)]:
        assert rules.evaluate(rules.fact(facts)) == edition.rete.fired(facts)
    inference: dict[str, Work] = {}
    whole: dict[str, Work] = {}
    host: dict[str, Work] = {}
    for example in examples():
        assert example.edition is edition
        inference[example.name] = partial(edition.rete.fired, example.facts)
        whole[example.name] = partial(engine().evaluate, example.record)
        host[example.name] = partial(rules.evaluate, rules.fact(example.facts))
    for name, ours, goal in (("inference", inference, GOAL), ("whole evaluation", whole, WHOLE_GOAL)):
        compared = f"{name}, durable host"
        for on, work in ours.items():
            yield at_least(compared, on, side_by_side(work, host[on]), None)
        measured = side_by_side(in_turn(ours), in_turn(host))
        yield at_least(compared, "overall", measured, goal, of=len(ours))
