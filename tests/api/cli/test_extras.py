"""A command whose optional extra is missing says in one line what to install."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cds_api.cli.main import run

from tests.rulebook.tiny import TINY

EVALUATE = ["cohort", "evaluate", "patients.ndjson", "-o", "result"]
COMPARE = ["cohort", "compare", str(TINY), str(TINY), "patients.ndjson"]
COHORT = "cds cohort needs the extra 'cohort': pip install 'mianserin-cds[cohort]'\n"
SPARK = "cds cohort --backend spark needs the extra 'spark': pip install 'mianserin-cds[spark]'\n"


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("package", "arguments", "message"),
    [
        ("duckdb", EVALUATE, COHORT),
        ("ibis", EVALUATE, COHORT),
        ("pandas", COMPARE, COHORT),
        ("pyarrow", COMPARE, COHORT),
        ("pyspark", [*EVALUATE, "--backend", "spark"], SPARK),
        ("pyspark", [*COMPARE, "--backend", "spark"], SPARK),
    ],
)
def test_a_missing_extra(
    package: str,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # blocks the import
    assert run(arguments) == 2
    assert capsys.readouterr() == ("", message)


def test_duckdb_needs_no_spark(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert run([*EVALUATE, "--rulebook", str(TINY)]) == 2
    assert "patients.ndjson: no such file or folder" in capsys.readouterr().err


def test_help_needs_no_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "ibis", None)
    assert run(["cohort", "evaluate", "--help"]) == 0
    assert "cds cohort evaluate " in capsys.readouterr().out
