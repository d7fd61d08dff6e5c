"""Hypothesis strategies for queries: every kind of entry, filter and aggregate of the fact language."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cds_engine.language.expressions import All, Comparison, Expression, Not
from cds_engine.language.expressions import Any as AnyOf
from cds_engine.language.queries import (
    ATTRIBUTES,
    COUNTING,
    EXTREMES,
    ORDER,
    ORDERING,
    SECTIONS,
    EntryKind,
    Query,
    Selection,
    Take,
)
from hypothesis import strategies as st

CONCEPTS: dict[EntryKind, tuple[str, ...]] = {
    "observation": ("sodium", "potassium"),
    "drug": ("morphine", "oxycodone"),
    "treatment": ("morphine", "oxycodone"),
    "condition": ("asthma", "diabetes"),
    "symptom": ("cough", "rash"),
}
GAP = "gap"
PARAMETERS = {GAP: Decimal(7), "half": Decimal("0.5"), "twice": Decimal(2), "nothing": Decimal(0)}
NUMBERS = {
    "value": ("4.5", "135", "140"),
    "dose": ("30", "50"),
    "rank": ("0", "1"),
    "time": ("6", "12"),
}
DAYS = ("0", "7", "8", "30", "90")
_NUMERIC: tuple[Take, ...] = ("sum", "mean")


def queries() -> st.SearchStrategy[Query]:
    """Queries that the checks of a rulebook accept, apart from comparisons between units."""
    return st.sampled_from(sorted(SECTIONS)).flatmap(_queries)  # type: ignore[arg-type]


def _queries(kind: EntryKind) -> st.SearchStrategy[Query]:
    concepts = CONCEPTS[kind]
    members = st.sampled_from([concepts[:1], concepts])
    gap = GAP if kind == "treatment" else None
    of = members.map(lambda members: Selection(kind, members, members, gap))
    takes = [take for take in _takes(kind) if take in COUNTING]
    counting = st.builds(_counting, of, filters(kind), st.sampled_from(takes), st.none() | st.booleans())
    return counting | st.sampled_from(sorted(ATTRIBUTES[kind])).flatmap(
        lambda give: st.builds(
            _giving,
            of,
            st.none() | filters(kind),
            st.sampled_from([take for take in _takes(kind, give) if take not in COUNTING]),
            st.just(give),
            st.booleans(),
        )
    )


def _counting(of: Selection, where: Expression, take: Take, if_none: bool | None) -> Query:
    return Query(of, where, take, None, if_none if take == "every" else None)


def _giving(of: Selection, where: Expression | None, take: Take, give: str, more: bool) -> Query:
    number = ATTRIBUTES[of.kind][give].kind == "number"
    if_none = Decimal(5) if number and more else None
    weights: tuple[tuple[str, str], ...] = ()
    if take == "sum" and more and of.kind in ("drug", "observation"):
        weights = tuple(zip(of.members, ("twice", "nothing"), strict=False))
    return Query(of, where, take, give, if_none, None, weights)


def _takes(kind: EntryKind, give: str | None = None) -> list[Take]:
    takes: list[Take] = [*COUNTING, "only"]
    if kind in ORDER:
        takes += ORDERING
    if give is not None and (ATTRIBUTES[kind][give].kind == "number" or give == "severity"):
        takes += EXTREMES
    if give is not None and ATTRIBUTES[kind][give].kind == "number":
        takes += _NUMERIC
    return takes


def filters(kind: EntryKind) -> st.SearchStrategy[Expression]:
    """Filters of some comparisons, negations anywhere."""
    return st.recursive(
        st.sampled_from(sorted(ATTRIBUTES[kind])).flatmap(lambda name: _comparisons(kind, name)),
        lambda child: st.one_of(
            st.builds(Not, child),
            st.builds(All, st.lists(child, min_size=1, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(child, min_size=1, max_size=3).map(tuple)),
        ),
        max_leaves=4,
    )


def _comparisons(kind: EntryKind, name: str) -> st.SearchStrategy[Expression]:
    attribute = ATTRIBUTES[kind][name]
    operand: st.SearchStrategy[Any]
    if attribute.kind == "number":
        operators = ["less_than", "at_most", "more_than", "at_least", "is", "is_not"]
        operand = st.sampled_from([Decimal(text) for text in NUMBERS.get(name, DAYS)])
    elif attribute.kind == "boolean":
        operators, operand = ["is", "is_not"], st.booleans()
    else:
        codes = CONCEPTS["condition"] if name == "indication" else attribute.codes or CONCEPTS[kind]
        operators, operand = ["is", "is_not"], st.sampled_from(codes)
    known = st.builds(Comparison, st.just(name), st.just("known"), st.booleans())
    return known | st.builds(Comparison, st.just(name), st.sampled_from(operators), operand)


