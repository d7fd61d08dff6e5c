"""`cds serve` with several workers, hostile connections and terminated processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from cds_api.app import COUNTING_SECONDS
from cds_api.cli.main import run

from tests.api.conftest import EXAMPLES, JSON, Served, serving

pytestmark = pytest.mark.slow

CLIENTS = 64


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    log = tmp_path_factory.mktemp("served") / "log"
    with serving(log, "--workers", "2", CDS_BODY_TIMEOUT="2", CDS_BATCH_IDLE_TIMEOUT="2") as started:
        yield started


def records(folder: Path) -> list[Path]:
    """Write a different record for each client."""
    paths = []
    for number in range(CLIENTS):
        record = json.loads(EXAMPLES[number % len(EXAMPLES)].read_bytes())
        record["patient"]["id"] = f"client-{number}"
        first = record["observations"][0]
        first["value"] = round(first["value"] + number / 100, 2)
        paths.append(folder / f"{number}.json")
        paths[-1].write_text(json.dumps(record))
    return paths


def test_64_concurrent_clients_get_the_output_of_the_command_line(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = records(tmp_path)
    assert run(["evaluate", "--format", "json", *map(str, paths)]) == 0
    expected = capsys.readouterr().out.splitlines()
    assert len(set(expected)) == CLIENTS
    started = threading.Barrier(CLIENTS)

    def ask(number: int) -> set[str]:
        body = paths[number].read_bytes()
        with httpx.Client(timeout=60) as client:
            started.wait(60)
            return {
                client.post(f"{served.url}/v1/evaluate", content=body, headers=JSON).text for _ in range(3)
            }

    with ThreadPoolExecutor(CLIENTS) as pool:
        responses = list(pool.map(ask, range(CLIENTS)))
    wrong = [number for number, given in enumerate(responses) if given != {expected[number]}]
    assert not wrong


def test_metrics_are_sums_over_all_workers(served: Served) -> None:
    def settled() -> set[float]:
        time.sleep(2 * COUNTING_SECONDS)
        return {evaluations() for _ in range(10)}

    def evaluations() -> float:
        text = httpx.get(f"{served.url}/metrics").text
        found = [line for line in text.splitlines() if line.startswith("cds_evaluations_total")]
        return float(found[0].split()[-1]) if found else 0.0

    [before] = settled()
    for _ in range(20):
        httpx.post(f"{served.url}/v1/evaluate", json={})
    assert settled() == {before + 20}


def exchange(port: int, sent: bytes, *, keep_sending: bytes = b"") -> bytes:
    """Send bytes and return what comes back until the connection closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(sent)
        response = b""
        try:
            while True:
                if keep_sending:
                    connection.settimeout(0.3)
                    connection.sendall(keep_sending)
                try:
                    part = connection.recv(65536)
                except TimeoutError:
                    if keep_sending:
                        continue
                    raise
                if not part:
                    return response
                response += part
        except ConnectionError:
            return response


POST = (
    b"POST /v1/evaluate HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nConnection: close\r\n"
)
HOSTILE = {
    "not HTTP": (b"\x16\x03\x01 nonsense\r\n\r\n", b"", b"400"),
    "a bad header": (b"GET / HTTP/1.1\r\nHost: localhost\r\nbroken\r\n\r\n", b"", b"400"),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"", b"400"),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n", b"", b"400"),
    "a head without end": (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 50_000, b"", b"431"),
    "a length and chunks": (
        POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"",
        b"400",
    ),
    "chunks and a length": (
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        b"",
        b"400",
    ),
    "a trailer without end": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 50_000,
        b"",
        b"431",
    ),
    "a tunnel": (b"CONNECT x:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"", b"400"),
    "a flood of headers": (
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"",
        b"431",
    ),
    "a slow head": (b"GET / HTTP/1.1\r\n", b"X: y\r\n", b"408"),
    "a slow body": (POST + b"Content-Length: 1000\r\n\r\n", b" ", b"408"),
    "10 MB in chunks": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"100000\r\n" + b" " * 0x100000 + b"\r\n",
        b"100000\r\n" + b" " * 0x100000 + b"\r\n",
        b"413",
    ),
    "a path with a null": (
        b"GET /v1/rules/%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"",
        b"404",
    ),
    "a path that is not UTF-8": (
        b"GET /%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"",
        b"404",
    ),
}


