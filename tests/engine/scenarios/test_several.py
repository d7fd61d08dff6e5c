"""Scenarios with other rulebooks than that of the run, and features inside the folder of a rulebook."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Recording

from tests.rulebook.tiny import OTHER, TINY

GIVEN = """
    Given as of 2026-11-23
    And the rulebooks tiny and other
    And a patient of 30
    And the patient takes velozine 350 ug/d
    And the patient takes frobnitol 5 mg/d
    And zorbulin of 1.5 umol/L, 3 days ago
    When the record is evaluated
"""
HOLDS = [
    "rule lab.zorbulin-lowest fires as critical",
    "rule lab.zorbulin-low of other fires because zorbulin.latest is 1500 nmol/L",
    "rule `lab.zorbulin-low` of tiny does not fire",
    "rule lab.shaky rests on claim hearsay.zorbulin",
    "rule amounts.high of tiny shows conflict upper-end",
    "rule lab.hiccup-storm is not evaluable because symptom.hiccup-storm is unknown among others",
    "there is no notice",
    "fact frobnitol.daily_dose is 5 mg/d",
]
FAILS = {
    "rule lab.zorbulin-low fires": "several rulebooks have a rule 'lab.zorbulin-low'; write one of: "
    "lab.zorbulin-low of tiny, lab.zorbulin-low of other",
    "rule lab.zorbulin-low of tiny fires": "expected lab.zorbulin-low of tiny to fire",
    "rule lab.shakey fires": "rule 'lab.shakey' (did you mean 'lab.shaky'?) (in none of tiny, other)",
    "rule lab.shaky of tny fires": "(in none of tiny, other)",
    "only these rules fire:\n      | rule |\n      | lab.shaky |": "expected only these rules to fire: "
    "lab.shaky of other",
}


Run = Callable[..., Recording]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs steps in the features of the tiny rulebook."""
    shutil.copytree(TINY, tmp_path / "tiny")
    shutil.copytree(OTHER, tmp_path / "other")

    def run(*scenarios: str) -> Recording:
        folder = tmp_path / "tiny" / "features"
        folder.mkdir(exist_ok=True)
        text = "\n".join(f"  Scenario: {n}\n{steps}" for n, steps in enumerate(scenarios))
        (folder / "several.feature").write_text(f"Feature: Several\n\n{text}\n", encoding="utf-8")
        return run_features([folder])

    return run


def test_what_holds_and_what_does_not(run: Run) -> None:
    recording = run(*(f"{GIVEN}    Then {step}" for step in [*HOLDS, *FAILS]))
    assert recording.scenarios == len(HOLDS) + len(FAILS)
    failed = {failure.scenario: failure.message for failure in recording.failures}
    assert set(failed) == {str(len(HOLDS) + number) for number in range(len(FAILS))}, failed
    for number, expected in enumerate(FAILS.values()):
        assert expected in failed[str(len(HOLDS) + number)]
    assert recording.examples == (), "an audit of one rulebook does not count such scenarios"


def test_the_order_and_the_names_of_rulebooks(run: Run) -> None:
    late = (
        GIVEN.replace("    And the rulebooks tiny and other\n", "")
        .replace("    And the patient takes frobnitol 5 mg/d\n", "")
        .replace("    When", "    And the rulebooks tiny and other\n    When")
    )
    unknown = GIVEN.replace("tiny and other", "tiny and othre")
    recording = run(f"{late}    Then rule lab.shaky fires", f"{unknown}    Then rule lab.shaky fires")
    first, second = (failure.message for failure in recording.failures)
    assert "this step comes before every step about the patient" in first
    assert "othre: expected the folder of a rulebook or one of" in second


def test_a_feature_is_evaluated_with_the_rulebook_of_its_folder(run: Run, tmp_path: Path) -> None:
    steps = """
    Given as of 2026-11-23
    And the patient takes velozine 99 ug/d
    And a patient of 30
    When the record is evaluated
    Then rule amounts.low fires
"""
    other = """
    Given the rulebook other
    And the patient takes frobnitol
    When the record is evaluated
    Then rule lab.zorbulin-low is not evaluable
"""
    recording = run(steps, other)
    assert not recording.failures
    assert [example.scenario for example in recording.examples] == ["0"]
    feature = tmp_path / "tiny" / "features" / "several.feature"
    failed = run_features([feature], OTHER).failures
    assert [failure.scenario for failure in failed] == ["0"], "the rulebook that is named is used for all"


@pytest.mark.slow
def test_over_http(run: Run) -> None:
    scenario = f"{GIVEN}    Then rule lab.zorbulin-low of other fires\n    And rule amounts.high fires"
    recording = run(scenario.replace("is evaluated", "is evaluated over HTTP"))
    assert recording.scenarios == 1
    assert not recording.failures, recording.failures
