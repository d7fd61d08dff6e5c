"""Recordings of feature files, and the messages of failed scenarios."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cds_engine.errors import RulebookError
from cds_engine.scenarios.features import FeatureError
from cds_engine.scenarios.recorder import feature_files, run_features

from tests.engine.scenarios.conftest import Write
from tests.rulebook.tiny import TINY

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
    "Given the patient take mianserin": ("step", "  Given the patient takes mianserin\n"),
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


def test_every_mistake_of_a_file_is_reported_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mistyped.feature"
    path.write_text(
        "Feature: Text below a heading is free\n"
        "  When a rule is wrong, the source says so. And nothing else.\n"
        "  Scenrio: A\n"
        "  Scenario: B\n"
        "    The first of two.\n"
        "    Gievn the patient takes mianserin\n"
        "    when the record is evaluated\n"
        "    Then no rule fires\n"
        "  @skip\n"
        "  Scenario Outline: C\n"
        "    Given the patient takes mianserin <dose> mg/d\n"
        "    When the record is evaluated\n"
        "    Then no rule fires\n"
        "    Examples:\n"
        "      | dose | remark |\n"
        "      | 1    | x      |\n",
        encoding="utf-8",
    )
    recording = run_features([path])
    assert recording.scenarios == 0
    assert [(failure.kind, failure.line) for failure in recording.failures] == [
        ("feature", line) for line in (3, 6, 7, 9, 15)
    ]
    assert [failure.message.partition(": ")[2] for failure in recording.failures] == [
        "unknown keyword 'Scenrio:' (did you mean 'Scenario:'?)",
        "unknown keyword 'Gievn' (did you mean 'Given'?)",
        "unknown keyword 'when' (did you mean 'When'?)",
        "the tag '@skip' is reserved; use another name",
        "the column 'remark' is not used: neither a step nor the name has <remark>",
    ]


def test_keywords_that_gherkin_itself_refuses_are_explained_as_well(feature: Write) -> None:
    path = feature("  Scenario: A\n    Given no symptoms\n    Wehn x\n    Thn y\n  Scenrio: B\n    Given z")
    messages = [failure.message for failure in run_features([path]).failures]
    assert [message.split("feature:")[1] for message in messages] == [
        "7:1: unknown keyword 'Wehn' (did you mean 'When'?)",
        "8:1: unknown keyword 'Thn' (did you mean 'Then'?)",
        "9:1: unknown keyword 'Scenrio:' (did you mean 'Scenario:'?)",
    ]


def test_a_byte_order_mark_is_skipped(feature: Write) -> None:
    path = feature("  Scenario: A\n    When the record is evaluated\n    Then no rule fires")
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    recording = run_features([path])
    assert (recording.scenarios, recording.failures) == (1, ())


ODD = {
    "Given these results:": "expected a table below this step",
    "Given the record:": "expected a text below this step",
    "Given no symptoms\n      | a |": "this step has no table below it",
    'Given the record:\n      """\n      {"a":\n      """': "expected a value",
    'Given the record:\n      """\n      {"as_of": 5}\n      """': "expected a date in quotes",
    'Given the record:\n      """\n      {"symptoms": 5}\n      """\n    And the patient reports fever': (
        "has no list of symptoms"
    ),
    "Given the patient reports fever\n    And the patient takes mianserin since 9999999999 days ago\n"
    "    When the record is evaluated": "expected a day from the year 1",
    "Given the patient has fever": "it is one of the symptoms",
}


def test_no_message_speaks_of_the_program(feature: Write) -> None:
    scenarios = (f"  Scenario: {number}\n    {steps}" for number, steps in enumerate(ODD))
    failures = run_features([feature("\n\n".join(scenarios))]).failures
    assert len(failures) == len(ODD)
    for failure, message in zip(failures, ODD.values(), strict=True):
        assert message in failure.message
        for word in ("Traceback", ".py", "pytest", "fixture", "Error", "internal"):
            assert word not in failure.message.partition("\n")[2]


def test_a_rulebook_with_mistakes_is_reported_as_such(feature: Write, tmp_path: Path) -> None:
    book = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (book / "rulebook.yaml").write_text("id: tiny\n", encoding="utf-8")
    with pytest.raises(RulebookError, match="missing key 'version'"):
        run_features([feature("  Scenario: A\n    When the record is evaluated")], book)


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


STEPS = """
  Scenario: It stops at the second step
    Given the patient takes mianserin 30 mg/d
    And a step that does not exist
    When the record is evaluated
    Then no rule fires

  @http
  Scenario: Over HTTP
    When the record is evaluated
    Then no rule fires
"""


def test_how_far_each_scenario_came(feature: Write) -> None:
    recording = run_features([feature(STEPS)], may_serve=False)
    stopped, over_http = recording.runs
    assert (stopped.scenario, stopped.line, stopped.steps) == ("It stops at the second step", 6, (3, 7, 8))
    assert stopped.failed_at == 8
    assert stopped.reason.startswith("no such step; did you mean one of these?")
    assert (over_http.steps, over_http.failed_at) == ((3, 14), 14)
    assert over_http.reason == "a scenario over HTTP cannot run here; run it with: cds scenarios"
    rows = run_features([feature(COUNT)]).runs
    assert [(run.line, run.failed_at is None) for run in rows] == [(20, True), (21, True), (22, False)]
    assert "found 1.51" in rows[-1].reason


def test_files_that_cannot_be_read_are_named_wherever_they_are(tmp_path: Path) -> None:
    for name in ("one", "two"):
        path = tmp_path / name / "broken.feature"
        path.parent.mkdir()
        path.write_text(f"Feature: {name}\n\n  Scenrio: Broken\n", encoding="utf-8")
    failures = run_features([tmp_path]).failures
    places = [(Path(failure.feature).parent.name, failure.line) for failure in failures]
    assert places == [("one", 1), ("one", 3), ("two", 1), ("two", 3)]
