"""The condition tree: the one form of a rule's logic, read by every reader.

Three branches (``All``, ``Any``, ``Not``) and one leaf (``Comparison``). ``always`` is an empty ``All``.
The tree is a value: it knows no file, no record and no reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, TypeAlias

from cds_engine.language.formulas import FORMULA_TYPES, Formula, resolve_formula

Scalar: TypeAlias = Decimal | bool | str
Operand: TypeAlias = Scalar | tuple[str, ...] | Formula | None
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

    ``fact`` is the name of a fact or, in the filter of a query, of an entry's attribute. ``operand`` is a
    Decimal in the fact's unit for the ordered operators and for ``is`` on a number, a bool for ``is`` on a
    boolean and for ``known``, a code for ``is`` on a code, a tuple of codes for ``one_of``. In filters it may
    be a formula over facts.
    It is None while it still stands for ``parameter``, whose value depends on the date.
    ``pointer`` is where the leaf stands in its document; it takes no part in equality.
    """

    fact: str
    operator: Operator
    operand: Operand
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


def leaves(condition: Expression) -> Iterator[Comparison]:
    """Yield the comparisons of ``condition`` from left to right."""
    match condition:
        case Comparison():
            yield condition
        case Not(child):
            yield from leaves(child)
        case All(children) | Any(children):
            for child in children:
                yield from leaves(child)


def resolve(condition: Expression, parameters: Mapping[str, Decimal]) -> Expression:
    """Return ``condition`` with each parameter replaced by its value; the parameter's name is kept."""
    match condition:
        case Comparison(parameter=None):
            if isinstance(condition.operand, FORMULA_TYPES):
                return replace(condition, operand=resolve_formula(condition.operand, parameters))
            return condition
        case Comparison(parameter=name):
            assert name is not None
            return replace(condition, operand=parameters[name])
        case Not(child):
            return replace(condition, child=resolve(child, parameters))
        case All(children) | Any(children):
            return replace(condition, children=tuple(resolve(child, parameters) for child in children))
