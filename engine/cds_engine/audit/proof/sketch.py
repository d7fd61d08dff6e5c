"""What a solver found, without the solver: the parts of a patient's chart that a formula speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

Part: TypeAlias = tuple[str, ...]
"""What a part is about: ``("drug", "x", "dose")``, ``("observations",)``."""
LONGEST = 40_000
ASSUMPTIONS = (
    "numbers lie within the declared domain of their fact; a value between two multiples of the resolution "
    "stands for all values between them, as thresholds are multiples of it",
    "parameters have their newest values",
    f"dates lie at most {LONGEST} days before the day of the evaluation",
    "one entry states the active course of a drug, so that no two entries for it disagree",
    "a change or fall in percent is free of the values it is computed from",
    "a code of an indication may be any condition of the terminology or one it does not name",
    "the patient is alive",
)
OTHER = "other"
"""Stands for a code that the terminology does not name."""


@dataclass(frozen=True)
class Sketch:
    """A chart in outline; a part that no formula mentioned is not there and free to be anything."""

    parts: Mapping[Part, bool | Decimal | str]

    def flag(self, *part: str) -> bool:
        """Return a part that is true or false; false where free."""
        return bool(self.parts.get(part, False))

    def number(self, *part: str) -> Decimal | None:
        """Return a number, or None where free."""
        value = self.parts.get(part)
        return value if isinstance(value, Decimal) else None

    def names(self, kind: str) -> list[str]:
        """Return the concepts of a kind that are mentioned."""
        return list(dict.fromkeys(part[1] for part in self.parts if part[0] == kind and len(part) > 2))
