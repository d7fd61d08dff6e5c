"""Populations: one rulebook over millions of patients, as column expressions that a database runs."""

from typing import Literal, TypeAlias

Layout: TypeAlias = Literal["records", "facts", "tables"]
"""How a population is written: as documents, as a row of facts a patient, or as tables of entries."""
