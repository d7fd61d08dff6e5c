"""The counts of a partition, which add up to those of the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

UNKNOWN_AGE = "unknown"
BAND_STARTS = (0, 18, 30, 40, 50, 60, 65, 70, 80, 90)
"""The first age, in completed years, of each age band."""
BANDS = (
    *(f"{first}-{after - 1}" for first, after in pairwise(BAND_STARTS)),
    f"{BAND_STARTS[-1]}+",
    UNKNOWN_AGE,
)


@dataclass
class Counts:
    """Numbers of patients; the keys of ``outcomes`` are rule, age band and outcome."""

    patients: int = 0
    rejected: int = 0
    ages: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    """For each fact, the patients for whom it is unknown and some rule could fire if it were known."""
    unused: Counter[str] = field(default_factory=Counter)
    """For each fact, the values outside its plausible range, which are treated as unknown."""

    def add(self, other: Counts) -> None:
        """Add the counts of another partition."""
        self.patients += other.patients
        self.rejected += other.rejected
        self.ages.update(other.ages)
        self.outcomes.update(other.outcomes)
        self.missing.update(other.missing)
        self.unused.update(other.unused)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON data."""
        outcomes = [[*key, count] for key, count in sorted(self.outcomes.items())]
        return {
            "patients": self.patients,
            "rejected": self.rejected,
            "ages": dict(self.ages),
            "outcomes": outcomes,
            "missing": dict(self.missing),
            "unused": dict(self.unused),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Counts:
        """Return the counts that :meth:`to_json` wrote."""
        return cls(
            value["patients"],
            value["rejected"],
            Counter(value["ages"]),
            Counter({(rule, band, outcome): count for rule, band, outcome, count in value["outcomes"]}),
            Counter(value["missing"]),
            Counter(value["unused"]),
        )
