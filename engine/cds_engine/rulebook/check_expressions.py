"""Checks of expressions: that their facts and parameters exist, and that tests, codes and units fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from cds_engine.errors import nearest
from cds_engine.language.expressions import ORDERED, Comparison, Expression, leaves
from cds_engine.quantities.numbers import in_bounds, plain
from cds_engine.rulebook.checks import Checks
from cds_engine.rulebook.model import Fact, Rulebook


def check_expression(checks: Checks, file: str, expression: Expression) -> None:
    """Check that the facts, parameters, codes and units of an expression fit."""
    for leaf in leaves(expression):
        if leaf.parameter is not None:
            checks.parameter(file, leaf.pointer, leaf.parameter)
        place = leaf.pointer.rpartition("/")[0].removesuffix("/between")
        if checks.name(file, place, leaf.fact, checks.book.facts, "fact"):
            for message in _comparison_errors(checks.book, leaf, checks.book.facts[leaf.fact]):
                checks.report(file, leaf.pointer, message, "misfit")


def _comparison_errors(book: Rulebook, leaf: Comparison, fact: Fact) -> Iterator[str]:
    """Yield the errors of a comparison that depend on its fact."""
    if leaf.operand is None and leaf.parameter is None:
        return  # reported when the expression was parsed
    if leaf.operator == "known":
        if fact.finding is not None:
            yield f"'{fact.name}' is a finding; use 'known' with the facts it depends on"
    elif fact.kind == "boolean":
        if not (leaf.operator in ("is", "is_not") and isinstance(leaf.operand, bool)):
            yield f"'{fact.name}' is true or false: use 'is: true' or 'is: false'"
    elif fact.kind == "code":
        codes = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
        if leaf.operator in ORDERED or not all(isinstance(code, str) for code in codes):
            yield f"'{fact.name}' is a code: use 'is', 'is_not' or 'one_of' with codes"
        else:
            yield from _unknown_codes(codes, fact)
    elif leaf.parameter is None:
        yield f"'{fact.name}' is a number: compare it with a $parameter"
    elif leaf.parameter in book.parameters:
        yield from _threshold(book, leaf.parameter, fact)


def _unknown_codes(codes: Iterable[object], fact: Fact) -> Iterator[str]:
    for code in codes:
        if code not in fact.codes:
            yield f"unknown code '{code}' for '{fact.name}'{nearest(str(code), fact.codes)}"


def _threshold(book: Rulebook, name: str, fact: Fact) -> Iterator[str]:
    parameter = book.parameters[name]
    if fact.unit is None:
        return  # the fact's concept is unknown, which is reported at the fact
    if parameter.unit != fact.unit:
        yield f"parameter '{name}' is in {parameter.unit}, but '{fact.name}' is in {fact.unit}"
        return
    for dated in parameter.values:
        if not in_bounds(dated.value):
            continue  # reported at the parameter; written out it could have a billion digits
        if not fact.minimum <= dated.value <= fact.maximum:
            domain = f"{plain(fact.minimum)} to {plain(fact.maximum)} {fact.unit}"
            yield f"{plain(dated.value)} is outside the domain of '{fact.name}' ({domain})"
        elif dated.value % fact.resolution != Decimal(0):
            step = f"{plain(fact.resolution)} {fact.unit}"
            yield f"{plain(dated.value)} is not a multiple of the step of '{fact.name}' ({step})"
