"""``cds serve`` as a child process, for scenarios that are to run through the API."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cds_engine.scenarios.problems import ScenarioError

HOST = "127.0.0.1"
PATIENCE = 30.0
PAUSE = 0.1


@contextmanager
def serving(rulebook: Path) -> Iterator[str]:
    """Serve ``rulebook`` on a free port of this machine and give the URL, once the server is ready."""
    port = _free_port()
    url = f"http://{HOST}:{port}"
    arguments = ["serve", "--host", HOST, "--port", str(port), "--rulebook", str(rulebook)]
    with subprocess.Popen([_cds(), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            _await(url, server)
            yield url
        finally:
            server.terminate()


def _cds() -> str:
    """Return the command beside this interpreter, else the one on the path."""
    beside = shutil.which("cds", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("cds")
    if found is None:
        raise ScenarioError("cds is not on the path, so no server can be started; give the URL of one")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            said = server.stderr.read().decode(errors="replace").strip() if server.stderr else ""
            raise ScenarioError(
                f"the server did not start: {said.splitlines()[-1] if said else 'no reason given'}"
            )
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(PAUSE)
    raise ScenarioError(f"the server at {url} was not ready within {PATIENCE:.0f} seconds")
