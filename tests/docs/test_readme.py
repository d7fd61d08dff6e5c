"""What the README shows is what the programs print."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_engine import shipped_rulebooks

from tests.patients.__main__ import write_tables
from tests.patients.columns import Population

README = Path(__file__).parents[2] / "README.md"
BOOK = shipped_rulebooks() / "mianserin"
FENCED = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SEED = 7
Captured = pytest.CaptureFixture[str]


def block(beginning: str) -> str:
    """Return the block of the README that begins so."""
    found = [match["text"] for match in FENCED.finditer(README.read_text("utf-8"))]
    (text,) = [text for text in found if text.startswith(beginning)]
    return text


def pieces(shown: str) -> Iterator[str]:
    """Yield what is shown, piece by piece: commands are no part of it, and dots stand for what is not."""
    output = "".join(line for line in shown.splitlines(keepends=True) if not line.startswith("$ "))
    for piece in re.split(r"^ *\.\.\.\n", output, flags=re.MULTILINE):
        if piece.strip():
            yield piece.strip("\n")


def lines(text: str) -> str:
    """Return a text without blanks at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.splitlines())


def assert_shown(shown: str, said: str) -> None:
    for piece in pieces(shown):
        assert piece in lines(said)


@pytest.fixture
def patient(tmp_path: Path) -> str:
    path = tmp_path / "patient.json"
    path.write_text(block("{\n"), encoding="utf-8")
    return str(path)


def test_the_record(patient: str, capsys: Captured) -> None:
    assert run(["evaluate", patient]) == 0
    said = capsys.readouterr().out
    assert_shown(block("WARNING  Neutrophils"), said)
    assert len(re.findall(r"^(?:CRITICAL|WARNING|INFO) ", said, re.MULTILINE)) == 5


def test_the_silence_explained(patient: str, capsys: Captured) -> None:
    assert run(["evaluate", patient, "--explain"]) == 0
    said = capsys.readouterr().out
    for rule in block("  monitoring.agranulocytosis-range").split("\n\n"):
        assert_shown(rule, said)


@pytest.mark.slow
def test_the_scenario(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    feature = Path("counts.feature")
    feature.write_text(block("Feature: A falling blood count"), encoding="utf-8")
    assert run(["scenarios", str(feature)]) == 0
    said, shown = (re.sub(r"in [0-9.]+ s", "", text) for text in (capsys.readouterr().out, block("$ cds sc")))
    assert_shown(shown, said)
    feature.write_text(feature.read_text("utf-8").replace("1200 /uL", "1500 /uL"), encoding="utf-8")
    assert run(["scenarios", str(feature)]) == 1
    assert_shown(block("counts.feature:"), capsys.readouterr().out)


def test_the_audit() -> None:
    """The figures are those that the API serves, which are held against the scenarios elsewhere."""
    coverage = json.loads((BOOK / "coverage.json").read_text("utf-8"))
    shown = re.findall(r"^  \S+ +([0-9.]+) % +(\d+) of (\d+) ", block("$ cds audit"), re.MULTILINE)
    totals = coverage["totals"].values()
    assert shown == [(f"{of['percent']:.1f}", str(of["covered"]), str(of["of"])) for of in totals]
    assert f"{len(coverage['rules'])} rules, {coverage['scenarios']} scenarios" in block("$ cds audit")


def test_the_rule() -> None:
    shown = block("id: monitoring.neutropenia-moderate").splitlines()
    rule = (BOOK / "monitoring" / "monitoring.neutropenia-moderate.yaml").read_text("utf-8").splitlines()
    assert [line for line in rule if line in shown] == shown


@pytest.mark.slow
def test_the_registry(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("registry").mkdir()
    write_tables(Population(seed=SEED), 20_000, Path("registry"))
    day = ["--as-of", "2026-11-23"]
    assert run(["cohort", "evaluate", "registry", "-o", "result", *day, "--rulebook", str(BOOK)]) == 0
    assert_shown(block("$ python -m tests.patients"), capsys.readouterr().out)
    shutil.copytree(BOOK, "my-rules")
    parameters = Path("my-rules", "parameters.yaml")
    old = parameters.read_text("utf-8")
    before, interval, after = old.partition("  monitoring.continuing_interval:\n")
    parameters.write_text(before + interval + after.replace("value: 90", "value: 60", 1), encoding="utf-8")
    assert run(["cohort", "compare", str(BOOK), "my-rules", "registry", *day]) == 0
    assert_shown(block("$ cds cohort compare"), capsys.readouterr().out)
