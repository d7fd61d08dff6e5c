"""A safe driver for durable-rules, and the only module that imports it.

The C network is fast and correct within its limits. Outside them it crashes the process, drops facts or fires
twice. These are the known hazards and how each is avoided (with a test for each in
``tests/engine/inference/test_durable.py``):

- A number with an exponent crashes it: numbers are bounded and sent in plain notation with at most 15 digits.
- About 255 properties in a fact crash it: :data:`MAX_PROPERTIES` is checked before anything is asserted.
- A fact that no rule matches is refused, and can crash a later evaluation: each kind of fact has a sink rule
  that always matches.
- 1,024 live states exhaust it: there is one state. Its facts are retracted after every run, which takes far
  less time than to delete the state and make it again. After an error, or if a fact is left, it is deleted.
- Equal facts, or facts whose hashes collide, are refused: they are sent again with an extra property.
- ``$or`` with two true branches fires twice: a rule counts once.
- Text compares true with numbers, ``null`` counts as present, and non-ASCII text never matches: only numbers
  are sent, under generated ASCII names, and unknown facts are left out.
- The library's ``Host`` starts timer threads, and the C code is not thread-safe: the C functions are called
  directly, under one lock for the whole process.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any, NewType

import durable_rules_engine as network

from cds_engine.errors import EngineError
from cds_engine.quantities.numbers import SIGNIFICANT_DIGITS, in_bounds, plain

MAX_PROPERTIES = 200
MAX_RETRIES = 8
_STATE = "0"
_NO_FACTS = "[]"
_KINDS = ("record", "finding")
_SINKS = frozenset(f"sink{kind}" for kind in _KINDS)
_LOCK = threading.Lock()
_serial = count()
_HANDLED, _NOT_HANDLED, _OBSERVED, _DEFERRED = range(4)

RECORD = {"record": 1}
"""The pattern that matches the fact of every record."""
Definition = dict[str, Any]
Property = int | Decimal
EncodedProperty = NewType("EncodedProperty", str)
"""A property of a fact, as :func:`encode_property` returns it."""


class Network:
    """A set of rules compiled by durable-rules.

    ``rules`` maps ASCII names to lists of patterns. All patterns of a rule must match, each on its own fact.
    """

    def __init__(self, rules: Mapping[str, list[Definition]]) -> None:
        self.definition: dict[str, Definition] = {
            name: {"all": [{f"m{index}": pattern} for index, pattern in enumerate(patterns)]}
            for name, patterns in rules.items()
        }
        for kind in _KINDS:
            self.definition[f"sink{kind}"] = {"all": [{"m0": {kind: 1}}]}
        text = _to_json(self.definition)
        with _LOCK:
            self._handle: int = network.create_ruleset(f"rules{next(_serial)}", text)
        weakref.finalize(self, _delete, self._handle)

    def run(
        self, properties: Sequence[EncodedProperty], findings: Callable[[str], Iterable[EncodedProperty]]
    ) -> set[str]:
        """Assert one record and return the names of the rules that fired.

        ``findings`` is called once with the name of each rule that fires. It returns findings, which are
        asserted while the network runs, each as its own fact.

        Raises:
            EngineError: if a limit of the network is exceeded, or it keeps refusing a fact.
        """
        record = _fact_json("record", properties)
        fired: set[str] = set()
        asserted: dict[str, str] = {}
        with _LOCK:
            try:
                state, asserted[record] = self._assert(record)
                started = network.start_action_for_state(self._handle, state)
                message = started[1] if started else None
                while message:
                    name = message[2 : message.index('"', 2)]
                    if name not in fired:
                        fired.add(name)
                        for finding in findings(name):
                            fact = _fact_json("finding", (finding,))
                            if fact not in asserted:
                                _, asserted[fact] = self._assert(fact)
                    message = network.complete_and_start_action(self._handle, state)
                for accepted in asserted.values():
                    network.retract_fact(self._handle, accepted)
                if network.get_facts(self._handle, _STATE) != _NO_FACTS:
                    _delete_state(self._handle)
            except BaseException:
                _delete_state(self._handle)
                raise
        return fired - _SINKS

    def _assert(self, fact: str) -> tuple[int, str]:
        """Assert a fact; return the state and the fact as the network accepted it."""
        accepted = fact
        code, state = network.assert_fact(self._handle, accepted)
        for attempt in range(MAX_RETRIES):
            if code != _OBSERVED:
                break
            accepted = f'{fact[:-1]},"again":{attempt}}}'
            code, state = network.assert_fact(self._handle, accepted)
        if code != _HANDLED:
            raise EngineError(f"durable-rules refused a fact with code {code}")
        return int(state), accepted


def _delete(handle: int) -> None:
    with _LOCK:
        _delete_state(handle)  # the rules do not take it with them
        network.delete_ruleset(handle)


def _delete_state(handle: int) -> None:
    with suppress(network.error):  # there is none before the first fact
        network.delete_state(handle, _STATE)


def _fact_json(kind: str, properties: Sequence[EncodedProperty]) -> str:
    """Return a fact as JSON."""
    if len(properties) > MAX_PROPERTIES:
        raise EngineError(f"{len(properties)} properties in one fact; at most {MAX_PROPERTIES} are safe")
    return f'{{"sid":"{_STATE}","{kind}":1{"".join(properties)}}}'


@lru_cache(maxsize=16384, typed=True)
def encode_property(name: str, value: Property) -> EncodedProperty:
    """Return a property as JSON that is safe for the network; cached, because few different ones occur.

    Raises:
        EngineError: if ``value`` is not a number that the network can compare exactly.
    """
    return EncodedProperty(f',"{name}":{_number_json(value)}')


def _number_json(value: Property) -> str:
    if type(value) is int:
        return str(value)
    if not isinstance(value, Decimal):
        raise EngineError(f"{value!r} is not a number; the network accepts only numbers")
    if not in_bounds(value) or len(value.as_tuple().digits) > SIGNIFICANT_DIGITS:
        raise EngineError(f"{value} cannot be compared with a threshold exactly")
    return plain(value)


def _to_json(definition: Any) -> str:
    """Return a definition as JSON in which no number has an exponent."""
    match definition:
        case dict():
            members = (f"{json.dumps(key)}:{_to_json(value)}" for key, value in definition.items())
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(map(_to_json, definition)) + "]"
        case _:
            return _number_json(definition)
