"""A population, and the outcomes of its patients one by one, which every other way must reproduce."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
from cds_engine.record.chart import build_chart

from tests.engine.cohort.populations import Result, engine
from tests.patients.__main__ import write_tables
from tests.patients.columns import AS_OF, Population
from tests.patients.facts import facts
from tests.patients.records import Json, records

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
        chart = build_chart(record, AS_OF, engine().vocabulary, "record")
        known, _ = edition.derivations.derive(chart)
        rule_outcomes = edition.none_applies(known) if chart.deceased else edition.evaluate_rules(known)
        yield document["patient"]["id"], rule_outcomes.outcomes


def differences(result: Result, number: int) -> list[tuple[str, str, str, str]]:
    """Return patient, rule, and outcome in the population and alone, where they differ."""
    expected = one_by_one(number)
    rows = result.rows
    assert len(rows) == number == result.counts.patients
    rules = next(iter(expected.values()))
    found = {row["patient_id"]: {rule: row[rule] for rule in rules} for row in rows}
    assert found.keys() == expected.keys()
    return [
        (patient, rule, found[patient][rule], outcome)
        for patient, outcomes in expected.items()
        if found[patient] != outcomes
        for rule, outcome in outcomes.items()
        if found[patient][rule] != outcome
    ]


def facts_of(folder: Path, number: int) -> Path:
    path = folder / f"{number}.parquet"
    pq.write_table(facts(documents(number)), path)
    return path


def tables_of(folder: Path, number: int, population: Population = POPULATION) -> Path:
    path = folder / f"tables-{number}"
    path.mkdir()
    write_tables(population, number, path)
    return path


def refused(population: Population, number: int) -> set[str]:
    """Return the ids of the patients whose records have errors."""
    ids = (document["patient"]["id"] for document in records(population.tables(number)))
    return {name for name in ids if "-" in name}
