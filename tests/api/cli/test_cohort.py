"""``cds cohort``: output, errors and exit codes."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cds_api.cli.main import run
from cds_engine import Engine

from tests.rulebook.tiny import FULL, OTHER, TINY

CDS = [sys.executable, "-c", "from cds_api.cli import main; main()"]
BOOK = ["--rulebook", str(TINY)]
DAY = ["--as-of", "2026-11-23"]
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Write four documents: patients on 250 and 350 ug/d, one with no data, and an invalid one."""
    lower: dict[str, Any] = json.loads(json.dumps(FULL))
    lower["patient"]["id"] = "t-0"
    lower["medications"][0]["daily_dose"]["value"] = 250
    documents = [lower, FULL, {"patient": {"id": "t-2"}}, {"patients": {}}]
    path = tmp_path / "patients.ndjson"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents), "utf-8")
    return path


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """Write the facts of the first two patients, which are read faster than records."""
    path = tmp_path / "facts.csv"
    path.write_text(
        "patient_id,patient.age_years,velozine.active,velozine.daily_dose\nt-0,30,true,250\nt-1,30,true,350\n"
    )
    return path


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """Return the rulebook with the upper end of the middle band moved from 300 to 350."""
    folder = tmp_path / "rulebooks" / TINY.name
    shutil.copytree(TINY, folder)
    file = folder / "parameters.yaml"
    text = file.read_text("utf-8")
    assert "value: 300}" in text
    file.write_text(text.replace("value: 300}", "value: 350}"), "utf-8")
    return folder


def test_evaluate_writes_a_folder_and_prints_its_summary(
    lines: Path, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "out"
    assert run(["cohort", "evaluate", str(lines), "-o", str(out), *DAY, *BOOK]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out == (out / "summary.txt").read_text("utf-8")
    assert "research use only" in captured.out
    names = {path.name for path in out.iterdir()}
    assert names == {
        "part-00000-00000.parquet",
        "rejects.ndjson",
        "run.json",
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


@pytest.mark.slow
def test_compare_shows_whose_outcomes_change(lines: Path, moved: Path, capsys: Captured) -> None:
    assert run(["cohort", "compare", str(TINY), str(moved), str(lines), *DAY, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["research_use_only"] is True
    assert (found["patients"], found["affected"]) == (3, 1)
    changed = {rule["rule"]: rule for rule in found["rules"]}
    assert "amounts.high" in changed
    assert "t-1" in json.dumps(changed["amounts.high"])
    assert "t-0" not in json.dumps(found)


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["text", "html"])
def test_compare_writes_a_file(facts: Path, moved: Path, tmp_path: Path, format_: str) -> None:
    out = tmp_path / "impact"
    arguments = [str(TINY), str(moved), str(facts), *DAY, "--format", format_, "-o", str(out)]
    assert run(["cohort", "compare", *arguments]) == 0
    text = out.read_text("utf-8")
    assert "amounts.high" in text
    assert "t-1" in text


@pytest.mark.slow
def test_a_rulebook_compared_with_itself(facts: Path, capsys: Captured) -> None:
    assert run(["cohort", "compare", str(TINY), str(TINY), str(facts), *DAY]) == 0
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
def test_input_errors(lines: Path, tmp_path: Path, capsys: Captured, inputs: list[str], message: str) -> None:
    pq.write_table(pa.table({"patient_id": ["a"]}), tmp_path / "facts.parquet")
    pq.write_table(pa.table({"patient_id": ["a"], "velozine.active": [1]}), tmp_path / "wrong.parquet")
    (tmp_path / "tables").mkdir()
    pq.write_table(pa.table({"patient_id": ["a"]}), tmp_path / "tables" / "patient.parquet")
    paths = [str(tmp_path / name) for name in inputs]
    assert run(["cohort", "evaluate", *paths, "-o", str(tmp_path / "out"), *BOOK]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_existing_output_folder_is_an_error(lines: Path, tmp_path: Path, capsys: Captured) -> None:
    assert run(["cohort", "evaluate", str(lines), "-o", str(tmp_path), *BOOK]) == 2
    assert "already exists; name another folder or remove it" in capsys.readouterr().err


def test_spark_needs_java(
    lines: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["cohort", "evaluate", str(lines), "-o", str(tmp_path / "out"), "--backend", "spark", *BOOK]
    monkeypatch.setattr("cds_engine.cohort.backend.has_java", lambda: False)
    assert run(arguments) == 2
    assert "--backend spark needs Java 17 or newer" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "compare"])
def test_help_has_examples(command: str, capsys: Captured) -> None:
    assert run(["cohort", command, "--help"]) == 0
    captured = capsys.readouterr().out
    assert f"cds cohort {command} " in captured
    assert "CDS_COHORT_SPARK" in captured


def test_several_rulebooks_give_a_folder_each(tmp_path: Path, capsys: Captured) -> None:
    records = [
        {**FULL, "as_of": "2026-11-23", "medications": [{"drug": "frobnitol"}, *FULL["medications"]]},
        {"patient": {"id": "t-2"}, "as_of": "2026-11-23", "history": {"shakes": 1, "earlier_courses": 1}},
    ]
    inputs = tmp_path / "patients.ndjson"
    inputs.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    both = ["--rulebook", str(TINY), "--rulebook", str(OTHER)]
    out = tmp_path / "out"
    assert run(["cohort", "evaluate", str(inputs), "-o", str(out), *both]) == 0
    printed = capsys.readouterr().out
    assert "tiny: Velozine" in printed
    assert "other: Frobnitol" in printed
    assert sorted(path.name for path in out.iterdir()) == ["other", "tiny"]
    for name in ("tiny", "other"):
        summary = json.loads((out / name / "summary.json").read_text(encoding="utf-8"))
        assert summary["rulebook"]["id"] == name
        assert (out / name / "rejects.ndjson").read_text(encoding="utf-8") == "", (
            "the history may be of either"
        )
    assert run(["cohort", "evaluate", str(inputs), "-o", str(out), *both]) == 2
    assert "already exists" in capsys.readouterr().err


def test_an_interrupted_run_of_several_rulebooks_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    from cds_api.commands import cohort

    inputs = tmp_path / "patients.ndjson"
    inputs.write_text("{}\n", encoding="utf-8")
    both = ["--rulebook", str(TINY), "--rulebook", str(OTHER), "--as-of", "2026-11-23"]
    arguments = ["cohort", "evaluate", str(inputs), "-o", str(tmp_path / "out"), *both]
    evaluate, ran = cohort._evaluate, []

    def stop_at_other(inputs: object, engine: Engine, *rest: object, **more: object) -> str:
        ran.append(engine.rulebook.id)
        if ran == ["tiny", "other"]:
            raise OSError("stopped")
        return evaluate(inputs, engine, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(cohort, "_evaluate", stop_at_other)
    assert run(arguments) == 2
    assert run(arguments) == 0
    assert ran == ["tiny", "other", "other"], "what was done is kept"
    assert capsys.readouterr().out.count("tiny: Velozine") == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["other", "tiny"]
