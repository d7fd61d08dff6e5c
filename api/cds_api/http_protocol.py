"""HTTP/1.1 for uvicorn, with a time limit for request heads and problem documents for bad requests."""

from __future__ import annotations

import asyncio
import os
import uuid
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from cds_api.problems import PROBLEM_TYPE, ProblemDetails

HEAD_TIMEOUT = "CDS_BODY_TIMEOUT"
"""The environment variable with the time limit, in seconds."""
MAX_HEAD_BYTES = 128 * 1024
"""Uvicorn stops reading a head here; :mod:`cds_api.limits` rejects smaller heads that are still too large."""


class HttpProtocol(H11Protocol):
    """Closes connections whose request head does not arrive in time or is not HTTP/1.1."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer for the first head."""
        super().connection_made(transport)
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Read data; data that arrives between two requests starts the timer for the next head."""
        waiting = self.conn.their_state is h11.IDLE
        if waiting and self._timer is None:
            self._start_timer()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Reject a request that is not HTTP, or whose head is far too large."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._reject(400, "This is not an HTTP/1.1 request, or its head is too large.")
        else:
            self.transport.close()

    def _start_timer(self) -> None:
        seconds = float(os.environ.get(HEAD_TIMEOUT, "15"))
        self._timer = self.loop.call_later(seconds, self._time_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        self._timer = None
        if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
            self._reject(408, "The request head did not arrive in time.")

    def _reject(self, status: int, detail: str) -> None:
        """Send a problem document and close the connection."""
        title = "Request Timeout" if status == 408 else "Bad Request"
        problem = ProblemDetails(title=title, status=status, detail=detail, request_id=uuid.uuid4().hex)
        body = problem.model_dump_json().encode()
        headers = [
            (b"content-type", PROBLEM_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        events: list[Any] = [
            h11.Response(status_code=status, headers=headers, reason=title.encode()),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ]
        for event in events:
            if sent := self.conn.send(event):
                self.transport.write(sent)
        self.transport.close()
