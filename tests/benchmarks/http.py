"""What evaluating costs over HTTP: beside a route that only validates the record, and under load."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from cds_api.app import create_app
from cds_api.http_protocol import HttpProtocol
from cds_api.observability import log_config
from cds_api.settings import Settings
from cds_engine.record.models import Record
from fastapi import FastAPI

from tests.benchmarks import server_load
from tests.benchmarks.measure import Row, Work, at_least, in_turn, side_by_side
from tests.benchmarks.workload import examples

COMPARED = "evaluating / only validating, over HTTP"
CONSTANT = {"research_use_only": True}
GOAL = 0.5


def rows() -> Iterator[Row]:
    """Yield requests per second of both routes, for every shipped example and for all of them in turn."""
    with served() as port, Client(port) as client:
        evaluating = {e.name: client.post("/v1/evaluate", e.text) for e in examples()}
        validating = {e.name: client.post("/constant", e.text) for e in examples()}
        for name, evaluate in evaluating.items():
            assert evaluate() != validating[name]()
            yield at_least(COMPARED, name, side_by_side(evaluate, validating[name]), None)
        both = side_by_side(in_turn(evaluating), in_turn(validating))
        yield at_least(COMPARED, "overall", both, GOAL, of=len(evaluating))
    yield from server_load.rows()


def application() -> FastAPI:
    """Return the service as it is shipped, and beside its routes the one to compare with."""
    app = create_app(Settings(rate_limit=0))

    @app.post("/constant")
    async def constant(record: Record) -> dict[str, bool]:
        return CONSTANT

    return app


class Client:
    """One connection that is kept alive, with as little of its own to do as possible."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def post(self, path: str, body: bytes) -> Work:
        """Return the work of one request; it gives the body of the answer."""
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

        def work() -> bytes:
            self.socket.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += self.socket.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 "), head
            fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
            while len(body) < int(fields[b"content-length"]):
                body += self.socket.recv(65536)
            return body

        return work


@contextmanager
def served() -> Iterator[int]:
    """Serve :func:`application` in a process of its own; give its port."""
    # asyncio turns Nagle's delays off only for sockets that say that they are TCP.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(bound,))
        process.start()
        try:
            yield bound.getsockname()[1]
        finally:
            process.terminate()
            process.join()


def _serve(bound: socket.socket) -> None:
    """Serve as `cds serve` does, a line in the log for each request included; only nobody reads them."""
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - open until the process ends
    config = uvicorn.Config(
        application, factory=True, http=HttpProtocol, log_config=log_config("info"), access_log=False
    )
    uvicorn.Server(config).run(sockets=[bound])
