"""Expectations checked against answers, without a feature file and without pytest."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from cds_engine.scenarios.answers import answer_to_refused
from cds_engine.scenarios.recording import Answer, Expectation, Kind, holds

ANSWER = Answer(
    outcomes={"a.x": "fired", "a.y": "not_met", "b.z": "not_evaluable", "b.w": "not_applicable"},
    indicators={"a.x": "warning"},
    families={"a.x": "a", "a.y": "a", "b.z": "b", "b.w": "b"},
    missing=lambda rule: ("f", "g"),
    supporting_comparisons=lambda rule: {"f": Decimal("1.5")},
    cites=lambda rule, kind: {kind},
    text=lambda rule: "The record shows 1.5",
    facts={"f": Decimal("1.5")},
    notices=(("/observations/0", "not used"),),
)


@pytest.mark.parametrize(
    ("kind", "rule", "value", "subject", "expected"),
    [
        ("fired", "a.x", None, None, True),
        ("fired", "a.y", None, None, False),
        ("not_met", "a.y", None, None, True),
        ("not_met", "b.w", None, None, False),
        ("not_applicable", "b.w", None, None, True),
        ("not_evaluable", "b.z", None, None, True),
        ("missing", "b.z", ("g", "f"), None, True),
        ("missing", "b.z", ("f",), None, False),
        ("missing_among", "b.z", ("f",), None, True),
        ("missing_among", "b.z", ("h",), None, False),
        ("missing", "a.x", ("f", "g"), None, False),
        ("indicator", "a.x", "warning", None, True),
        ("indicator", "a.x", "info", None, False),
        ("indicator", "a.y", "warning", None, False),
        ("because", "a.x", Decimal("1.50"), "f", True),
        ("because", "a.x", Decimal("1.4"), "f", False),
        ("evidence", "a.x", "evidence", None, True),
        ("conflict", "a.x", "evidence", None, False),
        ("says", "a.x", "RECORD shows", None, True),
        ("says", "a.y", "record", None, False),
        ("none_of_family", None, ("a.x",), "a", True),
        ("none_of_family", None, (), "a", False),
        ("none_of_family", None, (), "b", True),
        ("only", None, ("a.x",), None, True),
        ("only", None, (), None, False),
        ("notice", None, "Not used", None, True),
        ("notice", None, "not used", "/observations/1", False),
        ("no_notice", None, None, None, False),
        ("fact", None, Decimal("1.5"), "f", True),
        ("fact", None, None, "g", True),
        ("fact", None, None, "f", False),
        ("refused", None, "/as_of", None, False),
    ],
)
def test_an_expectation_holds_or_not(
    kind: Kind, rule: str | None, value: Any, subject: str | None, expected: bool
) -> None:
    assert holds(Expectation(kind, rule, value, 1, subject), ANSWER) is expected


def test_a_refusal_holds_at_its_pointer_only() -> None:
    refused = answer_to_refused(("/as_of",))
    assert holds(Expectation("refused", None, "/as_of", 1), refused)
    assert not holds(Expectation("refused", None, "/patient", 1), refused)
    assert not holds(Expectation("fired", "a.x", None, 1), refused)
