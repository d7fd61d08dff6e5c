"""Opens the database of the ledger: SQLite or PostgreSQL, with durable commits and current tables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from cds_api.decisions import LedgerError
from cds_api.ledger.tables import REVISION

BUSY_SECONDS = 5.0
"""How long a connection to SQLite waits for another one to finish writing."""
PAGE_BYTES = 8192
WAL_PAGES = 4000
"""How SQLite stores rows of some 6 kB; larger pages take no less time."""
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10
"""How long PostgreSQL may take to store entries."""
MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6364732D6C6564  # 'cds-led': the advisory lock of PostgreSQL under which tables are migrated
_VERSION = sa.text("SELECT version_num FROM alembic_version")


class Database:
    """The database of a ledger."""

    def __init__(self, url: str) -> None:
        """Prepare to connect to ``url``, without connecting yet.

        Raises:
            LedgerError: if the URL cannot be understood.
        """
        try:
            parsed = sa.make_url(url)
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            if self.is_sqlite:
                options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}}
            else:
                parsed = parsed.set(drivername="postgresql+psycopg")
                options = {"connect_args": {"connect_timeout": CONNECT_SECONDS}, "pool_pre_ping": True}
            self._engine = sa.create_engine(parsed, isolation_level="AUTOCOMMIT", **options)
        except (SQLAlchemyError, ValueError) as error:
            raise LedgerError(f"the ledger's address cannot be understood: {_first_line(error)}") from None
        self.name = parsed.render_as_string(hide_password=True).replace("postgresql+psycopg", "postgresql")
        self.path = Path(parsed.database or "") if self.is_sqlite else None
        if self.is_sqlite:
            sa.event.listen(self._engine, "connect", _make_durable)

    def create_or_upgrade(self) -> None:
        """Create the tables, or bring them up to date.

        Raises:
            LedgerError: if the database cannot be opened, or a newer version of the program made its tables.
        """
        if self.path is not None:
            try:
                # Only the owner may read it; the files that SQLite puts beside it get the same mode.
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            except OSError as error:
                raise LedgerError(f"the ledger {self.name} cannot be opened: {error.strerror}") from None
        with self.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql(f"PRAGMA page_size = {PAGE_BYTES}")
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            if self._revision(connection) != REVISION:
                _migrate(connection)
        self.check()

    def check(self) -> None:
        """Check that the database is a ledger of this version.

        Raises:
            LedgerError: if it is not, or cannot be opened.
        """
        if self.path is not None and not self.path.is_file():
            raise LedgerError(f"there is no ledger at {self.name}")
        with self.connect() as connection:
            revision = self._revision(connection)
        if revision != REVISION:
            found = "has no tables of a ledger" if revision is None else f"has tables of version {revision}"
            raise LedgerError(f"{self.name} {found}; expected version {REVISION}")

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """Connect until the block ends; each statement is committed as it is executed.

        Raises:
            LedgerError: if the database fails.
        """
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise LedgerError(f"the ledger {self.name} cannot be used: {_first_line(error)}") from error

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """Connect until the block ends, and read the database as it is now.

        Raises:
            LedgerError: if the database fails.
        """
        begin = "BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        with self.connect() as connection, transaction(connection, begin):
            yield connection

    def open_writer(self) -> sa.Connection:
        """Return a connection whose commits are on disk when they return, with short time limits.

        Raises:
            SQLAlchemyError: if the database cannot be opened.
        """
        connection = self._engine.connect()
        if not self.is_sqlite:
            connection.exec_driver_sql("SET synchronous_commit = on")
            connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
        return connection

    def file_identity(self) -> tuple[int, int] | None:
        """Return what identifies the file of SQLite, which changes if the file is replaced.

        Raises:
            OSError: if the file is gone.
        """
        if self.path is None:
            return None
        found = self.path.stat()
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._engine.dispose()

    @staticmethod
    def _revision(connection: sa.Connection) -> str | None:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(_VERSION).scalar()
        return found


@contextmanager
def transaction(connection: sa.Connection, begin: str | None = None) -> Iterator[None]:
    """Execute the statements of a block in one transaction, on a connection that commits each by itself."""
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql(begin or ("BEGIN IMMEDIATE" if sqlite else "BEGIN"))
    try:
        yield
    except BaseException:
        with suppress(SQLAlchemyError):
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def _migrate(connection: sa.Connection) -> None:
    """Run the migrations that are missing, in one transaction; others who try wait for it."""
    from alembic import command  # takes long to import, and is needed once
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    with transaction(connection):
        if connection.dialect.name != "sqlite":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(config, "head")


def _make_durable(connection: Any, _record: object) -> None:
    """Make every commit to SQLite wait for the disk, and move commits to the database file less often."""
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")


def _first_line(error: Exception) -> str:
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__
