"""Limits on requests: rate, size of head and body, time to arrive.

The middleware is plain ASGI, so that it can reject a request before reading it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_api.problems import ApiError
from cds_api.settings import Settings

MAX_HEADERS = 100
MAX_URL_BYTES = 4096
MAX_DISCARDED = 64 * 1024 * 1024
"""A body that is too large is read and discarded up to this size, so that its client gets the response."""
MAX_BUFFERED = 64 * 1024 * 1024
"""The bodies of all requests that a process reads or answers may take this many bytes."""
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
STREAMED_PATH = "/evaluate/batch"
"""How the routes end whose body may have any size; they limit their lines and their time themselves."""


class RateLimiter:
    """Limits the requests per second of each client, with bursts of twice as many.

    It keeps a token bucket per client, in each worker. It forgets the clients seen least recently, so that
    made-up clients cannot fill the memory.
    """

    MAX_CLIENTS = 10_000

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self.burst = max(1.0, 2 * per_second)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def acquire(self, client: str) -> None:
        """Count one request of ``client``.

        Raises:
            ApiError: 429, with the seconds after which the next request is accepted.
        """
        if not self.per_second:
            return
        now = self._clock()
        level, at = self._buckets.pop(client, (self.burst, now))
        level = min(self.burst, level + (now - at) * self.per_second)
        accepted = level >= 1
        self._buckets[client] = (level - 1 if accepted else level, now)
        if len(self._buckets) > self.MAX_CLIENTS:
            self._buckets.popitem(last=False)
        if not accepted:
            wait = math.ceil((1 - level) / self.per_second)
            raise ApiError(429, "Too many requests.", headers={"Retry-After": str(wait)})


class BodyBudget:
    """Counts the bytes of the bodies that are in memory, and says when there is no room for more."""

    def __init__(self, limit: int = MAX_BUFFERED) -> None:
        self.limit = limit
        self.held = 0

    def take(self, size: int) -> None:
        """Count ``size`` more bytes.

        Raises:
            ApiError: 503, if there is no room for them.
        """
        if self.held + size > self.limit:
            detail = "The service is busy with large requests; try again."
            raise ApiError(503, detail, headers={"Retry-After": "1"})
        self.held += size

    def give_back(self, size: int) -> None:
        """Count ``size`` bytes less."""
        self.held -= size


class RequestLimitsMiddleware:
    """ASGI middleware that limits the size of heads and bodies, and rejects slow or compressed bodies."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.budget = BodyBudget()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or reject it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length, body = 0, b""
        try:
            length = self._check_head(scope)
            if scope["method"] in METHODS_WITH_BODY and not scope["path"].endswith(STREAMED_PATH):
                body = await self._read_body(receive, length)
                receive = _replay(body, receive)
        except ApiError as error:
            if error.status != 413 or length > MAX_DISCARDED:
                error.headers["Connection"] = "close"  # do not read the rest of the request
            await error.response(scope)(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self.budget.give_back(len(body))

    def _check_head(self, scope: Scope) -> int:
        """Check the request head; return the Content-Length of the body, or 0 without that header."""
        size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if size > MAX_URL_BYTES:
            raise ApiError(414, f"The address is longer than {MAX_URL_BYTES} bytes.")
        length, encoding = 0, b""
        for name, value in scope["headers"]:
            size += len(name) + len(value) + 4
            if name == b"content-encoding":
                encoding = value.strip().lower()
            if name == b"content-length" and value.isdigit():
                length = int(value[:20])
        if size > self.settings.max_header_bytes or len(scope["headers"]) > MAX_HEADERS:
            limits = f"{self.settings.max_header_bytes} bytes or {MAX_HEADERS} fields"
            raise ApiError(431, f"The request head is larger than {limits}.")
        if encoding not in (b"", b"identity") and scope["method"] in METHODS_WITH_BODY:
            raise ApiError(415, "Compressed bodies are not accepted.")
        return length

    async def _read_body(self, receive: Receive, length: int) -> bytes:
        """Return the body, which counts in the budget; reject it as soon as it is too large or too late."""
        limit = self.settings.max_body_bytes
        too_large = ApiError(413, f"The body is larger than {limit} bytes.")
        if length > limit:
            raise too_large
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.settings.body_timeout):
                async for chunk in _chunks(receive):
                    if size + len(chunk) > limit:
                        raise too_large
                    self.budget.take(len(chunk))
                    size += len(chunk)
                    chunks.append(chunk)
        except TimeoutError:
            self.budget.give_back(size)
            detail = f"The body did not arrive in {self.settings.body_timeout:g} seconds."
            raise ApiError(408, detail) from None
        except BaseException:
            self.budget.give_back(size)
            raise
        return b"".join(chunks)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the parts of a body as they arrive."""
    while (message := await receive())["type"] == "http.request":
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that first returns the whole body, and then what ``receive`` returns."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
