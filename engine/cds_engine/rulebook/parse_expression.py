"""Parsing of expressions as written in YAML, with every error reported.

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
EXPRESSION_SCHEMA: dict[str, AnyValue] = {
    "title": "Expression",
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

ReportError = Callable[[str, str], None]
"""Called with a JSON pointer and a message for each error."""


def parse_expression(raw: AnyValue, at: str, report: ReportError) -> Expression:
    """Return the expression that ``raw``, the YAML data at pointer ``at``, describes.

    Errors are passed to ``report``. An invalid part becomes ``always`` so that the rest can still be checked;
    the result must not be evaluated if there was an error.
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
                report(here, f"'{key}' needs a list with at least one expression")
                return ALWAYS
            children = tuple(
                parse_expression(child, here + pointer(index), report) for index, child in enumerate(body)
            )
            return All(children, here) if key == "all" else Any(children, here)
        case "not":
            return Not(parse_expression(body, here, report), here)
        case _:
            return _parse_test(str(key), body, here, report)


def _parse_test(fact: str, raw: AnyValue, at: str, report: ReportError) -> Expression:
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
                _parse_comparison(fact, "at_least", low, here + "/0", report),
                _parse_comparison(fact, "at_most", high, here + "/1", report),
            ),
            here,
        )
    if test not in TESTS:
        report(here, f"unknown test '{test}'{nearest(str(test), TESTS)}; expected one of {', '.join(TESTS)}")
        return ALWAYS
    return _parse_comparison(fact, test, operand, here, report)


def _parse_comparison(fact: str, test: AnyValue, raw: AnyValue, at: str, report: ReportError) -> Comparison:
    operand: Scalar | tuple[str, ...] | None = None
    parameter: str | None = None
    match raw:
        case str() if raw.startswith("$"):
            parameter = raw[1:]
        case bool():
            operand = raw
        case Decimal():
            report(at, f"found the number {raw}; define it in parameters.yaml and write $name")
            return Comparison(fact, test, None, None, at)
        case str():
            operand = raw
        case list() if raw and all(isinstance(code, str) for code in raw):
            operand = tuple(raw)
        case _:
            report(at, "expected true, false, a code, a list of codes or a $parameter")
            return Comparison(fact, test, None, None, at)
    if test in ORDERED and parameter is None:
        message = f"'{test}' needs a $parameter"
    elif test == "known" and not isinstance(operand, bool):
        message = "'known' needs true or false"
    elif (test == "one_of") != isinstance(operand, tuple):
        message = "expected a list of codes for 'one_of', and only there"
    else:
        return Comparison(fact, test, operand, parameter, at)
    report(at, message)
    return Comparison(fact, test, None, None, at)
