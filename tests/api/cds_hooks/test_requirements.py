"""Every requirement of CDS Hooks on a service has a test, or a reason why it does not apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
REQUIREMENTS: dict[int, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "requirements.yaml").read_text(encoding="utf-8")
)
NUMBER_OF_REQUIREMENTS = 120
"""The number of requirements that name the service as an actor."""
CONFORMANCE = {"SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY", "DEPRECATED"}


def test_every_requirement_is_listed() -> None:
    assert len(REQUIREMENTS) == NUMBER_OF_REQUIREMENTS
    assert {entry["conformance"] for entry in REQUIREMENTS.values()} <= CONFORMANCE


@pytest.mark.parametrize("number", REQUIREMENTS)
def test_each_requirement_has_a_test_or_a_reason(number: int) -> None:
    entry = REQUIREMENTS[number]
    assert set(entry) in ({"conformance", "test"}, {"conformance", "not_applicable"})
    if "test" in entry:
        file, _, name = entry["test"].partition("::")
        assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")
    else:
        assert len(entry["not_applicable"]) > 20
