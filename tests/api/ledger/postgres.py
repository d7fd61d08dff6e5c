"""A PostgreSQL server for tests, on a Unix socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

MISSING = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
_USER = "ledger"


def binaries() -> Path | None:
    """Return the folder of the server's programs, or None if there are none."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found = shutil.which("initdb")
    if found is not None:
        folders.append(Path(found).resolve().parent)
    return max(folders, key=lambda folder: [*map(_number, folder.parts)], default=None)


def _number(part: str) -> int:
    return int(part) if part.isdigit() else 0


class PostgresServer:
    """A server with a cluster of its own. It does not run as root, which PostgreSQL refuses."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._account: str | None = None
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self._account = "postgres" if "postgres" in names else "nobody"
            shutil.chown(folder, self._account)
        initdb = ["initdb", "-D", "data", "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        self._popen([*initdb, "--no-locale"]).wait(60)
        self.start()

    def _popen(self, command: list[str]) -> subprocess.Popen[bytes]:
        log = (self.folder / "log").open("ab")
        program = [str(self.programs / command[0]), *command[1:]]
        clean = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C"}
        with log:
            return subprocess.Popen(
                program,
                cwd=self.folder,
                env=clean,
                stdout=log,
                stderr=log,
                user=self._account,
                extra_groups=[] if self._account else None,
            )

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        sockets = ["-c", f"unix_socket_directories={self.folder}", "-c", "listen_addresses="]
        self.process = self._popen(["postgres", "-D", "data", *sockets])
        for _ in range(600):
            try:
                psycopg.connect(self._url("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop the server at once, as a crash would: it recovers when it starts again."""
        assert self.process is not None
        pg_ctl = ["pg_ctl", "stop", "-D", "data", "-m", "immediate", "-w"]
        self._popen(pg_ctl).wait(30)
        self.process.wait(30)

    def restart(self) -> None:
        """Stop the server as a crash would, and start it again."""
        self.stop()
        self.start()

    def create_database(self) -> str:
        """Create a database, and return its address."""
        self._databases += 1
        name = f"ledger_{self._databases}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type,unused-ignore]
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://{_USER}@/{name}?host={self.folder}"


@contextmanager
def running_server(programs: Path) -> Iterator[PostgresServer]:
    """Run a server until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="cds-postgres-"))
    try:
        server = PostgresServer(programs, folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
