"""Running the service: uvicorn with its workers; what is wrong below the application is a problem too."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.supervisors import Multiprocess

from cds_api.observability import log_config
from cds_api.problems import PROBLEM_TYPE, Problem
from cds_api.settings import Settings

_HEAD_TIMEOUT = "CDS_BODY_TIMEOUT"
_LARGEST_HEAD = 128 * 1024
"""Where reading a head stops; smaller ones that are still too large are refused by :mod:`cds_api.limits`."""


class Protocol(H11Protocol):
    """HTTP/1.1 in which a head must arrive in time and what is not HTTP is answered with a problem."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first head."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Read on; between two requests, what arrives begins another head."""
        waiting = self.conn.their_state is h11.IDLE
        if waiting and self._late is None:
            self._expect()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._expected()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._expected()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP request, or one whose head is far too large."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._refuse(400, "This is not an HTTP/1.1 request, or its head is too large.")
        else:
            self.transport.close()

    def _expect(self) -> None:
        seconds = float(os.environ.get(_HEAD_TIMEOUT, "15"))
        self._late = self.loop.call_later(seconds, self._too_late)

    def _expected(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
            self._refuse(408, "The request head did not arrive in time.")

    def _refuse(self, status: int, detail: str) -> None:
        title = "Request Timeout" if status == 408 else "Bad Request"
        problem = Problem(title=title, status=status, detail=detail, request_id=uuid.uuid4().hex)
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


def serve(settings: Settings) -> int:
    """Serve until told to stop; requests in flight are finished.

    Raises:
        OSError: if the address cannot be bound to.
    """
    with _shared(settings), _bound(settings) as bound:
        config = uvicorn.Config(
            "cds_api.app:from_environment",
            factory=True,
            http=Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            workers=settings.workers,
            log_config=log_config(settings.log_level),
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            h11_max_incomplete_event_size=_LARGEST_HEAD,
            timeout_graceful_shutdown=settings.shutdown_timeout,
        )
        if settings.workers > 1:
            Multiprocess(config, sockets=[bound]).run()
            return 0
        server = uvicorn.Server(config)
        server.run(sockets=[bound])
        return 0 if server.started else 2


@contextmanager
def _shared(settings: Settings) -> Iterator[None]:
    """Give the workers one folder and one environment; both end with the service."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="cds-") as made:
        folder = settings.state_dir or Path(made)
        os.environ.update(settings.environment() | {"CDS_STATE_DIR": str(folder)})
        if settings.workers > 1:
            metrics = folder / "metrics"
            metrics.mkdir(exist_ok=True)
            for left_over in metrics.glob("*.db"):
                left_over.unlink()
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """Bind before anything starts, so that an address in use is one line, not a worker that fails."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.set_inheritable(True)
        host, port = bound.getsockname()[:2]
        os.environ["CDS_PORT"] = str(port)
        shown = f"[{host}]" if ":" in host else host
        print(f"cds: http://{shown}:{port} (research use only; stop with Ctrl+C)", flush=True)
        yield bound
