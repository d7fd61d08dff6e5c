"""The tables layout: rows that cannot be a valid record reject the patient, with every reason."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from cds_engine.cohort.backend import DuckDB
from cds_engine.cohort.tables import TABLES, Tables
from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import shipped_rulebooks

from tests.engine.cohort import test_tables
from tests.engine.cohort.derived import EveryFact
from tests.engine.cohort.test_tables import (
    ACTIVE,
    AS_OF,
    COUNT,
    DIABETES,
    FEVER,
    LATEST,
    SCHEMAS,
    WEIGHT,
    Case,
    Found,
    Row,
    alone,
    born,
    day,
    doses,
    drug,
    population,
    result,
    results,
    tables,
    write,
    write_csv,
)
from tests.patients.records import records

pytestmark = [pytest.mark.slow, pytest.mark.ci]


FACTS = (ACTIVE, LATEST, DIABETES, FEVER, WEIGHT, "patient.age_years")


@cache
def plain() -> Engine:
    return EveryFact(load_rulebook(shipped_rulebooks() / "mianserin"), FACTS)


def evaluate(folder: Path, partitions: int = 1) -> Found:
    """Evaluate a few facts only."""
    return test_tables.evaluate(folder, plain(), partitions)


NUMBER = "a number of at most 6 decimals and 15 digits, below 1,000,000,000,000"
DATE = "a date from 1850 to 2200, written YYYY-MM-DD"
MOMENT = f"{DATE}, or a timestamp with an offset"
CODE = "a text of 1 to 200 characters"
NO_UNIT = "expected a UCUM unit, because there is a value; found none"
STATUSES = "preliminary, final, amended, corrected, cancelled, entered-in-error"
HISTORY = "history.failed_antidepressant_trials"
LONG = "x" * 201


def condition(**row: Any) -> Mapping[str, Any]:
    return {"condition": [{"code": "diabetes", **row}]}


def symptom(**row: Any) -> Mapping[str, Any]:
    return {"symptom": [{"code": "fever", **row}]}


def refused(*reasons: str) -> Mapping[str, Any]:
    """Return the reasons for rejection instead of facts."""
    return {"reasons": list(reasons)}


CASES: Mapping[str, Case] = {
    "birth and age": Case(
        refused("age_years: expected birth_date or age_years, found both"), born(1980, 1, 1, age_years=46)
    ),
    "born tomorrow": Case(
        refused("birth_date: expected a date on or before as_of, found 2026-11-24"), born(2026, 11, 24)
    ),
    "died before birth": Case(
        refused("deceased_date: expected a date on or after birth_date, found 1979-12-31"),
        born(1980, 1, 1, deceased_date=datetime.date(1979, 12, 31)),
    ),
    "too old": Case(
        refused("age_years: expected a whole number from 0 to 150, found 151"), {"age_years": 151}
    ),
    "not yet born": Case(
        refused("age_years: expected a whole number from 0 to 150, found -1"), {"age_years": -1}
    ),
    "sex": Case(refused("sex: expected one of female, male, other, unknown, found Male"), {"sex": "Male"}),
    "born in 1849": Case(refused(f"birth_date: expected {DATE}, found 1849-12-31"), born(1849, 12, 31)),
    "dies in 2201": Case(
        refused(f"deceased_date: expected {DATE}, found 2201-01-01"),
        {"deceased_date": datetime.date(2201, 1, 1)},
    ),
    "as of 1849": Case(
        refused(f"as_of: expected {MOMENT}, found 1849-12-31"), {"as_of": datetime.date(1849, 12, 31)}
    ),
    "history": Case(refused(f"{HISTORY}: expected a whole number, 0 or more, found -1"), {HISTORY: -1}),
    "long history": Case(refused(f"{HISTORY}: expected {NUMBER}, found 1000000000000"), {HISTORY: 10**12}),
    "resolved before onset": Case(
        refused("resolved: expected a date on or after onset, found 2026-11-11"),
        **condition(onset=day(11), resolved=day(12)),
    ),
    "unknown condition resolved before onset": Case(
        refused("resolved: expected a date on or after onset, found 2026-11-11"),
        **condition(code="flu", onset=day(11), resolved=day(12)),
    ),
    "condition without a code": Case(refused(f"code: expected {CODE}, found none"), **condition(code=None)),
    "empty code": Case(refused(f"code: expected {CODE}, found "), **condition(code="")),
    "long code": Case(refused(f"code: expected {CODE}, found {LONG}"), **condition(code=LONG)),
    "severity": Case(
        refused("severity: expected one of mild, moderate, severe, found bad"), **symptom(severity="bad")
    ),
    "stop before start": Case(
        refused("stop: expected a date on or after start, found 2026-11-11"),
        **doses(drug(start=day(11), stop=day(12))),
    ),
    "dose without a unit": Case(refused(f"dose_unit: {NO_UNIT}"), **doses(drug(dose=5, unit=None))),
    "dose in no unit": Case(
        refused("dose_unit: expected mg/d or another UCUM unit, found none"), **doses(drug(dose=5, unit=""))
    ),
    "dose in no unit of UCUM": Case(
        refused("dose_unit: expected mg/d or a unit that converts to it, but 'pills' is not a UCUM unit"),
        **doses(drug(dose=5, unit="pills")),
    ),
    "long unit": Case(
        refused(f"dose_unit: expected {CODE}, found {LONG}"),
        **doses({"drug": "mianserin", "dose_unit": LONG}),
    ),
    "empty indication": Case(refused(f"indication: expected {CODE}, found "), **doses(drug(indication=""))),
    "seven decimals": Case(
        refused(f"dose_value: expected {NUMBER}, found 1.2345678"), **doses(drug(dose=1.2345678))
    ),
    "sixteen digits": Case(
        refused(f"value: expected {NUMBER}, found 1234567890.123456"), **results(result(1234567890.123456, 1))
    ),
    "not a number": Case(refused(f"value: expected {NUMBER}, found nan"), **results(result(float("nan"), 1))),
    "infinite": Case(refused(f"value: expected {NUMBER}, found inf"), **results(result(float("inf"), 1))),
    "too large": Case(
        refused(f"value: expected {NUMBER}, found 1000000000000.0"), **results(result(1e12, 1))
    ),
    "too small": Case(refused(f"value: expected {NUMBER}, found 1e-07"), **results(result(1e-7, 1))),
    "result without a unit": Case(refused(f"unit: {NO_UNIT}"), **results(result(5, 1, unit=None))),
    "unknown result without a unit": Case(
        refused(f"unit: {NO_UNIT}"), **results(result(5, 1, "creatinine", unit=None))
    ),
    "withdrawn result in moles": Case(
        refused(f"unit: expected {COUNT} or a unit that converts to it, but 'mmol/L' does not"),
        **results(result(5, 1, unit="mmol/L", status="cancelled")),
    ),
    "status": Case(
        refused(f"status: expected one of {STATUSES}, found done"), **results(result(5, 1, status="done"))
    ),
    "status of an unknown result": Case(
        refused(f"status: expected one of {STATUSES}, found "), **results(result(5, 1, "zinc", status=""))
    ),
    "old result": Case(
        refused(f"date: expected {MOMENT}, found 1849-12-31"),
        **results({**result(5, 1), "date": datetime.date(1849, 12, 31)}),
    ),
    "a row in a section that was not recorded": Case(
        refused("expected no row, because symptoms_recorded of the patient is false"),
        {"symptoms_recorded": False},
        **symptom(),
    ),
    "everything at once": Case(
        refused(
            "sex: expected one of female, male, other, unknown, found x",
            "resolved: expected a date on or after onset, found 2026-11-11",
            f"unit: {NO_UNIT}",
            "status: expected one of " + STATUSES + ", found x",
        ),
        {"sex": "x"},
        **condition(onset=day(11), resolved=day(12)),
        **results(result(5, 1, unit=None, status="x")),
    ),
}
ACCEPTED: Mapping[str, Case] = {
    "dose of an unknown drug in no dose": Case({}, **doses(drug("ramipril", dose=5, unit="mg"))),
    "unknown result in moles": Case({}, **results(result(5, 1, "creatinine", unit="mmol/L"))),
    "no value, no such unit": Case({}, **results(result(None, 1, unit="mmol/L"))),
    "fifteen digits": Case({}, **results(result(123456789012.125, 1, unit="/L"))),
    "six decimals": Case({}, **results(result(0.000001, 1), result(-5, 2))),
    "one cell of a litre": Case({}, **results(result(999999999999, 1, unit="/L"))),
    "born in 1850": Case({}, born(1850, 1, 1)),
    "dies in 2200": Case({}, {"deceased_date": datetime.date(2200, 12, 31)}),
    "born and died today": Case({}, born(2026, 11, 23, deceased_date=AS_OF)),
    "a day of illness": Case({}, **condition(onset=day(5), resolved=day(5))),
}
NOT_OF_RECORDS = {"a row in a section that was not recorded", "seven decimals"}
"""Values that a record cannot express, and values that only a record can express."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    written = population({**CASES, **ACCEPTED})
    return evaluate(write(tmp_path_factory.mktemp("rejects") / "tables", written), partitions=2)


