"""HTTP/1.1 for uvicorn, with time limits and problem documents for what is not a valid request.

httptools parses; this module limits what a client can do before the application sees a request, and
afterwards with a response that it does not read.
"""

from __future__ import annotations

import asyncio
import uuid
from http import HTTPStatus

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from cds_api.connections import Connections
from cds_api.problems import PROBLEM_TYPE, ProblemDetails

MAX_HEAD_BYTES = 128 * 1024
"""Reading a head stops here; :mod:`cds_api.limits` rejects smaller heads that are still too large."""
MAX_FIELDS = 1000
"""Reading the fields of a head and of the trailer of a body stops here."""
MAX_PIPELINED = 16
"""A client may send this many requests ahead of their responses."""
_DETAILS = {
    400: "This is not an HTTP/1.1 request.",
    408: "The request did not arrive in time.",
    431: "The request head is too large.",
    503: "Too many connections are open.",
}


class ResponseTransport:
    """Sends the head of a response with the first part of its body, because each send is a system call."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head: bytes | None = None
        self.is_closing = transport.is_closing
        self.abort = transport.abort
        self.get_write_buffer_size = transport.get_write_buffer_size

    def write(self, data: bytes) -> None:
        """Send what was held back, with ``data``; hold ``data`` back until the next write if nothing was."""
        if self._head is None:
            self._head = data
            self._loop.call_soon(self.flush)
        else:
            head, self._head = self._head, None
            self._transport.write(head + data)

    def flush(self) -> None:
        """Send what was held back, if nothing has followed."""
        if self._head is not None:
            head, self._head = self._head, None
            if not self._transport.is_closing():
                self._transport.write(head)

    def close(self) -> None:
        """Close the connection when everything has been sent."""
        self.flush()
        self._transport.close()


class HttpProtocol(HttpToolsProtocol):
    """One connection, which :class:`~cds_api.connections.Connections` may close."""

    _all: Connections
    _reading_head = True
    _head_bytes = 0
    _deadline: float | None = None
    """When the client must have sent the rest of a head, or of a body that was rejected."""
    _unsent = 0
    _stuck_since: float | None = None
    """Since when the client has not read anything, although something waits for it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Admit the connection; refuse it if none can be closed for it."""
        super().connection_made(transport)
        self.transport = ResponseTransport(transport, self.loop)  # type: ignore[assignment]
        self._all = Connections.of_this_process()
        if self._all.admit(self):
            self._start_deadline()
        else:
            self._reject(503)

    def data_received(self, data: bytes) -> None:
        """Parse data, and start requests."""
        self._unset_keepalive_if_required()
        self._all.touch(self)
        self._head_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            self._reject(400)
            return
        too_large = self._reading_head and self._head_bytes > MAX_HEAD_BYTES
        if too_large or (self.headers is not None and len(self.headers) > MAX_FIELDS):
            self._reject(431)
        elif self._reading_head and self._deadline is None and not self._is_idle():
            self._start_deadline()

    def on_headers_complete(self) -> None:
        """Start the request, unless it asks for another protocol: then it is parsed again."""
        if self.parser.should_upgrade():
            return
        if len(self.pipeline) >= MAX_PIPELINED:
            raise httptools.HttpParserError("too many pipelined requests")  # stops the parser
        self._reading_head = False
        self._head_bytes = 0
        self._deadline = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request has arrived and that the client now waits for the service."""
        if self.parser.should_upgrade():
            return
        self._reading_head = True
        self._head_bytes = 0
        self._deadline = None
        super().on_message_complete()
        if self.cycle.response_complete:  # this was the rest of a rejected request
            self.on_idle()
        else:
            self._all.work_on(self)

    def on_response_complete(self) -> None:
        """Start the next request that has arrived; without one, the service waits for the client."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._all.wait_for(self)
            if not self._reading_head:
                self._start_deadline()

    def on_idle(self) -> None:
        """Close the connection if the next request does not begin in time."""
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._all.wait_for(self)

    def resume_writing(self) -> None:
        """Go on with the response."""
        super().resume_writing()
        if self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body:
            self._all.work_on(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._unset_keepalive_if_required()
        self._all.forget(self)
        super().connection_lost(exc)

    def check(self, now: float) -> None:
        """Close the connection if its client takes too long to send or to read."""
        limits = self._all.limits
        if self._deadline is not None and now > self._deadline:
            self._deadline = None
            self._reject(408)
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent < self._unsent:
            self._stuck_since = None
        elif self._stuck_since is None:
            self._stuck_since = now
        elif now - self._stuck_since > limits.write_timeout:
            self.abort()
        self._unsent = unsent

    def abort(self) -> None:
        """Close the connection without sending what waits for the client."""
        self._all.forget(self)
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Reject a request that is not HTTP."""
        self._reject(400)

    def _start_deadline(self) -> None:
        self._deadline = self.loop.time() + self._all.limits.head_timeout

    def _is_idle(self) -> bool:
        """Return whether no byte of the next head has arrived."""
        return self._head_bytes == 0

    def _decline_upgrade(self, rest: bytes) -> None:
        """Handle a request that offers another protocol as if it did not, as HTTP allows.

        The parser takes everything after such a head for the other protocol, so it gets the head again
        without the offer. CONNECT asks for nothing but another protocol.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._reject(400)
            return
        fields = [name + b": " + value + b"\r\n" for name, value in self.headers if name != b"upgrade"]
        version = self.parser.get_http_version().encode()
        self.parser = httptools.HttpRequestParser(self)
        head = [method, b" ", self.url, b" HTTP/", version, b"\r\n", *fields, b"\r\n"]
        self.data_received(b"".join([*head, rest]))

    def _reject(self, status: int) -> None:
        """Close the connection, with a problem document if no response to another request is under way."""
        cycle = self.cycle
        if self.transport.is_closing():
            return
        if cycle is None or cycle.response_complete or not (cycle.response_started or self.pipeline):
            problem = ProblemDetails(
                title=HTTPStatus(status).phrase,
                status=status,
                detail=_DETAILS[status],
                request_id=uuid.uuid4().hex,
            )
            body = problem.model_dump_json().encode()
            head = f"content-type: {PROBLEM_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self.transport.close()
