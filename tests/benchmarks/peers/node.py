"""Peers that run in Node: installed as pinned when first wanted, each in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TIMEOUT = 300


class MissingError(Exception):
    """Node, or what is to run in it, is not there; the message says what."""


def version(package: str) -> str:
    """Return the version to which a package is pinned."""
    return str(json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"][package])


@cache
def node() -> str:
    """Return the path of Node, with the pinned packages installed.

    Raises:
        MissingError: if there is no Node, or its packages cannot be installed.
    """
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        raise MissingError("Node.js and npm are not installed")
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _install(npm)
    return found


def _install(npm: str) -> None:
    try:
        ran = subprocess.run(
            [npm, "ci"], cwd=HERE, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise MissingError(f"npm ci took over {TIMEOUT} seconds") from None
    if ran.returncode:
        said = next((line for line in ran.stderr.splitlines() if line.startswith("npm error")), "")
        raise MissingError(f"npm ci failed: {said.removeprefix('npm error').strip()}")


def runtime() -> str:
    """Return the name and version of Node, if it is there."""
    try:
        return "Node " + subprocess.check_output([node(), "--version"], text=True).strip().removeprefix("v")
    except MissingError:
        return "no Node"


class Served:
    """One engine, served by ``serve.mjs``."""

    def __init__(self, engine: str, rules: Any, facts: Sequence[Any], first: int) -> None:
        """Start it with its rules and have it answer for ``facts``; only the ``first`` ones are measured."""
        command = [node(), "serve.mjs", engine]
        self._process = subprocess.Popen(
            command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        asked = json.dumps({"rules": rules, "facts": facts, "first": first})
        self.answers: list[dict[str, list[str]]] = json.loads(self._ask(asked))

    def timed(self, passes: int) -> float:
        """Return the seconds of one pass over the measured facts."""
        return float(self._ask(str(passes)))

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, line: str) -> str:
        pipes = self._process.stdin, self._process.stdout
        assert pipes[0] is not None
        assert pipes[1] is not None
        print(line, file=pipes[0], flush=True)
        answer = pipes[1].readline()
        if not answer:
            raise RuntimeError(f"node ended with {self._process.wait()}")
        return answer
