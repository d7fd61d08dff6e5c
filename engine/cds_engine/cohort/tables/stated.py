"""Conditions and symptoms: of several rows for one concept the one counts that outweighs the others.

Present outweighs not known, which outweighs absent; the more severe of two present ones counts. So each row
has a weight, and a patient the greatest weight of any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.tables.entries import Entries
from cds_engine.cohort.tables.layout import EVENTS, EventName
from cds_engine.cohort.tables.summary import DeferredColumn, Summary
from cds_engine.rulebook.model import SEVERITIES

_PRESENT, _UNKNOWN = 2, 1
_GRADES = len(SEVERITIES) + 1


class Stated:
    """What is stated of some concepts of a section."""

    def __init__(self, name: EventName, entries: Entries, concepts: Iterable[str]) -> None:
        layout = EVENTS[name]
        self._recorded = layout.recorded
        self._number = {concept: number for number, concept in enumerate(sorted(concepts))}
        meant = entries.meanings.terms[name].concepts.items()
        codes = entries.scratch.small(
            {"meant": "string", "concept": "int16"},
            [(code, self._number[concept]) for code, concept in meant if concept in self._number],
        )
        rows = entries.rows(name)
        rows = rows.join(codes, rows[layout.code] == codes.meant)
        if not entries.cells[name].has("present"):
            rows = rows.mutate(present=ibis.literal(True))
        self.summary = Summary(name, rows.mutate(weight=_weight(rows)))

    def present(self, concept: str) -> Callable[[ir.Table], ir.BooleanValue]:
        """Return whether a concept is present."""
        name = self._heaviest(concept)

        def fact(wide: ir.Table) -> ir.BooleanValue:
            rank = wide[name] // _GRADES
            return ibis.cases(
                (~wide[self._recorded], ibis.null("boolean")),
                (wide[name].isnull(), False),
                (rank != _UNKNOWN, rank == _PRESENT),
            )

        return fact

    def severity(self, concept: str) -> DeferredColumn:
        """Return the severity of a concept that is present."""
        name = self._heaviest(concept)

        def fact(wide: ir.Table) -> ir.StringValue:
            severe = enumerate(SEVERITIES, start=1)
            return ibis.cases(*((wide[name] == _PRESENT * _GRADES + grade, word) for grade, word in severe))

        return fact

    def _heaviest(self, concept: str) -> str:
        rows = self.summary.rows
        return self.summary.column(concept, rows.weight.max(where=rows.concept == self._number[concept]))


def _weight(rows: ir.Table) -> ir.IntegerValue:
    present: ir.BooleanValue = rows.present
    if "onset" in rows.columns:
        gone = ((rows.onset > rows.as_of) | (rows.resolved <= rows.as_of)).fill_null(False)
        present = ibis.cases((present & gone, False), else_=present)
    rank = ibis.cases((present, _PRESENT), (present.isnull(), _UNKNOWN), else_=0)
    if "severity" not in rows.columns:
        return rank * _GRADES
    grades = enumerate(SEVERITIES, start=1)
    grade = ibis.cases(*((rows.severity == word, grade) for grade, word in grades), else_=0)
    return rank * _GRADES + grade
