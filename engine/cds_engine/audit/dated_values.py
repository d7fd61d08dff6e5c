"""The dated values of a parameter that a threshold has had: each is a threshold of its own."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cds_engine.audit.places import Place
from cds_engine.audit.program import Leaf, Program
from cds_engine.errors import pointer

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DatedThreshold:
    """A threshold, and the days on which it is valid: to ``last``, which is None for the newest value.

    ``since`` is None for a value that also applies before its date, which is the first one.
    """

    value: Decimal
    since: datetime.date | None
    last: datetime.date | None
    place: Place

    def is_valid(self, day: datetime.date) -> bool:
        """Whether the threshold applies on ``day``."""
        return (self.since is None or self.since <= day) and (self.last is None or day <= self.last)

    @property
    def period(self) -> str:
        """The days on which it is valid, in words; empty for the only value of a parameter."""
        words = [f"from {self.since}"] if self.since is not None else []
        words += [f"to {self.last}"] if self.last is not None else []
        return " ".join(words)


def dated_thresholds(program: Program, leaf: Leaf) -> Iterator[DatedThreshold]:
    """Yield each value that the threshold of a comparison has on some day, the newest first.

    A value of a parameter that has several is placed where ``parameters.yaml`` gives it.
    """
    name = leaf.comparison.parameter
    values = program.rulebook.parameters[name].values if name is not None else []
    if len(values) < 2 or name is None:
        assert leaf.threshold is not None
        yield DatedThreshold(leaf.threshold, None, None, leaf.place)
        return
    file, lines = program.places.name("parameters.yaml"), program.places.lines("parameters.yaml")
    last: datetime.date | None = None
    for index in range(len(values) - 1, -1, -1):
        dated = values[index]
        place = (file, lines[pointer("parameters", name, "values", index)])
        yield DatedThreshold(dated.value, dated.since if index else None, last, place)
        last = dated.since - _DAY
