"""What preflight says about a machine on which something is missing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import preflight


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 0, "final", 0), (4, 0)])
def test_new_enough(version: tuple[int, ...]) -> None:
    assert preflight.version_problem(version) is None


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 6), (2, 7, 18)])
def test_too_old(version: tuple[int, ...]) -> None:
    problem = preflight.version_problem(version)
    assert "Python 3.11 or newer is needed" in problem
    assert f"this is {version[0]}.{version[1]} " in problem


@pytest.mark.parametrize("missing", [["ensurepip"], ["venv", "ensurepip"]])
def test_venv(missing: list[str]) -> None:
    problem = preflight.venv_problem(lambda name: name not in missing)
    assert problem.startswith(f"Python's {' and '.join(missing)} is missing")
    assert "apt-get install python3-venv" in problem
    assert preflight.venv_problem(lambda name: True) is None


def test_no_compiler() -> None:
    problem = preflight.compiler_problem("x86_64-linux-gnu-gcc -pthread", lambda name: None)
    assert "x86_64-linux-gnu-gcc was not found" in problem
    assert "apt-get install build-essential" in problem


def test_another_compiler() -> None:
    problem = preflight.compiler_problem("gcc -pthread", {"clang": "/usr/bin/clang"}.get)
    assert problem == "the C compiler gcc is missing, but clang is there: make CC=clang"


@pytest.mark.parametrize("command", ["cc", "cc -pthread", "", None])
def test_compiler(command: str | None) -> None:
    assert preflight.compiler_problem(command, {"cc": "/usr/bin/cc"}.get) is None


def test_headers() -> None:
    header = os.path.join("include", "Python.h")
    assert preflight.headers_problem("include", {header}.__contains__) is None
    problem = preflight.headers_problem("include", lambda path: False)
    assert problem.startswith(f"{header} is missing")
    assert "apt-get install python3-dev" in problem


def test_one_line_each_and_exit_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(preflight, "problems", lambda: ["no compiler", "no headers"])
    assert preflight.main() == 1
    assert capsys.readouterr().err == "no compiler\nno headers\n"


def test_says_nothing_when_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "problems", list)
    assert preflight.main() == 0


def test_an_old_python_hears_only_about_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    assert len(preflight.problems()) == 1


def test_runs_as_a_script_and_finds_a_missing_compiler() -> None:
    script = Path(preflight.__file__)
    environment = {**os.environ, "CC": "no-such-compiler"}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no-such-compiler" in done.stderr


def test_is_written_for_old_pythons() -> None:
    source = Path(preflight.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
