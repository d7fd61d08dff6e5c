"""Runs the migrations of the ledger on the connection that :mod:`cds_api.ledger.database` passes."""

from alembic import context
from cds_api.ledger.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
