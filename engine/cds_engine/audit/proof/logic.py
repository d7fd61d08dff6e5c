"""Z3 formulas with constants folded, so that a question has only what it depends on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import z3

Formula: TypeAlias = Any
"""An expression of Z3, which has no types of its own."""
YES, NO = z3.BoolVal(True), z3.BoolVal(False)
_CONTEXT = z3.main_ctx()


def every(*parts: Formula) -> Formula:
    """Return the formula that is true if all ``parts`` are."""
    kept = [part for part in parts if part is not YES]
    if any(part is NO for part in kept):
        return NO
    return YES if not kept else kept[0] if len(kept) == 1 else _joined(z3.Z3_mk_and, kept)


def some(*parts: Formula) -> Formula:
    """Return the formula that is true if one of ``parts`` is."""
    kept = [part for part in parts if part is not NO]
    if any(part is YES for part in kept):
        return YES
    return NO if not kept else kept[0] if len(kept) == 1 else _joined(z3.Z3_mk_or, kept)


def _joined(function: Callable[..., Any], parts: Sequence[Formula]) -> Formula:
    """Return a conjunction or disjunction; z3.And and z3.Or spend most of their time on checking sorts."""
    references = (z3.Ast * len(parts))(*[part.as_ast() for part in parts])
    return z3.BoolRef(function(_CONTEXT.ref(), len(parts), references), _CONTEXT)


def no(part: Formula) -> Formula:
    """Return the formula that is true if ``part`` is false."""
    return NO if part is YES else YES if part is NO else z3.Not(part)


def implies(one: Formula, other: Formula) -> Formula:
    """Return the formula that is true if ``other`` is, or ``one`` is not."""
    return some(no(one), other)


def choose(condition: Formula, value: Formula, otherwise: Formula) -> Formula:
    """Return ``value`` where the condition is true, else ``otherwise``."""
    if condition is YES or value is otherwise:
        return value
    return otherwise if condition is NO else z3.If(condition, value, otherwise)
