"""Approved texts: any change of what a rule says is reported until somebody approves it again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cds_api.cli.main import run

from tests.rulebook.tiny import TINY

RULE = "lab/lab.zorbulin-low.yaml"
NAME = "lab.zorbulin-low"
SCENARIO = """\
Feature: Zorbulin

  Rule: lab.zorbulin-low

    Scenario: It is low
      Given as of 2026-11-23
      And the patient takes velozine 350 ug/d
      And zorbulin of 3 umol/L, 2 days ago
      When the record is evaluated
      Then rule lab.zorbulin-low fires
"""
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def book(tmp_path: Path, capsys: Captured) -> Path:
    """Return a copy of the tiny rulebook, with a feature and one approved rule."""
    book = Path(shutil.copytree(TINY, tmp_path / "rules" / "tiny"))
    features = book / "features"
    features.mkdir()
    (features / "zorbulin.feature").write_text(SCENARIO, encoding="utf-8")
    assert run(["rules", "approve", NAME, "--by", "A. Name", "--rulebook", str(book)]) == 0
    capsys.readouterr()
    return book


def approval(book: Path) -> Path:
    return book / "features" / "approvals" / f"{NAME}.md"


def edit(book: Path, file: str, old: str, new: str) -> None:
    text = (book / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
    (book / file).write_text(text.replace(old, new), encoding="utf-8")


def test_an_approval_says_who_when_and_what(book: Path) -> None:
    text = approval(book).read_text(encoding="utf-8")
    for part in (
        "rule: lab.zorbulin-low\nrulebook: tiny\nby: A. Name\non: 20",
        "digest: ",
        "## Title\n\nZorbulin low\n",
        "## Indicator\n\nwarning\n",
        "## Summary\n\nZorbulin 3 umol/L: low\n",
        "below 5.5 umol/L low",
        "- handbook.zorbulin (",
        "## Example record\n",
        '"value": 3,',
    ):
        assert part in text


CHANGES = {
    "summary": (RULE, '"Zorbulin {zorbulin.latest}: low"', '"Zorbulin {zorbulin.latest}: rather low"'),
    "detail": (RULE, "The handbook calls zorbulin", "The great handbook calls zorbulin"),
    "indicator": (RULE, "indicator: warning", "indicator: critical"),
    "title": (RULE, "title: Zorbulin low", "title: Zorbulin rather low"),
    "evidence": ("evidence.yaml", "title: The handbook", "title: Another handbook"),
    "limits": (RULE, "evidence: [handbook.zorbulin]", "evidence: [handbook.zorbulin]\nlimitations: [Some.]"),
}


@pytest.mark.parametrize("section", [name for name in CHANGES if name != "evidence"])
def test_a_change_of_the_text_needs_a_new_approval(section: str, book: Path, capsys: Captured) -> None:
    edit(book, *CHANGES[section])
    assert run(["rules", "check", str(book)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"'{section.capitalize()}' of '{NAME}' changed since A. Name approved it on 20" in line
    assert f"{RULE}:" in line
    assert run(["rules", "approve", NAME, "--by", "B. Name", "--rulebook", str(book)]) == 0
    assert run(["rules", "check", str(book)]) == 0
    assert "by: B. Name" in approval(book).read_text(encoding="utf-8")


def test_a_change_of_the_citation_needs_a_new_approval(book: Path, capsys: Captured) -> None:
    text = (book / "evidence.yaml").read_text(encoding="utf-8")
    before, _, after = text.partition("  handbook.zorbulin:")
    changed = after.replace("statement: ", "statement: It is said that ", 1)
    (book / "evidence.yaml").write_text(f"{before}  handbook.zorbulin:{changed}", encoding="utf-8")
    assert run(["rules", "check", str(book)]) == 1
    assert f"'Evidence' of '{NAME}' changed since A. Name" in capsys.readouterr().err


def test_a_number_written_out_in_place_of_a_parameter_is_a_change(book: Path, capsys: Captured) -> None:
    edit(book, RULE, "{$zorbulin.low_below}", "5.5 umol/L")
    assert run(["rules", "check", str(book)]) == 1
    assert "what its braces stand for, changed since A. Name" in capsys.readouterr().err


def test_a_rule_that_no_longer_fires_for_its_example(book: Path, capsys: Captured) -> None:
    edit(book, RULE, "{less_than: $zorbulin.low_below}", "{at_least: $zorbulin.low_below}")
    assert run(["rules", "check", str(book)]) == 1
    assert "no longer fires for the example record" in capsys.readouterr().err
    assert run(["rules", "approve", NAME, "--by", "B. Name", "--rulebook", str(book)]) == 1
    assert "no reviewed scenario expects it to fire" in capsys.readouterr().err


def test_the_example_record_stays(book: Path) -> None:
    before = approval(book).read_text(encoding="utf-8")
    feature = book / "features" / "zorbulin.feature"
    feature.write_text(SCENARIO.replace("of 3 umol/L", "of 4 umol/L"), encoding="utf-8")
    assert run(["rules", "approve", NAME, "--by", "A. Name", "--rulebook", str(book)]) == 0
    assert approval(book).read_text(encoding="utf-8") == before


def test_what_the_audit_wrote_is_no_example(book: Path, capsys: Captured) -> None:
    approval(book).unlink()
    feature = book / "features" / "zorbulin.feature"
    feature.write_text(SCENARIO.replace("    Scenario:", "    @unreviewed\n    Scenario:"), encoding="utf-8")
    assert run(["rules", "approve", NAME, "--by", "A. Name", "--rulebook", str(book)]) == 1
    assert "no reviewed scenario" in capsys.readouterr().err


def test_rules_without_approval_are_listed_on_request(book: Path, capsys: Captured) -> None:
    assert run(["rules", "check", str(book)]) == 0
    assert run(["rules", "approve", "--check", "--rulebook", str(book)]) == 1
    listed = capsys.readouterr().err.splitlines()
    assert len(listed) == 5
    assert not any(NAME + "'" in line for line in listed)
    assert run(["rules", "approve", "--check"]) == 0


@pytest.mark.parametrize("text", ["", "---\nrule: x\n---\n\n## Example record\n\n```json\n{\n```\n"])
def test_a_file_that_is_no_approval(text: str, book: Path, capsys: Captured) -> None:
    approval(book).write_text(text, encoding="utf-8")
    assert run(["rules", "check", str(book)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{NAME}.md:1:1: " in line
    assert "approve the rule again" in line


def test_the_approval_of_a_rule_that_is_gone(book: Path, capsys: Captured) -> None:
    path = approval(book)
    path.write_text(path.read_text(encoding="utf-8").replace(f"rule: {NAME}", "rule: lab.zorbulin-lo"))
    assert run(["rules", "check", str(book)]) == 1
    assert "unknown rule 'lab.zorbulin-lo' (did you mean 'lab.zorbulin-low'?)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "or --check alone"),
        ([NAME], "--by NAME"),
        (["--by", "A. Name"], "the ids of rules"),
        ([NAME, "--by", " "], "--by NAME"),
        (["lab.zorbulin", "--by", "A. Name"], "did you mean 'lab.zorbulin-low'?"),
    ],
)
def test_usage_errors(arguments: list[str], message: str, book: Path, capsys: Captured) -> None:
    assert run(["rules", "approve", *arguments, "--rulebook", str(book)]) == 2
    assert message in capsys.readouterr().err
