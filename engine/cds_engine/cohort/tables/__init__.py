"""The layout ``tables``: patients in a table, and what is known of them in four others, a row for each entry.

What a record says in its lists stands here in rows, and means exactly the same. The derivations that the
rulebook declares become table expressions, so that no entry passes through Python; only the distinct codes
and units do.

The differences to a record are those of the form. A number has at most 6 decimals beside the 15 digits that a
record allows. The limit of 5,000 entries, which keeps an answer short, does not apply. A table that is
missing makes its section unknown for everybody; ``conditions_recorded`` and its like, where false, make it
unknown for one patient, who may have no row in it then.
"""

from cds_engine.cohort.tables.layout import TABLES
from cds_engine.cohort.tables.source import Tables

__all__ = ["TABLES", "Tables"]
