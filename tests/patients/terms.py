"""What the patients' data is made of: the rulebook's concepts, units and thresholds."""

from __future__ import annotations

import datetime
from functools import cache

import numpy as np
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import default_rulebook
from cds_engine.rulebook.vocabulary import SECTIONS, Vocabulary

from tests.patients.draw import Ints
from tests.patients.spelling import NO_UNIT, POUNDS, WRONG_UNIT, Concepts, Units

DECIMALS = {
    "dose": 2,
    "neutrophils": 2,
    "leukocytes": 2,
    "platelets": 0,
    "haemoglobin": 0,
    "body-weight": 1,
    "hamd17": 0,
}
"""The quantities, each with the decimals of the canonical unit in which it is measured: its steps."""


class Terms:
    """The shipped rulebook as it holds on one day."""

    def __init__(self, as_of: datetime.date) -> None:
        rulebook = load_rulebook(default_rulebook())
        vocabulary = Vocabulary(rulebook.terminology)
        self.concepts = {section: Concepts(rulebook, section) for section in SECTIONS}
        self.units = Units(vocabulary, DECIMALS)
        self.measured = self._measured()
        self.history = rulebook.history_fields
        self._members = vocabulary.drugs
        self._parameters = [
            (name, rulebook.parameters[name].unit, value) for name, value in rulebook.values_at(as_of).items()
        ]

    def _measured(self) -> Ints:
        """Return by the number of a quantity the concept under which it is recorded."""
        recorded = {POUNDS: "body-weight", WRONG_UNIT: "neutrophils", NO_UNIT: "neutrophils"}
        number = self.concepts["observations"].number
        names = (recorded.get(name, name) for name in self.units.number)
        return np.array([number.get(name, -1) for name in names], np.int64)

    def drugs(self, name: str) -> Ints:
        """Return the numbers of a drug, or of the members of a group of drugs."""
        return np.array([self.concepts["drugs"].number[drug] for drug in self._members[name]], np.int64)

    def condition(self, name: str) -> int:
        """Return the number of a condition."""
        return self.concepts["conditions"].number[name]

    def thresholds(self, unit: str, prefix: str = "", decimals: int = 0) -> Ints:
        """Return the thresholds in ``unit``, in steps of that many decimals."""
        found = (value for name, of, value in self._parameters if of == unit and name.startswith(prefix))
        return np.unique([int(value.scaleb(decimals)) for value in found]).astype(np.int64)


def around(values: Ints, *steps: int) -> Ints:
    """Return ``values`` with what lies each of ``steps`` below and above them, nothing below zero."""
    found = np.concatenate([values, *(values + sign * step for step in steps for sign in (-1, 1))])
    return np.unique(found[found >= 0])


@cache
def terms(as_of: datetime.date) -> Terms:
    """Return the terms of a day; they are made once."""
    return Terms(as_of)
