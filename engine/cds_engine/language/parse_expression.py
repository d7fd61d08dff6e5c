"""Parsing an expression as written in YAML; every error is reported with its place.

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
from cds_engine.language.expressions import ALWAYS, ORDERED, All, Any, Comparison, Expression, Not, Operand
from cds_engine.language.formulas import NAME, FormulaError, parse_formula

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
    """Return the expression that ``raw`` at the pointer ``at`` writes; errors go to ``report``.

    An invalid part is read as ``always`` so that the rest is still checked. Do not use the expression if an
    error was reported.
    """
    return _Parser(report, filters=False).read(raw, at)


def parse_filter(raw: AnyValue, at: str, report: ReportError) -> Expression:
    """Return the filter of a query: an expression over attributes, whose operands may be formulas."""
    return _Parser(report, filters=True).read(raw, at)


class _Parser:
    def __init__(self, report: ReportError, *, filters: bool) -> None:
        self.report = report
        self.filters = filters

    def read(self, raw: AnyValue, at: str) -> Expression:
        if raw == "always":
            return ALWAYS
        if not isinstance(raw, dict) or len(raw) != 1:
            what = "attribute" if self.filters else "fact"
            self.report(at, f"expected 'always', or one of all, any, not, or one {what} with one test")
            return ALWAYS
        key, body = next(iter(raw.items()))
        here = at + pointer(key)
        match key:
            case "all" | "any":
                if not isinstance(body, list) or not body:
                    self.report(here, f"'{key}' needs a list with at least one expression")
                    return ALWAYS
                children = tuple(self.read(child, here + pointer(index)) for index, child in enumerate(body))
                return All(children, here) if key == "all" else Any(children, here)
            case "not":
                return Not(self.read(body, here), here)
            case _:
                return self.test(str(key), body, here)

    def test(self, fact: str, raw: AnyValue, at: str) -> Expression:
        if not isinstance(raw, dict) or len(raw) != 1:
            self.report(at, f"'{fact}' needs one test: {', '.join(TESTS)}")
            return ALWAYS
        test, operand = next(iter(raw.items()))
        here = at + pointer(test)
        if test == "between":
            if not isinstance(operand, list) or len(operand) != 2:
                self.report(here, "'between' needs two numbers: [low, high], both ends included")
                return ALWAYS
            low, high = operand
            ends = (
                self.compare(fact, "at_least", low, here + "/0"),
                self.compare(fact, "at_most", high, here + "/1"),
            )
            return All(ends, here)
        if test not in TESTS:
            hint = nearest(str(test), TESTS)
            self.report(here, f"unknown test '{test}'{hint}; expected one of {', '.join(TESTS)}")
            return ALWAYS
        return self.compare(fact, test, operand, here)

    def compare(self, fact: str, test: AnyValue, raw: AnyValue, at: str) -> Comparison:
        operand, parameter, error = self.operand(test, raw)
        if error is not None:
            self.report(at, error)
            operand, parameter = None, None
        return Comparison(fact, test, operand, parameter, at)

    def operand(self, test: str, raw: AnyValue) -> tuple[Operand, str | None, str | None]:
        """Return the value, the parameter and the error of what a test compares with."""
        match raw:
            case str() if raw.startswith("$") and NAME.fullmatch(raw):
                return None, raw[1:], "'known' needs true or false" if test == "known" else None
            case str() if test in ORDERED and self.filters:
                try:
                    return parse_formula(raw), None, None
                except FormulaError as error:
                    return None, None, str(error)
            case Decimal() if self.filters and test not in ("one_of", "known"):
                return raw, None, None
            case Decimal():
                return None, None, f"found the number {raw}; define it in parameters.yaml and write $name"
            case bool() | str() if test in ORDERED:
                return None, None, f"'{test}' needs a $parameter"
            case bool() | str():
                operand: Operand = raw
            case list() if raw and all(isinstance(code, str) for code in raw):
                operand = tuple(raw)
            case _:
                return None, None, "expected true, false, a code, a list of codes or a $parameter"
        if test == "known" and not isinstance(operand, bool):
            return None, None, "'known' needs true or false"
        if (test == "one_of") != isinstance(operand, tuple):
            return None, None, "expected a list of codes for 'one_of', and only there"
        return operand, None, None
