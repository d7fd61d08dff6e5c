"""The rules as a library of ELM, the form in which CQL is executed: an expression for each rule and finding.

Facts are parameters, null where unknown. Conditions stand as they are, ``not`` included, because CQL's own
logic is three-valued; a rule that is not evaluable comes to null.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from typing import Any

from cds_engine.language.expressions import All, Comparison, Expression, Not, Scalar
from cds_engine.quantities.numbers import plain

from tests.benchmarks.peers.portable import Rules, wanted

Elm = dict[str, Any]
TYPES = "urn:hl7-org:elm-types:r1"
_ORDER = {"less_than": "Less", "at_most": "LessOrEqual", "more_than": "Greater", "at_least": "GreaterOrEqual"}


def library(rules: Rules) -> Elm:
    """Return the library; the names of its expressions are those of the rules and findings."""
    expressions = {**rules.findings, **rules.rules}
    return {
        "library": {
            "identifier": {"id": "Rules", "version": "1"},
            "schemaIdentifier": {"id": "urn:hl7-org:elm", "version": "r1"},
            "usings": {"def": [{"localIdentifier": "System", "uri": TYPES}]},
            "parameters": {
                "def": [
                    {"name": name, "accessLevel": "Public", "parameterTypeSpecifier": _type("Any")}
                    for name in rules.facts.values()
                ]
            },
            "statements": {
                "def": [
                    {
                        "name": name,
                        "context": "Patient",
                        "accessLevel": "Public" if name in rules.rules else "Private",
                        "expression": _expression(expression, rules),
                    }
                    for name, expression in expressions.items()
                ]
            },
        }
    }


def _type(name: str) -> Elm:
    return {"type": "NamedTypeSpecifier", "name": f"{{{TYPES}}}{name}"}


def _expression(expression: Expression, rules: Rules) -> Elm:
    match expression:
        case Comparison():
            return _leaf(expression, rules)
        case Not(child):
            return _not(_expression(child, rules))
        case All(()):
            return _literal(True)
        case All(children):
            return _junction("And", [_expression(child, rules) for child in children])
        case _:
            return _junction("Or", [_expression(child, rules) for child in expression.children])


def _junction(kind: str, parts: list[Elm]) -> Elm:
    """Join any number of expressions; in ELM, two at a time."""
    return reduce(lambda left, right: {"type": kind, "operand": [left, right]}, parts)


def _leaf(leaf: Comparison, rules: Rules) -> Elm:
    if leaf.fact in rules.findings:
        fact: Elm = {"type": "ExpressionRef", "name": leaf.fact}
    else:
        fact = {"type": "ParameterRef", "name": rules.facts[leaf.fact]}
    match leaf.operator, leaf.operand:
        case "known", known:
            unknown = {"type": "IsNull", "operand": fact}
            return _not(unknown) if known else unknown
        case "one_of", tuple(codes):
            return _junction("Or", [_equal(fact, code) for code in codes])
        case (("is" | "is_not"), bool()):
            return fact if wanted(leaf) else _not(fact)
        case ("is" | "is_not") as operator, operand:
            assert isinstance(operand, str | Decimal)
            return _equal(fact, operand) if operator == "is" else _not(_equal(fact, operand))
        case operator, operand:
            assert isinstance(operand, Decimal)
            return {"type": _ORDER[operator], "operand": [fact, _literal(operand)]}


def _not(operand: Elm) -> Elm:
    return {"type": "Not", "operand": operand}


def _equal(fact: Elm, value: Scalar) -> Elm:
    return {"type": "Equal", "operand": [fact, _literal(value)]}


def _literal(value: Scalar) -> Elm:
    kind, text = "String", str(value)
    if isinstance(value, bool):
        kind, text = "Boolean", str(value).lower()
    elif isinstance(value, Decimal):
        kind, text = "Decimal", plain(value)
    return {"type": "Literal", "valueType": f"{{{TYPES}}}{kind}", "value": text}
