"""Runs the service with uvicorn, in one process or in several workers."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from cds_api.connections import BACKLOG, raise_file_limit
from cds_api.http_protocol import HttpProtocol
from cds_api.observability import log_config
from cds_api.settings import Settings

FROM_ENVIRONMENT = "cds_api.app:app_from_environment"
HUNG_SECONDS = 60
"""A worker that does not answer its supervisor for so long is replaced. On a busy machine, starting takes
more than uvicorn's five seconds: such a worker would be killed and started again and again."""


def serve(
    settings: Settings,
    app: str | Callable[[], FastAPI] = FROM_ENVIRONMENT,
    *,
    path: str = "",
    listening: Callable[[str], object] | None = None,
) -> int:
    """Serve until stopped, then finish the requests in flight; return the exit code.

    Args:
        settings: the configuration.
        app: what returns the application in each worker process; several need the one that can be imported.
        path: the path of the address that is printed.
        listening: is called with that address as soon as clients can connect.

    Raises:
        OSError: if the address cannot be bound.
    """
    raise_file_limit(settings)
    with _worker_environment(settings), _listening_socket(settings) as (bound, address):
        print(f"cds: {address}{path} (research use only; stop with Ctrl+C)", flush=True)
        if listening is not None:
            listening(address + path)
        config = uvicorn.Config(
            app,
            factory=True,
            http=HttpProtocol,
            ws="none",
            lifespan="on",
            loop="asyncio",
            workers=settings.workers,
            backlog=BACKLOG,
            log_config=log_config(settings.log_level),
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=settings.shutdown_timeout,
            timeout_worker_healthcheck=HUNG_SECONDS,
        )
        if settings.workers > 1:
            Multiprocess(config, sockets=[bound]).run()
            return 0
        server = uvicorn.Server(config)
        with _exit_on_sigterm():
            server.run(sockets=[bound])
        return 0 if server.started else 2


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """Make SIGTERM end the process in the way that cleans up, with exit code 0.

    uvicorn raises the signal again after it has shut down. Without a handler, that would kill the process
    before its temporary folder is removed.
    """

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _worker_environment(settings: Settings) -> Iterator[None]:
    """Give the workers the settings and a key for sessions, through the environment, and a shared folder."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="cds-") as temporary:
        folder = settings.state_dir or Path(temporary)
        shared = {
            "CDS_STATE_DIR": str(folder),
            "CDS_SESSION_KEY": settings.session_key or secrets.token_hex(32),
        }
        os.environ.update(settings.environment() | shared)
        if settings.workers > 1:
            metrics = folder / "metrics"
            metrics.mkdir(exist_ok=True)
            for old in metrics.glob("*.db"):
                old.unlink()
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def _listening_socket(settings: Settings) -> Iterator[tuple[socket.socket, str]]:
    """Bind the address; yield the socket and the address. Clients that connect wait until a worker is ready.

    Binding comes before any worker starts, so that an address in use is one error, not one per worker.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
        listening.set_inheritable(True)
        host, port = listening.getsockname()[:2]
        os.environ["CDS_PORT"] = str(port)
        url_host = f"[{host}]" if ":" in host else host
        yield listening, f"http://{url_host}:{port}"
