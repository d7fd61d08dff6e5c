"""Results of observations: one a day, the latest, the one before it, and those around the start of a drug.

Days are counted backwards from the patient's day: ``ago`` is 0 for that day itself, so the latest result has
the least; one without a date has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.expressions import Ratio, exact
from cds_engine.cohort.tables.codes import Results
from cds_engine.cohort.tables.entries import Entries
from cds_engine.cohort.tables.layout import EVENTS
from cds_engine.cohort.tables.summary import DeferredColumn, Summary
from cds_engine.cohort.tables.units import AMOUNT, FACTOR, UNUSABLE, sizes
from cds_engine.record.chart import PRECEDENCE, WITHDRAWN
from cds_engine.rulebook.files import ObservationChange
from cds_engine.rulebook.vocabulary import Vocabulary

FINAL = "final"
Window: TypeAlias = tuple[int, int]
Value: TypeAlias = Callable[[ir.Table], ir.DecimalValue]
_LAYOUT = EVENTS["observation"]
_HUNDRED = exact(Decimal(100))
_LIFT = Decimal(10) ** 11


@dataclass(frozen=True)
class Point:
    """Two columns of a patient: the value of some day, and how long ago that was, NULL without a date."""

    value: str
    ago: str

    def known(self, wide: ir.Table, fresh: int | None = None) -> ir.DecimalValue:
        """Return the value; NULL where it cannot be used, or is older than ``fresh`` days."""
        value, ago = wide[self.value].nullif(_unusable()), wide[self.ago]
        return ibis.cases((ago.notnull() if fresh is None else ago <= fresh, value))


class Readings:
    """The results of the observations ``asked`` for, all of one day as one.

    The patients have for each drug of ``starts`` a column of the name given there: how many days ago it was
    started, NULL where that is not known.
    """

    def __init__(
        self, entries: Entries, starts: Mapping[str, str], vocabulary: Vocabulary, asked: Iterable[str]
    ) -> None:
        self._groups = vocabulary.observations
        concepts = sorted({concept for name in asked for concept in self._groups[name]})
        self._number = {concept: number for number, concept in enumerate(concepts)}
        self._sizes = {
            concept: entries.meanings.results.sizes.get(concept) or sizes(vocabulary.quantities[concept], ())
            for concept in concepts
        }
        self._starts = starts
        self.summary = Summary("observation", _days(self._rows(entries), starts.values()))

    def _rows(self, entries: Entries) -> ir.Table:
        """Return the results that count, of the observations asked for, with their amounts."""
        types = {"meant": "string", "measure": "string", "concept": "int16", "factor": FACTOR}
        meant = entries.scratch.small(types, self._meanings(entries.meanings.results))
        rows = entries.rows("observation", *self._starts.values())
        rows = rows.filter(rows.status.isnull() | rows.status.notin(sorted(WITHDRAWN)))
        rows = rows.filter(rows.date.isnull() | (rows.date <= rows.as_of))
        rows = rows.join(meant, [rows.code == meant.meant, rows.unit.fill_null("") == meant.measure])
        amounts = (
            (rows.concept == self._number[concept], self._sizes[concept].amount(rows.value, rows.factor))
            for concept in self._number
        )
        lifts = ((rows.status == status, _lift(standing)) for status, standing in PRECEDENCE.items())
        return rows.select(
            "patient_id",
            "concept",
            *self._starts.values(),
            ago=rows.as_of.delta(rows.date, unit="day"),
            lift=ibis.cases(*lifts, else_=_lift(PRECEDENCE[FINAL])),
            amount=ibis.cases(*amounts).fill_null(_unusable()),
        )

    def _meanings(self, results: Results) -> Iterator[tuple[str, str, int, Decimal | None]]:
        for (code, unit), concept in results.concepts.items():
            if concept in self._number:
                yield code, unit, self._number[concept], self._sizes[concept].factors.get(unit)

    # facts

    def latest(self, concept: str, fresh: int | None) -> DeferredColumn:
        """Return the latest result, if it is at most ``fresh`` days old."""
        latest = self._latest(concept)
        return self._amount(concept, lambda wide: latest.known(wide, fresh))

    def previous(self, concept: str) -> DeferredColumn:
        """Return the result before the latest one."""
        latest, before = self._latest(concept), self._previous(concept)
        return self._amount(
            concept, lambda wide: ibis.cases((wide[latest.ago].notnull(), before.known(wide)))
        )

    def ever(self, name: str) -> DeferredColumn:
        """Return whether there is any result."""
        found = self._found(self._groups[name])
        return lambda wide: ibis.cases((wide[_LAYOUT.recorded], wide[found].fill_null(False)))

    def days_since(self, name: str) -> DeferredColumn:
        """Return how many days ago the latest result was."""
        concepts = self._groups[name]
        undated, ago = self._undated(concepts), self._least_ago(concepts)
        return lambda wide: ibis.cases((~wide[undated], wide[ago]))

    def fall(self, concept: str, fresh: int | None) -> DeferredColumn:
        """Return by how many percent the latest result is below the one before."""
        latest, before = self._latest(concept), self._previous(concept)
        return lambda wide: _percent(before.known(wide, fresh), latest.known(wide, fresh), rising=False)

    def change(self, declared: ObservationChange, fresh: int | None) -> DeferredColumn:
        """Return by how many percent the latest result differs from the one at the start of a drug."""
        concept, drug = declared.observation, declared.drug
        latest = self._latest(concept)
        before = self._before(concept, drug)
        first = self._first(concept) if declared.or_first_after else None
        start = self._starts[drug]

        def fact(wide: ir.Table) -> Ratio:
            value, ago = before.known(wide), wide[before.ago]
            if first is not None:
                none = wide[before.ago].isnull()
                value = ibis.cases((none, first.known(wide)), else_=value)
                ago = ibis.cases((none, wide[first.ago]), else_=ago)
            usable = wide[start].notnull() & (ago != wide[latest.ago])
            rising = declared.direction == "rise"
            return _percent(ibis.cases((usable, value)), latest.known(wide, fresh), rising=rising)

        return fact

    def taken(self, name: str, drug: str, window: Window) -> DeferredColumn:
        """Return whether there is a result within so many days before and after the start of a drug."""
        concepts, (before, after) = self._groups[name], window
        found, undated = self._found(concepts), self._undated(concepts)
        start, rows = self._starts[drug], self.summary.rows
        near = self._is(concepts) & rows.ago.between(rows[start] - after, rows[start] + before)
        inside = self._any(f"{name} from {before} days before {drug} to {after} after", near)

        def fact(wide: ir.Table) -> ir.BooleanValue:
            return ibis.cases(
                (~wide[_LAYOUT.recorded], ibis.null("boolean")),
                (~wide[found].fill_null(False), False),
                (wide[start].isnull(), ibis.null("boolean")),
                (wide[inside], True),
                (~wide[undated], False),
            )

        return fact

    # what is asked of the days

    def _is(self, concepts: Sequence[str]) -> ir.BooleanValue:
        found: ir.BooleanValue = self.summary.rows.concept.isin([self._number[name] for name in concepts])
        return found

    def _any(self, what: str, where: ir.BooleanValue) -> str:
        return self.summary.column(what, where.any())

    def _found(self, concepts: Sequence[str]) -> str:
        return self._any(f"any {' or '.join(concepts)}", self._is(concepts))

    def _undated(self, concepts: Sequence[str]) -> str:
        undated = self._is(concepts) & self.summary.rows.ago.isnull()
        return self._any(f"undated {' or '.join(concepts)}", undated)

    def _least_ago(self, concepts: Sequence[str]) -> str:
        ago = self.summary.rows.ago.min(where=self._is(concepts))
        return self.summary.column(f"days since {' or '.join(concepts)}", ago)

    def _latest(self, concept: str) -> Point:
        """Return the latest result, which is not known where there is an undated one, too."""
        return self._nth(concept, 0)

    def _previous(self, concept: str) -> Point:
        return self._nth(concept, 1)

    def _nth(self, concept: str, number: int) -> Point:
        rows = self.summary.rows
        where = self._is((concept,)) & (rows.number == number)
        return Point(
            self.summary.column(f"{concept} {number}", rows.amount.max(where=where)),
            self.summary.column(f"{concept} {number} ago", rows.ago.max(where=where)),
        )

    def _before(self, concept: str, drug: str) -> Point:
        """Return the last result on or before the start of a drug."""
        rows = self.summary.rows
        where = self._is((concept,)) & (rows.ago >= rows[self._starts[drug]])
        return Point(
            self.summary.column(f"{concept} before {drug}", rows.amount.argmin(rows.ago, where=where)),
            self.summary.column(f"{concept} before {drug} ago", rows.ago.min(where=where)),
        )

    def _first(self, concept: str) -> Point:
        rows = self.summary.rows
        where = self._is((concept,)) & rows.ago.notnull()
        return Point(
            self.summary.column(f"first {concept}", rows.amount.argmax(rows.ago, where=where)),
            self.summary.column(f"first {concept} ago", rows.ago.max(where=where)),
        )

    def _amount(self, concept: str, value: Value) -> DeferredColumn:
        whole = exact(Decimal(self._sizes[concept].whole))
        return lambda wide: Ratio(value(wide), whole)


def _days(rows: ir.Table, starts: Iterable[str]) -> ir.Table:
    """Return the results of each day as one, numbered from the latest; undated ones come before all others.

    Of several on one day those of the highest standing count, and if they disagree, none does. There are
    seldom several, but as many days as results: so no more is held of a day than two numbers, in which a
    higher standing weighs more than any amount.
    """
    same = {start: rows[start].max() for start in starts}
    days = rows.group_by("patient_id", "concept", "ago").agg(
        highest=(rows.lift + rows.amount).max(), lowest=(rows.lift - rows.amount).max(), **same
    )
    # Where there is one amount only, it takes the lift as far up in the one as down in the other.
    standings = sorted(set(PRECEDENCE.values()))
    amounts = (
        (days.highest + days.lowest == _lift(2 * standing), days.highest - _lift(standing))
        for standing in standings
    )
    amount = ibis.cases(*amounts).try_cast(AMOUNT).fill_null(_unusable())
    order = ibis.asc(days.ago, nulls_first=True)
    number = ibis.row_number().over(group_by=["patient_id", "concept"], order_by=order)
    return days.select("patient_id", "concept", "ago", *same, amount=amount, number=number)


def _percent(whole: ir.DecimalValue, latest: ir.DecimalValue, *, rising: bool) -> Ratio:
    """Return by how many percent of ``whole`` the latest value is above it, or else below it."""
    whole = whole.nullif(exact(Decimal(0)).cast(AMOUNT))
    difference = (latest - whole if rising else whole - latest) * _HUNDRED
    return Ratio(ibis.cases((whole < 0, -difference), else_=difference), whole.abs())


def _lift(standing: int) -> ir.DecimalScalar:
    return ibis.literal(_LIFT * standing, "decimal(30, 18)")


def _unusable() -> ir.DecimalScalar:
    return ibis.literal(UNUSABLE, AMOUNT)
