"""Mistakes that a formula may contain: another operator or constant, swapped operands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from cds_engine.language.formulas import (
    Binary,
    BinaryOperator,
    Call,
    Choice,
    Compare,
    CompareOperator,
    Formula,
    Input,
    Negative,
    Number,
    Parameter,
)
from cds_engine.quantities.numbers import plain

_OPERATORS: Mapping[BinaryOperator, BinaryOperator] = {"+": "-", "-": "+", "*": "/", "/": "*", "**": "*"}
_COMPARISONS: Mapping[CompareOperator, CompareOperator] = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_NEGATIVE = 3


@dataclass(frozen=True, slots=True)
class FormulaEdit:
    """A mistake: the operator of the mutation, the part before and after, and the whole formula."""

    operator: str
    before: Formula
    after: Formula
    changed: Formula


def formula_edits(formula: Formula) -> Iterator[FormulaEdit]:
    """Yield every edit of a formula and of its parts."""
    for operator, other in _own_edits(formula):
        yield FormulaEdit(operator, formula, other, other)
    match formula:
        case Negative(value):
            for edit in formula_edits(value):
                yield replace(edit, changed=Negative(edit.changed))
        case Binary(_, left, right) | Compare(_, left, right):
            for edit in formula_edits(left):
                yield replace(edit, changed=replace(formula, left=edit.changed))
            for edit in formula_edits(right):
                yield replace(edit, changed=replace(formula, right=edit.changed))
        case Call(function, arguments):
            for index, argument in enumerate(arguments):
                for edit in formula_edits(argument):
                    rest = (*arguments[:index], edit.changed, *arguments[index + 1 :])
                    yield replace(edit, changed=Call(function, rest))
        case Choice(fact, values):
            for index, (code, value) in enumerate(values):
                for edit in formula_edits(value):
                    choices = (*values[:index], (code, edit.changed), *values[index + 1 :])
                    yield replace(edit, changed=Choice(fact, choices))


def _own_edits(formula: Formula) -> Iterator[tuple[str, Formula]]:
    match formula:
        case Number(value):
            step = Decimal(1).scaleb(value.as_tuple().exponent)  # type: ignore[arg-type]
            for changed in (value - step, value + step):
                yield "constant changed", Number(changed)
        case Negative(value):
            yield "sign dropped", value
        case Binary(operator, left, right):
            yield "operator changed", Binary(_OPERATORS[operator], left, right)
            if operator in ("-", "/", "**"):
                yield "operands swapped", Binary(operator, right, left)
        case Compare(operator, left, right):
            yield "operator changed", Compare(_COMPARISONS[operator], left, right)
            yield "operands swapped", Compare(operator, right, left)
        case Call("min" | "max" as function, arguments):
            yield "operator changed", Call("max" if function == "min" else "min", arguments)


def formula_text(formula: Formula, within: int = 0) -> str:
    """Return a formula as text, in parentheses if it binds less than what it is ``within``."""
    match formula:
        case Number(value):
            return plain(value)
        case Input(fact):
            return fact
        case Parameter(name):
            return f"${name}"
        case Negative(value):
            return _bracketed(f"-{formula_text(value, _NEGATIVE)}", _NEGATIVE, within)
        case Binary(operator, left, right):
            strength = _STRENGTH[operator]
            first, last = strength + (operator == "**"), strength + (operator in ("-", "/"))
            text = f"{formula_text(left, first)} {operator} {formula_text(right, last)}"
            return _bracketed(text, strength, within)
        case Compare(operator, left, right):
            return _bracketed(f"{formula_text(left, 1)} {operator} {formula_text(right, 1)}", 0, within)
        case Call(function, arguments):
            return f"{function}({', '.join(formula_text(argument) for argument in arguments)})"
        case Choice(fact, values):
            choices = ", ".join(f"{code}: {formula_text(value)}" for code, value in values)
            return f"{{case: {fact}, {choices}}}"


def _bracketed(text: str, strength: int, within: int) -> str:
    return f"({text})" if strength < within else text