@pytest.fixture(scope="module")
def as_records() -> Mapping[str, Row]:
    return {record["patient"]["id"]: record for record in records(population({**CASES, **ACCEPTED}))}


@pytest.mark.parametrize("key", CASES)
def test_a_patient_is_rejected_with_every_reason(key: str, found: Found) -> None:
    assert sorted(found.reasons(key)) == sorted(CASES[key].expected["reasons"])
    assert key not in found.facts


@pytest.mark.parametrize("key", sorted(CASES.keys() - NOT_OF_RECORDS))
def test_the_record_is_rejected_too(key: str, as_records: Mapping[str, Row]) -> None:
    with pytest.raises(RecordError):
        alone(as_records[key])


@pytest.mark.parametrize("key", ACCEPTED)
def test_values_that_a_record_may_have_are_accepted(
    key: str, found: Found, as_records: Mapping[str, Row]
) -> None:
    assert found.facts[key] == alone(as_records[key], plain())[0]
    assert key not in found.rejects


def test_a_rejected_row_has_its_table_and_its_number(tmp_path: Path) -> None:
    written = population(
        {"good": Case({}), "bad": Case({}, {"sex": "x"}, **results(result(5, 1), result(6, 2, unit=None)))}
    )
    found = evaluate(write(tmp_path / "tables", written))
    assert [(table, row) for table, row, _ in found.rejects["bad"]] == [("patient", 2), ("observation", 2)]
    assert list(found.facts) == ["good"]


