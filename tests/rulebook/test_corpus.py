"""Every shipped rulebook and every shared terminology: valid, current, and the same however it is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_engine import Engine, load_rulebook
from cds_engine.approvals.check import unapproved
from cds_engine.audit.coverage_file import FILE as COVERAGE
from cds_engine.audit.coverage_file import differences
from cds_engine.cohort.layouts import open_source
from cds_engine.fhir import evaluate_document
from cds_engine.rulebook.shipped import shipped_folders, shipped_rulebooks
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.terminology.shared import shared_cases

from tests.engine.cohort.populations import run as run_cohort
from tests.patients.columns import AS_OF

BOOKS = list(shipped_folders())
SHARED = sorted(path.parent for path in shipped_rulebooks().glob("shared/*/shared.yaml"))
Captured = pytest.CaptureFixture[str]
each_book = pytest.mark.parametrize("name", BOOKS)


def engine(name: str) -> Engine:
    return Engine(load_rulebook(shipped_folders()[name]))


@pytest.mark.slow
@each_book
def test_a_rulebook_is_valid_and_its_files_are_current(name: str, capsys: Captured) -> None:
    assert run(["rules", "check", name]) == 0, capsys.readouterr().err
    for command in ("docs", "lock"):
        assert run(["rules", command, "--check", "--rulebook", name]) == 0, capsys.readouterr().err
    book = load_rulebook(shipped_folders()[name])
    assert unapproved(Engine(book), book.features) == []
    assert differences(book, [book.features]) == []


@pytest.mark.parametrize("folder", SHARED, ids=lambda folder: folder.name)
def test_a_shared_terminology_is_valid_and_used(folder: Path, capsys: Captured) -> None:
    assert run(["rules", "check", str(folder)]) == 0, capsys.readouterr().err
    assert run(["rules", "lock", "--check", "--rulebook", str(folder)]) == 0, capsys.readouterr().err
    used = {used.id for name in BOOKS for used in load_rulebook(shipped_folders()[name]).shared}
    assert folder.name in used


@pytest.mark.slow
@each_book
def test_the_cases_of_what_a_rulebook_shares_hold(name: str) -> None:
    book = load_rulebook(shipped_folders()[name])
    recording = run_features(shared_cases(book), book.root)
    assert recording.cases_run > 10
    assert [failure.message for failure in recording.failures] == []


@each_book
def test_a_rulebook_is_complete(name: str) -> None:
    book = load_rulebook(shipped_folders()[name])
    assert book.id == name
    assert "research use only" in book.file.disclaimer.lower()
    assert book.features.is_dir()
    assert list((book.root / "examples").glob("*.json"))
    stored = json.loads((book.root / COVERAGE).read_text(encoding="utf-8"))
    assert stored["passed"] is True
    assert all(total["goal"] is not None for total in stored["totals"].values()), "every kind has a goal"
    assert stored["totals"]["terminology"]["percent"] == 100
    assert len(stored["rules"]) == len(book.active_rules)


@each_book
def test_its_examples_are_evaluated(name: str) -> None:
    one = engine(name)
    fired = set()
    for path in sorted((one.rulebook.root / "examples").glob("*.json")):
        found = evaluate_document(one, json.loads(path.read_bytes()), AS_OF).evaluation
        fired |= {advisory.rule for advisory in found.advisories}
    assert fired


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [BOOKS[0], *(pytest.param(name, marks=pytest.mark.ci) for name in BOOKS[1:])]
)
def test_a_population_has_the_outcomes_of_the_scenarios(name: str, tmp_path: Path) -> None:
    """Records of scenarios as a population: every rule has the outcome that it has one by one."""
    one = engine(name)
    files = sorted(one.rulebook.features.rglob("*.feature"))
    recording = run_features(files[::4], one.rulebook.root)
    assert not recording.failures
    records = {}
    for number, example in enumerate(recording.examples):
        patient = {**example.record.get("patient", {}), "id": f"s-{number}"}
        records[f"s-{number}"] = {**example.record, "patient": patient}
    lines = tmp_path / "records.ndjson"
    lines.write_text("".join(f"{json.dumps(record)}\n" for record in records.values()), encoding="utf-8")
    source = open_source([str(lines)], one, AS_OF, divisible=True, processes=1)
    rows = run_cohort(source, tmp_path / "out", None, one).rows
    assert len(rows) == len(records) > 50
    for row in rows:
        record = records[row["patient_id"]]
        expected = evaluate_document(one, record, AS_OF).evaluation.outcomes.by_rule
        assert {rule: row[rule] for rule in expected} == dict(expected), row["patient_id"]
