"""The free parts of a symbolic record: each is a variable of the solver within its domain."""

from __future__ import annotations

from collections.abc import Mapping

import z3

from cds_engine.audit.proof.logic import Formula

Name = tuple[str | int, ...]


class Parts:
    """The parts that formulas asked for, what holds for them, and what is wished for.

    A wish makes a record easier to read. It is granted if nothing that matters more stands against it.
    """

    def __init__(self) -> None:
        self.constraints: list[Formula] = []
        self.variables: dict[Name, Formula] = {}
        self._wishes: dict[int, list[Formula]] = {}

    def flag(self, *name: str | int) -> Formula:
        """Return a part that is true or false."""
        if name not in self.variables:
            self.variables[name] = z3.Bool("/".join(map(str, name)))
        return self.variables[name]

    def integer(self, *name: str | int) -> Formula:
        """Return a part that is any whole number."""
        if name not in self.variables:
            self.variables[name] = z3.Int("/".join(map(str, name)))
        return self.variables[name]

    def number(self, *name: str | int, low: int, high: int) -> Formula:
        """Return a part that is a whole number within bounds, both included."""
        if name not in self.variables:
            value = self.integer(*name)
            self.require(z3.And(value >= low, value <= high))
        return self.variables[name]

    def code(self, *name: str | int, among: Mapping[str, int]) -> Formula:
        """Return a part that is the number of one of some codes."""
        if name not in self.variables:
            value = self.integer(*name)
            self.require(z3.Or([value == number for number in among.values()]))
        return self.variables[name]

    def require(self, formula: Formula) -> None:
        """Let ``formula`` hold for every record."""
        self.constraints.append(formula)

    def wish(self, formula: Formula, rank: int) -> None:
        """Let ``formula`` hold if possible; the wishes of a lower rank come first."""
        self._wishes.setdefault(rank, []).append(formula)

    @property
    def wishes(self) -> list[Formula]:
        """The wishes, the most important first."""
        return [wish for rank in sorted(self._wishes) for wish in self._wishes[rank]]


class Model:
    """What the solver found: the values of formulas."""

    def __init__(self, model: Formula) -> None:
        self._model = model

    def truth(self, formula: Formula) -> bool:
        """Return whether a formula is true."""
        return bool(z3.is_true(self._model.eval(formula, model_completion=True)))

    def number(self, formula: Formula) -> int:
        """Return a whole number."""
        return int(self._model.eval(formula, model_completion=True).as_long())

    def code(self, formula: Formula, codes: Mapping[str, int]) -> str:
        """Return the one of ``codes`` whose number a formula is."""
        number = self.number(formula)
        return next(code for code, other in codes.items() if other == number)
