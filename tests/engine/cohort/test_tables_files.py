"""The tables layout: which files are tables, and the errors in their columns."""

from __future__ import annotations

import datetime
import shutil
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cds_engine.cohort.backend import DuckDB
from cds_engine.cohort.source import spans
from cds_engine.cohort.tables import Tables
from cds_engine.errors import ProblemsError
from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import shipped_rulebooks

from tests.engine.cohort import test_tables
from tests.engine.cohort.derived import EveryFact, Found
from tests.engine.cohort.test_tables import (
    ACTIVE,
    AS_OF,
    CASES,
    DIABETES,
    EVER,
    FEVER,
    LATEST,
    Case,
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

pytestmark = [pytest.mark.slow, pytest.mark.ci]

FACTS = (
    *(ACTIVE, DIABETES, EVER, FEVER, LATEST, "weight.change_percent"),
    *(f"mianserin.{name}" for name in ("days_on_treatment", "daily_dose")),
    *(f"neutrophils.{name}" for name in ("days_since_latest", "fall_percent", "previous")),
)

ONE = {"p": Case({}, condition=[{"code": "diabetes"}], **results(result(2, 1), since=5))}


@cache
def engine() -> Engine:
    """Return an engine that derives the few facts that these tests ask for."""
    return EveryFact(load_rulebook(shipped_rulebooks() / "mianserin"), FACTS)


def evaluate(folder: Path, used: Engine | None = None) -> Found:
    return test_tables.evaluate(folder, used or engine())


def problems(folder: Path) -> list[str]:
    with pytest.raises(ProblemsError) as error:
        Tables(folder, engine(), AS_OF)
    return [f"{Path(problem.source).name}: {problem.message}" for problem in error.value.problems]


def notices(folder: Path) -> list[str]:
    return list(Tables(folder, engine(), AS_OF).notices)


def test_patients_alone(tmp_path: Path) -> None:
    folder = write(tmp_path / "tables", {"patient": population(ONE)["patient"]})
    assert notices(folder) == [
        f"no table {name}: what it would say is unknown for every patient"
        for name in ("condition", "medication", "observation", "symptom")
    ]
    found = evaluate(folder).facts["p"]
    assert found == {}


def test_an_empty_table(tmp_path: Path) -> None:
    written = population({"p": Case({})})
    found = evaluate(write(tmp_path / "tables", {name: written[name] for name in ("patient", "symptom")}))
    assert found.facts["p"][FEVER] is False
    assert not {ACTIVE, EVER, DIABETES} & found.facts["p"].keys()


def test_the_date_is_that_of_the_run_unless_a_row_says_another(tmp_path: Path) -> None:
    rows = [{"patient_id": "a"}, {"patient_id": "b", "as_of": day(-10)}]
    taken = [{"patient_id": key, **drug(start=day(1))} for key in "ab"]
    found = evaluate(write(tmp_path / "tables", tables({"patient": rows, "medication": taken})))
    assert [found.facts[key]["mianserin.days_on_treatment"] for key in "ab"] == [1, 11]


def test_optional_columns(tmp_path: Path) -> None:
    written = {
        "patient": pa.table({"patient_id": ["p"]}),
        "condition": pa.table({"patient_id": ["p"], "code": ["diabetes"]}),
        "medication": pa.table({"patient_id": ["p"], "drug": ["mianserin"]}),
        "observation": pa.table({"patient_id": ["p"], "code": ["neutrophils"]}),
        "symptom": pa.table({"patient_id": ["p"], "code": ["fever"]}),
    }
    found = evaluate(write(tmp_path / "tables", written))
    assert found.facts["p"] | {ACTIVE: True, DIABETES: True, EVER: True, FEVER: True} == found.facts["p"]


def test_a_column_of_nulls(tmp_path: Path) -> None:
    written = {
        "patient": pa.table({"patient_id": ["p"], "birth_date": [None], "sex": [None]}),
        "condition": pa.table({"patient_id": ["p"], "code": ["diabetes"], "present": [None]}),
        "observation": pa.table({"patient_id": ["p"], "code": ["neutrophils"], "value": [None]}),
    }
    found = evaluate(write(tmp_path / "tables", written))
    assert DIABETES not in found.facts["p"]
    assert found.facts["p"][EVER] is True


def test_texts_in_a_dictionary(tmp_path: Path) -> None:
    written = population(ONE)
    written = {
        name: pa.table([_encoded(column) for column in table.columns], names=table.column_names)
        for name, table in written.items()
    }
    assert evaluate(write(tmp_path / "tables", written)).facts["p"][LATEST] == 2


def _encoded(column: Any) -> Any:
    return column.dictionary_encode() if pa.types.is_string(column.type) else column


@pytest.mark.parametrize("place", ["observation", "observation.parquet"])
def test_a_table_of_several_files(place: str, tmp_path: Path) -> None:
    written = population({key: CASES[key] for key in ("latest", "undated", "pounds")})
    folder = write(tmp_path / "tables", {name: of for name, of in written.items() if name != "observation"})
    (folder / place).mkdir()
    for number in range(written["observation"].num_rows):
        pq.write_table(written["observation"].slice(number, 1), folder / place / f"{number}.parquet")
    found = evaluate(folder)
    for key in ("latest", "undated", "pounds"):
        expected = CASES[key].expected
        assert {name: found.facts[key].get(name) for name in expected} == expected


def test_rows_are_not_numbered_over_several_files(tmp_path: Path) -> None:
    folder = write(tmp_path / "tables", population({"p": Case({})}))
    (folder / "symptom.parquet").unlink()
    (folder / "symptom").mkdir()
    bad = tables({"symptom": [{"patient_id": "p", "code": "fever", "severity": "bad"}]})["symptom"]
    for number in range(2):
        pq.write_table(bad, folder / "symptom" / f"{number}.parquet")
    assert [row for _, row, _ in evaluate(folder).rejects["p"]] == [None, None]


def test_a_folder_without_tables(tmp_path: Path) -> None:
    assert problems(tmp_path / "none") == ["none: expected a folder of tables, found none"]
    assert problems(tmp_path) == [
        f"{tmp_path.name}: expected patient.parquet, patient.csv or patient/*.parquet, found none"
    ]


def test_all_errors_in_the_files_are_reported(tmp_path: Path) -> None:
    written = {
        "patient": pa.table({"patientid": ["p"], "birth_date": ["1980-01-01"], "age_years": [40.0]}),
        "condition": pa.table({"patient_id": [1], "code": ["x"], "present": ["yes"]}),
        "medication": pa.table(
            {"patient_id": ["p"], "drug": ["x"], "dose_value": pa.array([1], pa.float32())}
        ),
        "observation": pa.table({"patient_id": ["p"], "date": [datetime.datetime(2026, 1, 1)]}),
    }
    folder = write(tmp_path / "tables", written)
    write_csv(folder, {"condition": written["condition"]})
    (folder / "symptom.parquet").write_text("no Parquet")
    found = problems(folder)
    number = "a number (DOUBLE, DECIMAL or an integer)"
    assert found[:5] == [
        "patient.parquet: expected the column 'patient_id', found none (did you mean 'patientid'?)",
        "patient.parquet: column 'birth_date': expected a date (DATE), found string",
        "tables: expected the table condition once, found condition.parquet, condition.csv",
        f"medication.parquet: column 'dose_value': expected {number}, found float",
        "observation.parquet: expected the column 'code', found none",
    ]
    moment = "a date (DATE), a timestamp with a time zone or a text (VARCHAR)"
    assert found[5] == f"observation.parquet: column 'date': expected {moment}, found timestamp[us]"
    assert found[6].startswith("symptom.parquet: cannot be read as Parquet: ")
    assert len(found) == 7


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1]), "column 'patient_id': expected a text (VARCHAR), found int64"),
        (pa.nulls(1), "column 'patient_id': expected a text (VARCHAR), found null"),
    ],
)
def test_ids_must_be_texts(column: pa.Array, expected: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "tables", {"patient": pa.table({"patient_id": column})})
    assert problems(folder) == [f"patient.parquet: {expected}"]


