"""Populations: one rulebook for millions of patients, as column expressions that a database runs."""

from typing import Literal, TypeAlias

Layout: TypeAlias = Literal["records", "facts", "tables"]
"""The format of a population: documents, a row of facts per patient, or tables of entries."""
