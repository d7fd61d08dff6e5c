"""Courses of drugs: what is taken, how much, since when and for what; and what was stopped."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.expressions import Ratio, exact
from cds_engine.cohort.tables.entries import Entries
from cds_engine.cohort.tables.layout import EVENTS
from cds_engine.cohort.tables.summary import DeferredColumn, Summary
from cds_engine.cohort.tables.units import FACTOR

Candidate: TypeAlias = tuple[str, Callable[[ir.Table], ir.BooleanValue]]
"""A condition, and whether it is present."""
_LAYOUT = EVENTS["medication"]


class Courses:
    """The courses of drugs that had begun by the patient's day."""

    def __init__(self, entries: Entries, groups: Mapping[str, Sequence[str]]) -> None:
        self._groups = groups
        self._sizes = entries.meanings.doses.sizes
        drugs = sorted({drug for members in groups.values() for drug in members})
        self._number = {drug: number for number, drug in enumerate(drugs)}
        self.summary = Summary("medication", self._rows(entries))

    def _rows(self, entries: Entries) -> ir.Table:
        scratch, meanings = entries.scratch, entries.meanings
        codes = meanings.terms["medication"].concepts.items()
        meant = [(code, self._number[drug]) for code, drug in codes if drug in self._number]
        named = scratch.small({"meant": "string", "concept": "int16"}, meant)
        factors = scratch.small({"of": "string", "factor": FACTOR}, self._sizes.factors.items())
        stated = scratch.small(
            {"stated": "string", "condition": "string"}, meanings.indications.concepts.items()
        )
        rows = entries.rows("medication")
        rows = rows.join(named, rows.drug == named.meant)
        rows = rows.filter(rows.start.isnull() | (rows.start <= rows.as_of))
        rows = rows.left_join(factors, rows.dose_unit == factors.of)
        rows = rows.left_join(stated, rows.indication == stated.stated)
        return rows.select(
            "patient_id",
            "concept",
            active=rows.stop.isnull() | (rows.stop > rows.as_of),
            dose=self._sizes.amount(rows.dose_value, rows.factor),
            begun=rows.as_of.delta(rows.start, unit="day"),
            ended=rows.as_of.delta(rows.stop, unit="day"),
            indication=ibis.coalesce(rows.condition, rows.indication),
        )

    # facts

    def active(self, drug: str) -> DeferredColumn:
        """Return whether a drug, or any of a group, is taken."""
        name = self._any(f"{drug} active", self._active(drug))
        return lambda wide: _known(wide, wide[name].fill_null(False))

    def dose(self, drug: str) -> DeferredColumn:
        """Return the sum of the daily doses, where all of them are known."""
        rows, active = self.summary.rows, self._active(drug)
        dose = self.summary.column(f"{drug} dose", rows.dose.sum(where=active))
        undosed = self._any(f"{drug} without a dose", active & rows.dose.isnull())
        whole = exact(Decimal(self._sizes.whole))
        return lambda wide: Ratio(ibis.cases((~wide[undosed], wide[dose])), whole)

    def days(self, drug: str) -> DeferredColumn:
        """Return how many days ago the drug was started; NULL unless every active course has a start."""
        rows, active = self.summary.rows, self._active(drug)
        begun = self.summary.column(f"{drug} begun", rows.begun.max(where=active))
        undated = self._any(f"{drug} begun some time", active & rows.begun.isnull())
        return lambda wide: ibis.cases((~wide[undated], wide[begun]))

    def stopped(self, drug: str) -> DeferredColumn:
        """Return whether the drug was ever stopped."""
        name = self._ended(drug)
        return lambda wide: _known(wide, wide[name].notnull())

    def days_since_stop(self, drug: str) -> DeferredColumn:
        """Return how many days ago the drug was last stopped."""
        name = self._ended(drug)
        return lambda wide: wide[name]

    def indication(self, drug: str, conditions: Iterable[Candidate]) -> DeferredColumn:
        """Return what the drug is taken for: what every course says, or else the one condition present."""
        rows, active = self.summary.rows, self._active(drug)
        first = self.summary.column(f"{drug} first indication", rows.indication.min(where=active))
        last = self.summary.column(f"{drug} last indication", rows.indication.max(where=active))
        unsaid = self._any(f"{drug} without an indication", active & rows.indication.isnull())
        candidates = tuple(conditions)

        def fact(wide: ir.Table) -> ir.StringValue:
            only = _only_one_present(wide, candidates)
            stated = ibis.cases((wide[first] == wide[last], wide[first]))
            agreed = ibis.cases((wide[first].isnull() | (stated == only), only))
            return ibis.cases((wide[unsaid], agreed), else_=stated)

        return fact

    def _active(self, drug: str) -> ir.BooleanValue:
        return self._is(drug) & self.summary.rows.active

    def _is(self, drug: str) -> ir.BooleanValue:
        numbers = [self._number[member] for member in self._groups[drug]]
        found: ir.BooleanValue = self.summary.rows.concept.isin(numbers)
        return found

    def _any(self, what: str, where: ir.BooleanValue) -> str:
        return self.summary.column(what, where.any())

    def _ended(self, drug: str) -> str:
        rows = self.summary.rows
        return self.summary.column(f"{drug} ended", rows.ended.min(where=self._is(drug) & ~rows.active))


def _known(wide: ir.Table, value: ir.BooleanValue) -> ir.BooleanValue:
    return ibis.cases((wide[_LAYOUT.recorded], value))


def _only_one_present(wide: ir.Table, candidates: Sequence[Candidate]) -> ir.StringValue:
    """Return the one of some conditions that is present, where each is known and only one is."""
    if not candidates:
        return ibis.null("string")
    present: list[ir.BooleanValue] = [fact(wide) for _, fact in candidates]
    count = reduce(operator.add, (truth.cast("int64") for truth in present))
    named = ((truth, condition) for truth, (condition, _) in zip(present, candidates, strict=True))
    return ibis.cases((count == 1, ibis.cases(*named)))
