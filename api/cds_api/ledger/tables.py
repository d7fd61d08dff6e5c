"""The tables of the ledger.

Rows of ``entries`` and ``feedback`` are links of a hash chain: their ``digest`` covers the columns of the
content, their ``link`` covers the digest, their place and the link before. Pruning removes the content and
leaves ``PLACE``. The tables ``cards`` and ``coverage`` are indexes over what is stored elsewhere.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from cds_api.ledger.compression import Compressed

METADATA = MetaData()
PLACE = ("chain", "sequence", "id", "digest", "link")
"""The columns of a link that are never removed."""

chains = Table(
    "chains",
    METADATA,
    Column("chain", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("writer", Text, nullable=False),
    Column("engine", Text, nullable=False),
    sqlite_autoincrement=True,
)


def _link_table(name: str, *content: Column[str]) -> Table:
    return Table(
        name,
        METADATA,
        Column("chain", Integer, primary_key=True, autoincrement=False),
        Column("sequence", Integer, primary_key=True, autoincrement=False),
        Column("id", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("link", Text, nullable=False),
        *content,
        UniqueConstraint("id", name=f"{name}_id"),
    )


entries = _link_table(
    "entries",
    Column("time", Text),
    Column("caller", Text),
    Column("route", Text),
    Column("hook_instance", Text),
    Column("parameters", Text),
    Column("rulebooks", Text),
    Column("engine", Text),
    Column("input_digest", Text),
    Column("input_kept", Text),
    Column("input_kept_digest", Text),
    Column("answer_digest", Text),
    Column("answer_type", Text),
    Column("answer_kept_digest", Text),
    Column("salt", Text),
)
for _name in ("input", "answer"):
    entries.append_column(Column(_name, Compressed))

feedback = _link_table(
    "feedback",
    Column("time", Text),
    Column("caller", Text),
    Column("entry", Text),
    Column("card", Text),
    Column("service", Text),
    Column("rule", Text),
    Column("outcome", Text),
    Column("outcome_time", Text),
    Column("reason", Text),
    Column("salt", Text),
)
Index("feedback_entry", feedback.c.entry)

rulebooks = Table(
    "rulebooks",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("public_key", Text, nullable=False),
)

coverage = Table(
    "coverage",
    METADATA,
    Column("chain", Integer, primary_key=True, autoincrement=False),
    Column("length", Integer, primary_key=True, autoincrement=False),
    Column("checkpoint", Integer, nullable=False),
)

cards = Table(
    "cards",
    METADATA,
    Column("card", Text, primary_key=True),
    Column("entry", Text, primary_key=True),
)

LINK_TABLES = {"entries": entries, "feedback": feedback}
"""The tables whose rows are links, by the kind of their chains."""
BLOBS = {"entries": ("input", "answer"), "feedback": ()}
"""The columns that the digest of a link covers by digests of their own."""
CONTENT = {
    kind: tuple(c.name for c in table.columns if c.name not in (*PLACE, *BLOBS[kind]))
    for kind, table in LINK_TABLES.items()
}
"""The columns that the digest of a link covers."""
REVISION = "0001"
"""The newest migration."""
