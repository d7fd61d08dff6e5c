"""Random queries: every kind of entry, filter and aggregate of the fact language."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from cds_engine.language.expressions import All, Comparison, Expression, Not, Operand
from cds_engine.language.expressions import Any as AnyOf
from cds_engine.language.queries import (
    ATTRIBUTES,
    COUNTING,
    EXTREMES,
    ORDER,
    ORDERING,
    EntryKind,
    Query,
    Selection,
    Take,
)

CONCEPTS: dict[EntryKind, tuple[str, ...]] = {
    "observation": ("sodium", "potassium"),
    "drug": ("morphine", "oxycodone"),
    "treatment": ("morphine", "oxycodone"),
    "condition": ("asthma", "diabetes"),
    "symptom": ("cough", "rash"),
}
PARAMETERS = {"gap": Decimal(7), "half": Decimal("0.5"), "twice": Decimal(2), "nothing": Decimal(0)}
DAYS = ("0", "7", "8", "30", "90")
NUMBERS = {"value": ("4.5", "135", "140"), "dose": ("30", "50"), "rank": ("0", "1"), "time": ("6", "12")}
FLAGS = {"drug": "active", "treatment": "active", "condition": "present", "symptom": "present"}
OPERATORS = ("less_than", "at_most", "more_than", "at_least", "is", "is_not")


class RandomQueries:
    """Draws queries as the checks of a rulebook accept them, apart from comparisons between units."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def query(self) -> Query:
        """Return a query."""
        choose = self.random.choice
        kind = choose(list(CONCEPTS))
        members = choose([CONCEPTS[kind][:1], CONCEPTS[kind]])
        of = Selection(kind, members, members, "gap" if kind == "treatment" else None)
        give = choose([None, *ATTRIBUTES[kind], *ATTRIBUTES[kind]])
        if give is None:
            take: Take = choose(COUNTING)
            if_none = choose([None, True, False]) if take == "every" else None
            where = self.filter(kind) if take == "every" or self.random.random() < 0.7 else None
            return Query(of, where, take, None, if_none)
        take = choose(_takes(kind, give))
        number = ATTRIBUTES[kind][give].kind == "number"
        otherwise = Decimal(5) if number and self.random.random() < 0.3 else None
        weights: tuple[tuple[str, str], ...] = ()
        if take == "sum" and kind in ("drug", "observation") and self.random.random() < 0.5:
            weights = tuple((member, choose(["half", "twice", "nothing"])) for member in members)
        where = self.filter(kind) if self.random.random() < 0.7 else None
        return Query(of, where, take, give, otherwise, None, weights)

    def filter(self, kind: EntryKind, depth: int = 2) -> Expression:
        """Return a filter, most often a single comparison."""
        shape = self.random.choice(["one", "one", "not", "all", "any"]) if depth else "one"
        if shape == "not":
            return Not(self.filter(kind, depth - 1))
        if shape in ("all", "any"):
            parts = tuple(self.filter(kind, depth - 1) for _ in range(2))
            return All(parts) if shape == "all" else AnyOf(parts)
        usual = FLAGS.get(kind, "ago")
        return self._comparison(kind, self.random.choice([usual, usual, *ATTRIBUTES[kind]]))

    def _comparison(self, kind: EntryKind, name: str) -> Expression:
        choose, attribute = self.random.choice, ATTRIBUTES[kind][name]
        operand: Operand
        if self.random.random() < 0.15:
            return Comparison(name, "known", choose([True, False]))
        if attribute.kind == "number":
            return Comparison(name, choose(OPERATORS), Decimal(choose(NUMBERS.get(name, DAYS))))
        if attribute.kind == "boolean":
            operand = choose([True, True, False])
        else:
            codes = CONCEPTS["condition"] if name == "indication" else attribute.codes or CONCEPTS[kind]
            operand = choose(codes)
        return Comparison(name, choose(["is", "is_not"]), operand)


def _takes(kind: EntryKind, give: str) -> list[Take]:
    takes: list[Take] = ["only"]
    number = ATTRIBUTES[kind][give].kind == "number"
    if kind in ORDER:
        takes += ORDERING
    if number or give == "severity":
        takes += EXTREMES
    if number:
        takes += ["sum", "mean"]
    return takes
