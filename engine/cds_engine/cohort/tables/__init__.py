"""The layout ``tables``: a table of patients, and a table of entries for each section of a record.

Rows mean what the entries of a record mean. Queries and formulas become table expressions, so that no entry
passes through Python; only the distinct codes and units do.

Some differences to a record remain. A number has at most 6 decimals, in addition to the limit of 15 digits.
The limit of 5,000 entries does not apply. A missing table makes its section unknown for everybody; where
``conditions_recorded`` or a column like it is false, the section of that patient is unknown and has no rows.
"""

from cds_engine.cohort.tables.layout import TABLES
from cds_engine.cohort.tables.source import Tables

__all__ = ["TABLES", "Tables"]
