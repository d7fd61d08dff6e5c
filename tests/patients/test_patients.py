"""The synthetic patients: the same ones in every form, plausible, and with every oddity a record may have."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from cds_engine import RecordError, parse_json
from cds_engine.fhir import bundle_to_record
from cds_engine.record.chart import build_chart, completed_years

from tests.patients import __main__ as command
from tests.patients.bundles import bundle
from tests.patients.columns import AS_OF, TABLES, Population, Tables
from tests.patients.facts import drawn, engine, facts, facts_table, schema
from tests.patients.records import Json, records

pytestmark = pytest.mark.slow

FAULTS = {
    "birth-and-age": "/patient/age_years",
    "born-later": "/patient/birth_date",
    "stop-before-start": "/medications/",
    "resolved-before-onset": "/conditions/",
    "wrong-unit": "/observations/",
    "no-unit": "/observations/",
}


@cache
def population() -> Tables:
    return Population().tables(20_000)


@cache
def derived() -> pa.Table:
    return facts(records(Population().tables(5000)))


def write(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Path:
    """Run the command; return the folder that it wrote to."""
    monkeypatch.setattr("sys.argv", ["patients", *map(str, arguments), "--output", str(folder)])
    command.main()
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("layout", ["records", "bundles", "facts", "tables"])
def test_the_same_seed_gives_the_same_bytes(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, same, other = (
        contents(write(tmp_path / name, monkeypatch, "--patients", 40, "--seed", seed, "--layout", layout))
        for name, seed in (("one", 1), ("same", 1), ("other", 2))
    )
    assert one == same
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)


def test_a_patient_depends_on_the_seed_and_his_number_alone() -> None:
    few, more = Population().tables(30), Population().tables(10_030)
    for name in TABLES:
        assert more[name].slice(0, few[name].num_rows) == few[name]
    later = set(more["symptom"]["patient_id"].to_pylist()) - {f"p{index:07}" for index in range(1, 10_001)}
    assert later
    assert later <= set(more["patient"]["patient_id"].slice(10_000).to_pylist())


@pytest.mark.parametrize("as_of", [datetime.date(2024, 2, 29), datetime.date(2031, 1, 1)])
def test_patients_are_made_for_any_day(as_of: datetime.date) -> None:
    for document in records(Population(as_of=as_of).tables(100)):
        assert engine().evaluate(engine().read(document)).as_of == as_of


def test_records_and_tables_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for layout in ("records", "tables"):
        write(tmp_path, monkeypatch, "--patients", 500, "--layout", layout, "--faulty", 0.1)
    lines = (tmp_path / "records.ndjson").read_bytes().splitlines()
    documents = [parse_json(line, "line") for line in lines]
    written: dict[str, list[Json]] = {
        "patient": [_patient_row(document) for document in documents],
        "condition": _rows(documents, "conditions"),
        "medication": [_flat_dose(row) for row in _rows(documents, "medications")],
        "observation": _rows(documents, "observations"),
        "symptom": _rows(documents, "symptoms"),
    }
    for name, rows in written.items():
        table = pq.read_table(tmp_path / f"{name}.parquet").to_pylist()
        assert rows == [_said(row) for row in table], name


def _patient_row(document: Any) -> Json:
    patient = dict(document["patient"])
    sections = ("conditions", "medications", "observations", "symptoms")
    return {
        "patient_id": patient.pop("id"),
        "as_of": document["as_of"],
        **patient,
        **{f"history.{name}": value for name, value in document.get("history", {}).items()},
        **{f"{name}_recorded": False for name in sections if name not in document},
    }


def _rows(documents: list[Any], section: str) -> list[Json]:
    states = section in ("conditions", "symptoms")
    return [
        {"patient_id": document["patient"]["id"]} | ({"present": True} if states else {}) | entry
        for document in documents
        for entry in document.get(section, ())
    ]


def _flat_dose(row: Json) -> Json:
    return row | {f"dose_{name}": value for name, value in row.pop("daily_dose", {}).items()}


def _said(row: Json) -> Json:
    """Return what a row of a table says, as JSON has it; that a section was recorded need not be said."""
    found = {}
    for name, value in row.items():
        if isinstance(value, datetime.date):
            found[name] = value.isoformat()
        elif isinstance(value, float):
            found[name] = Decimal(repr(value))
        elif name == "present" or (value is not None and (not name.endswith("_recorded") or not value)):
            found[name] = value
    return found


def test_many_patients_are_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, monkeypatch, "--patients", 30)
    monkeypatch.setattr(command, "FILE", 1)
    monkeypatch.setattr(command, "ROW_GROUP", 1)
    write(tmp_path, monkeypatch, "--patients", 10_030)
    expected = Population().tables(10_030)
    for name in TABLES:
        assert not (tmp_path / f"{name}.parquet").exists()
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == [
            "part-0.parquet",
            "part-1.parquet",
        ]
        assert pq.read_table(tmp_path / name) == expected[name]


def test_every_rule_fires_and_every_outcome_occurs() -> None:
    edition = engine().edition(AS_OF)
    outcomes = Counter(
        outcome
        for row in derived().to_pylist()
        for outcome in edition.evaluate_rules(_facts(row)).outcomes.items()
    )
    assert {rule for rule, outcome in outcomes if outcome == "fired"} == edition.compiled_rules.keys()
    for rule in edition.compiled_rules:
        found = {outcome for of, outcome in outcomes if of == rule}
        assert found >= {"fired", "not_applicable", "not_evaluable"}, rule


def _facts(row: Json) -> Any:
    own = ("patient_id", "as_of", "deceased")
    return {
        name: Decimal(repr(value)) if isinstance(value, float) else value
        for name, value in row.items()
        if value is not None and name not in own
    }


def test_facts_are_what_the_engine_derives() -> None:
    documents = list(records(Population().tables(100)))
    edition = engine().edition(AS_OF)
    asked = {fact.name for fact in edition.asked}
    for document, row in zip(documents, derived().to_pylist(), strict=False):
        record = engine().read(parse_json(json.dumps(document).encode(), "record"))
        chart = build_chart(record, AS_OF, engine().vocabulary, "record")
        facts, _ = edition.derivations.derive(chart)
        assert _facts(row) == {name: value for name, value in facts.items() if name in asked}
        assert (row["patient_id"], row["as_of"], row["deceased"]) == (
            document["patient"]["id"],
            AS_OF,
            chart.deceased,
        )


def test_facts_carry_their_units() -> None:
    assert derived().schema.equals(schema(), check_metadata=True)
    assert derived().schema.field("mianserin.daily_dose").metadata == {b"unit": b"mg/d"}
    assert derived().schema.field("mianserin.active").metadata is None
    assert {str(field.type) for field in schema()} == {"string", "date32[day]", "bool", "double"}


def test_many_facts_are_those_of_some_patients_again() -> None:
    made = facts_table(700, seed=3, derived=50)
    assert made == facts_table(700, seed=3, derived=50)
    assert made["patient_id"].to_pylist() == [f"p{index:07}" for index in range(1, 701)]
    found = facts(records(Population(3).tables(50)))
    assert _distinct(made) <= _distinct(found)
    assert drawn(found, 10, 3)["as_of"].to_pylist() == [AS_OF] * 10


def _distinct(table: pa.Table) -> set[str]:
    return {repr(row) for row in table.drop_columns("patient_id").to_pylist()}


def test_faulty_records_are_refused_and_the_others_read() -> None:
    refused: Counter[str] = Counter()
    for document in records(Population(faulty=0.3).tables(600)):
        fault = document["patient"]["id"].partition("-")[2]
        if not fault:
            engine().evaluate(engine().read(document))
            continue
        with pytest.raises(RecordError) as raised:
            engine().evaluate(engine().read(document))
        assert [problem.pointer.startswith(FAULTS[fault]) for problem in raised.value.problems] == [True]
        refused[fault] += 1
    assert refused.keys() == FAULTS.keys()
    assert 140 <= refused.total() <= 220


def test_without_a_rate_nobody_is_at_fault() -> None:
    assert not pc.any(pc.match_substring(population()["patient"]["patient_id"], "-")).as_py()


@pytest.mark.parametrize("events", [12, 20, 40])
def test_the_number_of_events_is_as_wanted(events: int) -> None:
    tables = Population(events_per_patient=events).tables(10_000)
    found = sum(tables[name].num_rows for name in TABLES if name != "patient") / 10_000
    assert found == pytest.approx(events, rel=0.03)


def test_values_are_short_decimals() -> None:
    for table, column in (("medication", "dose_value"), ("observation", "value")):
        for value in pc.unique(population()[table][column]).drop_null().to_pylist():
            digits = Decimal(repr(value)).normalize().as_tuple()
            assert len(digits.digits) <= 15
            assert int(digits.exponent) >= -6


def test_half_are_elderly_and_most_take_mianserin() -> None:
    births = population()["patient"]["birth_date"].drop_null().to_pylist()
    ages = [completed_years(birth, AS_OF) for birth in births]
    assert min(ages) >= 15
    assert 95 <= max(ages) <= 101
    assert sum(age >= 65 for age in ages) / len(ages) == pytest.approx(0.5, abs=0.05)
    active = derived()["mianserin.active"].drop_null()
    assert pc.mean(active.cast(pa.int8())).as_py() == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("fact", ["mianserin.daily_dose", "neutrophils.latest", "platelets.latest"])
def test_values_stand_on_thresholds_and_on_both_sides(fact: str) -> None:
    step = Decimal(1) if fact == "platelets.latest" else Decimal("0.01")
    thresholds = {"mianserin.daily_dose": (30, 60, 90, 200), "neutrophils.latest": (0.5, 1, 1.5)}
    found = {Decimal(repr(value)) for value in derived()[fact].drop_null().to_pylist()}
    for threshold in map(Decimal, map(str, thresholds.get(fact, (50, 75)))):
        assert {threshold - step, threshold, threshold + step} <= found


def test_percentages_stand_on_thresholds() -> None:
    for fact, percent in (
        ("weight.change_percent", 5),
        ("weight.change_percent", 10),
        ("hamd17.reduction_percent", 50),
        ("neutrophils.fall_percent", 50),
        ("leukocytes.fall_percent", 50),
    ):
        assert pc.any(pc.equal(derived()[fact], percent)).as_py(), fact


ODDITIES: dict[str, tuple[str, Any]] = {
    "a section that was not recorded": ("patient", pc.field("symptoms_recorded") == False),  # noqa: E712
    "neither age nor birth": ("patient", pc.field("age_years").is_null() & pc.field("birth_date").is_null()),
    "a death before": ("patient", pc.field("deceased_date") < AS_OF),
    "a death today": ("patient", pc.field("deceased_date") == AS_OF),
    "a death to come": ("patient", pc.field("deceased_date") > AS_OF),
    "no failed trials on record": ("patient", pc.field("history.failed_antidepressant_trials").is_null()),
    "a condition left open": ("condition", pc.field("present").is_null()),
    "a condition to come": ("condition", pc.field("onset") > AS_OF),
    "a condition resolved today": ("condition", pc.field("resolved") == AS_OF),
    "an unknown condition": ("condition", pc.field("code") == "hypertension"),
    "a coded condition": ("condition", pc.field("code") == "http://hl7.org/fhir/sid/icd-10-cm|F32.1"),
    "no dose": ("medication", pc.field("dose_value").is_null()),
    "a unit without a dose": (
        "medication",
        pc.field("dose_value").is_null() & pc.field("dose_unit").is_valid(),
    ),
    "a slip of the dose": ("medication", pc.field("dose_value") > 9000),
    "a dose in grams": ("medication", pc.field("dose_unit") == "g/d"),
    "a dose in micrograms": ("medication", pc.field("dose_unit") == "ug/d"),
    "a dose a week": ("medication", pc.field("dose_unit") == "mg/wk"),
    "no start": ("medication", pc.field("start").is_null()),
    "a start to come": ("medication", pc.field("start") > AS_OF),
    "a stop today": ("medication", pc.field("stop") == AS_OF),
    "a stop to come": ("medication", pc.field("stop") > AS_OF),
    "no indication": ("medication", pc.field("indication").is_null()),
    "an unknown indication": ("medication", pc.field("indication") == "hypertension"),
    "a coded drug": ("medication", pc.field("drug") == "ATC|N06AX03"),
    "no result": ("observation", pc.field("value").is_null()),
    "an undated result": ("observation", pc.field("date").is_null()),
    "a result to come": ("observation", pc.field("date") > AS_OF),
    "a withdrawn result": ("observation", pc.field("status") == "entered-in-error"),
    "a cancelled result": ("observation", pc.field("status") == "cancelled"),
    "a preliminary result": ("observation", pc.field("status") == "preliminary"),
    "a corrected result": ("observation", pc.field("status") == "corrected"),
    "a result without a status": ("observation", pc.field("status").is_null()),
    "a count in thousands": ("observation", pc.field("unit") == "K/uL"),
    "a count a microlitre": ("observation", pc.field("unit") == "/uL"),
    "a count a litre": ("observation", pc.field("unit") == "/L"),
    "a unit with a blank": ("observation", pc.field("unit") == " 10*9/L"),
    "a count of none": ("observation", pc.field("value") == 0),
    "pounds": ("observation", pc.field("unit") == "[lb_av]"),
    "pounds, written as people do": ("observation", pc.field("unit") == "lb"),
    "grams": ("observation", pc.field("unit") == "g"),
    "a coded result": ("observation", pc.field("code") == "http://loinc.org|751-8"),
    "an unknown result": ("observation", pc.field("code") == "creatinine"),
    "a symptom left open": ("symptom", pc.field("present").is_null()),
    "a symptom denied": ("symptom", pc.field("present") == False),  # noqa: E712
    "a symptom of unknown severity": ("symptom", pc.field("present") & pc.field("severity").is_null()),
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_every_oddity_occurs(oddity: str) -> None:
    table, condition = ODDITIES[oddity]
    found = population()[table].filter(condition).num_rows
    assert 0 < found < 0.75 * population()[table].num_rows


def test_sections_may_be_empty_and_results_of_a_day_may_disagree() -> None:
    seen: Counter[str] = Counter()
    for document in records(Population().tables(2000)):
        record = engine().read(document)
        sections = (record.conditions, record.medications, record.observations, record.symptoms)
        seen["empty"] += () in sections
        chart = build_chart(record, AS_OF, engine().vocabulary, "record")
        courses = chart.medications.by_concept.get("mianserin", ())
        seen["two doses"] += sum(course.attributes["active"] is True for course in courses) > 1
        for notice in chart.notices:
            seen["disagree"] += "disagree" in notice.message
            seen["implausible"] += "outside the plausible range" in notice.message
    assert all(seen[what] > 5 for what in ("empty", "two doses", "disagree", "implausible"))


def test_bundles_mean_what_their_records_mean() -> None:
    edition = engine().edition(AS_OF)
    for document, row in zip(records(Population().tables(150)), derived().to_pylist(), strict=False):
        written = parse_json(json.dumps(bundle(document)).encode(), "bundle")
        native, notices, _ = bundle_to_record(written, "bundle", engine().vocabulary, AS_OF)
        assert not [notice for notice in notices if "not valid FHIR" in notice.message]
        record = engine().read(native)
        chart = build_chart(record, AS_OF, engine().vocabulary, "bundle")
        told, known = edition.derivations.derive(chart)[0], _facts(row)
        # An indication that no rulebook knows is told by the address of its system, not by a nickname.
        differing = {name for name in told.keys() & known.keys() if told[name] != known[name]}
        assert differing <= {"mianserin.indication"}
        assert chart.deceased == row["deceased"]


def test_faults_are_for_records_and_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        write(tmp_path, monkeypatch, "--layout", "facts", "--faulty", 0.1)
    assert "--faulty is for records and tables" in capsys.readouterr().err
