"""Work in processes of its own, which ends with them."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
from cds_api.workbench.processes import run_python

SLEEPER = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""


def run(module: str, *arguments: str, seconds: float, folder: Path) -> tuple[int | None, str]:
    found = asyncio.run(run_python(module, arguments, seconds=seconds, folder=folder))
    return found.code, found.last_line


def test_the_code_and_the_last_line(tmp_path: Path) -> None:
    code, line = run("cds_engine.scenarios.run_file", seconds=30, folder=tmp_path)
    assert code == 1
    assert line == "ValueError: not enough values to unpack (expected 4, got 0)"


def test_what_takes_too_long_ends_with_everything_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    began = time.monotonic()
    assert run("sleeper", str(tmp_path / "pid"), seconds=2, folder=tmp_path) == (None, "")
    assert time.monotonic() - began < 20
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "the child still runs"
        time.sleep(0.02)


def test_a_file_of_the_working_folder_is_no_module(tmp_path: Path) -> None:
    (tmp_path / "resource.py").write_text("raise SystemExit('taken from the working folder')")
    _, line = run("cds_engine.scenarios.run_file", seconds=30, folder=tmp_path)
    assert "working folder" not in line
