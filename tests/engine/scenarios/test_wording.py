"""Sentences in clinical wording: each is one step, or gets a suggestion with its own values."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

import pytest
from cds_engine.scenarios.case import Environment
from cds_engine.scenarios.draft import parse_day
from cds_engine.scenarios.problems import StepError
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Answer, Expectation, holds
from cds_engine.scenarios.step_list import STEPS
from cds_engine.scenarios.suggestions import suggestions
from cds_engine.scenarios.template import pattern

from tests.engine.scenarios.conftest import Write

SENTENCES = """
Given today is 2026-11-23
Given a 78-year-old woman
Given the patient is an 80 year old man
Given the patient is 78 years old
Given the patient's sex is female
Given the patient's age is unknown
Given the patient has died 2 days ago
Given the patient is on mianserin 60 mg daily
Given the patient takes mianserin 60 mg/d, started 53 days ago
Given the patient takes mianserin, 60 mg/d, started 2 months ago
Given the patient is taking mianserin 60 mg a day for major depressive disorder, started 53 days ago
Given the patient is treated with mianserin 60 mg per day since a year ago
Given the patient receives mianserin 60 mg/day for 53 days
Given the patient stopped fluoxetine 5 days ago
Given fluoxetine was stopped a week ago
Given the patient may take mianserin
Given the patient takes no medication
Given the patient is not on mianserin
Given the patient suffers from epilepsy
Given the patient was diagnosed with epilepsy since 2 months ago
Given the patient is known to have epilepsy
Given the patient has no epilepsy
Given the patient may have epilepsy
Given the patient complains of dizziness
Given the patient presents with severe drowsiness
Given the patient denies dizziness
Given the patient reports no dizziness
Given the neutrophil count was 1.2 10*9/L 3 days ago
Given a neutrophil count of 1.2 10*9/L, 3 days ago
Given neutrophils are 1.2 10*9/L today
Given the symptoms are unknown
When the patient is evaluated
When the rules are applied
Then the rule safety.epilepsy fires
Then safety.epilepsy should fire as warning
Then safety.epilepsy should not fire
Then safety.epilepsy cannot be evaluated because mianserin.active is unknown
Then the rule safety.epilepsy is not applicable
Then there are no advisories
""".strip().splitlines()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_natural_sentence_is_one_step(sentence: str) -> None:
    keyword, _, text = sentence.partition(" ")
    templates = [template for step in STEPS if step.keyword == keyword for template in step.templates]
    assert len([template for template in templates if re.fullmatch(pattern(template), text)]) == 1


@pytest.mark.slow
def test_natural_sentences_give_the_same_record(feature: Write) -> None:
    scenario = """
      Scenario: {name}
        Given a 78-year-old woman
        And {course}
        And {count}
        When the record is evaluated
        Then rule dosing.mdd-within-range fires
    """
    course = "mianserin 60 mg/d for major depressive disorder started 61 days ago"
    path = feature(
        scenario.format(
            name="A", course=f"the patient takes {course}", count="body weight of 80 kg, 31 days ago"
        )
        + scenario.format(
            name="B",
            course="the patient is on mianserin, 60 mg daily for major depressive disorder, started "
            "2 months ago",
            count="the body weight was 80 kg a month ago",
        )
    )
    recording = run_features([path])
    assert recording.failures == ()
    first, second = recording.examples
    assert first.record["medications"][0]["start"] == "2026-09-23"
    assert second.record == first.record


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("a month ago", "2026-02-28"),
        ("1 month ago", "2026-02-28"),
        ("2 months ago", "2026-01-31"),
        ("13 months ago", "2025-02-28"),
        ("in 3 months", "2026-06-30"),
        ("2 years ago", "2024-03-31"),
        ("a week ago", "2026-03-24"),
        ("in 1 day", "2026-04-01"),
    ],
)
def test_months_are_those_of_the_calendar(text: str, day: str) -> None:
    assert parse_day(text).on(datetime.date(2026, 3, 31)).isoformat() == day


def test_a_day_outside_the_calendar_is_refused() -> None:
    with pytest.raises(StepError):
        parse_day("99999 months ago").on(datetime.date(2026, 3, 31))


@pytest.mark.parametrize(
    ("found", "expected", "rounded", "same"),
    [
        ("7.142857", "7.1", True, True),
        ("7.15", "7.2", True, True),
        ("7.142857", "7.2", True, False),
        ("7.142857", "7.1", False, False),
    ],
)
def test_a_percentage_may_be_rounded_to_one_decimal(
    found: str, expected: str, rounded: bool, same: bool
) -> None:
    facts = {"change": Decimal(found)}
    answer = Answer({}, {}, {}, lambda _: (), lambda _: {}, lambda _, __: (), lambda _: "", facts)
    assert holds(Expectation("fact", None, Decimal(expected), 1, "change", rounded), answer) is same


@pytest.mark.parametrize(
    ("keyword", "sentence", "suggested"),
    [
        (
            "given",
            "she swallowed mianserin 60 mg/d, beginning 53 days ago",
            "Given the patient takes mianserin 60 mg/d started 53 days ago",
        ),
        ("given", "pt with epilepsy since 2 months ago", "Given the patient has epilepsy since 2 months ago"),
        (
            "given",
            "neutrophils 1.2 10*9/L on 2026-11-20",
            "Given neutrophils of 1.2 10*9/L, on 2026-11-20",
        ),
        ("given", "a lady of 78", "Given the patient is 78 years old"),
        ("given", "the patient feels severe dizziness", "Given the patient reports severe dizziness"),
        (
            "given",
            "the patient does not have any epilepsy",
            "Given the patient does not have epilepsy",
        ),
        ("then", "safety.mania triggers as warning", "Then rule safety.mania fires as warning"),
        ("then", "rule safety.mania must not fire", "Then rule safety.mania does not fire"),
        ("when", "evaluate this", "When the record is evaluated"),
    ],
)
def test_the_suggestion_has_the_values_of_the_sentence(
    environment: Environment, keyword: str, sentence: str, suggested: str
) -> None:
    assert suggested in suggestions(environment.names, keyword, sentence)


def test_a_suggestion_never_says_the_opposite(environment: Environment) -> None:
    for sentence in ("the patient feels dizziness", "she swallowed mianserin"):
        for suggestion in suggestions(environment.names, "given", sentence):
            assert not re.search(r"\b(no|not|denies|stopped|may)\b", suggestion)
