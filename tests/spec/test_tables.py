"""Every case of the specification, derived from tables: a chapter is a population, a case a patient."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cds_engine.cohort.backend import Backend, Spark

from tests.engine.cohort.derived import EveryFact, Found, derive
from tests.patients.tables import tables_of, write_folder
from tests.spec.cases import AS_OF, Case, all_cases, chapter, names


def found(name: str, backend: Backend | None = None) -> Found:
    """Return the facts of the cases of a chapter; a patient's id is the title of the case."""
    of = chapter(name)
    records = [
        case.record | {"patient": case.record.get("patient", {}) | {"id": case.title}} for case in of.cases
    ]
    with TemporaryDirectory() as folder:
        tables = write_folder(Path(folder, "tables"), tables_of(records))
        return derive(tables, EveryFact(of.engine.rulebook), AS_OF, backend=backend)


@cache
def found_on_duckdb(name: str) -> Found:
    return found(name)


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_case(case: Case) -> None:
    derived = found_on_duckdb(case.file)
    facts = derived.facts[case.title]
    assert not derived.rejects
    assert {name: facts.get(name) for name in case.expected} == case.expected


@pytest.mark.ci
@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_chapter_on_spark(name: str, spark: Spark) -> None:
    assert found(name, spark).facts == found_on_duckdb(name).facts
