"""The facts layout: Parquet and CSV, what is refused, rejected or ignored."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cds_engine.cohort.fact_files import FactFiles
from cds_engine.errors import ProblemsError

from tests.engine.cohort.populations import AS_OF, Result, alone, engine, facts_file, outcomes, run
from tests.rulebook import tiny

pytestmark = pytest.mark.slow

OVERDOSED: dict[str, Any] = {
    "patient.age_years": Decimal(70),
    "mianserin.active": True,
    "mianserin.indication": "major-depressive-disorder",
    "mianserin.daily_dose": Decimal("60.5"),
}


def source(*paths: Path, divisible: bool = True) -> FactFiles:
    return FactFiles(paths, engine(), AS_OF, divisible=divisible)


def evaluated(folder: Path, *rows: dict[str, Any], **types: pa.DataType) -> Result:
    numbered = [{"patient_id": f"p{number}", **_floats(row)} for number, row in enumerate(rows)]
    return run(source(facts_file(folder / "facts.parquet", numbered, **types)), folder / "out")


def _floats(row: dict[str, Any]) -> dict[str, Any]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def csv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "facts.csv"
    path.write_text(text, encoding=encoding)
    return path


def test_a_row_has_the_same_outcomes_as_alone(tmp_path: Path) -> None:
    rows = [OVERDOSED, {}, {**OVERDOSED, "mianserin.daily_dose": None}, {"mianserin.active": False}]
    result = evaluated(tmp_path, *rows)
    assert list(outcomes(result.rows)) == [alone(row) for row in rows]
    assert [row["patient_id"] for row in result.rows] == ["p0", "p1", "p2", "p3"]
    assert {row["as_of"] for row in result.rows} == {AS_OF}


@pytest.mark.parametrize(
    "kind", [pa.float64(), pa.decimal128(12, 6), pa.string()], ids=["double", "decimal", "csv"]
)
def test_a_number_at_a_boundary_is_exact(tmp_path: Path, kind: pa.DataType) -> None:
    values = ["1.499999", "1.5", "1.500001"]
    if kind == pa.string():
        lines = "".join(f"{value},true,{value}\n" for value in values)
        path = csv(tmp_path, f"patient_id,mianserin.active,neutrophils.latest\n{lines}")
    else:
        number = Decimal if pa.types.is_decimal(kind) else float
        rows = [
            {"patient_id": value, "mianserin.active": True, "neutrophils.latest": number(value)}
            for value in values
        ]
        path = facts_file(tmp_path / "facts.parquet", rows, **{"neutrophils.latest": kind})
    result = run(source(path), tmp_path / "out")
    assert list(outcomes(result.rows)) == [
        alone({"mianserin.active": True, "neutrophils.latest": Decimal(value)}) for value in values
    ]
    found = {row["patient_id"]: row["monitoring.neutropenia-moderate"] for row in result.rows}
    assert found == {"1.499999": "fired", "1.5": "not_met", "1.500001": "not_met"}


def test_whole_numbers_may_be_integers(tmp_path: Path) -> None:
    row = {"patient.age_years": 65, "mianserin.active": True}
    result = evaluated(tmp_path, row, **{"patient.age_years": pa.int16()})
    assert list(outcomes(result.rows)) == [alone({**row, "patient.age_years": Decimal(65)})]


def test_a_dictionary_of_codes_is_codes(tmp_path: Path) -> None:
    result = evaluated(
        tmp_path, OVERDOSED, **{"mianserin.indication": pa.dictionary(pa.int32(), pa.string())}
    )
    assert list(outcomes(result.rows)) == [alone(OVERDOSED)]


def test_no_rule_applies_to_a_deceased_patient(tmp_path: Path) -> None:
    result = evaluated(tmp_path, {**OVERDOSED, "deceased": True}, {**OVERDOSED, "deceased": None})
    dead, living = outcomes(result.rows)
    assert set(dead.values()) == {"not_applicable"}
    assert living == alone(OVERDOSED)
    assert result.counts.patients == 2


def test_a_row_may_have_its_own_as_of(tmp_path: Path) -> None:
    day = datetime.date(2026, 1, 31)
    result = evaluated(tmp_path, {"as_of": day}, {"as_of": None})
    assert [row["as_of"] for row in result.rows] == [day, AS_OF]


def test_an_implausible_value_is_unknown_and_counted(tmp_path: Path) -> None:
    """The last value is the classic unit mistake by a factor of a thousand."""
    plausible, implausible = [0, 0.01, 99], [0.009, -0.01, 99.01, 4200]
    quantity = engine().vocabulary.quantities["neutrophils"]
    for value in (*plausible, *implausible):
        assert quantity.plausible(Decimal(str(value))) is (value in plausible), "the case itself"
    result = evaluated(
        tmp_path,
        *(
            {"mianserin.active": True, "neutrophils.latest": float(value)}
            for value in (*plausible, *implausible)
        ),
    )
    used = [{"neutrophils.latest": Decimal(str(value))} for value in plausible]
    assert list(outcomes(result.rows)) == [
        alone({"mianserin.active": True, **known}) for known in (*used, *({} for _ in implausible))
    ]
    assert result.counts.unused == {"neutrophils.latest": len(implausible)}
    assert result.counts.missing["neutrophils.latest"] == len(implausible)


# Columns that are refused


@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        ("neutrophils.latest", pa.string(), "expected a number (DOUBLE, an integer or a DECIMAL of up to 15"),
        ("neutrophils.latest", pa.float32(), "found float"),
        ("neutrophils.latest", pa.decimal128(16, 2), "found decimal128(16, 2)"),
        ("mianserin.active", pa.int8(), "expected true or false (BOOLEAN), found int8"),
        ("mianserin.indication", pa.int8(), "expected a code (VARCHAR), found int8"),
        ("as_of", pa.timestamp("s"), "expected a date, found timestamp"),
        ("deceased", pa.int8(), "expected true or false, found int8"),
    ],
)
def test_a_column_of_the_wrong_type_is_an_error(
    tmp_path: Path, column: str, kind: pa.DataType, message: str
) -> None:
    path = tmp_path / "facts.parquet"
    pq.write_table(pa.table({"patient_id": ["p"], column: pa.array([None], kind)}), path)
    with pytest.raises(ProblemsError) as caught:
        source(path)
    assert str(caught.value).startswith(f"{path}: column '{column}': ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("unit", "accepted"),
    [("10*9/L", True), ("10*3/uL", True), ("/uL", False), ("g/L", False), ("furlong", False)],
)
def test_a_declared_unit_must_be_that_of_the_fact(tmp_path: Path, unit: str, accepted: bool) -> None:
    path = tmp_path / "facts.parquet"
    column = pa.field("neutrophils.latest", pa.float64(), metadata={"unit": unit})
    schema = pa.schema([("patient_id", pa.string()), column])
    pq.write_table(pa.table({"patient_id": ["p"], "neutrophils.latest": [1.5]}, schema), path)
    if accepted:
        assert source(path).notices == []
        return
    with pytest.raises(ProblemsError, match=f"expected the unit 10\\*9/L, found '{unit}'"):
        source(path)


def test_all_errors_in_the_columns_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "facts.parquet"
    pq.write_table(pa.table({"mianserin.active": [1], "mianserin.daily_dose": ["60 mg"]}), path)
    with pytest.raises(ProblemsError) as caught:
        source(path)
    assert len(caught.value.problems) == 3
    assert "expected a column 'patient_id', found none" in str(caught.value)


def test_a_column_that_is_not_a_fact_is_ignored_with_a_notice(tmp_path: Path) -> None:
    path = facts_file(tmp_path / "facts.parquet", [{"patient_id": "p"}])
    table = pq.read_table(path)
    for name in ("neutrophil.latest", "patient.elderly", "ward"):
        table = table.append_column(name, pa.array([None], pa.float64()))
    pq.write_table(table, path)
    typo, finding, other = source(path).notices
    assert typo.endswith("it is not a fact (did you mean 'neutrophils.latest'?)")
    assert "'patient.elderly' is ignored: it is a finding, which the rulebook computes" in finding
    assert other.endswith("'ward' is ignored: it is not a fact")


def test_a_file_that_is_not_parquet_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "facts.parquet"
    path.write_text("patient_id\np\n")
    with pytest.raises(ProblemsError, match="cannot be read as Parquet"):
        source(path)


# Rows that are rejected


def test_a_number_that_is_not_finite_is_rejected(tmp_path: Path) -> None:
    values = [float("nan"), float("inf"), float("-inf")]
    refused = [{"neutrophils.latest": value, "leukocytes.latest": value} for value in values]
    result = evaluated(tmp_path, OVERDOSED, *refused, {})
    assert [row["patient_id"] for row in result.rows] == ["p0", "p4"]
    assert [(reject["row"], reject["patient_id"]) for reject in result.rejects] == [
        (2, "p1"),
        (3, "p2"),
        (4, "p3"),
    ]
    for reject in result.rejects:
        assert reject["source"].endswith("facts.parquet")
        for fact in ("neutrophils.latest", "leukocytes.latest"):
            reason = f"{fact}: expected a finite number of at most 15 significant digits, found"
            assert reason in reject["reason"]
    assert (result.counts.patients, result.counts.rejected) == (2, 3)


@pytest.mark.parametrize("others", [(60.0, 60.0), (30.0, 90.0)])
def test_nan_is_found_among_numbers(tmp_path: Path, others: tuple[float, float]) -> None:
    """The statistics of Parquet files ignore NaN."""
    doses = (others[0], float("nan"), others[1])
    result = evaluated(tmp_path, *({"mianserin.daily_dose": dose} for dose in doses))
    assert [row["patient_id"] for row in result.rows] == ["p0", "p2"]
    assert [reject["patient_id"] for reject in result.rejects] == ["p1"]


def test_a_row_without_a_patient_is_rejected(tmp_path: Path) -> None:
    path = facts_file(tmp_path / "facts.parquet", [{"patient_id": None}, {"patient_id": ""}])
    result = run(source(path), tmp_path / "out")
    assert [reject["row"] for reject in result.rejects] == [1, 2]
    assert result.rows == []


def test_an_unknown_severity_is_rejected(tmp_path: Path) -> None:
    facts = {"mianserin.active": True, "symptom.drowsiness": True}
    result = evaluated(
        tmp_path,
        {**facts, "symptom.drowsiness.severity": "severe"},
        {**facts, "symptom.drowsiness.severity": "Severe"},
    )
    assert [reject["row"] for reject in result.rejects] == [2]
    assert "expected mild, moderate or severe, found Severe" in result.rejects[0]["reason"]
    assert list(outcomes(result.rows)) == [alone({**facts, "symptom.drowsiness.severity": "severe"})]


# CSV


def test_csv_cells_are_known_or_unknown(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "patient_id,as_of,deceased,mianserin.active,mianserin.daily_dose,mianserin.indication\n"
        "a,2026-11-23,,true,60.5,major-depressive-disorder\n"
        "b,,,TRUE,,\n"
        "c,,true,true,60.5,\n"
        "d,,,,,\n",
        "utf-8-sig",
    )
    result = run(source(path), tmp_path / "out")
    facts = {name: OVERDOSED[name] for name in OVERDOSED if name != "patient.age_years"}
    first, second, third, fourth = outcomes(result.rows)
    assert first == alone(facts)
    assert second == alone({"mianserin.active": True})
    assert set(third.values()) == {"not_applicable"}
    assert fourth == alone({})
    assert {row["as_of"] for row in result.rows} == {AS_OF}


INVALID = {
    "x,maybe,,": "mianserin.active: expected true or false, found maybe",
    "x,,sixty,": "mianserin.daily_dose: expected a finite number",
    "x,,60 mg,": "found 60 mg",
    "x,,nan,": "found nan",
    "x,,1.4999999999999999,": "at most 15 significant digits, found 1.4999999999999999",
    "x,,,2026-02-30": "as_of: expected a date written YYYY-MM-DD, found 2026-02-30",
    "x,,,0026-11-23": "as_of: expected a date",
    ",,,": "patient_id: expected an id, found none",
    "x,,": "expected 4 cells, found 3",
    "x,,,,": "expected 4 cells, found 5",
}
"""Rows of a CSV file, and why each is rejected."""


def test_invalid_csv_rows_are_rejected_with_their_numbers_and_the_others_are_evaluated(
    tmp_path: Path,
) -> None:
    heading = "patient_id,mianserin.active,mianserin.daily_dose,as_of"
    lines = "\n".join(INVALID)
    path = csv(tmp_path, f'{heading}\n"a\nb",true,60,\n{lines}\nlast,,0.0000010,2026-11-22\n')
    result = run(source(path), tmp_path / "out")
    assert [row["patient_id"] for row in result.rows] == ["a\nb", "last"]
    rejects = sorted(result.rejects, key=lambda reject: reject["row"])
    assert [reject["row"] for reject in rejects] == list(range(2, 2 + len(INVALID)))
    for reject, reason in zip(rejects, INVALID.values(), strict=True):
        assert reason in reject["reason"]
    assert result.counts.rejected == len(INVALID)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("patient_id,x,x\np,1,2\n", "duplicate column 'x'"),
        ("", "cannot be read as CSV"),
        ("name\np\n", "expected a column 'patient_id', found none"),
    ],
)
def test_a_csv_file_that_cannot_be_read_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProblemsError, match=message):
        source(csv(tmp_path, text))


def test_latin_1_is_an_error(tmp_path: Path) -> None:
    path = csv(tmp_path, "patient_id\nJos\u00e9\n", "latin-1")
    with pytest.raises(ProblemsError, match="cannot be read as CSV"):
        run(source(path), tmp_path / "out")


# Partitions


def test_a_large_file_is_divided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_engine.cohort.fact_files.ROWS", 3)
    rows = [{**OVERDOSED, "mianserin.daily_dose": Decimal(dose)} for dose in range(29, 36)]
    rows[4] = {"mianserin.daily_dose": float("nan")}
    result = evaluated(tmp_path, *rows)
    assert len(list(result.folder.glob("*.parquet"))) == 3
    assert [row["patient_id"] for row in result.rows] == ["p0", "p1", "p2", "p3", "p5", "p6"]
    assert list(outcomes(result.rows)) == [alone(row) for row in rows if row is not rows[4]]
    assert [reject["row"] for reject in result.rejects] == [5]


def test_an_empty_file_gives_an_empty_result(tmp_path: Path) -> None:
    result = run(source(facts_file(tmp_path / "f.parquet", [{"patient_id": "p"}])), tmp_path / "one")
    schema = pq.read_schema(next(result.folder.glob("*.parquet")))
    empty = pa.schema([("patient_id", pa.string())]).empty_table()
    pq.write_table(empty, tmp_path / "facts.parquet")
    result = run(source(tmp_path / "facts.parquet"), tmp_path / "out")
    assert result.rows == []
    assert pq.read_schema(next(result.folder.glob("*.parquet"))) == schema


def test_every_row_is_evaluated_by_the_edition_of_its_day(tmp_path: Path) -> None:
    """The upper end of the middle band moves from 400 to 300 on 1 June 2026."""
    facts = {"patient.age_years": 30.0, "velozine.active": True, "velozine.daily_dose": 350.0}
    rows = [
        {"patient_id": str(day), "as_of": day, **facts}
        for day in (datetime.date(2026, 6, 1), datetime.date(2026, 5, 31), datetime.date(2019, 1, 1))
    ]
    path = facts_file(tmp_path / "facts.parquet", rows, tiny.engine())
    result = run(
        FactFiles([path], tiny.engine(), AS_OF, divisible=True), tmp_path / "out", used=tiny.engine()
    )
    found = {row["patient_id"]: row["amounts.high"] for row in result.rows}
    assert found == {"2026-06-01": "fired", "2026-05-31": "not_met", "2019-01-01": "not_met"}
