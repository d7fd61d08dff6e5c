"""Gathers the rows of many requests into groups, each of which one transaction stores.

The rows that an event loop hands over before it has nothing else to do, or while a transaction waits for the
disk, are stored together: a transaction costs several times as much as a row.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cds_api.decisions import LedgerUnavailableError

MAX_ROWS = 64
MAX_BYTES = 16 * 1024 * 1024
"""How much one transaction stores, unless a single request has more."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row to store: its kind, its columns without its place, and what belongs to it."""

    kind: str
    values: dict[str, Any]
    rulebooks: Mapping[str, bytes] = field(default_factory=dict)
    """The rulebooks that the row refers to, by digest."""
    cards: Sequence[str] = ()
    """The cards that the row's answer has."""


@dataclass(frozen=True, slots=True)
class Request:
    """Rows that are stored together, and who waits for them."""

    rows: Sequence[Row]
    size: int
    stored: asyncio.Future[None]


class Gatherer:
    """Gathers the requests of one event loop into groups, and hands over one group at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, hand_over: Callable[[Group], None]) -> None:
        self._loop = loop
        self._hand_over = hand_over
        self._waiting: deque[Request] = deque()
        self._busy = False

    def add(self, request: Request) -> None:
        """Add a request; what the loop does before its next turn may add more to its group."""
        self._waiting.append(request)
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._next)

    def _next(self) -> None:
        self._busy = bool(self._waiting)
        if self._busy:
            self._hand_over(Group(self._take(), self._loop, self._done))

    def _take(self) -> list[Request]:
        """Return the requests that one transaction stores."""
        taken = [self._waiting.popleft()]
        rows, size = len(taken[0].rows), taken[0].size
        while self._waiting:
            request = self._waiting[0]
            rows, size = rows + len(request.rows), size + request.size
            if rows > MAX_ROWS or size > MAX_BYTES:
                break
            taken.append(self._waiting.popleft())
        return taken

    def _done(self, requests: Sequence[Request], error: LedgerUnavailableError | None) -> None:
        for request in requests:
            if not request.stored.done():
                if error is None:
                    request.stored.set_result(None)
                else:
                    request.stored.set_exception(error)
        self._next()


@dataclass(frozen=True, slots=True)
class Group:
    """Requests of one event loop that one transaction stores."""

    requests: Sequence[Request]
    loop: asyncio.AbstractEventLoop
    done: Callable[[Sequence[Request], LedgerUnavailableError | None], None]

    def tell(self, error: LedgerUnavailableError | None) -> None:
        """Tell the event loop what became of the group."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self.loop.call_soon_threadsafe(self.done, self.requests, error)
