"""``cds cohort``: what it writes and prints, and how it says what is wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cds_api.cli.main import run

from tests.rulebook.tiny import FULL, TINY

CDS = [sys.executable, "-c", "from cds_api.cli import main; main()"]
BOOK = ["--rulebook", str(TINY)]
DAY = ["--as-of", "2026-11-23"]
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Four documents: two patients who take 250 and 350 ug/d, one of whom little is known, one in error."""
    lower: dict[str, Any] = json.loads(json.dumps(FULL))
    lower["patient"]["id"] = "t-0"
    lower["medications"][0]["daily_dose"]["value"] = 250
    documents = [lower, FULL, {"patient": {"id": "t-2"}}, {"patients": {}}]
    path = tmp_path / "patients.ndjson"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents), "utf-8")
    return path


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """Return the rulebook with the upper end of the middle band moved from 300 to 400."""
    folder = tmp_path / "rulebooks" / TINY.name
    shutil.copytree(TINY, folder)
    file = folder / "parameters.yaml"
    text = file.read_text("utf-8")
    assert "value: 300}" in text
    file.write_text(text.replace("value: 300}", "value: 400}"), "utf-8")
    return folder


def test_evaluating_writes_a_folder_and_prints_its_summary(
    lines: Path, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "out"
    assert run(["cohort", "evaluate", str(lines), "-o", str(out), *DAY, *BOOK]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out == (out / "summary.txt").read_text("utf-8")
    assert "research use only" in shown.out
    names = {path.name for path in out.iterdir()}
    assert names == {
        "part-00000-00000.parquet",
        "rejects.ndjson",
        "summary.html",
        "summary.json",
        "summary.txt",
    }
    rows = pq.read_table(out / "part-00000-00000.parquet").to_pylist()
    assert {row["patient_id"]: row["amounts.high"] for row in rows} == {
        "t-0": "not_met",
        "t-1": "fired",
        "t-2": "not_evaluable",
    }
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert (summary["patients"], summary["rejected"]) == (3, 1)
    assert summary["research_use_only"] is True
    [reject] = map(json.loads, (out / "rejects.ndjson").read_text("utf-8").splitlines())
    assert reject["source"] == str(lines)
    assert (reject["row"], reject["reason"].partition(":")[0]) == (4, "/patients")


def test_comparing_shows_whose_advice_changes(lines: Path, moved: Path, capsys: Captured) -> None:
    assert run(["cohort", "compare", str(TINY), str(moved), str(lines), *DAY, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["research_use_only"] is True
    assert (found["patients"], found["affected"]) == (3, 1)
    changed = {rule["rule"]: rule for rule in found["rules"]}
    assert "amounts.high" in changed
    assert "t-1" in json.dumps(changed["amounts.high"])
    assert "t-0" not in json.dumps(found)


@pytest.mark.parametrize("format_", ["text", "html"])
def test_comparing_writes_a_file(lines: Path, moved: Path, tmp_path: Path, format_: str) -> None:
    out = tmp_path / "impact"
    arguments = [str(TINY), str(moved), str(lines), *DAY, "--format", format_, "-o", str(out)]
    assert run(["cohort", "compare", *arguments]) == 0
    text = out.read_text("utf-8")
    assert "amounts.high" in text
    assert "t-1" in text


def test_a_rulebook_beside_itself_changes_nothing(lines: Path, capsys: Captured) -> None:
    assert run(["cohort", "compare", str(TINY), str(TINY), str(lines), *DAY]) == 0
    assert "No patient changes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["nowhere.ndjson"], "nowhere.ndjson: no such file or folder"),
        (["facts.parquet", "patients.ndjson"], "patients.ndjson: contains no facts (.parquet, .csv), unlike"),
        (["tables", "facts.parquet"], "tables: a folder of tables cannot be combined with other input"),
        (["wrong.parquet"], "wrong.parquet: column 'velozine.active': expected true or false (BOOLEAN)"),
    ],
)
def test_what_is_wrong_with_the_input_is_said_in_a_line(
    lines: Path, tmp_path: Path, capsys: Captured, inputs: list[str], message: str
) -> None:
    pq.write_table(pa.table({"patient_id": ["a"]}), tmp_path / "facts.parquet")
    pq.write_table(pa.table({"patient_id": ["a"], "velozine.active": [1]}), tmp_path / "wrong.parquet")
    (tmp_path / "tables").mkdir()
    pq.write_table(pa.table({"patient_id": ["a"]}), tmp_path / "tables" / "patient.parquet")
    paths = [str(tmp_path / name) for name in inputs]
    assert run(["cohort", "evaluate", *paths, "-o", str(tmp_path / "out"), *BOOK]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert len(shown.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_is_a_usage_error(lines: Path, tmp_path: Path, capsys: Captured) -> None:
    assert run(["cohort", "evaluate", str(lines), "-o", str(tmp_path), *BOOK]) == 2
    assert "already exists; name another folder or remove it" in capsys.readouterr().err


def test_what_spark_needs_is_said_in_a_line(
    lines: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["cohort", "evaluate", str(lines), "-o", str(tmp_path / "out"), "--backend", "spark", *BOOK]
    monkeypatch.setattr("cds_engine.cohort.backend.has_java", lambda: False)
    assert run(arguments) == 2
    assert "--backend spark needs Java 17 or newer" in capsys.readouterr().err
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run(arguments) == 2
    assert "--backend spark needs PySpark: pip install 'mianserin-cds[spark]'" in capsys.readouterr().err


def test_no_other_command_waits_for_the_libraries_of_databases() -> None:
    libraries = {"duckdb", "ibis", "pandas", "pyarrow"}
    code = f"import sys, cds_api.cli.main; sys.exit(bool({libraries} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("command", ["evaluate", "compare"])
def test_help_has_examples(command: str, capsys: Captured) -> None:
    assert run(["cohort", command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"cds cohort {command} " in shown
    assert "CDS_COHORT_SPARK" in shown
