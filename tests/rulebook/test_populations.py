"""The shipped rulebook over a population: every way of evaluating it gives each patient the same outcomes.

The patients are those of :mod:`tests.patients`, with everything awkward that a record may hold. One by one,
durable-rules decides what fires and the reference logic the rest. Spark has tests of its own.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cds_engine.cohort.fact_files import FactFiles
from cds_engine.cohort.layouts import open_source
from cds_engine.cohort.records import Records
from cds_engine.cohort.source import Source

from tests.engine.cohort.populations import engine, run
from tests.patients.__main__ import write_lines
from tests.patients.columns import AS_OF, Population
from tests.rulebook.population import differences, documents, facts_of, one_by_one, refused, tables_of

pytestmark = pytest.mark.slow

PATIENTS = 20_000 if os.environ.get("CI") else 4_000


@pytest.mark.ci
def test_all_ways_agree_on_generated_patients(tmp_path: Path) -> None:
    write_lines(documents(PATIENTS), tmp_path / "records.ndjson")
    ways: dict[str, Source] = {
        "facts": FactFiles([facts_of(tmp_path, PATIENTS)], engine(), AS_OF, divisible=True),
        "tables": open_source([tables_of(tmp_path, PATIENTS)], engine(), AS_OF, divisible=True),
        "records": Records([tmp_path / "records.ndjson"], engine(), AS_OF),
    }
    found = {name: differences(run(source, tmp_path / name), PATIENTS) for name, source in ways.items()}
    assert found == {"facts": [], "tables": [], "records": []}
    seen: dict[str, set[str]] = {}
    for outcomes in one_by_one(PATIENTS).values():
        for rule, outcome in outcomes.items():
            seen.setdefault(rule, set()).add(outcome)
    assert all("fired" in outcomes for outcomes in seen.values())
    assert sum(map(len, seen.values())) >= 3.5 * len(seen)


def test_only_patients_with_errors_are_rejected(tmp_path: Path) -> None:
    number, faulty = 400, Population(seed=7, faulty=0.2)
    wrong = refused(faulty, number)
    tables = tables_of(tmp_path, number, faulty)
    result = run(open_source([tables], engine(), AS_OF, divisible=False), tmp_path / "out")
    assert len(wrong) > number / 10
    assert {reject["patient_id"] for reject in result.rejects} == wrong
    assert result.counts.rejected == len(wrong)
    assert not wrong & {row["patient_id"] for row in result.rows}
    assert len(result.rows) == number - len(wrong)
