"""Fixtures for the service: in this process, and as a running `cds serve`."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cds_api.app import create_app
from cds_api.settings import Settings
from cds_engine import Engine, load_rulebook
from cds_engine.rulebook.shipped import default_rulebook
from fastapi.testclient import TestClient

EXAMPLES = sorted((default_rulebook() / "examples").glob("*.json"))
JSON = {"Content-Type": "application/json"}
LOCAL = "http://localhost"
"""The address of a service in this process: without keys, it answers to the names of this machine only."""


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine(load_rulebook(default_rulebook()))


@pytest.fixture(scope="session")
def make_client(engine: Engine) -> Callable[..., TestClient]:
    def make(**settings: Any) -> TestClient:
        app = create_app(Settings(**{"rate_limit": 0, **settings}), engine)
        return TestClient(app, base_url=LOCAL, raise_server_exceptions=False)

    return make


@pytest.fixture(scope="session")
def client(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client()


@dataclass
class Served:
    """A running `cds serve`."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def children(self) -> list[int]:
        """Return the worker processes."""
        parent = self.process.pid
        pids = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [int(pid) for pid in pids if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]


@contextmanager
def serving(log: Path, *arguments: str, files: int | None = None, **variables: str) -> Iterator[Served]:
    """Run `cds serve` on a free port until the block ends; it may open ``files`` files."""

    def limit_files() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CDS_", "PROMETHEUS_"))}
    command = [
        sys.executable,
        "-c",
        "from cds_api.cli import main; main()",
        "serve",
        "--port",
        "0",
        *arguments,
    ]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            env=environment | {"CDS_RATE_LIMIT": "0"} | variables,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=limit_files,  # noqa: PLW1509 - this process starts no threads here
        )
    try:
        assert process.stdout is not None
        match = re.search(r":(\d+) ", process.stdout.readline())
        assert match is not None, log.read_text()
        served = Served(process, int(match[1]), log)
        _wait_until_ready(served)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)  # beside another load, the last requests take long


def _wait_until_ready(served: Served) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{served.url}/readyz", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(served.log.read_text())
