"""The folder of a run is complete or absent, and an interrupted run resumes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cds_engine.cohort.backend import Backend, DuckDB
from cds_engine.cohort.fact_files import FactFiles
from cds_engine.cohort.output import Output
from cds_engine.cohort.report.data import identity_data
from cds_engine.cohort.run import CohortRun, run_identity
from cds_engine.cohort.source import Batch, Partition
from cds_engine.errors import EngineError

from tests.engine.cohort.populations import Result, facts_file
from tests.engine.cohort.populations import run as run_with
from tests.rulebook.tiny import AS_OF, engine


class CutError(Exception):
    """Stands for a power failure."""


class Interrupted(FactFiles):
    """A source with only some readable partitions; it records which ones were requested."""

    def __init__(self, paths: Sequence[Path], parts: int = 99) -> None:
        super().__init__(paths, engine(), AS_OF, divisible=True)
        self.parts = parts
        self.asked: list[str] = []

    def read(self, todo: Sequence[Partition], backend: Backend, scratch: Path) -> Iterator[Batch]:
        self.asked = [part.name for part in todo]
        for number, batch in enumerate(super().read(todo, backend, scratch)):
            if number == self.parts:
                raise CutError
            yield batch


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Three files of facts, the second with a row that is rejected."""
    rows: list[list[dict[str, Any]]] = [
        [{"patient_id": "a", "velozine.active": True}, {"patient_id": "b", "velozine.active": False}],
        [{"patient_id": "c", "velozine.active": None}, {"patient_id": None, "velozine.active": None}],
        [{"patient_id": "d", "velozine.active": True}],
    ]
    return [facts_file(tmp_path / f"{number}.parquet", some, engine()) for number, some in enumerate(rows)]


def run(source: Interrupted, folder: Path) -> Result:
    return run_with(source, folder, used=engine())


def cut(paths: Sequence[Path], out: Path, parts: int) -> None:
    """Begin a run that ends after some partitions."""
    source = Interrupted(paths, parts)
    with pytest.raises(CutError), Output(out, run_identity(engine(), source, "duckdb", AS_OF)) as output:
        CohortRun(engine(), DuckDB(output.scratch)).evaluate(source, output, lambda weight, rows: None)


def contents(folder: Path) -> dict[str, Any]:
    return {
        path.name: pq.read_table(path).to_pylist() if path.suffix == ".parquet" else path.read_text("utf-8")
        for path in sorted(folder.iterdir())
    }


def test_a_run_is_complete_or_absent(paths: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    cut(paths, out, 2)
    assert not out.exists()
    assert (tmp_path / "out.partial").is_dir()
    run(Interrupted(paths), out)
    assert not (tmp_path / "out.partial").exists()


@pytest.mark.parametrize("done", [0, 1, 2])
def test_an_interrupted_run_resumes(paths: list[Path], tmp_path: Path, done: int) -> None:
    whole = run(Interrupted(paths), tmp_path / "whole")
    cut(paths, tmp_path / "out", done)
    again = Interrupted(paths)
    result = run(again, tmp_path / "out")
    assert again.asked == ["part-00000", "part-00001", "part-00002"][done:]
    assert result.counts == whole.counts
    assert contents(result.folder) == contents(whole.folder)
    assert (result.counts.patients, result.counts.rejected) == (4, 1)


def test_progress_begins_with_finished_partitions(paths: list[Path], tmp_path: Path) -> None:
    cut(paths, tmp_path / "out", 1)
    source = Interrupted(paths)
    told: list[tuple[int, int]] = []
    with Output(tmp_path / "out", run_identity(engine(), source, "duckdb", AS_OF)) as output:
        CohortRun(engine(), DuckDB(output.scratch)).evaluate(
            source, output, lambda weight, rows: told.append((weight, rows))
        )
    assert told == [(2, 0), (2, 2), (1, 1)]


def test_a_different_run_does_not_resume(paths: list[Path], tmp_path: Path) -> None:
    cut(paths, tmp_path / "out", 1)
    paths[2].touch()
    with pytest.raises(EngineError, match=r"out\.partial was begun with another input; --restart drops it"):
        run(Interrupted(paths), tmp_path / "out")
    changed = {**run_identity(engine(), Interrupted(paths), "duckdb", AS_OF), "date": "2026-11-24"}
    with pytest.raises(EngineError, match="with another date and another input; --restart"):
        Output(tmp_path / "out", changed)


def test_restart_drops_finished_partitions(paths: list[Path], tmp_path: Path) -> None:
    cut(paths, tmp_path / "out", 2)
    source = Interrupted(paths)
    with Output(tmp_path / "out", {"date": "another"}, restart=True) as output:
        assert not any(output.is_done(part.name) for part in source.partitions)
        assert output.done().patients == 0


def test_an_existing_folder_is_not_touched(paths: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(EngineError, match="out already exists; name another folder or remove it"):
        run(Interrupted(paths), out)
    assert list(out.iterdir()) == []


def test_two_runs_cannot_write_to_one_folder(tmp_path: Path) -> None:
    with Output(tmp_path / "out", {}), pytest.raises(EngineError, match="another run is writing there"):
        Output(tmp_path / "out", {})
    with Output(tmp_path / "out", {}):
        pass


def test_every_parquet_file_has_the_research_notice(paths: list[Path], tmp_path: Path) -> None:
    result = run(Interrupted(paths), tmp_path / "out")
    for file in result.folder.glob("*.parquet"):
        metadata = pq.read_metadata(file).metadata
        assert metadata[b"research_use_only"] == b"true"
        assert metadata[b"disclaimer"].decode() == engine().rulebook.file.disclaimer
        assert json.loads(metadata[b"rulebook"]) == identity_data(engine().rulebook)


def test_outcomes_are_dictionary_encoded(paths: list[Path], tmp_path: Path) -> None:
    result = run(Interrupted(paths), tmp_path / "out")
    for file in result.folder.glob("*.parquet"):
        group = pq.read_metadata(file).row_group(0)
        rules = [group.column(number) for number in range(3, group.num_columns)]
        assert len(rules) == len(engine().rulebook.active_rules)
        assert all("DICTIONARY" in " ".join(column.encodings) for column in rules)
