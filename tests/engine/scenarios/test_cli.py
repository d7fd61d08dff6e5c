"""``cds scenarios``: exit codes and output."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_api.cli.main import run

from tests.engine.scenarios.conftest import Write

HOLDS = (
    "  Scenario: Silent\n    Given no medications\n    When the record is evaluated\n    Then no rule fires\n"
)


@pytest.mark.slow
def test_features_that_pass_exit_with_0(feature: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scenarios", str(feature(HOLDS))]) == 0
    said = capsys.readouterr()
    assert "1 scenario in 1 feature file, none failed" in said.out
    assert said.err == ""


@pytest.mark.slow
def test_a_feature_that_fails_exits_with_1(feature: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = feature(HOLDS.replace("no rule fires", "rule `safety.mania` fires"))
    assert run(["scenarios", str(path)]) == 1
    assert "found    it does not apply" in capsys.readouterr().out


def test_a_missing_path_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scenarios", str(tmp_path / "none.feature")]) == 2
    assert capsys.readouterr().err.endswith("none.feature: no such feature file\n")


def test_the_steps_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scenarios", "--steps"]) == 0
    assert "Given as of {day:date}" in capsys.readouterr().out


def test_a_url_without_http_exits_with_2(feature: Write) -> None:
    assert run(["scenarios", str(feature(HOLDS)), "--url", "http://127.0.0.1:1"]) == 2
