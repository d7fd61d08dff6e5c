"""Clients that hold connections never keep others out, and never fill the log."""

from __future__ import annotations

import json
import logging
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from cds_api.connections import BACKLOG, ConnectionLimits, Connections, connection_limits
from cds_api.observability import RepeatFilter
from cds_api.settings import Settings

from tests.api.conftest import Served, serving

FILES = 1024
IDLE, GREEDY = 2000, 1100


class Held:
    """A connection that only remembers what is done to it."""

    aborted = False
    checked_at = 0.0

    def check(self, now: float) -> None:
        self.checked_at = now

    def abort(self) -> None:
        self.aborted = True


def test_the_connection_that_has_waited_longest_makes_room() -> None:
    connections = Connections(ConnectionLimits(2, 1, 1))
    busy, waiting, touched, late = (Held() for _ in range(4))
    assert connections.admit(busy)
    connections.work_on(busy)
    assert connections.admit(waiting)
    assert connections.admit(touched)
    assert waiting.aborted
    connections.forget(waiting)
    connections.wait_for(busy)
    connections.work_on(busy)
    assert connections.admit(late)
    assert (busy.aborted, touched.aborted) == (False, True)


def test_connections_are_refused_if_the_service_works_on_all_of_them() -> None:
    connections = Connections(ConnectionLimits(2, 1, 1))
    for _ in range(2 + BACKLOG // 2):
        held = Held()
        assert connections.admit(held)
        connections.work_on(held)
    assert not connections.admit(Held())
    connections.wait_for(held)
    assert connections.admit(Held())
    assert held.aborted


def test_what_a_client_sends_counts_as_the_end_of_waiting() -> None:
    connections = Connections(ConnectionLimits(2, 1, 1))
    first, second = Held(), Held()
    connections.admit(first)
    connections.admit(second)
    connections.touch(first)
    connections.admit(Held())
    assert (first.aborted, second.aborted) == (False, True)


@pytest.mark.parametrize(("files", "expected"), [(1024, 412), (100_000, 1000), (40, 10)])
def test_some_files_are_kept_for_other_things(files: int, expected: int) -> None:
    assert connection_limits(Settings(), files).connections == expected


def test_repeated_messages_of_libraries_are_logged_once() -> None:
    repeats = RepeatFilter()

    def passes(message: str, at: float) -> bool:
        record = logging.LogRecord("asyncio", logging.ERROR, "", 0, message, (), None)
        record.created = at
        return repeats.filter(record)

    assert [passes("a", 100), passes("a", 101), passes("b", 102), passes("a", 111)] == [
        True,
        False,
        True,
        True,
    ]


@contextmanager
def connections_to(served: Served, number: int, sent: bytes) -> Iterator[None]:
    """Hold connections that have sent something and never read."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < number + 200:
        pytest.skip(f"needs {number + 200} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number + 200), hard))
    try:
        with ExitStack() as stack:
            for _ in range(number):
                connection = stack.enter_context(socket.socket())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.bind(("127.0.0.2", 0))  # rate limits are per address
                connection.connect(("127.0.0.1", served.port))
                with suppress(ConnectionError):  # it may have made room for another
                    connection.sendall(sent)
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def slowest_answer(served: Served) -> float:
    """Return how long the slowest of some new clients waits."""
    waited = []
    for _ in range(10):
        started = time.monotonic()
        assert httpx.get(f"{served.url}/healthz", timeout=10).status_code == 200
        assert httpx.post(f"{served.url}/v1/evaluate", json={}, timeout=10).status_code == 200
        waited.append(time.monotonic() - started)
    return max(waited)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "sent"),
    [
        pytest.param(IDLE, b"", id="idle"),
        pytest.param(IDLE, b"GET /heal", id="half a head", marks=pytest.mark.ci),
        pytest.param(
            GREEDY,
            b"GET /v1/facts HTTP/1.1\r\nHost: localhost\r\n\r\n" * 12,
            id="pipelined",
            marks=pytest.mark.ci,
        ),
        pytest.param(
            GREEDY,
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2000,
            id="a long pipeline",
            marks=pytest.mark.ci,
        ),
    ],
)
def test_held_connections_keep_nobody_out(tmp_path: Path, number: int, sent: bytes) -> None:
    with serving(tmp_path / "log", files=FILES, CDS_RATE_LIMIT="500") as served:
        with connections_to(served, number, sent):
            assert slowest_answer(served) < 5
        assert slowest_answer(served) < 5
    lines = served.log.read_text().splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert len(events) < GREEDY * 14
    assert events.count("request") > len(events) - 200
    assert max(map(len, lines)) < 1000


@pytest.mark.slow
def test_a_client_that_does_not_read_is_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path / "log", CDS_WRITE_TIMEOUT="1") as served, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", served.port))
        connection.settimeout(10)
        for _ in range(200):
            try:
                connection.sendall(b"GET /v1/facts HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10)
            except OSError:
                return
            time.sleep(0.1)
        pytest.fail("the connection stays open")
