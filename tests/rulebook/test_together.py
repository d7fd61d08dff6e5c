"""A record with three drugs and all shipped rulebooks: one answer, on whichever way it is asked for."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cds_api.app import create_app
from cds_api.cli.main import run
from cds_api.settings import Settings
from cds_engine import Engine, load_rulebook
from cds_engine.rulebook.shipped import shipped_folders
from cds_engine.scenarios.recorder import run_features
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL

BOOKS = list(shipped_folders())
RECORD = shipped_folders()["lithium"] / "examples" / "with-mianserin-and-clozapine.json"
ALL = [argument for name in BOOKS for argument in ("--rulebook", name)]
Fired = set[tuple[str, str]]
Captured = pytest.CaptureFixture[str]


@cache
def engines() -> tuple[Engine, ...]:
    return tuple(Engine(load_rulebook(folder)) for folder in shipped_folders().values())


@pytest.fixture
def fired(capsys: Captured) -> Fired:
    """Return the rules that fire on the command line, each with its rulebook."""
    assert run(["evaluate", str(RECORD), "--format", "json", *ALL]) == 0
    return named(json.loads(capsys.readouterr().out))


def named(answer: dict[str, Any]) -> Fired:
    return {(advisory["rulebook"], advisory["rule"]) for advisory in answer["advisories"]}


def test_each_rulebook_says_something_and_nothing_is_unknown_to_all(fired: Fired, capsys: Captured) -> None:
    assert {rulebook for rulebook, _ in fired} == set(BOOKS)
    assert run(["evaluate", str(RECORD), "--format", "json", *ALL]) == 0
    assert json.loads(capsys.readouterr().out)["notices"] == []


def test_over_http(fired: Fired) -> None:
    client = TestClient(create_app(Settings(rate_limit=0), *engines()), base_url=LOCAL)
    asked = "&".join(f"rulebook={name}" for name in BOOKS)
    body = RECORD.read_bytes()
    answer = client.post(f"/v1/evaluate?{asked}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert named(answer.json()) == fired


@pytest.mark.ci
@pytest.mark.slow
def test_in_a_population(fired: Fired, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["cohort", "evaluate", str(RECORD), "-o", str(out), "--processes", "1", *ALL]) == 0
    found = set()
    for name in BOOKS:
        [row] = [row for file in (out / name).glob("*.parquet") for row in pq.read_table(file).to_pylist()]
        found |= {(name, rule) for rule, outcome in row.items() if outcome == "fired"}
    assert found == fired


@pytest.mark.slow
def test_in_a_scenario(fired: Fired, tmp_path: Path) -> None:
    table = "\n".join(f"      | {rule} of {rulebook} |" for rulebook, rule in sorted(fired))
    document = "\n".join(f"      {line}" for line in RECORD.read_text(encoding="utf-8").splitlines())
    (tmp_path / "together.feature").write_text(
        f"Feature: Together\n\n  Scenario: One record\n    Given the rulebooks {' and '.join(BOOKS)}\n"
        f'    And the record:\n      """\n{document}\n      """\n    When the record is evaluated\n'
        f"    Then only these rules fire:\n      | rule |\n{table}\n",
        encoding="utf-8",
    )
    recording = run_features([tmp_path])
    assert recording.scenarios == 1
    assert not recording.failures, recording.failures