def test_a_duplicate_patient_is_rejected(tmp_path: Path) -> None:
    rows = {"patient": [{"patient_id": key} for key in ("a", "b", "a", None)]}
    found = evaluate(write(tmp_path / "tables", tables(rows)))
    assert set(found.facts) == {"b"}
    assert found.reasons("a") == ["patient_id: expected one row for a patient, found 2"] * 2
    assert found.reasons(None) == ["patient_id: expected a text, found none"]


def test_an_id_that_is_too_long_is_rejected(tmp_path: Path) -> None:
    rows = {"patient": [{"patient_id": LONG}, {"patient_id": LONG[1:]}]}
    found = evaluate(write(tmp_path / "tables", tables(rows)))
    assert found.reasons(LONG) == ["patient_id: expected at most 200 characters, found 201 characters"]
    assert set(found.facts) == {LONG[1:]}


def test_entries_without_a_patient_are_rejected(tmp_path: Path) -> None:
    rows: dict[str, list[Row]] = {"patient": [{"patient_id": "a"}]}
    for name in TABLES[1:]:
        code = "drug" if name == "medication" else "code"
        rows[name] = [{"patient_id": key, code: "x"} for key in ("a", "b", None)]
    found = evaluate(write(tmp_path / "tables", tables(rows)), partitions=3)
    stranger = "patient_id: expected the id of a row of table patient, found b"
    assert set(found.facts) == {"a"}
    assert found.rejects.keys() == {"b", None}
    assert sorted(found.rejects["b"]) == [(name, 2, stranger) for name in TABLES[1:]]
    assert sorted(found.rejects[None]) == [
        (name, 3, "patient_id: expected a text, found none") for name in TABLES[1:]
    ]


@pytest.mark.parametrize(
    ("kind", "accepted", "rejected"),
    [
        (pa.decimal128(9, 3), Decimal("1.5"), None),
        (pa.decimal128(30, 12), Decimal("1.5"), Decimal("1.50000001")),
        (pa.decimal128(38, 2), Decimal("1.5"), Decimal(10) ** 30),
        (pa.int8(), 2, None),
        (pa.int64(), 2, 10**12),
        (pa.uint64(), 2, 2**64 - 1),
    ],
    ids=str,
)
def test_numbers_of_other_types(kind: pa.DataType, accepted: Any, rejected: Any, tmp_path: Path) -> None:
    keys = ["a"] if rejected is None else ["a", "r"]
    values = {"a": accepted, "r": rejected}
    rows = {
        "patient": [{"patient_id": key} for key in keys],
        "observation": [{"patient_id": key, **result(values[key], 1)} for key in keys],
    }
    found = evaluate(write(tmp_path / "tables", tables(rows, value=kind)))
    assert found.facts["a"][LATEST] == Decimal(accepted)
    assert [reason.partition(", found")[0] for reason in found.reasons("r")] == [
        f"value: expected {NUMBER}"
    ] * (len(keys) - 1)


