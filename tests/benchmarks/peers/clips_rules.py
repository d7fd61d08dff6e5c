"""The rules in CLIPS: one fact with a slot for each of ours, ``nil`` where unknown, and rules on its slots.

A rule is written for each way in which a condition can come true, with everything that is asked of the fact
in one pattern; a finding is a fact of its own, asserted by rules for its truth and others for its falsehood.
Of what clipspy offers, this is the fastest: a fact for each of ours, or facts told as text, take longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import clips
from cds_engine.language.expressions import Comparison, Expression, Scalar
from cds_engine.language.kleene import Facts

from tests.benchmarks.peers.portable import Rules, Way, wanted, ways

_ORDER = {"less_than": "<", "at_most": "<=", "more_than": ">", "at_least": ">="}


class ClipsRules:
    """The rules in an environment of CLIPS."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.findings = {name: f"x{number}" for number, name in enumerate(rules.findings)}
        self.environment = clips.Environment()
        for construct in self._constructs():
            self.environment.build(construct)
        self.record = self.environment.find_template("record")
        self.fired = self.environment.find_global("fired")

    def _constructs(self) -> Iterator[str]:
        yield "(defglobal ?*fired* = (create$))"
        yield f"(deftemplate record {' '.join(f'(slot {name})' for name in self.rules.facts.values())})"
        for (name, truth), expression in self.rules.asserted().items():
            yield from self._rules(
                f"{name}-{truth}", expression, f"(assert ({self.findings[name]} {_written(truth)}))"
            )
        for name, expression in self.rules.rules.items():
            yield from self._rules(name, expression, f'(bind ?*fired* (create$ ?*fired* "{name}"))')

    def _rules(self, name: str, expression: Expression, conclusion: str) -> Iterator[str]:
        for number, way in enumerate(ways(expression)):
            yield f"(defrule {name}-{number} {self._patterns(way)} => {conclusion})"

    def _patterns(self, way: Way) -> str:
        slots: dict[str, list[str]] = {}
        patterns: list[str] = []
        for leaf in way:
            if leaf.fact in self.findings:
                patterns.append(f"({self.findings[leaf.fact]} {_written(wanted(leaf))})")
            else:
                slot = self.rules.facts[leaf.fact]
                slots.setdefault(slot, [f"?{slot}"]).append(_constraint(leaf, f"?{slot}"))
        record = " ".join(f"({slot} {'&'.join(found)})" for slot, found in slots.items())
        return " ".join([f"(record {record})", *patterns])

    def given(self, facts: Facts) -> dict[str, Any]:
        """Return the slots to fill; every number is a float, as to CLIPS 60 and 60.0 are not the same."""
        known = self.rules.given(facts)
        return {
            name: value if isinstance(value, bool | str) else float(value) for name, value in known.items()
        }

    def evaluate(self, given: dict[str, Any]) -> tuple[str, ...]:
        """Return the rules that fire, some of them more than once."""
        self.environment.reset()
        self.record.assert_fact(**given)
        self.environment.run()
        return self.fired.value  # type: ignore[no-any-return]


def _constraint(leaf: Comparison, variable: str) -> str:
    """Write a comparison so that an unknown fact never passes."""
    match leaf.operator, leaf.operand:
        case "known", known:
            return "~nil" if known else "nil"
        case "one_of", tuple(codes):
            return "|".join(map(_written, codes))
        case (("is" | "is_not"), bool()):
            return _written(wanted(leaf))
        case "is", operand:
            return _written(operand)
        case "is_not", operand:
            return f"~nil&~{_written(operand)}"
        case operator, operand:
            return f"~nil&:({_ORDER[operator]} {variable} {_written(operand)})"


def _written(value: Scalar | tuple[str, ...] | None) -> str:
    assert value is not None
    assert not isinstance(value, tuple)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return f'"{value}"' if isinstance(value, str) else repr(float(value))