def test_booleans_must_be_booleans(tmp_path: Path) -> None:
    written = {
        "patient": pa.table({"patient_id": ["p"]}),
        "symptom": pa.table({"patient_id": ["p"], "code": ["x"], "present": [1]}),
    }
    assert problems(write(tmp_path / "tables", written)) == [
        "symptom.parquet: column 'present': expected true or false (BOOLEAN), found int64"
    ]


def test_files_of_a_table_that_differ(tmp_path: Path) -> None:
    folder = write(tmp_path / "tables", population({"p": Case({})}))
    (folder / "empty").mkdir()
    (folder / "condition.parquet").rename(folder / "empty" / "0.parquet")
    (folder / "empty").rename(folder / "condition")
    pq.write_table(pa.table({"patient_id": ["p"]}), folder / "condition" / "1.parquet")
    (folder / "symptom.parquet").unlink()
    (folder / "symptom").mkdir()
    assert problems(folder) == [
        "1.parquet: expected the columns of 0.parquet with the same types, found others",
        "symptom: expected Parquet files (*.parquet), found none",
    ]


def test_ignored_files_and_columns_are_reported(tmp_path: Path) -> None:
    written = population({"p": Case({})})
    written["patient"] = written["patient"].append_column("deceased_dat", pa.array(["x"]))
    written["medications"] = written.pop("medication")
    folder = write(tmp_path / "tables", written)
    (folder / "README.txt").touch()
    assert notices(folder) == [
        "medications.parquet is not used: there is no such table (did you mean 'medication'?)",
        "patient.parquet: column 'deceased_dat' is not used (did you mean 'deceased_date'?)",
        "no table medication: what it would say is unknown for every patient",
    ]


