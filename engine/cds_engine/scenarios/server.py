"""Runs ``cds serve`` as a child process, for scenarios that use the API."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cds_engine.scenarios.problems import ScenarioError

HOST = "127.0.0.1"
START_TIMEOUT = 30.0
POLL_INTERVAL = 0.1


@contextmanager
def serving(rulebooks: Sequence[Path]) -> Iterator[str]:
    """Serve rulebooks on a free local port, and yield the URL when the server is ready."""
    port = _free_port()
    url = f"http://{HOST}:{port}"
    arguments = ["serve", "--host", HOST, "--port", str(port)]
    arguments += [part for rulebook in rulebooks for part in ("--rulebook", str(rulebook))]
    with subprocess.Popen([_cds(), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            _wait_until_ready(url, server)
            yield url
        finally:
            server.terminate()


def _cds() -> str:
    """Return the ``cds`` command next to this interpreter, otherwise the one on the path."""
    next_to_python = shutil.which("cds", path=str(Path(sys.executable).parent))
    found = next_to_python or shutil.which("cds")
    if found is None:
        raise ScenarioError(
            "the server cannot be started: 'cds' is not on the path; give the URL of a server"
        )
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if server.poll() is not None:
            output = server.stderr.read().decode(errors="replace").strip() if server.stderr else ""
            raise ScenarioError(
                f"the server did not start: {output.splitlines()[-1] if output else 'no reason given'}"
            )
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(POLL_INTERVAL)
    raise ScenarioError(f"the server at {url} was not ready within {START_TIMEOUT:.0f} seconds")
