"""Hash chains: every writer has one for each kind of row, and each link covers the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cds_api.ledger import tables
from cds_api.ledger.canonical import Texts, canonical_texts, digest

Encode = Callable[[Texts], bytes]
Row = Mapping[str, Any]


def start_link(chain: Row, encode: Encode = canonical_texts) -> str:
    """Return the link before the first one of a chain, which covers the row of the chain itself."""
    names = ("chain", "kind", "started", "writer", "engine")
    return digest(encode({name: chain[name] for name in names}))


def content(kind: str, row: Row) -> dict[str, str | None]:
    """Return the columns of a row that its digest covers."""
    return {name: row[name] for name in tables.CONTENT[kind]}


def content_digest(kind: str, row: Row, encode: Encode = canonical_texts) -> str:
    """Return the digest of a row."""
    return digest(encode({"kind": kind, **content(kind, row)}))


def link(row: Row, previous: str, encode: Encode = canonical_texts) -> str:
    """Return the link of a row that follows the link ``previous``."""
    place = {name: row[name] for name in ("chain", "sequence", "id", "digest")}
    return digest(encode({**place, "previous": previous}))


@dataclass(slots=True)
class Chain:
    """The end of a chain that is being written."""

    chain: int
    kind: str
    length: int
    head: str

    def extend(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return ``values`` as the next row of the chain, with its place."""
        row = {**values, "chain": self.chain, "sequence": self.length}
        row["digest"] = content_digest(self.kind, row)
        row["link"] = self.head = link(row, self.head)
        self.length += 1
        return row


def start_chain(connection: sa.Connection, kind: str, started: str, writer: str, engine: str) -> Chain:
    """Start a new chain.

    Args:
        connection: the connection to the ledger.
        kind: the kind of rows that the chain has.
        started: the time.
        writer: a name of the process that writes the chain.
        engine: the version of the engine.
    """
    row: dict[str, Any] = {"kind": kind, "started": started, "writer": writer, "engine": engine}
    insert = sa.insert(tables.chains).values(**row).returning(tables.chains.c.chain)
    row["chain"] = connection.execute(insert).scalar_one()
    return Chain(row["chain"], kind, 0, start_link(row))
