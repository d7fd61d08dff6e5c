"""Signed checkpoints: what every chain was at a moment.

A checkpoint has, for each chain that grew since the checkpoint before, its length, its last link, and the
root of a Merkle tree over its new links. It also covers the digest of the checkpoint before, so that the last
checkpoint covers all chains and all checkpoints.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cds_api.decisions import LedgerError
from cds_api.ledger import merkle, tables
from cds_api.ledger.canonical import canonical, digest, timestamp
from cds_api.ledger.database import Database, transaction
from cds_api.ledger.signing import SigningKey
from cds_api.observability import LOG, describe_error

ATTEMPTS = 20
"""How often a checkpoint is tried while other processes write theirs."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The links of one chain that a checkpoint covers and the one before does not."""

    chain: int
    first: int
    length: int
    """The length of the chain: the sequence of the last link, plus one."""
    head: str
    root: str

    def as_json(self) -> dict[str, Any]:
        """Return the segment as it is signed."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed checkpoint."""

    content: str
    """Canonical JSON: what is signed."""
    signature: str
    public_key: str

    @property
    def fields(self) -> dict[str, Any]:
        """The content as an object.

        Raises:
            ValueError: if it is none.
        """
        found = json.loads(self.content)
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found

    @property
    def segments(self) -> list[Segment]:
        """The segments of the chains.

        Raises:
            ValueError: if the content has none.
        """
        try:
            found = [Segment(**segment) for segment in self.fields["chains"]]
            for segment in found:
                numbers, texts = (segment.chain, segment.first, segment.length), (segment.head, segment.root)
                if {*map(type, numbers)} != {int} or {*map(type, texts)} != {str}:
                    raise TypeError("a number or a text is of another type")
        except (KeyError, TypeError) as error:
            raise ValueError(f"no segments of chains: {error}") from None
        return found

    def as_json(self) -> dict[str, Any]:
        """Return the checkpoint as it is published."""
        return {"checkpoint": self.fields, "signature": self.signature, "public_key": self.public_key}


def read_checkpoints(connection: sa.Connection) -> list[tuple[int, Checkpoint]]:
    """Return all checkpoints with their numbers, in order."""
    table = tables.checkpoints.c
    query = sa.select(table.number, table.content, table.signature, table.public_key).order_by(table.number)
    return [(row.number, Checkpoint(*row[1:])) for row in connection.execute(query)]


def read_checkpoint(connection: sa.Connection, number: int) -> Checkpoint | None:
    """Return the checkpoint with this number."""
    table = tables.checkpoints.c
    query = sa.select(table.content, table.signature, table.public_key).where(table.number == number)
    row = connection.execute(query).first()
    return None if row is None else Checkpoint(*row)


def write_checkpoint(
    database: Database, key: SigningKey, at: datetime, *, pruned_before: str | None = None
) -> Checkpoint | None:
    """Write and return a checkpoint that covers everything stored so far; None if nothing is new.

    Args:
        database: the database of the ledger.
        key: the key to sign with.
        at: the time.
        pruned_before: the smallest identifier that pruning leaves, if the checkpoint records one.

    Raises:
        LedgerError: if the database fails, or other processes are faster every time.
    """
    with database.connect() as connection:
        for _ in range(ATTEMPTS):
            number, previous = _last(connection)
            segments = _new_segments(connection)
            if not segments and pruned_before is None:
                return None
            content = canonical(
                {
                    "chains": [segment.as_json() for segment in segments],
                    "number": number + 1,
                    "previous": previous,
                    "pruned_before": pruned_before,
                    "time": timestamp(at),
                }
            )
            checkpoint = Checkpoint(content.decode(), key.sign(content), key.public_key)
            try:
                _insert(connection, number + 1, checkpoint)
            except IntegrityError:  # another process was faster
                continue
            return checkpoint
    raise LedgerError("other processes wrote checkpoints all the time; try again")


def _insert(connection: sa.Connection, number: int, checkpoint: Checkpoint) -> None:
    row = {"content": checkpoint.content, "signature": checkpoint.signature}
    covered = [
        {"chain": segment.chain, "length": segment.length, "checkpoint": number}
        for segment in checkpoint.segments
    ]
    with transaction(connection):
        connection.execute(
            sa.insert(tables.checkpoints).values(number=number, public_key=checkpoint.public_key, **row)
        )
        if covered:
            connection.execute(sa.insert(tables.coverage), covered)


def _last(connection: sa.Connection) -> tuple[int, str | None]:
    """Return the number and the digest of the last checkpoint; 0 and None if there is none."""
    table = tables.checkpoints.c
    last = connection.execute(sa.select(table.number, table.content).order_by(table.number.desc())).first()
    return (0, None) if last is None else (last.number, digest(last.content.encode()))


def _new_segments(connection: sa.Connection) -> list[Segment]:
    """Return what was added to each chain since the last checkpoint."""
    found = []
    for kind, table in tables.LINK_TABLES.items():
        chain = tables.chains.c.chain
        last = sa.select(sa.func.max(table.c.sequence)).where(table.c.chain == chain).scalar_subquery()
        covered = (
            sa.select(sa.func.max(tables.coverage.c.length))
            .where(tables.coverage.c.chain == chain)
            .scalar_subquery()
        )
        grown = sa.select(chain, sa.func.coalesce(covered, 0).label("covered")).where(
            tables.chains.c.kind == kind, last >= sa.func.coalesce(covered, 0)
        )
        for row in connection.execute(grown.order_by(chain)).all():
            links = read_links(connection, kind, row.chain, row.covered)
            if links:
                found.append(_segment(row.chain, row.covered, links))
    return found


def read_links(
    connection: sa.Connection, kind: str, chain: int, first: int, length: int | None = None
) -> list[str]:
    """Return the links of a chain from ``first`` on, up to its ``length``."""
    table = tables.LINK_TABLES[kind].c
    query = sa.select(table.link).where(table.chain == chain, table.sequence >= first)
    if length is not None:
        query = query.where(table.sequence < length)
    return list(connection.execute(query.order_by(table.sequence)).scalars())


def _segment(chain: int, first: int, links: Sequence[str]) -> Segment:
    return Segment(chain, first, first + len(links), links[-1], segment_root(links))


def segment_root(links: Sequence[str]) -> str:
    """Return the root of the Merkle tree over links, in hexadecimal."""
    return merkle.root([link.encode() for link in links]).hex()


class Checkpointer:
    """Writes a checkpoint at regular intervals, in a thread; of several processes one does it each time."""

    def __init__(
        self, database: Database, key: SigningKey, seconds: float, clock: Callable[[], datetime]
    ) -> None:
        """Prepare a checkpoint every ``seconds``."""
        self._database = database
        self._key = key
        self._seconds = seconds
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)

    def start(self) -> None:
        """Start the thread, which first covers what an earlier process has left."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and write a last checkpoint."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._write()

    def _run(self) -> None:
        self._write()
        while not self._stop.wait(self._seconds):
            if self._is_due():
                self._write()

    def _is_due(self) -> bool:
        """Return whether the last checkpoint is so old that another one is due."""
        try:
            with self._database.connect() as connection:
                number, _ = _last(connection)
                checkpoint = read_checkpoint(connection, number)
        except LedgerError:
            return False
        if checkpoint is None:
            return True
        written = datetime.fromisoformat(checkpoint.fields["time"])
        return self._clock() - written >= timedelta(seconds=self._seconds) / 2

    def _write(self) -> None:
        try:
            write_checkpoint(self._database, self._key, self._clock())
        except Exception as error:
            LOG.error("no checkpoint was written", extra={"fields": describe_error(error)})
