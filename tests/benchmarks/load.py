"""Running `cds serve` from a source tree, and putting it under load from many connections."""

from __future__ import annotations

import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

TICKS = os.sysconf("SC_CLK_TCK")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What a server did under load."""

    requests: int
    seconds: float
    cpu_seconds: float
    """The CPU time of all processes of the server."""
    p99: float
    """The latency that 99 of 100 requests did not exceed, in seconds."""

    @property
    def cpu_per_request(self) -> float:
        """The CPU time of one request, in seconds."""
        return self.cpu_seconds / self.requests


@dataclass(frozen=True)
class Server:
    """A running `cds serve`."""

    process: subprocess.Popen[str]
    port: int

    def cpu_seconds(self) -> float:
        """Return the CPU time that the server has used, workers included."""
        return sum(_cpu_ticks(pid) for pid in [self.process.pid, *_children(self.process.pid)]) / TICKS

    def memory(self) -> int:
        """Return the bytes of memory that the server holds, workers included."""
        pids = [self.process.pid, *_children(self.process.pid)]
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
        return sum(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def serving(tree: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run `cds serve` from the sources in ``tree`` on a free port until the block ends."""
    path = [str(tree / "engine"), str(tree / "api"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CDS_", "PROMETHEUS_"))}
    environment |= {"PYTHONPATH": os.pathsep.join(path), "CDS_RATE_LIMIT": "0"} | dict(variables or {})
    command = [sys.executable, "-c", "from cds_api.cli import main; main()", "serve", "--port", "0"]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=tree,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            match = re.search(r":(\d+) ", process.stdout.readline())
            assert match is not None, f"cds serve did not start from {tree}"
            _wait_until_ready(int(match[1]))
            yield Server(process, int(match[1]))
        finally:
            process.terminate()


def post(path: str, body: bytes) -> bytes:
    """Return the bytes of a request that sends JSON."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def put_under_load(server: Server, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Send ``requests`` in turn over each connection, one after the other, and measure.

    Raises:
        AssertionError: if a response is not 200.
    """
    with selectors.DefaultSelector() as selector:
        clients: list[_Connection] = []
        try:
            for first in range(connections):
                client = _Connection(server.port, requests, first)
                clients.append(client)
                selector.register(client.socket, selectors.EVENT_READ, client)
                client.send()  # at once, so that an idle worker accepts the next connection
            latencies: list[float] = []
            started, cpu = time.perf_counter(), server.cpu_seconds()
            while time.perf_counter() - started < seconds:
                for key, _ in selector.select(1):
                    latencies += key.data.receive()
            elapsed, used = time.perf_counter() - started, server.cpu_seconds() - cpu
            for client in clients:
                client.finish()  # or the server would still work on these requests when the next load begins
        finally:
            for client in clients:
                client.socket.close()
    return Load(len(latencies), elapsed, used, quantiles(latencies, n=100)[98])


class _Connection:
    """A connection that sends the next request as soon as it has the response to the last."""

    def __init__(self, port: int, requests: Sequence[bytes], first: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._next = first
        self._received = b""
        self._sent_at = 0.0

    def send(self) -> None:
        """Send the next request."""
        self._sent_at = time.perf_counter()
        self.socket.sendall(self._requests[self._next % len(self._requests)])
        self._next += 1

    def finish(self) -> None:
        """Read the response to the last request."""
        while not self._is_complete():
            self._received += self.socket.recv(262144)

    def receive(self) -> list[float]:
        """Read what has arrived; return the latency of the response that is now complete, if any."""
        self._received += self.socket.recv(262144)
        if not self._is_complete():
            return []
        self._received = b""
        latency = time.perf_counter() - self._sent_at
        self.send()
        return [latency]

    def _is_complete(self) -> bool:
        """Return whether the response that was received is complete."""
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return False
        assert head.startswith(b"HTTP/1.1 200 "), head
        length = _LENGTH.search(head)
        assert length is not None, head
        return len(body) >= int(length[1])


def _wait_until_ready(port: int) -> None:
    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if connection.recv(4096).startswith(b"HTTP/1.1 200 "):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("cds serve did not get ready")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_ticks(pid: int) -> int:
    """Return the CPU time of a process in clock ticks: fields 14 and 15 of its stat file."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
