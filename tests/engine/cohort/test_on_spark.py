"""Spark says of every patient what DuckDB says, and what one record says."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_engine.cohort.backend import Spark
from cds_engine.cohort.fact_files import FactFiles
from cds_engine.cohort.layouts import open_source
from cds_engine.cohort.run import CohortRun

from tests.engine.cohort.populations import engine, run
from tests.engine.cohort.test_tables import CASES, evaluate, population, write
from tests.patients.columns import AS_OF, Population
from tests.rulebook.population import differences, facts_of, refused, tables_of

pytestmark = [pytest.mark.slow, pytest.mark.ci]

PATIENTS = 1_000


def test_facts(tmp_path: Path, spark: Spark) -> None:
    source = FactFiles([facts_of(tmp_path, PATIENTS)], engine(), AS_OF, divisible=False)
    assert differences(run(source, tmp_path / "out", spark), PATIENTS) == []


def test_facts_are_not_shuffled(tmp_path: Path, spark: Spark) -> None:
    source = FactFiles([facts_of(tmp_path, PATIENTS)], engine(), AS_OF, divisible=False)
    (batch,) = source.read(source.partitions, spark, tmp_path)
    queries = CohortRun(engine(), spark).queries(batch)
    (plan,) = spark.fetch(f"explain {queries.evaluated}")
    (grouped,) = spark.fetch(f"explain select as_of, count(*) from ({queries.evaluated}) group by as_of")
    assert "FileScan parquet" in plan["plan"]
    assert "Exchange" not in plan["plan"]
    assert "Exchange" in grouped["plan"]


def test_tables(tmp_path: Path, spark: Spark) -> None:
    source = open_source([tables_of(tmp_path, PATIENTS)], engine(), AS_OF, divisible=False)
    assert differences(run(source, tmp_path / "out", spark), PATIENTS) == []


def test_every_case_of_a_derivation(tmp_path: Path, spark: Spark) -> None:
    folder = write(tmp_path / "tables", population(CASES))
    on_duckdb = evaluate(folder)
    on_spark = evaluate(write(tmp_path / "again", population(CASES)), partitions=1, backend=spark)
    assert on_spark.facts == on_duckdb.facts
    assert on_spark.deceased == on_duckdb.deceased


def test_a_patient_in_error_is_rejected_and_the_others_are_not(tmp_path: Path, spark: Spark) -> None:
    number, faulty = 400, Population(seed=7, faulty=0.2)
    wrong = refused(faulty, number)
    tables = tables_of(tmp_path, number, faulty)
    result = run(open_source([tables], engine(), AS_OF, divisible=False), tmp_path / "out", spark)
    assert {reject["patient_id"] for reject in result.rejects} == wrong
    assert result.counts.rejected == len(wrong)
    assert len(result.rows) == number - len(wrong)
