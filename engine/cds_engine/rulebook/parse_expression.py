"""Reading a condition as written in YAML into the condition tree, with every fault named.

```yaml
all:
  - drug.active: {is: true}
  - any:
      - sodium.latest: {less_than: $sodium.low_below}
      - not: {symptom.cough: {is: false}}
```
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any as AnyValue

from cds_engine.errors import nearest, pointer
from cds_engine.rulebook.expressions import ALWAYS, ORDERED, All, Any, Comparison, Expression, Not, Scalar

TESTS = ("is", "is_not", "one_of", "less_than", "at_most", "more_than", "at_least", "between", "known")

_TEST_SCHEMA: dict[str, AnyValue] = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "properties": {
        "is": {"type": ["boolean", "string"], "description": "true, false, a code or a $parameter"},
        "is_not": {"type": ["boolean", "string"]},
        "one_of": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "less_than": {"type": "string", "pattern": r"^\$"},
        "at_most": {"type": "string", "pattern": r"^\$"},
        "more_than": {"type": "string", "pattern": r"^\$"},
        "at_least": {"type": "string", "pattern": r"^\$"},
        "between": {
            "type": "array",
            "items": {"type": "string", "pattern": r"^\$"},
            "minItems": 2,
            "maxItems": 2,
            "description": "both ends included",
        },
        "known": {"type": "boolean"},
    },
}
CONDITION_SCHEMA: dict[str, AnyValue] = {
    "title": "Condition",
    "oneOf": [
        {"const": "always"},
        {"type": "object", "required": ["all"], "properties": {"all": {"type": "array"}}},
        {"type": "object", "required": ["any"], "properties": {"any": {"type": "array"}}},
        {"type": "object", "required": ["not"], "properties": {"not": {}}},
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "not": {"anyOf": [{"required": [key]} for key in ("all", "any", "not")]},
            "additionalProperties": _TEST_SCHEMA,
        },
    ],
}

Report = Callable[[str, str], None]
"""Called with a JSON pointer and a message for each fault."""


def read_condition(raw: AnyValue, at: str, report: Report) -> Expression:
    """Return the tree for ``raw``, which stands at pointer ``at``; faults go to ``report``.

    A faulty part is read as ``always`` so that the rest is still checked; whoever calls must not use the
    tree once a fault was reported.
    """
    if raw == "always":
        return ALWAYS
    if not isinstance(raw, dict) or len(raw) != 1:
        report(at, "expected 'always', or one of all, any, not, or one fact with one test")
        return ALWAYS
    key, body = next(iter(raw.items()))
    here = at + pointer(key)
    match key:
        case "all" | "any":
            if not isinstance(body, list) or not body:
                report(here, f"'{key}' needs a list of at least one condition")
                return ALWAYS
            children = tuple(
                read_condition(child, here + pointer(index), report) for index, child in enumerate(body)
            )
            return All(children, here) if key == "all" else Any(children, here)
        case "not":
            return Not(read_condition(body, here, report), here)
        case _:
            return _read_test(str(key), body, here, report)


def _read_test(fact: str, raw: AnyValue, at: str, report: Report) -> Expression:
    if not isinstance(raw, dict) or len(raw) != 1:
        report(at, f"'{fact}' needs one test: {', '.join(TESTS)}")
        return ALWAYS
    test, operand = next(iter(raw.items()))
    here = at + pointer(test)
    if test == "between":
        if not isinstance(operand, list) or len(operand) != 2:
            report(here, "'between' needs two parameters: [$low, $high], both ends included")
            return ALWAYS
        low, high = operand
        return All(
            (
                _compare(fact, "at_least", low, here + "/0", report),
                _compare(fact, "at_most", high, here + "/1", report),
            ),
            here,
        )
    if test not in TESTS:
        report(here, f"unknown test '{test}'{nearest(str(test), TESTS)}; expected one of {', '.join(TESTS)}")
        return ALWAYS
    return _compare(fact, test, operand, here, report)


def _compare(fact: str, test: AnyValue, raw: AnyValue, at: str, report: Report) -> Comparison:
    operand: Scalar | tuple[str, ...] | None = None
    parameter: str | None = None
    match raw:
        case str() if raw.startswith("$"):
            parameter = raw[1:]
        case bool():
            operand = raw
        case Decimal():
            report(at, f"bare number {raw}: numbers come from parameters.yaml, written as $name")
            return Comparison(fact, test, None, None, at)
        case str():
            operand = raw
        case list() if raw and all(isinstance(code, str) for code in raw):
            operand = tuple(raw)
        case _:
            report(at, "expected true, false, a code, a list of codes or a $parameter")
            return Comparison(fact, test, None, None, at)
    if test in ORDERED and parameter is None:
        fault = f"'{test}' needs a $parameter"
    elif test == "known" and not isinstance(operand, bool):
        fault = "'known' needs true or false"
    elif (test == "one_of") != isinstance(operand, tuple):
        fault = "a list of codes goes with 'one_of', and only with it"
    else:
        return Comparison(fact, test, operand, parameter, at)
    report(at, fault)
    return Comparison(fact, test, None, None, at)
