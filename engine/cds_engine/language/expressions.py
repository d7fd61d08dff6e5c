"""Expressions: the logic of rules and findings as immutable trees.

A tree has three kinds of branches (``All``, ``Any``, ``Not``) and one kind of leaf (``Comparison``).
``always`` is an empty ``All``. An expression depends on no file and no record. Inference, proofs, cohorts and
English texts are all made from it.
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
    """A comparison of a fact with an operand.

    ``fact`` is the name of a fact or, in the filter of a query, of an entry's attribute. ``operand`` is a
    Decimal in the fact's unit for the ordered operators and for ``is`` on a number, a bool for ``is`` on a
    boolean and for ``known``, a code for ``is`` on a code, a tuple of codes for ``one_of``. In filters it may
    be a formula over facts.
    It is None until :func:`resolve` fills in the value of ``parameter``, which depends on the date.
    ``pointer`` is the place of the comparison in its file; it is ignored in equality.
    """

    fact: str
    operator: Operator
    operand: Operand
    parameter: str | None = None
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """True if every child is true; ``All(())`` is always true."""

    children: tuple[Expression, ...]
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Any:
    """True if at least one child is true; ``Any(())`` is never true."""

    children: tuple[Expression, ...]
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True if its child is false; unknown if its child is unknown."""

    child: Expression
    pointer: str = field(default="", compare=False)


Expression: TypeAlias = All | Any | Not | Comparison
ALWAYS = All(())


def leaves(expression: Expression) -> Iterator[Comparison]:
    """Yield the comparisons of ``expression`` from left to right."""
    match expression:
        case Comparison():
            yield expression
        case Not(child):
            yield from leaves(child)
        case All(children) | Any(children):
            for child in children:
                yield from leaves(child)


def resolve(expression: Expression, parameters: Mapping[str, Decimal]) -> Expression:
    """Return ``expression`` with the value of each parameter filled in; the parameter's name is kept."""
    match expression:
        case Comparison(parameter=None):
            if isinstance(expression.operand, FORMULA_TYPES):
                return replace(expression, operand=resolve_formula(expression.operand, parameters))
            return expression
        case Comparison(parameter=name):
            assert name is not None
            return replace(expression, operand=parameters[name])
        case Not(child):
            return replace(expression, child=resolve(child, parameters))
        case All(children) | Any(children):
            return replace(expression, children=tuple(resolve(child, parameters) for child in children))
