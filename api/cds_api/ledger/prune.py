"""Removes the content of old decisions and feedback; their digests and links stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from cds_api.ledger import tables
from cds_api.ledger.canonical import first_identifier
from cds_api.ledger.checkpoints import write_checkpoint
from cds_api.ledger.database import Database, transaction
from cds_api.ledger.signing import SigningKey

BATCH = 500
"""Rows that are pruned in one transaction, so that the service need not wait long."""


def count_prunable(database: Database, before: datetime) -> int:
    """Return the number of decisions and feedback before a moment that are not pruned yet."""
    with database.connect() as connection:
        return sum(
            connection.execute(
                sa.select(sa.func.count()).select_from(table).where(*_prunable(table, before))
            ).scalar_one()
            for table in tables.LINK_TABLES.values()
        )


def prune(
    database: Database,
    key: SigningKey,
    before: datetime,
    at: datetime,
    advance: Callable[[int], None] = lambda _: None,
) -> int:
    """Remove the content of decisions and feedback before a moment; return how many there were.

    First a checkpoint records the pruning. It shows, for ever, that content was removed on purpose.

    Args:
        database: the database of the ledger.
        key: the key that signs the checkpoint.
        before: what is older is pruned.
        at: the time.
        advance: called with the number of rows that were pruned since it was last called.

    Raises:
        LedgerError: if the ledger cannot be written.
    """
    pruned_before = first_identifier(before)
    write_checkpoint(database, key, at, pruned_before=pruned_before)
    total = 0
    with database.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")  # overwrite what is removed
        for kind, table in tables.LINK_TABLES.items():
            while True:
                with transaction(connection):
                    pruned = _prune_some(connection, kind, table, before)
                if not pruned:
                    break
                total += pruned
                advance(pruned)
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return total


def _prune_some(connection: sa.Connection, kind: str, table: sa.Table, before: datetime) -> int:
    """Prune some rows of a table; return how many."""
    query = sa.select(table.c.id).where(*_prunable(table, before)).order_by(table.c.id).limit(BATCH)
    found = list(connection.execute(query).scalars())
    if found:
        removed = dict.fromkeys((*tables.CONTENT[kind], *tables.BLOBS[kind]))
        connection.execute(sa.update(table).where(table.c.id.in_(found)).values(removed))
        if kind == "entries":
            connection.execute(sa.delete(tables.cards).where(tables.cards.c.entry.in_(found)))
    return len(found)


def _prunable(table: sa.Table, before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.id < first_identifier(before), table.c.time.is_not(None)
