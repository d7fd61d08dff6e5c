"""Numbers are those of the claims that they rest on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cds_engine import load_rulebook, shipped_rulebooks
from cds_engine.rulebook.check_numbers import check_numbers

from tests.rulebook.tiny import TINY

FRESH = "used for 30 days"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def messages(book: Path, file: str, old: str, new: str) -> list[str]:
    """Return what is said of the numbers after a text was replaced."""
    path = book / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    problems = check_numbers(load_rulebook(book))
    assert all(problem.line and problem.line > 1 for problem in problems)
    return [problem.message for problem in problems]


@pytest.mark.parametrize("name", ["mianserin", "clozapine", "lithium"])
def test_the_shipped_rulebooks(name: str) -> None:
    assert check_numbers(load_rulebook(shipped_rulebooks() / name)) == []


def test_a_parameter_that_its_claim_does_not_mention(book: Path) -> None:
    found = messages(
        book, "parameters.yaml", "{since: 2020-01-01, value: 16}", "{since: 2020-01-01, value: 61}"
    )
    assert found == ["the claim 'handbook.grown' does not mention 61 years, which rests on it"]


def test_another_claim(book: Path) -> None:
    found = messages(book, "parameters.yaml", "claim: handbook.courses", "claim: handbook.codes")
    assert found == ["the claim 'handbook.codes' does not mention 3, which rests on it"]


@pytest.mark.parametrize(
    "days",
    ["used up to one month", "used for less than 31 days", "used for 720 hours", "not used when 31 days old"],
)
def test_days_in_other_words(book: Path, days: str) -> None:
    assert messages(book, "evidence.yaml", FRESH, days) == []


def test_days_that_are_others(book: Path) -> None:
    found = messages(book, "evidence.yaml", FRESH, "used for 3 weeks")
    assert found == ["the claim 'handbook.zorbulin' does not mention 30 days, which rests on it"]


def test_an_affinity(book: Path) -> None:
    found = messages(book, "pharmacology.yaml", "low: 1, high: 2.5", "low: 1, high: 25")
    assert found == ["no claim of 'gribble-1' mentions 25 nM"]
