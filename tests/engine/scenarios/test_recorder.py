"""Recordings of feature files, and the messages of failed scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_engine.scenarios.features import FeatureError
from cds_engine.scenarios.recorder import feature_files, run_features

from tests.engine.scenarios.conftest import Write

pytestmark = pytest.mark.slow

COUNT = """
  Rule: monitoring.neutropenia-moderate

    @bands
    Scenario Outline: The count
      Given the patient takes mianserin 30 mg/d
      And neutrophils over time:
        | when       | result         |
        | 9 days ago | 4.1 10*9/L     |
        | 3 days ago | <count> 10*9/L |
      When the record is evaluated
      Then rule `monitoring.neutropenia-moderate` <outcome>

      Examples:
        | count | outcome       |
        | 1.49  | fires         |
        | 1.5   | does not fire |
        | 1.51  | fires         |
"""


def test_a_row_is_an_example_with_its_own_line(feature: Write) -> None:
    recording = run_features([feature(COUNT)])
    first = recording.examples[0]
    assert [example.line for example in recording.examples] == [20, 21, 22]
    assert first.scenario == "The count [1.49 | fires]"
    assert (first.block, first.tags) == ("monitoring.neutropenia-moderate", ("bands",))
    assert first.record["observations"][1] == {
        "code": "neutrophils",
        "date": "2026-11-20",
        "value": 1.49,
        "unit": "10*9/L",
    }
    assert str(first.facts["neutrophils.latest"]) == "1.49"
    assert [(e.kind, e.rule, e.line) for e in first.expectations] == [
        ("fired", "monitoring.neutropenia-moderate", 16)
    ]


def test_a_failure_shows_condition_value_and_threshold_and_no_traceback(feature: Write) -> None:
    (failure,) = run_features([feature(COUNT)]).failures
    assert failure.kind == "expectation"
    assert "Then rule `monitoring.neutropenia-moderate` fires" in failure.message
    assert (
        "false   neutrophils.latest < 1.5 10*9/L [blood.neutrophils.grade2_below], found 1.51"
        in failure.message
    )
    assert "Traceback" not in failure.message
    assert ".py" not in failure.message


WRONG = {
    "Given no symptoms\n    When the record is evaluated": ("no_expectation", "checks nothing"),
    "Given no symptoms": ("no_expectation", "evaluates nothing"),
    "Then no rule fires": ("step", "nothing was evaluated yet"),
    "Given the patient take mianserin": ("step", "the patient takes/took"),
    "Given the patient takes miansrin": ("step", "did you mean 'mianserin'"),
    "Given neutrophils of 3 10*9/K, 3 days ago": ("step", "expected 10*9/L or a unit that converts to it"),
    "When the record is evaluated\n    Then rule `safety.mani` fires": (
        "step",
        "did you mean 'safety.mania'",
    ),
    "Given these results:\n      | observation | reslt | when |": ("step", "did you mean 'result'"),
    'Given the record:\n      """\n      {"symptom": []}\n      """\n'
    "    When the record is evaluated\n    Then no rule fires": ("error", "did you mean 'symptoms'"),
}


def test_a_scenario_that_cannot_be_run_or_checks_nothing_fails(feature: Write) -> None:
    scenarios = (f"  Scenario: {number}\n    {steps}" for number, steps in enumerate(WRONG))
    recording = run_features([feature("\n\n".join(scenarios))])
    assert len(recording.failures) == len(WRONG)
    for failure, (kind, message) in zip(recording.failures, WRONG.values(), strict=True):
        assert failure.kind == kind
        assert message in failure.message


def test_a_scenario_that_names_dates_needs_an_as_of_date(tmp_path: Path) -> None:
    path = tmp_path / "dates.feature"
    path.write_text(
        "Feature: F\n  Scenario: S\n    Given a man born on 1948-03-02\n"
        "    And the patient takes mianserin since 2026-10-01\n"
        "    When the record is evaluated\n    Then no rule fires\n",
        encoding="utf-8",
    )
    (failure,) = run_features([path]).failures
    assert "it needs a step such as" in failure.message


@pytest.mark.parametrize(
    ("scenarios", "message"),
    [
        ("  Scenario: A\n    When x\n  Scenario: A\n    When x", "a second scenario 'A'"),
        ("  Scenario Outline: A\n    When <x>", "has no examples"),
        (
            "  Scenario Outline: A\n    When <x> <y>\n    Examples:\n      | x |\n      | 1 |",
            "the examples have no column for <y>",
        ),
        ("", "the feature has no scenario"),
        ("  Scenario: A\n    Given these results:\n      | a | b |\n      | a |", "inconsistent cell count"),
    ],
)
def test_anything_that_pytest_bdd_would_drop_is_an_error(
    feature: Write, scenarios: str, message: str
) -> None:
    (failure,) = run_features([feature(scenarios)]).failures
    assert failure.kind == "feature"
    assert message in failure.message


def test_one_unreadable_file_does_not_hide_the_others(feature: Write, tmp_path: Path) -> None:
    (tmp_path / "broken.feature").write_text("nothing", encoding="utf-8")
    feature(COUNT)
    recording = run_features([tmp_path])
    assert recording.scenarios == 3
    assert {failure.kind for failure in recording.failures} == {"feature", "expectation"}


def test_a_changed_file_is_read_anew(feature: Write) -> None:
    assert run_features([feature(COUNT)]).scenarios == 3
    assert run_features([feature(COUNT.replace("        | 1.51  | fires         |\n", ""))]).failures == ()


def test_progress_is_reported(feature: Write) -> None:
    told: list[tuple[int, int]] = []
    run_features([feature(COUNT)], progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_scenarios_run_without_automatic_loading_of_plugins(
    feature: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    recording = run_features([feature(COUNT)])
    assert recording.scenarios == 3
    assert [failure.kind for failure in recording.failures] == ["expectation"]


def test_paths_without_features_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(FeatureError) as error:
        feature_files([tmp_path, tmp_path / "none.feature"])
    assert len(error.value.problems) == 2
