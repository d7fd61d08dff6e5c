"""What a partition is worked out from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from cds_engine.cohort.tables.cells import Cells
from cds_engine.cohort.tables.codes import Meanings
from cds_engine.cohort.tables.layout import EventName
from cds_engine.cohort.tables.scratch import ScratchTables


@dataclass(frozen=True)
class Entries:
    """Patients, the rows that are entries of theirs, and what the codes and units in these mean."""

    scratch: ScratchTables
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
