"""Results opened again: the patients behind a figure, and their records in the input."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cds_engine.cohort.counts import BANDS
from cds_engine.cohort.find_record import find_input
from cds_engine.cohort.layouts import open_source
from cds_engine.cohort.manifest import FILE, manifest_text
from cds_engine.cohort.report.data import to_json
from cds_engine.cohort.report.summary import Summary
from cds_engine.cohort.result import Cell, ResultFolder
from cds_engine.errors import EngineError
from cds_engine.fhir import evaluate_document
from cds_engine.record.json_text import parse_json

from tests.engine.cohort.populations import AS_OF, engine, facts_file, run
from tests.patients.columns import Population
from tests.patients.records import records

pytestmark = pytest.mark.slow

PATIENTS = 60
COUNT = "monitoring.neutropenia-moderate"


def opened(inputs: list[Path], folder: Path) -> ResultFolder:
    """Evaluate ``inputs`` into a folder as the command does, and open it."""
    source = open_source(inputs, engine(), AS_OF, divisible=True, processes=1)
    counts = run(source, folder).counts
    paths = [str(path) for path in inputs]
    summary = Summary(engine().rulebook, AS_OF, source.layout, "duckdb", paths, (), counts)
    (folder / "summary.json").write_text(to_json(summary), encoding="utf-8")
    (folder / FILE).write_text(manifest_text(engine().rulebook, source, paths, AS_OF), encoding="utf-8")
    return ResultFolder(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one population as records and as tables."""
    path = tmp_path_factory.mktemp("populations")
    tables = Population().tables(PATIENTS)
    (path / "tables").mkdir()
    for name, table in tables.items():
        pq.write_table(table, path / "tables" / f"{name}.parquet")
    lines = [json.dumps(record) + "\n" for record in records(tables)]
    (path / "patients.ndjson").write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def from_records(folder: Path) -> ResultFolder:
    return opened([folder / "patients.ndjson"], folder / "from-records")


@pytest.fixture(scope="module")
def from_tables(folder: Path) -> ResultFolder:
    return opened([folder / "tables"], folder / "from-tables")


def test_each_figure_of_the_summary_is_the_number_of_patients_behind_it(from_records: ResultFolder) -> None:
    for rule in from_records.summary["rules"][::15]:
        for outcome, count in rule["outcomes"].items():
            assert from_records.count(Cell(rule["rule"], outcome)) == count
    rule = next(item for item in from_records.summary["rules"] if item["outcomes"]["fired"] > 3)
    for band in BANDS[::4]:
        cell = Cell(rule["rule"], "fired", band)
        assert from_records.count(cell) == rule["by_age"][band]["fired"]


def test_pages_of_patients_have_each_once(from_records: ResultFolder) -> None:
    cell = Cell(COUNT, "not_applicable")
    total = from_records.count(cell)
    found = [patient for first in range(0, total, 7) for patient in from_records.patients(cell, first, 7)]
    assert len(found) == total == len({patient.patient_id for patient in found})
    assert {patient.band for patient in found} <= set(BANDS)


def test_the_outcomes_of_a_row(from_records: ResultFolder) -> None:
    patient = from_records.patients(Cell(COUNT, "not_applicable"), 0, 1)[0]
    again, outcomes = from_records.outcomes(patient.file, patient.row)
    assert again == patient
    assert outcomes[COUNT] == "not_applicable"
    assert len(outcomes) == len(engine().rulebook.active_rules)
    for file, row in ((patient.file, 10_000), ("../other.parquet", 0), ("nothing.parquet", 0)):
        with pytest.raises(KeyError):
            from_records.outcomes(file, row)


@pytest.mark.parametrize("kind", ["from_records", "from_tables"])
def test_the_record_in_the_input_has_the_outcomes_of_the_result(
    kind: str, request: pytest.FixtureRequest
) -> None:
    result: ResultFolder = request.getfixturevalue(kind)
    seen: Counter[str] = Counter()
    for patient in result.patients(Cell(COUNT, "not_met"), 0, 4):
        found = find_input(result.manifest, engine(), patient.patient_id, patient.as_of)
        assert found.record is not None
        assert not found.changed
        evaluation = evaluate_document(
            engine(), parse_json(found.record.encode(), "record"), AS_OF, explain=True
        )
        assert evaluation.evaluation.trace is not None
        alone = {trace.rule: trace.outcome for trace in evaluation.evaluation.trace}
        assert alone == result.outcomes(patient.file, patient.row)[1]
        seen.update(alone.values())
    assert len(seen) > 2


def test_the_facts_of_a_row_of_facts(tmp_path: Path) -> None:
    path = facts_file(
        tmp_path / "facts.parquet", [{"patient_id": "a", "patient.age_years": 70.0}, {"patient_id": "b"}]
    )
    result = opened([path], tmp_path / "out")
    found = find_input(result.manifest, engine(), "a", AS_OF)
    assert found.facts == {"patient_id": "a", "patient.age_years": 70.0}
    assert found.record is None
    assert find_input(result.manifest, engine(), "nobody", AS_OF).reason


def test_what_is_said_when_the_input_is_not_what_was_read(tmp_path: Path) -> None:
    lines = tmp_path / "patients.ndjson"
    lines.write_text('{"patient": {"id": "a"}, "as_of": "2026-11-23"}\n')
    result = opened([lines], tmp_path / "out")
    lines.write_text('{"patient": {"id": "a"}, "as_of": "2026-11-24"}\n{"patient": {"id": "c"}}\n')
    found = find_input(result.manifest, engine(), "a", AS_OF)
    assert found.changed
    assert found.record is not None
    assert "no longer" in find_input(result.manifest, engine(), "b", AS_OF).reason
    assert "no id" in find_input(result.manifest, engine(), None, AS_OF).reason
    lines.unlink()
    assert "cannot be read" in find_input(result.manifest, engine(), "a", AS_OF).reason
    (tmp_path / "out" / FILE).unlink()
    older = ResultFolder(tmp_path / "out")
    assert "does not say what was read" in find_input(older.manifest, engine(), "a", AS_OF).reason


def test_a_folder_that_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no summary\.json"):
        ResultFolder(tmp_path)