@pytest.mark.parametrize(("sent", "then", "status"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_connections(served: Served, sent: bytes, then: bytes, status: bytes) -> None:
    response = exchange(served.port, sent, keep_sending=then)
    assert response.startswith(b"HTTP/1.1 " + status), response[:200]
    assert b"application/problem+json" in response
    assert httpx.get(f"{served.url}/healthz").status_code == 200


@pytest.mark.parametrize("body", [b'{"as_of": "2026-11-23"}', b"", b"{"])
def test_offers_of_another_protocol_are_ignored(served: Served, body: bytes) -> None:
    head = (
        POST.replace(b"close", b"Upgrade, HTTP2-Settings") + b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    )
    request = head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        for _ in range(2):  # the connection stays usable
            connection.sendall(request)
            response = b""
            while b"\r\n\r\n{" not in response:
                response += connection.recv(1_000_000)
            expected = b"HTTP/1.1 200 " if body.endswith(b"}") else b"HTTP/1.1 400 "
            assert response.startswith(expected), response[:200]


def test_a_batch_is_streamed_both_ways(served: Served) -> None:
    head = (
        b"POST /v1/evaluate/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(head + b"3\r\n{}\n\r\n")
        response = b""
        while b'"outcomes"' not in response:
            response += connection.recv(65536)
        while b"did not arrive in time" not in response:  # nothing more is sent
            response += connection.recv(65536)


def test_memory_stays_bounded(served: Served) -> None:
    def resident() -> int:
        pages = (Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in served.children())
        return sum(map(int, pages)) * os.sysconf("SC_PAGE_SIZE")

    line = b" " * 1000 + b"nonsense\n"
    before = resident()
    with httpx.stream(
        "POST",
        f"{served.url}/v1/evaluate/batch",
        content=(line * 1000 for _ in range(40)),
        headers={"Content-Type": "application/x-ndjson"},
        timeout=60,
    ) as response:
        assert sum(chunk.count(b"\n") for chunk in response.iter_bytes()) == 40_000
    assert resident() - before < 30 * 2**20


@pytest.mark.ci
def test_a_killed_worker_loses_only_its_requests_in_flight(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "--workers", "2") as served:
        stop, failed, done = threading.Event(), [], []

        def ask() -> None:
            while not stop.is_set():
                try:
                    done.append(httpx.post(f"{served.url}/v1/evaluate", json={}, timeout=30).status_code)
                except httpx.TransportError:
                    failed.append(time.monotonic())

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        os.kill(served.children()[0], signal.SIGKILL)
        killed = time.monotonic()
        before = len(done)
        time.sleep(2)
        stop.set()
        for thread in threads:
            thread.join()
        assert len(failed) <= len(threads)  # the requests of the killed worker
        assert all(moment - killed < 1 for moment in failed)
        assert set(done) == {200}
        assert len(done) > before


def test_an_address_in_use_is_a_one_line_error(served: Served, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--port", str(served.port)]) == 2
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_sigterm_finishes_requests_in_flight(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "--workers", "2") as served:
        body = b'{"as_of": "2026-11-23"}'
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            connection.sendall(POST + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
            time.sleep(0.5)
            served.process.send_signal(signal.SIGTERM)
            time.sleep(1.5)
            connection.sendall(body[5:])
            response = b""
            while part := connection.recv(65536):
                response += part
        assert response.startswith(b"HTTP/1.1 200 ")
        assert response.endswith(b"}")
        assert served.process.wait(20) == 0
        assert "Jane" not in served.log.read_text()
