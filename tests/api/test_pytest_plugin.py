"""The plugin in other people's pytest runs: what it collects, and what it leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
PLUGIN = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["entry-points"]["pytest11"]["cds_scenarios"]
HEAVY = ("cds_engine", "pydantic", "durable_rules_engine", "yaml", "pytest_bdd", "z3", "ibis", "fastapi")

PASSING = """Feature: F

  @early
  Scenario: It fires
    Given the patient does not take mianserin
    When the record is evaluated
    Then no rule fires
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    (pytester.path / "mine.feature").write_text(PASSING, encoding="utf-8")
    pytester.makepyfile(
        test_theirs="def test_theirs(request):\n    assert 'case' not in request.fixturenames\n"
    )
    return pytester


def test_a_feature_file_runs_when_it_is_named(project: pytest.Pytester) -> None:
    result = project.runpytest("mine.feature", "--strict-markers", "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["mine.feature::It fires PASSED*"])


def test_a_feature_file_is_left_alone_when_it_is_not(project: pytest.Pytester) -> None:
    project.runpytest().assert_outcomes(passed=1)
    project.runpytest(".").assert_outcomes(passed=1)


@pytest.mark.parametrize("setting", ["", "cds_features = elsewhere"])
def test_nothing_heavy_is_imported_without_a_feature_file(project: pytest.Pytester, setting: str) -> None:
    """No other plugin is loaded here, so whatever is imported was imported by this one."""
    project.makeini(f"[pytest]\n{setting}\n")
    project.makepyfile(
        test_theirs=f"""
        import sys

        def test_theirs():
            assert {PLUGIN!r} in sys.modules
            assert not [name for name in {HEAVY!r} if name in sys.modules]
        """
    )
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", PLUGIN],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_folder_of_the_settings_is_collected_once(project: pytest.Pytester) -> None:
    folder = project.mkdir("features")
    Path("mine.feature").rename(folder / "mine.feature")
    project.makeini("[pytest]\ncds_features = features\n")
    project.runpytest().assert_outcomes(passed=2)
    project.runpytest("features", "features/mine.feature").assert_outcomes(passed=1)


def test_only_feature_files_see_the_steps(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_theirs="from pytest_bdd import scenarios\nscenarios('mine.feature')\n",
    )
    result = project.runpytest("test_theirs.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*StepDefinitionNotFoundError*"])


def test_feature_files_see_the_steps_of_a_conftest(project: pytest.Pytester) -> None:
    project.makeconftest(
        "from pytest_bdd import given\n"
        "@given('a step of our own')\n"
        "def own(case):\n"
        "    case.draft.sections['medications'] = []\n"
    )
    text = PASSING.replace("the patient does not take mianserin", "a step of our own")
    Path("mine.feature").write_text(text, encoding="utf-8")
    project.runpytest("mine.feature").assert_outcomes(passed=1)


def test_tags_select_scenarios(project: pytest.Pytester) -> None:
    project.runpytest("mine.feature", "-m", "not early").assert_outcomes(deselected=1)


def test_a_missing_rulebook_stops_the_run_without_a_traceback(project: pytest.Pytester) -> None:
    result = project.runpytest("mine.feature", "--cds-rulebook=nowhere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "INTERNALERROR" not in result.stdout.str()
