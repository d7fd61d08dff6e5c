"""Every requirement on a service has a test that exists, or a reason why there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
LEDGER: dict[int, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "ledger.yaml").read_text(encoding="utf-8")
)
REQUIREMENTS = 120
"""How many of the specification's requirements name the service as an actor."""
CONFORMANCE = {"SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY", "DEPRECATED"}


def test_no_requirement_is_missing() -> None:
    assert len(LEDGER) == REQUIREMENTS
    assert {entry["conformance"] for entry in LEDGER.values()} <= CONFORMANCE


@pytest.mark.parametrize("number", LEDGER)
def test_each_has_a_test_or_a_reason(number: int) -> None:
    entry = LEDGER[number]
    assert set(entry) in ({"conformance", "test"}, {"conformance", "not_applicable"})
    if "test" in entry:
        file, _, name = entry["test"].partition("::")
        assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")
    else:
        assert len(entry["not_applicable"]) > 20