@pytest.mark.parametrize(
    ("value", "reason"), [(40.0, None), (40.5, "a whole number from 0 to 150, found 40.5")]
)
def test_whole_numbers_may_be_doubles(value: float, reason: str | None, tmp_path: Path) -> None:
    written = tables({"patient": [{"patient_id": "a", "age_years": value}]}, age_years=pa.float64())
    found = evaluate(write(tmp_path / "tables", written))
    assert found.reasons("a") == ([] if reason is None else [f"age_years: expected {reason}"])
    assert reason is not None or found.facts["a"]["patient.age_years"] == 40


CELLS = [
    ("patient", "birth_date", "1980-1-1", DATE),
    ("patient", "birth_date", "1980-02-30", DATE),
    ("patient", "birth_date", "1980", DATE),
    ("patient", "birth_date", "1849-12-31", DATE),
    ("patient", "age_years", "forty", NUMBER),
    ("patient", "symptoms_recorded", "yes", "true or false"),
    ("condition", "present", "2", "true or false"),
    ("observation", "value", "1e3", NUMBER),
    ("observation", "value", "1,5", NUMBER),
    ("observation", "value", "1.2345678", NUMBER),
    ("observation", "value", "1000000000000", NUMBER),
    ("observation", "value", "1234567890.123456", NUMBER),
    ("observation", "date", "2026-11-23T10:00", MOMENT),
]


def test_invalid_csv_cells(tmp_path: Path) -> None:
    rows: dict[str, list[dict[str, str]]] = {"patient": [], "condition": [], "observation": []}
    for number, (table, column, text, _) in enumerate(CELLS):
        key = {"patient_id": str(number)}
        rows["patient"].append(key | ({column: text} if table == "patient" else {}))
        if table != "patient":
            unit = {"unit": COUNT} if table == "observation" else {}
            rows[table].append({**key, "code": "x", column: text, **unit})
    written = {name: pa.Table.from_pylist(of, _texts(name)) for name, of in rows.items()}
    found = evaluate(write_csv(tmp_path / "tables", written))
    assert not found.facts
    for number, (table, column, text, expected) in enumerate(CELLS):
        ((where, row, reason),) = found.rejects[str(number)]
        assert (where, reason) == (table, f"{column}: expected {expected}, found {text}")
        assert rows[table][(row or 0) - 1]["patient_id"] == str(number)


def _texts(table: str) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in SCHEMAS[table].names])


def test_csv_cells_in_other_notations(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "patient.csv").write_text("patient_id,age_years,sex\na,40.0,\nb,,NA\n")
    (folder / "condition.csv").write_text("patient_id,code,present\na,diabetes,TRUE\nb,diabetes,0\n")
    (folder / "observation.csv").write_text(
        f'patient_id,code,value,unit,date\n"a",neutrophils,01.500000000,{COUNT},2026-11-22\n'
        f"b,neutrophils,2,{COUNT},2026-11-22\nb,neutrophils,2\n"
    )
    found = evaluate(folder)
    assert found.facts["a"] | {"condition.diabetes": True, LATEST: Decimal("1.5")} == found.facts["a"]
    assert found.facts["a"]["patient.age_years"] == 40
    assert found.facts["b"] | {"condition.diabetes": False, LATEST: 2} == found.facts["b"]
    assert found.rejects == {None: [("observation", 3, "expected 5 cells, found 3")]}


def test_a_unit_with_too_many_decimals(tmp_path: Path) -> None:
    """One dram is 0.0017718451953125 kg, which is more decimals than a factor has."""
    written = population({"p": Case({}, **results(result(50_000, 1, "body-weight", unit="[dr_av]")))})
    found = evaluate(write(tmp_path / "tables", written))
    assert found.reasons("p") == ["unit: expected a unit that converts exactly to kg, found '[dr_av]'"]


def test_nothing_to_do(tmp_path: Path) -> None:
    source = Tables(write(tmp_path / "tables", population({"p": Case({})})), plain(), AS_OF)
    assert list(source.read([], DuckDB(), tmp_path)) == []
