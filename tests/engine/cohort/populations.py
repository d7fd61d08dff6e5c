"""Small populations evaluated whole, for tests."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from cds_engine.cohort.backend import Backend, DuckDB
from cds_engine.cohort.counts import Counts
from cds_engine.cohort.output import REJECTS_FILE, Output
from cds_engine.cohort.rule_outcomes import AGE_BAND, KEYS
from cds_engine.cohort.run import CohortRun, run_identity
from cds_engine.cohort.source import Source
from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.shipped import shipped_rulebooks

AS_OF = datetime.date(2026, 11, 23)
TYPES = {"number": pa.float64(), "boolean": pa.bool_(), "code": pa.string()}


@cache
def engine() -> Engine:
    return Engine(load_rulebook(shipped_rulebooks() / "mianserin"))


@dataclass(frozen=True)
class Result:
    """A folder that a run wrote."""

    folder: Path
    counts: Counts

    @property
    def rows(self) -> list[dict[str, Any]]:
        files = sorted(self.folder.glob("part-*.parquet"))
        return [row for file in files for row in pq.read_table(file).to_pylist()]

    @property
    def rejects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / REJECTS_FILE).read_text("utf-8").splitlines()]


def run(source: Source, folder: Path, backend: Backend | None = None, used: Engine | None = None) -> Result:
    """Evaluate ``source`` into ``folder``, on DuckDB by default."""
    used = used or engine()
    name = "duckdb" if backend is None else backend.name
    with Output(folder, run_identity(used, source, name, AS_OF)) as out:
        counts = CohortRun(used, backend or DuckDB(out.scratch)).evaluate(
            source, out, lambda weight, rows: None
        )
        out.publish({})
    return Result(folder, counts)


def facts_file(
    path: Path, rows: list[dict[str, Any]], used: Engine | None = None, **types: pa.DataType
) -> Path:
    """Write rows of facts as Parquet, by default with the natural types of the facts."""
    names = dict.fromkeys(name for row in rows for name in row)
    facts = (used or engine()).rulebook.facts
    schema = pa.schema([(name, types.get(name, _type(name, facts.get(name)))) for name in names])
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return path


def _type(name: str, fact: Fact | None) -> pa.DataType:
    keys = {"patient_id": pa.string(), "as_of": pa.date32(), "deceased": pa.bool_()}
    return keys[name] if name in keys else pa.string() if fact is None else TYPES[fact.kind]


def alone(facts: dict[str, Any]) -> dict[str, str]:
    """Return the outcomes of one row of facts, evaluated by itself through durable-rules."""
    edition = engine().edition(AS_OF)
    return dict(
        edition.evaluate_rules({name: value for name, value in facts.items() if value is not None}).outcomes
    )


def outcomes(rows: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    """Yield the outcomes of rows without their keys and the age band."""
    for row in rows:
        yield {name: value for name, value in row.items() if name not in {*KEYS, AGE_BAND}}
