"""Work in a thread, while the event loop answers other requests."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

TURN_SECONDS = 0.001
"""How long, in seconds, work in the background may keep the interpreter from other requests.

Without such work, Python's turns, five times as long, are better: what the ledger's thread has to do can wait
until a response is sent.
"""
T = TypeVar("T")
P = ParamSpec("P")


class Background:
    """A thread that does one piece of work after the other.

    There is one, so that the memory that several large bodies take together is that of one, and other
    requests share the processor with one only.
    """

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``work`` returns, without keeping other requests waiting."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _in_short_turns, partial(work, *args, **kwargs))


class _ShortTurns:
    """Makes the turns of this process's threads short while it is entered, by any number of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entered = 0
        self._usual = sys.getswitchinterval()

    def __enter__(self) -> None:
        with self._lock:
            if not self._entered:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(TURN_SECONDS)
            self._entered += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._entered -= 1
            if not self._entered:
                sys.setswitchinterval(self._usual)


_short_turns = _ShortTurns()


def _in_short_turns(work: Callable[[], T]) -> T:
    with _short_turns:
        return work()
