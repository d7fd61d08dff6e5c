"""*Your first rulebook* works as it is written, in an empty folder, with the installed wheel."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, Command, assert_shown, shell_lines, walk

pytestmark = pytest.mark.slow

PAGE = DOCS / "first-rulebook.md"


def wait_for(url: str) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(url, timeout=30).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the server did not answer"
            time.sleep(0.05)


@pytest.mark.ci
def test_the_guide(environment: Path, tmp_path: Path) -> None:
    path = os.pathsep.join((str(environment / "bin"), os.environ["PATH"]))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CDS_"))}
    clean = {**kept, "PATH": path, "COLUMNS": "80"}
    ran = 0
    for step in walk(PAGE):
        if not isinstance(step, Command):
            name, text = step
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
            continue
        done = subprocess.run(
            step.line, shell=True, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
        )
        expected = 1 if "MISSED" in step.output else 0
        assert done.returncode == expected, f"{step.line}\n{done.stdout}{done.stderr}"
        assert_shown(step.output, done.stdout)
        ran += 1
    assert ran >= 12
    serve, curl = shell_lines(PAGE)
    command = [str(environment / "bin" / "cds"), *shlex.split(serve)[1:], "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, env=clean, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[1]
            wait_for(f"{address}/readyz")
            body = (tmp_path / shlex.split(curl)[-1].removeprefix("@")).read_bytes()
            for route in ("/v1/evaluate", "/v1/rulebooks/exampline/evaluate"):
                request = urllib.request.Request(
                    address + route, body, {"Content-Type": "application/json"}, method="POST"
                )
                with urllib.request.urlopen(request, timeout=30) as response:
                    answer = json.load(response)
                assert [advisory["rule"] for advisory in answer["advisories"]] == [
                    "monitoring.neutrophils-low",
                    "dosing.above-maximum",
                ]
        finally:
            server.terminate()
