"""The condition tree: the one form of a rule's logic, read by every reader.

Three branches (``All``, ``Any``, ``Not``) and one leaf (``Comparison``). ``always`` is an empty ``All``.
The tree is a value: it knows no file, no record and no reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, TypeAlias

Scalar: TypeAlias = Decimal | bool | str
Operator: TypeAlias = Literal[
    "is", "is_not", "one_of", "less_than", "at_most", "more_than", "at_least", "known"
]
ORDERED: frozenset[str] = frozenset({"less_than", "at_most", "more_than", "at_least"})
COMPLEMENT: Mapping[str, Operator] = {
    "less_than": "at_least",
    "at_least": "less_than",
    "more_than": "at_most",
    "at_most": "more_than",
    "is": "is_not",
    "is_not": "is",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact held against one operand.

    ``operand`` is a Decimal in the fact's unit for the ordered operators and for ``is`` on a number, a bool
    for ``is`` on a boolean and for ``known``, a code for ``is`` on a code, a tuple of codes for ``one_of``.
    It is None while it still stands for ``parameter``, whose value depends on the date.
    ``pointer`` is where the leaf stands in its document; it takes no part in equality.
    """

    fact: str
    operator: Operator
    operand: Scalar | tuple[str, ...] | None
    parameter: str | None = None
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """True when every child is; ``All(())`` is always true."""

    children: tuple[Expression, ...]
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Any:
    """True when at least one child is; ``Any(())`` is never true."""

    children: tuple[Expression, ...]
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True when its child is false; unknown when its child is unknown."""

    child: Expression
    pointer: str = field(default="", compare=False)


Expression: TypeAlias = All | Any | Not | Comparison
ALWAYS = All(())


def leaves(expression: Expression) -> Iterator[Comparison]:
    """Yield the comparisons of ``condition`` from left to right."""
    match expression:
        case Comparison():
            yield expression
        case Not(child):
            yield from leaves(child)
        case All(children) | Any(children):
            for child in children:
                yield from leaves(child)


def resolve(expression: Expression, parameters: Mapping[str, Scalar]) -> Expression:
    """Return ``condition`` with each parameter replaced by its value; the parameter's name is kept."""
    match expression:
        case Comparison(parameter=None):
            return expression
        case Comparison(parameter=name):
            assert name is not None
            return replace(expression, operand=parameters[name])
        case Not(child):
            return replace(expression, child=resolve(child, parameters))
        case All(children) | Any(children):
            return replace(expression, children=tuple(resolve(child, parameters) for child in children))
