"""The list of planted mistakes: each can be planted, and nearly all are reported."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.planted.__main__ import REQUIRED, has_line
from tests.planted.detection import ROOT, Copy
from tests.planted.mistakes import read_mistakes

MISTAKES = read_mistakes()


def test_there_are_enough_of_every_kind() -> None:
    assert len(MISTAKES) >= 100
    assert min(Counter(mistake.kind for mistake in MISTAKES).values()) >= 3
    assert len({(mistake.file, mistake.old, mistake.new) for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.kind} {mistake.number}")
def test_each_can_be_planted(mistake) -> None:  # type: ignore[no-untyped-def]
    assert (ROOT / mistake.file).read_text("utf-8").count(mistake.old) == 1


@pytest.mark.ci
def test_nearly_all_are_reported(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    missed = [mistake.name for mistake in MISTAKES if not has_line(copy.detect(mistake))]
    assert len(missed) <= (1 - REQUIRED) * len(MISTAKES), missed
    for kind in ("rule", "unit", "specification"):  # what reports mistakes reports nothing without one
        first = next(mistake for mistake in MISTAKES if mistake.kind == kind)
        assert copy.detect(replace(first, new=first.old)) is None
