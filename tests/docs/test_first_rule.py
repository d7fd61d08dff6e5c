"""*Your first rule* in CONTRIBUTING works as it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cds_api.cli.main import run

from tests.docs.pages import ROOT, Block, blocks

pytestmark = pytest.mark.slow

PAGE = ROOT / "CONTRIBUTING.md"
RULE = "side-effects.drowsiness-with-dizziness"
Captured = pytest.CaptureFixture[str]


def shown(kind: str) -> Block:
    (block,) = blocks(PAGE, kind)
    return block


@pytest.fixture
def book(folder: Path) -> Path:
    """Write the rule and its feature as the page says, and return the rulebook."""
    book = folder / "rules" / "mianserin"
    assert run(["rules", "new", RULE, "--rulebook", str(book)]) == 0
    rule = book / "side_effects" / f"{RULE}.yaml"
    feature = folder / "features" / "side_effects" / "drowsiness_with_dizziness.feature"
    assert rule.is_file()
    assert feature.is_file()
    rule.write_text(shown("yaml").text, encoding="utf-8")
    feature.write_text(shown("gherkin").text, encoding="utf-8")
    return book


def outcome(book: Path, record: dict[str, object], capsys: Captured) -> str:
    path = book.parent / "patient.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    capsys.readouterr()
    assert run(["evaluate", str(path), "--explain", "--format", "json", "--rulebook", str(book)]) == 0
    (trace,) = [rule for rule in json.loads(capsys.readouterr().out)["trace"] if rule["rule"] == RULE]
    return str(trace["outcome"])


def test_the_rule_is_valid_and_readable(book: Path, capsys: Captured) -> None:
    assert run(["rules", "check", str(book)]) == 0
    capsys.readouterr()
    assert run(["rules", "show", RULE, "--rulebook", str(book)]) == 0
    said = capsys.readouterr().out
    assert "Drowsiness together with dizziness" in said
    assert "drowsiness_with_dizziness.feature" in said


def test_a_misspelt_fact_is_reported_with_the_nearest_name(book: Path, capsys: Captured) -> None:
    rule = book / "side_effects" / f"{RULE}.yaml"
    rule.write_text(shown("yaml").text.replace("symptom.dizziness", "symptom.dizzyness"), encoding="utf-8")
    assert run(["rules", "check", str(book)]) == 1
    assert "symptom.dizziness" in capsys.readouterr().err


def test_its_outcomes(book: Path, capsys: Captured) -> None:
    record = json.loads(shown("json").text)
    assert outcome(book, record, capsys) == "fired"
    assert outcome(book, {**record, "symptoms": record["symptoms"][:1]}, capsys) == "not_met"
    del record["symptoms"]
    assert outcome(book, record, capsys) == "not_evaluable"


def test_its_scenarios_hold(book: Path, folder: Path, capsys: Captured) -> None:
    feature = folder / "features" / "side_effects" / "drowsiness_with_dizziness.feature"
    assert run(["scenarios", str(feature), "--rulebook", str(book)]) == 0
    assert "3 scenarios in 1 feature file, none failed" in capsys.readouterr().out
