"""Texts of advisories: nothing that the rule neither reads nor cites, and no prescription."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cds_engine import load_rulebook, shipped_rulebooks
from cds_engine.rulebook.check_texts import check_texts

from tests.rulebook.tiny import TINY

RULE = "lab/lab.zorbulin-low.yaml"
DETAIL = "The handbook calls zorbulin below {$zorbulin.low_below} low."


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def said(book: Path, detail: str) -> list[str]:
    """Return what is wrong with a detail of the rule."""
    path = book / RULE
    text = path.read_text(encoding="utf-8")
    assert DETAIL in text
    path.write_text(text.replace(DETAIL, f'"{detail}"'), encoding="utf-8")
    problems = check_texts(load_rulebook(book))
    assert {(Path(problem.source).name, problem.pointer) for problem in problems} <= {
        ("lab.zorbulin-low.yaml", "/advisory/detail")
    }
    return [problem.message for problem in problems]


def test_the_shipped_rulebook_says_what_it_reads_and_cites() -> None:
    assert check_texts(load_rulebook(shipped_rulebooks() / "mianserin")) == []


@pytest.mark.parametrize(
    ("detail", "message"),
    [
        ("The handbook compares it with quandrol.", "names the drug 'quandrol', that the rule neither"),
        ("The handbook calls this grade 3.", "names grade 3, that the rule neither"),
        ("The handbook reports a limit of 7.25.", "has the number 7.25, that the rule neither"),
        ("The handbook reports 5.5 mg/L.", "has the unit 'mg/L', that the rule neither"),
    ],
)
def test_what_the_rule_neither_reads_nor_cites(detail: str, message: str, book: Path) -> None:
    assert any(message in found for found in said(book, detail))


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("Zorbulin is low. Stop velozine.", "Stop velozine"),
        ("Zorbulin is low: repeat the count.", "repeat the"),
        ("No action is needed.", "No action is needed"),
        ("Velozine should be paused.", "should"),
        ("The patient must be seen.", "must"),
        ("The source says it is low. Velozine is safe here.", "is safe"),
        ("Velozine may be continued.", "may be continued"),
        ("Do not combine it with anything.", "Do not combine"),
    ],
)
def test_wording_that_prescribes(detail: str, words: str, book: Path) -> None:
    assert said(book, detail) == [f"'{words}' tells somebody what to do; say what a source reports"]


@pytest.mark.parametrize(
    "detail",
    [
        "The handbook reports that velozine should be paused below {$zorbulin.low_below}.",
        "One scheme stops, the other continues; the handbook is silent.",
        "The start of velozine is not known to the handbook.",
        "The ranges do not apply at this age.",
        "Low means below 5.5 umol/L.",
    ],
)
def test_reports_are_accepted(detail: str, book: Path) -> None:
    assert said(book, detail) == []


def test_a_second_rule_with_the_same_title(book: Path) -> None:
    path = book / RULE
    text = path.read_text(encoding="utf-8").replace("title: Zorbulin low", "title: HICCUP  storm")
    path.write_text(text, encoding="utf-8")
    other = book / "lab" / "lab.hiccup-storm.yaml"
    lines = other.read_text(encoding="utf-8").splitlines()
    lines = ["title: Hiccup storm" if line.startswith("title:") else line for line in lines]
    other.write_text("\n".join(lines), encoding="utf-8")
    (problem,) = check_texts(load_rulebook(book))
    assert problem.message == "'lab.hiccup-storm' has the same title"
    assert problem.line == 3
