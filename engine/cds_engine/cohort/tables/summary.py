"""Rows of many patients as one row a patient."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import ibis.expr.types as ir

from cds_engine.cohort.expressions import Column

DeferredColumn: TypeAlias = Callable[[ir.Table], Column]
"""A fact, to be made of the table that has a patient with all summaries beside it."""


class Summary:
    """The aggregates of ``rows`` that some fact asks for, each made once."""

    def __init__(self, name: str, rows: ir.Table) -> None:
        self.name = name
        self.rows = rows
        self._columns: dict[str, ir.Scalar] = {}

    def column(self, what: str, aggregate: ir.Scalar) -> str:
        """Return the name of the column for ``aggregate``, which ``what`` says in words."""
        name = f"{self.name}: {what}"
        self._columns.setdefault(name, aggregate)
        return name

    def beside(self, patients: ir.Table) -> ir.Table:
        """Return ``patients`` with the columns of this summary, NULL for those without rows."""
        if not self._columns:
            return patients
        whose = f"{self.name}: patient_id"
        summary = self.rows.group_by(**{whose: self.rows.patient_id}).agg(**self._columns)
        return patients.left_join(summary, patients.patient_id == summary[whose]).drop(whose)
