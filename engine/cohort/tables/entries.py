"""What a partition is worked out from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from engine.cohort.tables.cells import Cells
from engine.cohort.tables.codes import Meanings
from engine.cohort.tables.layout import EventName
from engine.cohort.tables.shelf import Shelf


@dataclass(frozen=True)
class Entries:
    """Patients, the rows that are entries of theirs, and what the codes and units in these mean."""

    shelf: Shelf
    people: ir.Table
    cells: Mapping[EventName, Cells]
    meanings: Meanings

    def rows(self, name: EventName, *further: str) -> ir.Table:
        """Return these patients' entries, each with ``as_of`` and ``further`` columns of the patient."""
        cells = self.cells[name]
        columns = {column: value for column, value in cells.columns.items() if column != "patient_id"}
        entries = cells.table.select(whose=cells["patient_id"], **columns)
        people = self.people.select("patient_id", "as_of", *further)
        return entries.join(people, entries.whose == people.patient_id)
