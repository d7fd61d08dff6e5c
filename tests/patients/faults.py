"""Patients whose records are refused: each has one fault, which his id names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tests.patients.clinic import BLOCK, FINAL, NONE, Rows, course, result, stacked
from tests.patients.draw import Draw, Ints
from tests.patients.spelling import NO_UNIT, WRONG_UNIT
from tests.patients.terms import Terms


class Faults:
    """Puts faults into the rows of one block."""

    def __init__(self, rows: dict[str, Rows], terms: Terms) -> None:
        self.rows = rows
        self.terms = terms
        self.kinds: Mapping[str, Callable[[Ints], None]] = {
            "birth-and-age": self._birth_and_age,
            "born-later": self._born_later,
            "stop-before-start": self._stop_before_start,
            "resolved-before-onset": self._resolved_before_onset,
            "wrong-unit": lambda who: self._unit(who, WRONG_UNIT),
            "no-unit": lambda who: self._unit(who, NO_UNIT),
        }

    def put(self, draw: Draw, share: float) -> list[str]:
        """Give ``share`` of the patients a fault; return what to add to each patient's id."""
        names = ["", *(f"-{kind}" for kind in self.kinds)]
        which = np.where(draw.chance(share, BLOCK), draw.between(1, len(self.kinds), BLOCK), 0)
        for number, spoil in enumerate(self.kinds.values(), 1):
            spoil(np.flatnonzero(which == number))
        return [names[number] for number in which]

    def _birth_and_age(self, who: Ints) -> None:
        self.rows["patient"]["birth"][who] = 12_345
        self.rows["patient"]["age_years"][who] = 33

    def _born_later(self, who: Ints) -> None:
        self.rows["patient"]["birth"][who] = -1
        self.rows["patient"]["age_years"][who] = NONE

    def _stop_before_start(self, who: Ints) -> None:
        drug, nothing = self.terms.drugs("warfarin")[0], np.full(len(who), NONE)
        added = course(who, drug, nothing, (np.full(len(who), 10), 11), nothing)
        self._add("medication", added)

    def _resolved_before_onset(self, who: Ints) -> None:
        concept = self.terms.condition("diabetes")
        days = {"onset": np.full(len(who), 10), "resolved": np.full(len(who), 11)}
        self._add("condition", {"patient": who, "concept": np.full(len(who), concept), **days})

    def _unit(self, who: Ints, quantity: str) -> None:
        number = self.terms.units.number[quantity]
        self._add("observation", result(who, number, np.full(len(who), 420), np.full(len(who), 5)))

    def _add(self, table: str, rows: Rows) -> None:
        size = len(rows["patient"])
        usual = {"present": 1, "status": FINAL, "slip": 0}
        missing = self.rows[table].keys() - rows.keys()
        filled = rows | {name: np.full(size, usual[name]) for name in missing}
        self.rows[table] = stacked([self.rows[table], filled])
        self.rows["patient"][table][rows["patient"]] = 1
