"""Group commit: one thread stores the rows of many requests in one transaction, and then tells them.

After any failure the writer starts new chains on a new connection, so that a transaction whose outcome it was
not told cannot be in its way.
"""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from cds_api.decisions import LedgerUnavailableError
from cds_api.ledger import tables
from cds_api.ledger.canonical import timestamp
from cds_api.ledger.chains import Chain, start_chain
from cds_api.ledger.database import Database, transaction
from cds_api.ledger.gathering import MAX_ROWS, Gatherer, Group, Request, Row
from cds_api.observability import LOG, describe_error

UNAVAILABLE = "The decision ledger cannot be written."


class Writer:
    """Stores rows, for any number of tasks and event loops; it starts its thread when it is first used."""

    def __init__(self, database: Database, engine_version: str, clock: Callable[[], datetime]) -> None:
        """Prepare to write.

        Args:
            database: the database of the ledger.
            engine_version: the version of the engine, which is noted with each chain.
            clock: returns the time, which is noted with each chain.
        """
        self.failing = False
        """Whether the last transaction failed."""
        self._database = database
        self._engine_version = engine_version
        self._clock = clock
        self._name = uuid.uuid4().hex
        self._groups: queue.SimpleQueue[Group | None] = queue.SimpleQueue()
        self._gatherers: WeakKeyDictionary[asyncio.AbstractEventLoop, Gatherer] = WeakKeyDictionary()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._connection: sa.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._chains: dict[str, Chain] = {}
        self._rulebooks: set[str] = set()

    async def store(self, rows: Sequence[Row]) -> None:
        """Store rows; they are on disk when this returns.

        Raises:
            LedgerUnavailableError: if they could not be stored, or it is not known whether they were.
        """
        loop = asyncio.get_running_loop()
        size = sum(len(row.values.get(name) or b"") for row in rows for name in tables.BLOBS[row.kind])
        request = Request(rows, size, loop.create_future())
        self._gatherer(loop).add(request)
        await request.stored

    def close(self) -> None:
        """Store what was handed over, and stop."""
        if self._thread is not None:
            self._groups.put(None)
            self._thread.join()
            self._thread = None

    def _gatherer(self, loop: asyncio.AbstractEventLoop) -> Gatherer:
        found = self._gatherers.get(loop)
        if found is None:
            with self._starting:
                found = self._gatherers[loop] = Gatherer(loop, self._groups.put)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
                    self._thread.start()
        return found

    def _run(self) -> None:
        while (group := self._groups.get()) is not None:
            error: LedgerUnavailableError | None = None
            try:
                self._write_twice([row for request in group.requests for row in request.rows])
            except Exception as cause:
                error = LedgerUnavailableError(UNAVAILABLE)
                self._give_up(cause)
            self.failing = error is not None
            group.tell(error)
        self._disconnect()

    def _write_twice(self, rows: Sequence[Row]) -> None:
        """Store rows; once more if the connection breaks, as when the database was restarted.

        If the first transaction did happen, the second one fails, because identifiers are unique.
        """
        try:
            self._write(rows)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            self._disconnect()
            try:
                self._write(rows)
            except IntegrityError:
                if not self._are_stored(rows):
                    raise
                self._disconnect()

    def _are_stored(self, rows: Sequence[Row]) -> bool:
        with self._database.connect() as connection:
            return all(
                connection.execute(sa.select(table.c.id).where(table.c.id == row.values["id"])).first()
                for row in rows
                for table in [tables.LINK_TABLES[row.kind]]
            )

    def _write(self, rows: Sequence[Row]) -> None:
        """Store rows in one transaction."""
        connection = self._connect()
        by_kind = {kind: [row for row in rows if row.kind == kind] for kind in tables.LINK_TABLES}
        links = [
            (kind, [self._chain(kind).extend(row.values) for row in found])
            for kind, found in by_kind.items()
            if found
        ]
        known = {digest: text for row in rows for digest, text in row.rulebooks.items()}
        rulebooks = {digest: text for digest, text in known.items() if digest not in self._rulebooks}
        cards = {(card, row.values["id"]) for row in rows for card in row.cards}
        if len(links) == 1 and not rulebooks and not cards:
            # One statement is a transaction of its own. This thread then waits for the interpreter once only.
            _insert_links(connection, *links[0])
            return
        with transaction(connection):
            for digest, text in rulebooks.items():
                _insert_rulebook(connection, digest, text)
            for kind, found in links:
                _insert_links(connection, kind, found)
            if cards:
                values = [{"card": card, "entry": entry} for card, entry in sorted(cards)]
                connection.execute(sa.insert(tables.cards), values)
        self._rulebooks |= rulebooks.keys()

    def _connect(self) -> sa.Connection:
        """Return the connection; open one if there is none, and refuse one to a file that was replaced."""
        if self._connection is None:
            identity = self._database.file_identity()
            self._connection = self._database.open_writer()
            self._file = identity
        elif self._database.file_identity() != self._file:
            raise OSError("the file of the ledger was replaced")
        return self._connection

    def _chain(self, kind: str) -> Chain:
        chain = self._chains.get(kind)
        if chain is None:
            assert self._connection is not None
            started = timestamp(self._clock())
            chain = start_chain(self._connection, kind, started, self._name, self._engine_version)
            self._chains[kind] = chain
        return chain

    def _give_up(self, cause: Exception) -> None:
        """Log a failure, and forget everything that the failed transaction may have changed."""
        LOG.error(UNAVAILABLE, extra={"fields": describe_error(cause)})
        self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            try:
                self._connection.invalidate()
                self._connection.close()
            except SQLAlchemyError as error:
                LOG.debug("the ledger's connection was not closed", extra={"fields": describe_error(error)})
        self._connection = None
        self._chains = {}
        self._rulebooks = set()


def _insert_links(connection: sa.Connection, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows with one statement; for many rows that is much faster than one statement for each."""
    names = tuple(column.name for column in tables.LINK_TABLES[kind].columns)
    for first in range(0, len(rows), MAX_ROWS):
        part = rows[first : first + MAX_ROWS]
        statement = _insert_statement(kind, names, len(part), connection.dialect.name)
        values = tuple(itertools.chain.from_iterable([row[name] for name in names] for row in part))
        connection.exec_driver_sql(statement, values)


@lru_cache(maxsize=4 * MAX_ROWS)
def _insert_statement(kind: str, names: Iterable[str], rows: int, dialect: str) -> str:
    """Return the statement that inserts a number of rows, in the parameter style of the driver."""
    columns = ", ".join(names)
    mark = "?" if dialect == "sqlite" else "%s"
    values = f"({', '.join(mark for _ in names)})"
    return f"INSERT INTO {kind} ({columns}) VALUES {', '.join([values] * rows)}"


def _insert_rulebook(connection: sa.Connection, digest: str, text: bytes) -> None:
    """Store a rulebook, unless it is stored already."""
    present = sa.select(tables.rulebooks.c.digest).where(tables.rulebooks.c.digest == digest)
    if connection.execute(present).first() is None:
        dialect = connection.dialect.name
        ignore = "INSERT INTO rulebooks (digest, content) VALUES ({0}, {0}) ON CONFLICT DO NOTHING"
        mark = "?" if dialect == "sqlite" else "%s"
        connection.exec_driver_sql(ignore.format(mark), (digest, text))
