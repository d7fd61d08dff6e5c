"""Expressions in English."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cds_engine.language.expressions import ALWAYS, All, Any, Comparison, Expression, Not
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.prose import lines, sentence

FEVER = Comparison("fever", "is", True)
LOW = Comparison("sodium", "less_than", Decimal("135"), "sodium.low_below")
GRADE = Comparison("grade", "one_of", ("mild", "severe"))
FACTS = {
    "fever": Fact("fever", "fever", "boolean"),
    "sodium": Fact("sodium", "sodium", "number", unit="mmol/L"),
    "grade": Fact("grade", "grade of the fever", "code", codes=("mild", "moderate", "severe")),
    "ill": Fact("ill", "illness", "boolean", finding=Any((FEVER, LOW))),
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (ALWAYS, "always"),
        (Any(()), "never"),
        (FEVER, "fever"),
        (Comparison("fever", "is", False), "no fever"),
        (Comparison("fever", "is_not", True), "no fever"),
        (Comparison("sodium", "known", False), "sodium is not known"),
        (LOW, "sodium is below 135 mmol/L"),
        (Comparison("sodium", "at_least", None, "sodium.low_below"), "sodium is at least $sodium.low_below"),
        (GRADE, "grade of the fever is one of mild, severe"),
        (Comparison("grade", "is_not", "mild"), "grade of the fever is not mild"),
        (Comparison("ill", "is", True), "illness [fever or sodium is below 135 mmol/L]"),
        (Not(FEVER), "not (fever)"),
        (Not(Any((FEVER, LOW))), "not (fever or sodium is below 135 mmol/L)"),
        (Any((All((FEVER, LOW)), GRADE)), f"(fever and {sentence(LOW, FACTS)}) or {sentence(GRADE, FACTS)}"),
        (All((Any((FEVER,)),)), "fever"),
    ],
)
def test_sentence(expression: Expression, expected: str) -> None:
    assert sentence(expression, FACTS) == expected


def test_lines() -> None:
    assert lines(All((FEVER, All((LOW, Not(GRADE))))), FACTS) == [
        "fever",
        "sodium is below 135 mmol/L",
        "not (grade of the fever is one of mild, severe)",
    ]
    assert lines(ALWAYS, FACTS) == ["always"]
