"""Formulas over facts: infix text parsed into a small tree; nothing in it is ever executed as code.

    (before - now) / before * 100

Names stand for facts, ``$names`` for parameters. Operators are ``+ - * / **``, the comparisons ``< <= > >=``
(1 if true, 0 if false), ``min``, ``max`` and ``root(x, n)``. A true fact counts as 1, a false one as 0. If an
input is unknown, the result is unknown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal, TypeAlias

from cds_engine.quantities.numbers import WORKING

MAX_LENGTH = 1000
NAME = re.compile(r"\$?[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*")
_OPERATORS: Mapping[type[ast.operator], BinaryOperator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_COMPARISONS: Mapping[type[ast.cmpop], CompareOperator] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
FUNCTIONS = {"min": "at least two values", "max": "at least two values", "root": "a value and a degree"}

BinaryOperator: TypeAlias = Literal["+", "-", "*", "/", "**"]
CompareOperator: TypeAlias = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Input:
    """A fact, converted to ``unit`` by ``factor`` where the formula states a unit."""

    fact: str
    unit: str | None = None
    factor: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the rulebook, in its own unit."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A number chosen by the code that a fact has; unknown for a code without a number."""

    fact: str
    values: tuple[tuple[str, Formula], ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """``-value``."""

    value: Formula


@dataclass(frozen=True, slots=True)
class Binary:
    """Two values joined by an arithmetic operator."""

    operator: BinaryOperator
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Compare:
    """1 where the comparison is true, else 0."""

    operator: CompareOperator
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Call:
    """``min``, ``max`` or ``root`` of some values."""

    function: str
    arguments: tuple[Formula, ...]


Formula: TypeAlias = Number | Input | Parameter | Choice | Negative | Binary | Compare | Call
FORMULA_TYPES = (Number, Input, Parameter, Choice, Negative, Binary, Compare, Call)


INVALID = Number(Decimal("NaN"))
"""Stands for a formula that could not be read and was reported."""


class FormulaError(ValueError):
    """A formula that cannot be read; the message says what was expected and where."""


def parse_formula(text: str, named: Mapping[str, Formula] | None = None) -> Formula:
    """Return the formula that ``text`` writes.

    Args:
        text: the formula.
        named: what further names stand for; any other name is a fact's.

    Raises:
        FormulaError: if the text is not a formula.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"expected a formula of at most {MAX_LENGTH} characters, found {len(text)}")
    names: list[str] = []

    def placeholder(match: re.Match[str]) -> str:
        if match[0] in FUNCTIONS:
            return match[0]
        names.append(match[0])
        return f"_{len(names) - 1}_"

    code = NAME.sub(placeholder, text)
    try:
        tree = ast.parse(code.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(f"expected a formula, found '{text}'") from None
    return _Reader(names, named or {}).read(tree.body)


class _Reader:
    def __init__(self, names: list[str], named: Mapping[str, Formula]) -> None:
        self._names = names
        self._named = named

    def read(self, node: ast.expr) -> Formula:
        match node:
            case ast.Constant(value=bool()):
                raise FormulaError("expected a number, found true or false")
            case ast.Constant(value=int() | float()):
                return Number(_decimal(node))
            case ast.Name(id=placeholder):
                return self._name(placeholder)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(self.read(operand))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                return Binary(_OPERATORS[type(operator)], self.read(left), self.read(right))
            case ast.Compare(left=left, ops=[operator], comparators=[right]) if (
                type(operator) in _COMPARISONS
            ):
                return Compare(_COMPARISONS[type(operator)], self.read(left), self.read(right))
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]) if function in FUNCTIONS:
                return self._call(function, [self.read(argument) for argument in arguments])
        raise FormulaError(
            f"expected + - * / ** < <= > >=, {', '.join(FUNCTIONS)}, numbers and names; "
            f"found '{self._text(node)}'"
        )

    def _name(self, placeholder: str) -> Formula:
        match = re.fullmatch(r"_(\d+)_", placeholder)
        if match is None:
            raise FormulaError(f"expected a value, found the function '{placeholder}' without parentheses")
        name = self._names[int(match[1])]
        if name.startswith("$"):
            return Parameter(name[1:])
        return self._named.get(name, Input(name))

    def _call(self, function: str, arguments: list[Formula]) -> Formula:
        enough = len(arguments) == 2 if function == "root" else len(arguments) >= 2
        if not enough:
            raise FormulaError(f"'{function}' needs {FUNCTIONS[function]}, found {len(arguments)}")
        return Call(function, tuple(arguments))

    def _text(self, node: ast.expr) -> str:
        return re.sub(r"_(\d+)_", lambda match: self._names[int(match[1])], ast.unparse(node))


def _decimal(node: ast.Constant) -> Decimal:
    try:
        return Decimal(str(node.value))
    except InvalidOperation:
        raise FormulaError(f"expected a finite number, found {node.value!r}") from None


def nodes(formula: Formula) -> Iterator[Formula]:
    """Yield ``formula`` and everything in it."""
    yield formula
    for child in _children(formula):
        yield from nodes(child)


def _children(formula: Formula) -> tuple[Formula, ...]:
    match formula:
        case Negative(value):
            return (value,)
        case Binary(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Choice(_, values):
            return tuple(value for _, value in values)
    return ()


def facts_in(formula: Formula) -> list[str]:
    """Return the facts that a formula reads, in order, each once."""
    found = [node.fact for node in nodes(formula) if isinstance(node, Input | Choice)]
    return list(dict.fromkeys(found))


def parameters_in(formula: Formula) -> list[str]:
    """Return the parameters that a formula reads, in order, each once."""
    return list(dict.fromkeys(node.name for node in nodes(formula) if isinstance(node, Parameter)))


def is_linear(formula: Formula) -> bool:
    """Return whether a formula only adds its inputs and multiplies or divides them by constants."""
    match formula:
        case Number() | Input() | Parameter():
            return True
        case Choice(_, values):
            return all(isinstance(value, Number | Parameter) for _, value in values)
        case Negative(value):
            return is_linear(value)
        case Binary("+" | "-", left, right):
            return is_linear(left) and is_linear(right)
        case Binary("*", left, right):
            return is_linear(left) and is_linear(right) and (_is_constant(left) or _is_constant(right))
        case Binary("/", left, right):
            return is_linear(left) and _is_constant(right)
        case Compare(_, left, right):
            return is_linear(left) and is_linear(right)
        case Call("min" | "max", arguments):
            return all(map(is_linear, arguments))
    return False


def _is_constant(formula: Formula) -> bool:
    return not facts_in(formula)


def transform(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """Return ``formula`` with ``change`` applied to every part, innermost first."""
    match formula:
        case Negative(value):
            formula = Negative(transform(value, change))
        case Binary(_, left, right) | Compare(_, left, right):
            formula = replace(formula, left=transform(left, change), right=transform(right, change))
        case Call(function, arguments):
            formula = Call(function, tuple(transform(argument, change) for argument in arguments))
        case Choice(fact, values):
            formula = Choice(fact, tuple((code, transform(value, change)) for code, value in values))
    return change(formula)


def resolve_formula(formula: Formula, parameters: Mapping[str, Decimal]) -> Formula:
    """Return ``formula`` with each parameter replaced by its value."""

    def resolved(part: Formula) -> Formula:
        return Number(parameters[part.name]) if isinstance(part, Parameter) else part

    return transform(formula, resolved)


def scaled(value: Decimal, factor: Fraction) -> Decimal:
    """Return ``value`` times ``factor``, in the working precision."""
    if factor == 1:
        return value
    product = WORKING.multiply(value, Decimal(factor.numerator))
    return WORKING.divide(product, Decimal(factor.denominator))
