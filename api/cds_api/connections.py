"""Limits on the connections of a worker process.

A connection either waits for its client (for a request, the rest of one, or until it reads a response) or the
service works on its request. Where there are too many, the one that has waited longest is closed, so that
clients that hold connections never keep others out.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
from dataclasses import dataclass
from typing import ClassVar, Protocol

from cds_api.observability import LOG
from cds_api.settings import Settings, read_settings

SWEEP_SECONDS = 0.5
BACKLOG = 512
"""Connections that may wait to be accepted; asyncio accepts all of them before the first is admitted here."""
_OTHER_FILES = 100
"""File descriptors that are kept for everything but the connections of clients."""


class Connection(Protocol):
    """What is needed of a connection."""

    def check(self, now: float) -> None:
        """Close the connection if its client is too slow."""

    def abort(self) -> None:
        """Close the connection at once."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections there may be, and how long, in seconds, a client may take."""

    connections: int
    head_timeout: float
    write_timeout: float


def connection_limits(settings: Settings, files: int) -> ConnectionLimits:
    """Return the limits for a process that may open ``files`` files."""
    reserved = min(BACKLOG + _OTHER_FILES, files * 3 // 4)
    return ConnectionLimits(
        connections=min(settings.max_connections, files - reserved),
        head_timeout=settings.body_timeout,
        write_timeout=settings.write_timeout,
    )


def raise_file_limit(settings: Settings) -> None:
    """Let this process and its workers open as many files as the connections need, if the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.max_connections + BACKLOG + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _open_files() -> int:
    """Return how many files this process may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if files == resource.RLIM_INFINITY else files


class Connections:
    """The open connections of this process, and which of them wait for their clients."""

    _instance: ClassVar[Connections | None] = None

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: set[Connection] = set()
        self._waiting: dict[Connection, None] = {}  # the one that has waited longest is first
        self._closed = self._refused = 0

    @classmethod
    def of_this_process(cls) -> Connections:
        """Return the connections of this process, which are checked from the first one on."""
        if cls._instance is None:
            cls._instance = cls(connection_limits(read_settings(), _open_files()))
            cls._instance.sweep(asyncio.get_running_loop())
        return cls._instance

    def admit(self, connection: Connection) -> bool:
        """Add a connection, in place of another if there are too many; return whether there was room.

        If none waits for its client, there is room for some more: many of them will wait in a moment.
        """
        if len(self._open) >= self.limits.connections:
            longest = next(iter(self._waiting), None)
            if longest is not None:
                self._closed += 1
                longest.abort()
            elif len(self._open) >= self.limits.connections + BACKLOG // 2:
                self._refused += 1
                return False
        self._open.add(connection)
        self._waiting[connection] = None
        return True

    def touch(self, connection: Connection) -> None:
        """Note that the client has just sent something."""
        if connection in self._waiting:
            del self._waiting[connection]
            self._waiting[connection] = None

    def wait_for(self, connection: Connection) -> None:
        """Note that the service waits for the client of a connection."""
        if connection in self._open:
            self._waiting[connection] = None

    def work_on(self, connection: Connection) -> None:
        """Note that the client of a connection waits for the service."""
        self._waiting.pop(connection, None)

    def forget(self, connection: Connection) -> None:
        """Remove a connection that is closed."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)

    def sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check every connection, and again every half second; report a full service in one line."""
        now = loop.time()
        for connection in list(self._open):
            connection.check(now)
        if self._closed or self._refused:
            fields = {"limit": self.limits.connections, "closed": self._closed, "refused": self._refused}
            LOG.log(logging.WARNING, "too many connections", extra={"fields": fields})
            self._closed = self._refused = 0
        loop.call_later(SWEEP_SECONDS, self.sweep, loop)
