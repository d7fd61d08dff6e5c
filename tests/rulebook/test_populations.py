"""The shipped rulebook over a population: every way to evaluate it gives every patient the same outcomes.

The patients are those of :mod:`tests.patients`, with everything awkward that a record may hold. One by one,
durable-rules decides what fires and the reference logic the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from engine.chart import draw_up
from engine.cohort.backend import Spark, has_java
from engine.cohort.factfiles import FactFiles
from engine.cohort.opening import open_source
from engine.cohort.records import Records
from tests.patients.__main__ import write_lines, write_tables
from tests.patients.columns import AS_OF, Population
from tests.patients.facts import facts
from tests.patients.records import Json, records
from tests.unit.cohort.populations import Result, engine, run

PATIENTS, FEWER = 20_000, 1_000
POPULATION = Population(seed=20261123)
Outcomes = Mapping[str, Mapping[str, str]]


@cache
def documents(number: int) -> list[Json]:
    return list(records(POPULATION.tables(number)))


@cache
def one_by_one(number: int) -> Outcomes:
    """Return the outcomes of every rule for every patient, each evaluated alone."""
    return dict(_each(number))


def _each(number: int) -> Iterator[tuple[str, Mapping[str, str]]]:
    edition = engine().edition(AS_OF)
    for document in documents(number):
        record = engine().read(document)
        chart = draw_up(record, AS_OF, engine().vocabulary, "record")
        known, _ = edition.derivations.derive(chart)
        dead = dict.fromkeys(edition.rulings, "not_applicable")
        yield document["patient"]["id"], dead if chart.deceased else edition.judge(known).outcomes


def differences(result: Result, number: int) -> list[tuple[str, str, str, str]]:
    """Return patient, rule, and outcome in the population and alone, where they differ."""
    expected = one_by_one(number)
    assert {row["patient_id"] for row in result.rows} == set(expected)
    assert len(result.rows) == number == result.counts.patients
    return [
        (row["patient_id"], rule, row[rule], outcome)
        for row in result.rows
        for rule, outcome in expected[row["patient_id"]].items()
        if row[rule] != outcome
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("population")


@pytest.fixture(scope="module")
def spark() -> Spark:
    if not has_java():
        pytest.skip("Spark needs Java 17 or newer, and there is none on this machine")
    return Spark("local[2]")


def facts_of(folder: Path, number: int) -> Path:
    path = folder / f"{number}.parquet"
    pq.write_table(facts(documents(number)), path)
    return path


def tables_of(folder: Path, number: int) -> Path:
    path = folder / f"tables-{number}"
    path.mkdir()
    write_tables(POPULATION, number, path)
    return path


@pytest.mark.xdist_group("populations")
class TestTwentyThousand:
    def test_from_facts(self, folder: Path) -> None:
        source = FactFiles([facts_of(folder, PATIENTS)], engine(), AS_OF, divisible=True)
        assert differences(run(source, folder / "facts"), PATIENTS) == []

    def test_from_tables(self, folder: Path) -> None:
        source = open_source([tables_of(folder, PATIENTS)], engine(), AS_OF, divisible=True)
        assert differences(run(source, folder / "tables"), PATIENTS) == []

    def test_from_records(self, folder: Path) -> None:
        write_lines(documents(PATIENTS), folder / "records.ndjson")
        source = Records([folder / "records.ndjson"], engine(), AS_OF)
        assert differences(run(source, folder / "records"), PATIENTS) == []

    def test_every_outcome_of_most_rules_is_among_them(self) -> None:
        found: dict[str, set[str]] = {}
        for outcomes in one_by_one(PATIENTS).values():
            for rule, outcome in outcomes.items():
                found.setdefault(rule, set()).add(outcome)
        assert all("fired" in outcomes for outcomes in found.values())
        assert sum(len(outcomes) for outcomes in found.values()) >= 3.5 * len(found)


@pytest.mark.xdist_group("spark")
class TestOnSpark:
    def test_from_facts(self, folder: Path, spark: Spark) -> None:
        source = FactFiles([facts_of(folder, FEWER)], engine(), AS_OF, divisible=False)
        assert differences(run(source, folder / "spark-facts", spark), FEWER) == []

    def test_from_tables(self, folder: Path, spark: Spark) -> None:
        source = open_source([tables_of(folder, FEWER)], engine(), AS_OF, divisible=False)
        assert differences(run(source, folder / "spark-tables", spark), FEWER) == []


@pytest.mark.parametrize("backend", ["duckdb", "spark"])
def test_a_patient_in_error_is_rejected_and_the_others_are_not(
    folder: Path, backend: str, request: pytest.FixtureRequest
) -> None:
    """The id of a faulty patient names the fault."""
    number = 400
    used: Any = None if backend == "duckdb" else request.getfixturevalue("spark")
    faulty = Population(seed=7, faulty=0.2)
    tables = folder / f"faulty-{backend}"
    tables.mkdir()
    write_tables(faulty, number, tables)
    result = run(open_source([tables], engine(), AS_OF, divisible=False), folder / f"f-{backend}", used)
    refused = {
        document["patient"]["id"] for document in records(faulty.tables(number)) if _is_refused(document)
    }
    assert len(refused) > number / 10
    assert {reject["patient_id"] for reject in result.rejects} == refused
    assert result.counts.rejected == len(refused)
    assert not refused & {row["patient_id"] for row in result.rows}
    assert len(result.rows) == number - len(refused)


def _is_refused(document: Json) -> bool:
    return document["patient"]["id"].count("-") > 0
