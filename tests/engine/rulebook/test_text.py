"""Values and units as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cds_engine.rulebook.text import format_value, unit_label


@pytest.mark.parametrize(
    ("unit", "label"),
    [
        (None, ""),
        ("1", ""),
        ("a", "years"),
        ("{score}", "points"),
        ("{tablets}", "tablets"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m2"),
        ("10*9/L", "10*9/L"),
    ],
)
def test_an_annotation_of_a_unit_loses_its_signs(unit: str | None, label: str) -> None:
    assert unit_label(unit) == label


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("1", "d", "1 day"),
        ("2", "d", "2 days"),
        ("1", "{tablets}", "1 tablet"),
        ("42.9", "mL/min/{1.73_m2}", "42.9 mL/min/1.73 m2"),
        ("50", "%", "50%"),
    ],
)
def test_a_value_with_its_unit(value: str, unit: str, text: str) -> None:
    assert format_value(Decimal(value), unit) == text
