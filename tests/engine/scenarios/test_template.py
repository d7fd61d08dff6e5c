"""The notation of steps."""

from __future__ import annotations

import re

import pytest
from cds_engine.scenarios.template import kinds, pattern


@pytest.mark.parametrize(
    ("template", "text", "found"),
    [
        ("no {section}", "no symptoms", {"section": "symptoms"}),
        ("a {person} aged {age:count}( years)", "a patient aged 78", {"person": "patient", "age": "78"}),
        ("a {person} aged {age:count}( years)", "a man aged 78 years", {"person": "man", "age": "78"}),
        ("it takes/took {drug}", "it took Drug A", {"drug": "Drug A"}),
        ("{facts} is/are unknown", "`a.b`, `c` and d are unknown", {"facts": "`a.b`, `c` and d"}),
        ("x( {severity}) {symptom}", "x severe dry mouth", {"severity": "severe", "symptom": "dry mouth"}),
        ("x( {severity}) {symptom}", "x dry mouth", {"severity": None, "symptom": "dry mouth"}),
    ],
)
def test_a_template_matches_and_names_its_parameters(
    template: str, text: str, found: dict[str, str | None]
) -> None:
    match = re.fullmatch(pattern(template), text)
    assert match is not None
    assert match.groupdict() == found


@pytest.mark.parametrize(
    ("template", "text"),
    [("no {section}", "no symptom"), ("it takes/took {drug}", "it take Drug A"), ("{when:date}", "2026-1-1")],
)
def test_a_template_matches_nothing_else(template: str, text: str) -> None:
    assert re.fullmatch(pattern(template), text) is None


def test_the_types_of_the_parameters_are_listed() -> None:
    assert kinds("a {person} aged {age:count}( years)") == ["person", "count"]
