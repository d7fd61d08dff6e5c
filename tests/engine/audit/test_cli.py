"""``cds audit``: formats, required percentages and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cds_api.cli.main import run

from tests.engine.audit.workbench import Workbench

pytestmark = pytest.mark.slow


def audit(bench: Workbench, *options: str) -> int:
    return run(["audit", "--features", str(bench.features), "--rulebook", str(bench.root), *options])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own, without the percentages that the project requires."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_everything_is_covered(here: Path, closed: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(closed, "--fail-under", "95") == 0
    out, err = capsys.readouterr()
    assert "passed" in out
    assert "research use only" in out.lower()
    assert err == ""


def goals(bench: Workbench, line: str) -> None:
    (bench.root / "audit.toml").write_text(f"[goals]\n{line}\n", encoding="utf-8")


def test_too_little_is_covered(here: Path, bench: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.write("Scenario: one\n  Given as of 2026-07-10\n  And no medications\n"
                "  When the record is evaluated\n  Then rule amounts.low does not apply\n")  # fmt: skip
    assert audit(bench, "--no-proof") == 0
    assert audit(bench, "--no-proof", "--fail-under", "50") == 1
    goals(bench, "outcome = 90")
    capsys.readouterr()
    assert audit(bench, "--no-proof") == 1
    assert "required 90 %: MISSED" in capsys.readouterr().out


def test_an_unknown_kind_of_goal(here: Path, bench: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.write("Scenario: one\n  Given as of 2026-07-10\n  And no medications\n"
                "  When the record is evaluated\n  Then rule amounts.low does not apply\n")  # fmt: skip
    goals(bench, "lines = 90")
    assert audit(bench, "--no-proof") == 2
    assert "audit.toml:2:1: /goals/lines" in capsys.readouterr().err


def test_no_feature(here: Path, bench: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.write_cases("")
    assert audit(bench) == 2
    assert "no feature file" in capsys.readouterr().err


@pytest.mark.parametrize("format_", ["json", "html", "lcov", "sarif", "csv"])
def test_formats_to_a_file(
    here: Path, bench: Workbench, capsys: pytest.CaptureFixture[str], format_: str
) -> None:
    bench.write("Scenario: one\n  Given as of 2026-07-10\n  And no medications\n"
                "  When the record is evaluated\n  Then rule amounts.low does not apply\n")  # fmt: skip
    assert audit(bench, "--no-proof", "--format", format_, "-o", "out") == 0
    assert capsys.readouterr().out == ""
    text = here.joinpath("out").read_text(encoding="utf-8")
    if format_ in ("json", "sarif"):
        json.loads(text)
    assert "amounts.low" in text


def test_a_workbook_needs_a_file(here: Path, bench: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(bench, "--no-proof", "--format", "xlsx") == 2
    assert "write it to a file" in capsys.readouterr().err
    audit(bench, "--no-proof", "--format", "xlsx", "-o", "out.xlsx")
    assert here.joinpath("out.xlsx").read_bytes().startswith(b"PK")


def test_records_are_surveyed(here: Path, closed: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        {"as_of": "2026-07-10", "medications": []},
        {"as_of": "2026-07-10", "patient": {"age_years": 40}},
        {"nonsense": 1},
    ]
    here.joinpath("some.ndjson").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    audit(closed, "--no-proof", "--format", "json", "--records", "some.ndjson")
    population = json.loads(capsys.readouterr().out)["population"]
    assert (population["records"], population["refused"]) == (3, 1)
    assert population["rules"]["amounts.low"]["not_applicable"] == 1
    assert population["blame"]["velozine.active"] > 0
    assert "amounts.low" in population["never_fires"]
