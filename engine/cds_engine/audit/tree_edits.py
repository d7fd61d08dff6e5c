"""Mistakes that an expression may contain: another operator or number, a part dropped or negated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from cds_engine.audit.formula_edits import formula_edits, formula_text
from cds_engine.language.expressions import ALWAYS, ORDERED, All, Any, Comparison, Expression, Not
from cds_engine.language.formulas import FORMULA_TYPES
from cds_engine.rulebook.text import format_value


class Compared(Protocol):
    """What a comparison is about: a fact, or an attribute of an entry."""

    @property
    def unit(self) -> str | None:
        """The unit of a number."""

    @property
    def resolution(self) -> Decimal:
        """The smallest step of a number."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A mistake: the operator of the mutation, the changed node, and the whole expression with the change."""

    operator: str
    node: Expression
    changed: Expression
    text: str = ""
    """What changes, if the operator does not say it."""


Others = Callable[[str], Iterable[str]]
"""Returns what else a comparison could be about."""


def edits(
    node: Expression, compared: Mapping[str, Compared], others: Others = lambda _: ()
) -> Iterator[Edit]:
    """Yield every edit of ``node`` and of the nodes below it; a dropped node is :data:`ALWAYS`."""
    match node:
        case Comparison():
            for operator, changed in _comparisons(node, compared[node.fact], others):
                before, after = (comparison_text(leaf, compared[leaf.fact]) for leaf in (node, changed))
                yield Edit(operator, node, changed, f"'{before}' becomes '{after}'")
            yield Edit("dropped", node, ALWAYS)
        case Not(child):
            yield Edit("negation removed", node, child)
            for edit in edits(child, compared, others):
                if edit.changed is not ALWAYS:
                    yield replace(edit, changed=replace(node, child=edit.changed))
            yield Edit("dropped", node, ALWAYS)
        case All(children) | Any(children):
            if len(children) > 1:
                is_all = isinstance(node, All)
                swapped = Any(children, node.pointer) if is_all else All(children, node.pointer)
                yield Edit(f"{'all' if is_all else 'any'} swapped", node, swapped)
                yield Edit("negated", node, Not(node))
            for index, child in enumerate(children):
                for edit in edits(child, compared, others):
                    kept = () if edit.changed is ALWAYS else (edit.changed,)
                    rest = (*children[:index], *kept, *children[index + 1 :])
                    yield replace(edit, changed=replace(node, children=rest) if rest else ALWAYS)


def _comparisons(leaf: Comparison, compared: Compared, others: Others) -> Iterator[tuple[str, Comparison]]:
    """Yield the comparisons that a typing mistake could produce, with the operator of the mutation."""
    operand = leaf.operand
    if leaf.operator in ORDERED:
        for other in sorted(ORDERED - {leaf.operator}):
            yield "operator flipped", replace(leaf, operator=other)  # type: ignore[arg-type]  # an operator
    if leaf.operator in ("is", "is_not"):
        yield "negated", replace(leaf, operator="is_not" if leaf.operator == "is" else "is")
    if leaf.operator == "known":
        yield "negated", replace(leaf, operand=not operand)
    if isinstance(operand, Decimal):
        if leaf.operator in ("is", "is_not"):
            yield "operator flipped", replace(leaf, operator="at_least")
            yield "operator flipped", replace(leaf, operator="at_most")
        for step in (-compared.resolution, compared.resolution):
            yield "threshold nudged", replace(leaf, operand=operand + step)
    if isinstance(operand, tuple) and len(operand) > 1:
        for code in operand:
            yield "code dropped", replace(leaf, operand=tuple(other for other in operand if other != code))
    if isinstance(operand, FORMULA_TYPES):
        for edit in formula_edits(operand):
            yield edit.operator, replace(leaf, operand=edit.changed)
    for name in others(leaf.fact):
        yield "attribute changed", replace(leaf, fact=name)


def comparison_text(leaf: Comparison, compared: Compared) -> str:
    """Return a comparison in short."""
    operand = leaf.operand
    shown = ""
    if isinstance(operand, tuple):
        shown = ", ".join(operand)
    elif isinstance(operand, FORMULA_TYPES):
        shown = formula_text(operand)
    elif operand is not None:
        shown = format_value(operand, compared.unit)
    return f"{leaf.fact} {leaf.operator} {shown}"
