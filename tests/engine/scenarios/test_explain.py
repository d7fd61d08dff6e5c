"""The messages of expectations that do not hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from cds_engine.scenarios.explain import explain
from cds_engine.scenarios.recording import Answer, Expectation, Kind

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
    ("kind", "rule", "value", "subject", "expected", "found"),
    [
        ("not_met", "a.x", None, None, "a.x not to fire", "it fires"),
        ("fired", "a.y", None, None, "a.y to fire", "it does not fire"),
        ("fired", "b.w", None, None, "b.w to fire", "it does not apply"),
        ("not_applicable", "a.x", None, None, "a.x not to apply", "it fires"),
        ("fired", "b.other", None, None, "b.other to fire", "the evaluation has no such rule"),
        (
            "missing",
            "b.z",
            ("f",),
            None,
            "b.z not to be evaluable because only these facts are unknown: f",
            "it is not evaluable because these facts are unknown: f, g",
        ),
        ("indicator", "a.x", "info", None, "a.x to fire as info", "it fires as warning"),
        ("because", "a.x", Decimal(2), "f", "a.x to fire because f is 2", "it fires because f is 1.5"),
        ("evidence", "a.x", "c", None, "a.x to fire and cite c", "it fires and cites evidence"),
        ("conflict", "a.x", "c", None, "a.x to fire and show the conflict c", "it fires and shows conflict"),
        (
            "says",
            "a.x",
            "hello",
            None,
            "the advisory of a.x to say 'hello'",
            "its advisory says 'The record shows 1.5'",
        ),
        ("only", None, (), None, "no rule to fire", "a.x"),
        ("none_of_family", None, (), "a", "no rule of the family a to fire", "a.x"),
        ("no_notice", None, None, None, "no notice", "/observations/0: not used"),
        ("fact", None, Decimal(2), "f", "f to be 2", "1.5"),
        ("refused", None, "/as_of", None, "the record to be refused at /as_of", "accepted"),
    ],
)
def test_a_message_says_what_was_expected_and_found(  # noqa: PLR0913, PLR0917 - one row of the table
    kind: Kind, rule: str | None, value: Any, subject: str | None, expected: str, found: str
) -> None:
    message = explain(Expectation(kind, rule, value, 1, subject), ANSWER, None)
    assert message == f"expected {expected}\nfound    {found}"
