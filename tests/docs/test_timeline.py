"""The picture of a timeline in the documentation is what the command draws."""

from __future__ import annotations

from pathlib import Path

from cds_api.cli.main import run

from tests.docs.pages import DOCS


def test_the_picture_is_up_to_date(tmp_path: Path) -> None:
    drawn = tmp_path / "timeline.svg"
    assert run(["timeline", str(DOCS / "examples/patient.json"), "--format", "svg", "-o", str(drawn)]) == 0
    assert (DOCS / "timeline.svg").read_text("utf-8") == drawn.read_text("utf-8")
