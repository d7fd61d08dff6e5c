"""Bounds on what a caller may send: pure ASGI, so that nothing is read before it has been measured."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_api.problems import RefusedError
from cds_api.settings import Settings

MAX_HEADERS = 100
MAX_TARGET = 4096
MAX_DRAINED = 64 * 1024 * 1024
"""Up to this length a body that is too large is read and dropped, so that its sender sees the answer."""
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
STREAMED = "/v1/evaluate/batch"
"""The route whose body has no size: it bounds its lines and its time itself."""


class RateLimit:
    """Token buckets, one a caller: so many requests a second, and twice as many at once.

    A worker keeps its own buckets; the least recently seen callers are forgotten first, so that inventing
    callers costs no memory.
    """

    REMEMBERED = 10_000

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self.burst = max(1.0, 2 * per_second)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count one request of ``caller``.

        Raises:
            RefusedError: 429, with the seconds after which the next request is accepted.
        """
        if not self.per_second:
            return
        now = self._clock()
        level, at = self._buckets.pop(caller, (self.burst, now))
        level = min(self.burst, level + (now - at) * self.per_second)
        accepted = level >= 1
        self._buckets[caller] = (level - 1 if accepted else level, now)
        if len(self._buckets) > self.REMEMBERED:
            self._buckets.popitem(last=False)
        if not accepted:
            wait = math.ceil((1 - level) / self.per_second)
            raise RefusedError(429, "Too many requests.", headers={"Retry-After": str(wait)})


class Limits:
    """ASGI middleware: bounded heads, bounded bodies that arrive in time, and no compressed ones."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = 0
        try:
            length = self._check_head(scope)
            if scope["method"] in WITH_BODY and scope["path"] != STREAMED:
                body = await self._read(receive, length)
                receive = _replay(body, receive)
        except RefusedError as refused:
            if refused.status != 413 or length > MAX_DRAINED:
                refused.headers["Connection"] = "close"  # what is left of the request is not worth reading
            await refused.response(scope)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _check_head(self, scope: Scope) -> int:
        """Return the announced length of the body; 0 if it is not announced."""
        size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if size > MAX_TARGET:
            raise RefusedError(414, f"The address is longer than {MAX_TARGET} bytes.")
        length, encoding = 0, b""
        for name, value in scope["headers"]:
            size += len(name) + len(value) + 4
            if name == b"content-encoding":
                encoding = value.strip().lower()
            if name == b"content-length" and value.isdigit():
                length = int(value[:20])
        if size > self.settings.max_header_bytes or len(scope["headers"]) > MAX_HEADERS:
            most = f"{self.settings.max_header_bytes} bytes or {MAX_HEADERS} fields"
            raise RefusedError(431, f"The request head is larger than {most}.")
        if encoding not in (b"", b"identity") and scope["method"] in WITH_BODY:
            raise RefusedError(415, "Compressed bodies are not accepted.")
        return length

    async def _read(self, receive: Receive, length: int) -> bytes:
        """Return the body, or refuse it as soon as it is too large or too late."""
        most = self.settings.max_body_bytes
        too_large = RefusedError(413, f"The body is larger than {most} bytes.")
        if length > most:
            raise too_large
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.settings.body_timeout):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        break
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    if size > most:
                        raise too_large
                    chunks.append(chunk)
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            raise RefusedError(
                408, f"The body did not arrive in {self.settings.body_timeout:g} seconds."
            ) from None
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives the whole body at once, and then what comes after it."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return first.pop() if first else await receive()

    return replayed
