"""The installed wheel in an environment that also runs a project with packages ``api`` and ``engine``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.ci]

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "rules" / "mianserin" / "examples" / "agranulocytosis-with-fever.json"
FEATURE = ROOT / "features" / "stories" / "insomnia.feature"
THEIR_TEST = """
from pathlib import Path

import api.greeting
import engine
import pytest


def test_imports_are_theirs():
    assert api.greeting.TEXT == "hello"
    assert Path(engine.__file__).parent.parent == Path(__file__).parent.parent


@pytest.fixture
def case():
    return "theirs"


def test_fixtures_are_theirs(case):
    assert case == "theirs"
"""
THEIR_FEATURE = """Feature: Theirs, for another tool
  Scenario: Anything
    Given a step that only their tool knows
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the project of somebody else."""
    files = {
        "api/__init__.py": "",
        "api/greeting.py": 'TEXT = "hello"\n',
        "engine/__init__.py": "",
        "rules/readme.txt": "not a rulebook\n",
        "tests/__init__.py": "",
        "tests/test_theirs.py": THEIR_TEST,
        "tests/theirs.feature": THEIR_FEATURE,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(environment: Path, project: Path) -> Run:
    """Run a command of the environment in the project's folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}

    def execute(*command: str) -> subprocess.CompletedProcess[str]:
        program = str(environment / "bin" / command[0])
        return subprocess.run(
            [program, *command[1:]], cwd=project, env=clean, capture_output=True, text=True, check=False
        )

    return execute


def test_the_wheel_is_what_is_imported(run: Run, environment: Path) -> None:
    done = run("python", "-c", "import cds_api, cds_engine; print(cds_api.__file__, cds_engine.__file__)")
    assert done.returncode == 0, done.stderr
    assert all(Path(file).is_relative_to(environment) for file in done.stdout.split())


@pytest.mark.parametrize("command", [("pytest",), ("python", "-m", "pytest")], ids=" ".join)
def test_the_tests_of_the_project_pass(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_a_record_is_evaluated(run: Run, project: Path) -> None:
    shutil.copy(RECORD, project / "record.json")
    done = run("cds", "evaluate", "record.json", "--format", "json")
    assert done.returncode == 0, done.stderr
    evaluation = json.loads(done.stdout)
    assert evaluation["rulebook"]["id"] == "mianserin"
    assert "monitoring.febrile-neutropenia" in {advisory["rule"] for advisory in evaluation["advisories"]}


def test_scenarios_run_with_cds_and_with_pytest(run: Run, project: Path) -> None:
    shutil.copy(FEATURE, project / "ours.feature")
    with_cds = run("cds", "scenarios", "ours.feature")
    assert with_cds.returncode == 0, with_cds.stdout + with_cds.stderr
    assert "none failed" in with_cds.stdout
    with_pytest = run("python", "-m", "pytest", "ours.feature")
    assert with_pytest.returncode == 0, with_pytest.stdout + with_pytest.stderr


@pytest.mark.parametrize(
    "book", sorted(path.parent.name for path in (ROOT / "rules").glob("*/rulebook.yaml"))
)
def test_every_shipped_rulebook_is_found_with_its_features(run: Run, book: str) -> None:
    checked = run("cds", "rules", "check", book)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    current = run("cds", "audit", "--check", "--rulebook", book)
    assert current.returncode == 0, current.stderr
