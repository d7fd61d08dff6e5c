"""Facts in English."""

from __future__ import annotations

import pytest
from cds_engine.rulebook.fact_prose import definition, fact_page

from tests.spec.cases import chapter, names


@pytest.mark.parametrize(
    ("name", "fact", "english"),
    [
        ("latest", "recent", "The value of the latest result for sodium at most 30 days old."),
        ("latest", "previous", "The value of the latest result for sodium but one."),
        ("latest", "days", "The age in days of the latest result for an electrolyte."),
        (
            "latest",
            "third",
            "The value of the result for sodium of rank exactly 2, if all of them have the same one.",
        ),
        ("counting", "low_ever", "Whether there is any result for sodium with a value less than 135 mmol/L."),
        (
            "counting",
            "low_lately",
            "Whether there is any result for sodium with a value less than 135 mmol/L and at most 30 "
            "days old.",
        ),
        ("counting", "opioids", "The number of entries that are a course of an opioid that continues."),
        (
            "counting",
            "all_low_or_none",
            "Whether every result for sodium is one with a value less than 135 mmol/L; if there is "
            "none, yes.",
        ),
        ("aggregates", "lowest", "The lowest value of any result for sodium at most 30 days old."),
        ("aggregates", "mean", "The mean value of every result for sodium at most 30 days old."),
        (
            "aggregates",
            "dose_or_none",
            "The sum of the daily dose of every course of morphine that continues; if there is none, 0.",
        ),
        (
            "aggregates",
            "morphine_equivalents",
            "The sum of the daily dose of every course of an opioid that continues, each multiplied by 1 for "
            "morphine, 1.5 for oxycodone, 0.2 for tramadol.",
        ),
        (
            "aggregates",
            "indication",
            "The indication of the course of morphine that continues, if all of them have the same one;"
            " where it "
            "is not stated, the one condition present.",
        ),
        (
            "aggregates",
            "severity",
            "The highest severity of any entry for cough that is present and whose severity is stated.",
        ),
        ("presence", "either", "Whether there is any entry for asthma or diabetes that is present."),
        (
            "treatments",
            "days",
            "The days since the start of the treatment with morphine (courses with gaps of at most 7 "
            "days count "
            "as one) that continues, if all of them have the same one.",
        ),
        (
            "around",
            "baseline_taken",
            "Whether there is any result for sodium from [days on morphine] - 7 days to [days on "
            "morphine] + 28 "
            "days old.",
        ),
        (
            "around",
            "morning",
            "Whether there is any result for sodium taken from 6 h to 12 h after midnight.",
        ),
        ("patient", "age", "The patient's age in completed years."),
        ("patient", "sex", "The patient's sex."),
        ("patient", "trials", "The number that the history states as 'trials'."),
        (
            "formulas",
            "qtcf",
            "qt / root(60 / rate, 3), in ms, where rate is latest heart rate; qt is latest QT interval.",
        ),
        (
            "formulas",
            "score",
            "(age >= $old) * 1 + cough * 2 + (opioids > 1) * 3, in 1, where age is age; cough is cough;"
            " opioids is "
            "opioids taken; $old is 68 years.",
        ),
        ("formulas", "lithium.mass", "lithium, in mg/L, where lithium is latest lithium in mg/L."),
    ],
)
def test_definition(name: str, fact: str, english: str) -> None:
    rulebook = chapter(name).engine.rulebook
    assert definition(rulebook, rulebook.facts[fact], rulebook.values_at(rulebook.first_day)) == english


@pytest.mark.parametrize("name", names())
def test_every_fact_has_a_page(name: str) -> None:
    rulebook = chapter(name).engine.rulebook
    for fact in rulebook.facts.values():
        page = fact_page(rulebook, fact)
        assert page.startswith(f"{fact.name}  ")
        assert fact.title in page
        assert "Meaning" in page
