"""The value of a formula for known facts, in exact decimals; None if an input is unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_05UP, ROUND_HALF_EVEN, Context, Decimal, DecimalException
from fractions import Fraction
from functools import lru_cache

from cds_engine.language.expressions import Scalar
from cds_engine.language.formulas import (
    Binary,
    Call,
    Choice,
    Compare,
    Formula,
    Input,
    Negative,
    Number,
    Parameter,
    scaled,
)
from cds_engine.quantities.numbers import WORKING, canonical

Known = Mapping[str, Scalar]
Evaluate = Callable[[Known], Decimal | None]

FINENESS = Decimal("1e-6")
"""A computed fact is rounded to its resolution times this, in every reader alike.

This is fine enough for any threshold, which is a multiple of the resolution, and coarse enough for tables,
which compute with doubles.
"""
_COMPUTED = Context(prec=13, rounding=ROUND_HALF_EVEN)
"""Facts have 15 digits, so what is computed from them may be off in the last ones."""
# A power with 60 digits takes longer than all the rest of a formula, and few different ones occur.
_power = lru_cache(maxsize=4096)(WORKING.power)
_ARITHMETIC: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": WORKING.add,
    "-": WORKING.subtract,
    "*": WORKING.multiply,
    "/": WORKING.divide,
    "**": _power,
}
_COMPARISON: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "<": Decimal.__lt__,
    "<=": Decimal.__le__,
    ">": Decimal.__gt__,
    ">=": Decimal.__ge__,
}


def settled(value: Decimal) -> Decimal:
    """Return a computed value without what errors of computing add to it."""
    return _COMPUTED.plus(value)


def rounding(resolution: Decimal) -> Callable[[Decimal], Decimal]:
    """Return a function that rounds to ``resolution`` times :data:`FINENESS`, but never onto a threshold.

    What is left over is cut off or, where the last digit would be 0 or 5, rounded up.
    """
    step = (resolution * FINENESS).normalize()
    return lambda value: canonical(settled(value).quantize(step, ROUND_05UP, WORKING))


def compile_formula(formula: Formula) -> Evaluate:
    """Return a function from the known facts to the value of ``formula``, whose parameters are resolved.

    The value is None where an input is unknown, and where the formula has none (a division by zero, the root
    of a negative number, a result out of range).
    """
    evaluate = _compile(formula)

    def value(known: Known) -> Decimal | None:
        try:
            found = evaluate(known)
        except (DecimalException, ZeroDivisionError):
            return None
        return found if found is not None and found.is_finite() else None

    return value


def _compile(formula: Formula) -> Evaluate:
    match formula:
        case Number(value):
            return _constant(value)
        case Input(fact, _, factor):
            return _input(fact, factor)
        case Choice(fact, values):
            return _choice(fact, {code: _compile(value) for code, value in values})
        case Negative(value):
            return _apply(WORKING.minus, [_compile(value)])
        case Binary(operator, left, right):
            return _apply(_ARITHMETIC[operator], [_compile(left), _compile(right)])
        case Compare(operator, left, right):
            test = _COMPARISON[operator]
            return _apply(lambda one, other: Decimal(test(one, other)), [_compile(left), _compile(right)])
        case Call("root", arguments):
            return _apply(_root, [_compile(argument) for argument in arguments])
        case Call("min", arguments):
            return _apply(min, [_compile(argument) for argument in arguments])
        case Call("max", arguments):
            return _apply(max, [_compile(argument) for argument in arguments])
        case Parameter(name):
            raise AssertionError(f"the parameter {name} without its value")
    raise AssertionError(f"no formula: {formula!r}")


def _choice(fact: str, chosen: Mapping[Scalar | None, Evaluate]) -> Evaluate:
    def read(known: Known) -> Decimal | None:
        found = chosen.get(known.get(fact))
        return None if found is None else found(known)

    return read


def _constant(value: Decimal) -> Evaluate:
    return lambda known: value


def _input(fact: str, factor: Fraction) -> Evaluate:
    def read(known: Known) -> Decimal | None:
        value = known.get(fact)
        if isinstance(value, bool):
            return Decimal(value)
        return value if isinstance(value, Decimal) else None

    def convert(known: Known) -> Decimal | None:
        value = read(known)
        return None if value is None else scaled(value, factor)

    return read if factor == 1 else convert


def _apply(function: Callable[..., Decimal], arguments: list[Evaluate]) -> Evaluate:
    if len(arguments) == 2:
        return _apply_to_two(function, *arguments)

    def read(known: Known) -> Decimal | None:
        values = []
        for argument in arguments:
            value = argument(known)
            if value is None:
                return None
            values.append(value)
        return function(*values)

    return read


def _apply_to_two(function: Callable[..., Decimal], left: Evaluate, right: Evaluate) -> Evaluate:
    def read(known: Known) -> Decimal | None:
        one = left(known)
        if one is None:
            return None
        other = right(known)
        return None if other is None else function(one, other)

    return read


def _root(value: Decimal, degree: Decimal) -> Decimal:
    return _power(value, WORKING.divide(Decimal(1), degree))
