"""Formulas of computed facts: linear ones exactly, all others as free numbers.

A number whose formula is not linear is free within the domain of its fact, but the same for the same inputs.
It may be unknown although its inputs are known, as after a division by zero. Its real value is known where
all inputs but one are round numbers, because it is linear then: examples are sought among these first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import product

import z3

from cds_engine.audit.proof.logic import NO, Formula, choose, every, implies, no, some
from cds_engine.audit.proof.parts import Parts
from cds_engine.audit.proof.variables import (
    UNKNOWN,
    Variable,
    added,
    alternative,
    compared,
    compared_with_number,
    number,
    on_common_step,
)
from cds_engine.facts.formulas import compile_formula
from cds_engine.language.expressions import Scalar
from cds_engine.language.formulas import (
    Binary,
    Call,
    Choice,
    Compare,
    Input,
    Negative,
    Number,
    facts_in,
    is_linear,
    nodes,
    scaled,
    transform,
)
from cds_engine.language.formulas import Formula as Arithmetic
from cds_engine.quantities.numbers import canonical
from cds_engine.rulebook.model import Fact

HALVES = 2
"""The fineness at which a value between two multiples of the resolution is half-way between them."""
_HAS_VALUE = 1
"""The rank of the wish that a number has a value."""
_MOST_RELATIONS = 100

Read = Callable[[str], Variable]


def linear_value(formula: Arithmetic, read: Read) -> Variable:
    """Return the value of a linear formula, whose parameters are resolved; ``read`` provides the facts."""
    if not facts_in(formula):
        return _constant(formula)
    match formula:
        case Input(fact, _, factor):
            return read(fact).as_number().times(factor)
        case Choice(fact, values):
            return _choice(read(fact), values)
        case Negative(value):
            return linear_value(value, read).times(Fraction(-1))
        case Binary("+", left, right):
            return added([linear_value(left, read), linear_value(right, read)])
        case Binary("-", left, right):
            return added([linear_value(left, read), linear_value(right, read).times(Fraction(-1))])
        case Binary("*", left, right):
            constant, other = (right, left) if facts_in(left) else (left, right)
            return _scaled(linear_value(other, read), _constant_value(constant))
        case Binary("/", left, right):
            divisor = _constant_value(right)
            return _scaled(linear_value(left, read), 1 / divisor if divisor else None)
        case Compare(operator, left, right):
            sides = [linear_value(left, read), linear_value(right, read)]
            return Variable(every(*(side.known for side in sides)), compared(operator, *sides)).as_number()
        case Call("min" | "max" as function, arguments):
            return _extreme([linear_value(argument, read) for argument in arguments], function)
    raise AssertionError(f"not linear: {formula!r}")


def _constant_value(formula: Arithmetic) -> Fraction | None:
    value = compile_formula(formula)({})
    return None if value is None else Fraction(value)


def _constant(formula: Arithmetic) -> Variable:
    value = _constant_value(formula)
    return UNKNOWN if value is None else number(value)


def _scaled(variable: Variable, factor: Fraction | None) -> Variable:
    return UNKNOWN if factor is None else variable.times(factor)


def _choice(fact: Variable, values: tuple[tuple[str, Arithmetic], ...]) -> Variable:
    result = UNKNOWN
    for code, value in values:
        if code in fact.codes:
            chosen = every(fact.known, fact.value == fact.codes[code])
            result = alternative(chosen, _constant(value), result)
    return result


def _extreme(variables: list[Variable], function: str) -> Variable:
    values, step = on_common_step(variables)
    found = values[0]
    for value in values[1:]:
        found = choose(value < found if function == "min" else value > found, value, found)
    return Variable(every(*(variable.known for variable in variables)), found, step)


class FreeNumbers:
    """The values of formulas that are not linear, as functions of their inputs that may be anything."""

    def __init__(
        self,
        parts: Parts,
        facts: Mapping[str, Fact],
        fineness: int,
        likely: Mapping[str, Scalar] | None = None,
    ) -> None:
        self._parts = parts
        self._facts = facts
        self._fineness = fineness
        self._likely = likely or {}
        """Values of facts for which real values are sought before round ones."""
        self._functions: dict[tuple[Arithmetic, tuple[Fraction, ...]], tuple[Formula, Formula]] = {}
        self._made = 0
        self.real_values: list[Formula] = []
        """What holds if each number has its real value, and its inputs are round."""

    def value(self, formula: Arithmetic, read: Read, resolution: Decimal) -> Variable:
        """Return the value of a formula, in steps of ``resolution``; ``read`` provides the facts."""
        names, step = facts_in(formula), Fraction(resolution) / self._fineness
        inputs = [read(name) for name in names]
        arguments = [variable.value for variable in inputs]
        has_value, function = self._function(formula, arguments, (step, *(each.step for each in inputs)))
        self._made += 1
        value = self._parts.integer("computed", self._made)
        self._parts.require(value == function(*arguments))
        stated = every(*(variable.known for variable in inputs))
        found = has_value(*arguments)
        result = Variable(every(stated, found), value, step)
        self._parts.wish(found, _HAS_VALUE)
        relations = [
            relation for free in (*names, None) for relation in self._relations(formula, read, result, free)
        ]
        if relations:
            self.real_values.append(implies(stated, every(found, some(*relations))))
        return result

    def _function(
        self, formula: Arithmetic, arguments: list[Formula], steps: tuple[Fraction, ...]
    ) -> tuple[Formula, Formula]:
        """Return whether a formula has a value, and the value, as functions of its inputs.

        The functions are the same for the same formula, if its numbers count the same steps.
        """
        key = (formula, steps)
        if key not in self._functions:
            name, sorts = f"formula {len(self._functions)}", [argument.sort() for argument in arguments]
            has_value = z3.Function(f"{name} has a value", *sorts, z3.BoolSort())
            self._functions[key] = has_value, z3.Function(name, *sorts, z3.IntSort())
        return self._functions[key]

    def _relations(
        self, formula: Arithmetic, read: Read, result: Variable, free: str | None
    ) -> Iterator[Formula]:
        """Yield the value of a formula for round inputs, if it is linear in the input that is ``free``."""
        fixed = [name for name in facts_in(formula) if name != free]
        most = round(_MOST_RELATIONS ** (1 / max(1, len(fixed))))
        for constants in product(*(self._fixed_values(name, formula, most) for name in fixed)):
            given = dict(zip(fixed, constants, strict=True))
            simpler = fold(_with(formula, given), canonical)
            if not is_linear(simpler):
                return
            value = linear_value(simpler, read)
            if value.known is not NO:
                same = [_equals(read(name), constant) for name, constant in given.items()]
                yield every(*same, value.known, self._same(result, value))

    def _same(self, free: Variable, real: Variable) -> Formula:
        """Return whether two numbers are equal, or between the same two multiples of the resolution."""
        (left, right), step = on_common_step([free, real])
        half = int(free.step / step)
        if self._fineness != HALVES or half == 1:
            return left == right
        near = every(free.value % HALVES == 1, left - right < half, right - left < half)
        return some(left == right, near)

    def _fixed_values(self, name: str, formula: Arithmetic, most: int) -> list[Scalar]:
        """Return values of a fact: the likely one, and ``most`` round ones."""
        round_values = _middle(self._candidates(name, formula), most)
        likely = self._likely.get(name)
        return round_values if likely is None else [likely, *round_values]

    def _candidates(self, name: str, formula: Arithmetic) -> list[Scalar]:
        """Return round values of a fact."""
        fact = self._facts[name]
        if fact.kind == "boolean":
            return [False, True]
        if fact.kind == "code":
            choices = [
                dict(part.values) for part in nodes(formula) if isinstance(part, Choice) and part.fact == name
            ]
            return [code for code in choices[0] if all(code in choice for choice in choices)]
        powers = range(fact.resolution.adjusted(), fact.maximum.adjusted() + 1)
        round_numbers = [Decimal(digit).scaleb(power) for power in powers for digit in (1, 2, 5)]
        return [value for value in round_numbers if fact.minimum <= value <= fact.maximum]


def fold(formula: Arithmetic, stored: Callable[[Decimal], Decimal] = Decimal) -> Arithmetic:
    """Return a formula with every part that reads no fact as one number, which ``stored`` may round."""

    def folded(part: Arithmetic) -> Arithmetic:
        if isinstance(part, Number) or facts_in(part):
            return part
        value = compile_formula(part)({})
        return part if value is None else Number(stored(value))

    return transform(formula, folded)


def _with(formula: Arithmetic, constants: Mapping[str, Scalar]) -> Arithmetic:
    """Return a formula with some of its inputs replaced by constants."""

    def replaced(part: Arithmetic) -> Arithmetic:
        match part:
            case Input(fact, _, factor) if fact in constants:
                value = constants[fact]
                return Number(scaled(Decimal(value), factor))
            case Choice(fact, values) if fact in constants:
                return dict(values)[str(constants[fact])]
        return part

    return transform(formula, replaced)


def _middle(values: list[Scalar], most: int) -> list[Scalar]:
    """Return at most ``most`` values from the middle of a list."""
    skipped = max(0, len(values) - most) // 2
    return values[skipped : skipped + most]


def _equals(variable: Variable, constant: Scalar) -> Formula:
    if isinstance(constant, bool):
        return variable.value if constant else no(variable.value)
    if isinstance(constant, Decimal):
        return compared_with_number("is", variable, Fraction(constant))
    return variable.value == variable.codes[constant]
