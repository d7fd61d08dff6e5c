"""The rules as json-rules-engine reads them: JSON, with the truths of findings as its named conditions."""

from __future__ import annotations

from typing import Any

from cds_engine.inference.rete import negation_normal_form
from cds_engine.language.expressions import All, Comparison, Expression
from cds_engine.language.expressions import Any as AnyOf

from tests.benchmarks.peers.portable import Rules, value_of, wanted

_OPERATORS = {
    "is": "equal",
    "is_not": "notEqual",
    "less_than": "lessThan",
    "at_most": "lessThanInclusive",
    "more_than": "greaterThan",
    "at_least": "greaterThanInclusive",
}


def json_rules(rules: Rules) -> dict[str, Any]:
    """Return the named conditions and the rules."""
    writer = _Writer(rules)
    return {
        "conditions": {
            writer.name(finding, truth): writer.whole(expression)
            for (finding, truth), expression in rules.asserted().items()
        },
        "rules": [
            {"conditions": writer.whole(negation_normal_form(expression)), "event": {"type": name}}
            for name, expression in rules.rules.items()
        ],
    }


class _Writer:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def name(self, finding: str, truth: bool) -> str:
        return f"{finding} is {str(truth).lower()}"

    def whole(self, expression: Expression) -> dict[str, Any]:
        """Return a condition as the engine wants it at the top, where no comparison may stand alone."""
        written = self.written(expression)
        return written if written.keys() & {"all", "any"} else {"all": [written]}

    def written(self, expression: Expression) -> dict[str, Any]:
        match expression:
            case Comparison():
                return self._leaf(expression)
            case All(children):
                return {"all": list(map(self.written, children))}
            case AnyOf(children):
                return {"any": list(map(self.written, children))}
        raise AssertionError("negation normal form has no 'not'")

    def _leaf(self, leaf: Comparison) -> dict[str, Any]:
        if leaf.fact in self.rules.findings:
            return {"condition": self.name(leaf.fact, wanted(leaf))}
        fact = {"fact": self.rules.facts[leaf.fact]}
        match leaf.operator, leaf.operand:
            case "known", known:
                return {**fact, "operator": "known", "value": known}
            case "one_of", tuple(codes):
                return {**fact, "operator": "in", "value": list(codes)}
            case (("is" | "is_not"), bool()):
                return {**fact, "operator": "equal", "value": wanted(leaf)}
            case operator, operand:
                assert operand is not None
                assert not isinstance(operand, tuple)
                written = {**fact, "operator": _OPERATORS[operator], "value": value_of(operand)}
                # To this engine a fact that is unknown differs from every value.
                guard = {**fact, "operator": "known", "value": True}
                return {"all": [guard, written]} if operator == "is_not" else written