def test_invalid_csv(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "patient.csv").write_bytes(b"patient_id,sex\n\xff\xfe,x\n")
    (folder / "symptom.csv").write_text("patient_id,code,code\n")
    (folder / "condition.csv").write_text("patient_id\n")
    found = problems(folder)
    assert "condition.csv: expected the column 'code', found none" in found
    assert "symptom.csv: duplicate column 'code'" in found


def test_partitions_share_the_rows(tmp_path: Path) -> None:
    folder = write(tmp_path / "tables", population(CASES))
    whole, parts = Tables(folder, engine(), AS_OF), Tables(folder, engine(), AS_OF, 4)
    assert [part.name for part in parts.partitions] == [f"part-0000{number}" for number in range(4)]
    assert sum(part.weight for part in parts.partitions) == sum(part.weight for part in whole.partitions)
    assert len(whole.partitions) == 1
    assert {path.name for path in whole.files} == {path.name for path in folder.iterdir()}
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    backend = DuckDB()
    batches = parts.read(parts.partitions[2:3], backend, scratch)
    batch = next(batches)
    facts = batch.facts(spans(engine())[0])
    assert 0 < backend.connection.to_pyarrow(facts.count()).as_py() < len(CASES)
    assert batch.partition == parts.partitions[2]
    assert next(batches, None) is None


@pytest.fixture
def dated(tmp_path: Path) -> Engine:
    """Return an engine for which results have been fresh for 30 days only since June 2026."""
    folder = tmp_path / "rulebook"
    shutil.copytree(shipped_rulebooks() / "mianserin", folder)
    path = folder / "parameters.yaml"
    text = path.read_text("utf-8")
    before = "    values:\n      - {since: 2026-02-01, value: 90}\n"
    begin = text.index("  blood.fresh:")
    end = text.index(before, begin) + len(before)
    path.write_text(text[:end] + "      - {since: 2026-06-01, value: 30}\n" + text[end:], "utf-8")
    return Engine(load_rulebook(folder))


def test_each_edition_has_its_own_parameters(dated: Engine, tmp_path: Path) -> None:
    cases: dict[str, Case] = {}
    for key, as_of in (("before", datetime.date(2026, 5, 31)), ("since", datetime.date(2026, 6, 1))):
        for ago in (30, 31, 90, 91):
            row = {**result(2, None), "date": as_of - datetime.timedelta(days=ago)}
            cases[f"{key} {ago}"] = Case({}, {"as_of": as_of}, **results(row))
    found = evaluate(write(tmp_path / "tables", population(cases)), dated)
    fresh = {key for key, facts in found.facts.items() if facts.get(LATEST) == 2}
    assert fresh == {"before 30", "before 31", "before 90", "since 30"}
    assert len(found.facts) == len(cases)


def test_doses_in_unlike_units_are_exact_together(tmp_path: Path) -> None:
    """A year has 365.25 days and a month a twelfth of that; neither is an exact decimal."""
    cases = {
        "years": Case({}, **doses(drug(dose=21915, unit="mg/a"), drug(dose=70, unit="mg/wk"))),
        "months": Case({}, **doses(drug(dose=913.125, unit="mg/mo"), drug(dose=30))),
        "days": Case({}, **doses(drug(dose=0.25))),
    }
    found = evaluate(write(tmp_path / "tables", population(cases)))
    expected = {"years": Decimal(70), "months": Decimal(60), "days": Decimal("0.25")}
    assert {key: facts["mianserin.daily_dose"] for key, facts in found.facts.items()} == expected


def test_codes_that_are_not_understood_are_noted(tmp_path: Path) -> None:
    rows = {
        "patient": [{"patient_id": "p"}],
        "condition": [
            {"patient_id": "p", "code": code} for code in ("text|x", "snomed-ct|1", "diabetes", "gout")
        ],
        "medication": [{"patient_id": "p", "drug": "mianserin"}],
    }
    source = Tables(write(tmp_path / "tables", tables(rows)), engine(), AS_OF)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert not any("understood" in notice for notice in source.notices)
    for _ in source.read(source.partitions, DuckDB(), scratch):
        pass
    assert [notice for notice in source.notices if "understood" in notice] == [
        "table condition: codes that are not fully understood (2): 'snomed-ct|1', 'text|x'"
    ]
