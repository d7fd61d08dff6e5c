"""The tables layout: every derivation gives the same facts as for a record; one patient per case."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from cds_engine.cohort.backend import Backend
from cds_engine.cohort.tables import TABLES
from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import shipped_rulebooks

from tests.engine.cohort import derived
from tests.engine.cohort.derived import EveryFact, Found, Row, close, derive
from tests.patients.columns import Population
from tests.patients.records import records

pytestmark = pytest.mark.slow

AS_OF = datetime.date(2026, 11, 23)
COUNT = "10*9/L"
MDD, INSOMNIA = "major-depressive-disorder", "insomnia"
Rows = Mapping[str, Sequence[Row]]
TEXT, DATE, NUMBER, TRUTH = pa.string(), pa.date32(), pa.float64(), pa.bool_()
SCHEMAS: Mapping[str, pa.Schema] = {
    "patient": pa.schema(
        {
            "patient_id": TEXT,
            "as_of": DATE,
            "birth_date": DATE,
            "age_years": pa.int64(),
            "sex": TEXT,
            "deceased_date": DATE,
            "history.failed_antidepressant_trials": pa.int64(),
            **{f"{name}s_recorded": TRUTH for name in TABLES[1:]},
        }
    ),
    "condition": pa.schema(
        {"patient_id": TEXT, "code": TEXT, "present": TRUTH, "onset": DATE, "resolved": DATE}
    ),
    "medication": pa.schema(
        {
            "patient_id": TEXT,
            "drug": TEXT,
            "dose_value": NUMBER,
            "dose_unit": TEXT,
            "start": DATE,
            "stop": DATE,
            "indication": TEXT,
        }
    ),
    "observation": pa.schema(
        {"patient_id": TEXT, "code": TEXT, "value": NUMBER, "unit": TEXT, "date": DATE, "status": TEXT}
    ),
    "symptom": pa.schema({"patient_id": TEXT, "code": TEXT, "present": TRUTH, "severity": TEXT}),
}


@dataclass
class Case:
    """One patient: the rows, and the expected facts; None means unknown."""

    expected: Mapping[str, Any]
    patient: Row = field(default_factory=dict)
    condition: Sequence[Row] = ()
    medication: Sequence[Row] = ()
    observation: Sequence[Row] = ()
    symptom: Sequence[Row] = ()


@cache
def engine() -> Engine:
    """Return an engine that derives every fact of the shipped rulebook."""
    return EveryFact(load_rulebook(shipped_rulebooks() / "mianserin"))


def day(ago: int) -> datetime.date:
    return AS_OF - datetime.timedelta(days=ago)


def population(cases: Mapping[str, Case]) -> dict[str, pa.Table]:
    """Return the tables of all cases; the key of each is its patient's id."""
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    for key, case in cases.items():
        rows["patient"].append({"patient_id": key, "as_of": AS_OF} | case.patient)
        for name in TABLES[1:]:
            usual: Row = {"present": True} if "present" in SCHEMAS[name].names else {}
            rows[name] += [usual | {"patient_id": key} | row for row in getattr(case, name)]
    return tables(rows)


def tables(rows: Rows, **types: pa.DataType) -> dict[str, pa.Table]:
    """Return rows as tables; ``types`` are other types of columns than usual, by their names."""
    return {
        name: pa.Table.from_pylist(
            list(of), pa.schema([(one.name, types.get(one.name, one.type)) for one in SCHEMAS[name]])
        )
        for name, of in rows.items()
    }


def write(folder: Path, written: Mapping[str, pa.Table]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, table in written.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def write_csv(folder: Path, written: Mapping[str, pa.Table]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, table in written.items():
        pc.write_csv(table, folder / f"{name}.csv")
    return folder


def evaluate(
    folder: Path,
    used: Engine | None = None,
    partitions: int | None = None,
    backend: Backend | None = None,
) -> Found:
    """Return the facts and the rejected rows of the tables in a folder."""
    return derive(folder, used or engine(), AS_OF, partitions=partitions, backend=backend)


def alone(record: Row, used: Engine | None = None) -> tuple[Row, bool]:
    """Return the facts of a record evaluated alone, and whether the patient is deceased."""
    return derived.alone(record, used or engine())


def drug(name: str = "mianserin", dose: float | None = None, unit: str | None = "mg/d", **more: Any) -> Row:
    return {"drug": name, "dose_value": dose, "dose_unit": None if dose is None else unit, **more}


def result(value: float | None, ago: int | None, code: str = "neutrophils", **more: Any) -> Row:
    units = {"body-weight": "kg", "hamd17": "{score}", "haemoglobin": "g/L"}
    date = None if ago is None else day(ago)
    return {"code": code, "value": value, "unit": units.get(code, COUNT), "date": date, **more}


def doses(*rows: Row) -> Mapping[str, Any]:
    return {"medication": rows}


def results(*rows: Row, since: int | None = None) -> Mapping[str, Any]:
    """Return results, and mianserin taken for so many days."""
    taken = [] if since is None else [drug(start=day(since))]
    return {"observation": rows, "medication": taken}


def born(year: int, month: int, date: int, **more: Any) -> Row:
    return {"birth_date": datetime.date(year, month, date), **more}


AGE, DOSE, INDICATION = "patient.age_years", "mianserin.daily_dose", "mianserin.indication"
DAYS, ACTIVE = "mianserin.days_on_treatment", "mianserin.active"
LATEST, PREVIOUS, EVER, SINCE = (
    f"neutrophils.{what}" for what in ("latest", "previous", "ever", "days_since_latest")
)
FALL, WEIGHT, SCORE = "neutrophils.fall_percent", "weight.change_percent", "hamd17.reduction_percent"
BASELINE, FEVER = "blood_count.baseline_taken", "symptom.fever"
SEVERITY, DIABETES = "symptom.drowsiness.severity", "condition.diabetes"
LEAP = {"as_of": datetime.date(2027, 2, 28)}

CASES: Mapping[str, Case] = {
    # the patient
    "nothing is known": Case({AGE: None, ACTIVE: False, LATEST: None, EVER: False, FEVER: False}),
    "birthday": Case({AGE: 18}, born(2008, 11, 23)),
    "birthday tomorrow": Case({AGE: 17}, born(2008, 11, 24)),
    "29 February before 1 March": Case({AGE: 18}, born(2008, 2, 29, **LEAP)),
    "29 February on 1 March": Case({AGE: 19}, born(2008, 2, 29, as_of=datetime.date(2027, 3, 1))),
    "29 February on 29 February": Case({AGE: 20}, born(2008, 2, 29, as_of=datetime.date(2028, 2, 29))),
    "born today": Case({AGE: 0}, {"birth_date": AS_OF}),
    "age in years": Case({AGE: 70}, {"age_years": 70}),
    "oldest": Case({AGE: 150}, {"age_years": 150}),
    "history": Case({"history.failed_antidepressant_trials": 2}, {"history.failed_antidepressant_trials": 2}),
    "history of none": Case(
        {"history.failed_antidepressant_trials": 0}, {"history.failed_antidepressant_trials": 0}
    ),
    "died yesterday": Case({}, {"deceased_date": day(1)}),
    "died today": Case({}, {"deceased_date": day(0)}),
    "nothing recorded": Case(
        {ACTIVE: None, LATEST: None, EVER: None, FEVER: None, DIABETES: None, BASELINE: None},
        {f"{name}s_recorded": False for name in TABLES[1:]},
    ),
    "recorded": Case(
        {ACTIVE: False, EVER: False, FEVER: False, DIABETES: False},
        {f"{name}s_recorded": True for name in TABLES[1:]},
    ),
    # conditions and symptoms
    "condition": Case({DIABETES: True}, condition=[{"code": "diabetes"}]),
    "condition by code": Case({f"condition.{MDD}": True}, condition=[{"code": "ICD10CM| F32.1"}]),
    "condition denied": Case({DIABETES: False}, condition=[{"code": "diabetes", "present": False}]),
    "condition not known": Case({DIABETES: None}, condition=[{"code": "diabetes", "present": None}]),
    "not known outweighs denied": Case(
        {DIABETES: None},
        condition=[{"code": "diabetes", "present": None}, {"code": "diabetes", "present": False}],
    ),
    "present outweighs not known": Case(
        {DIABETES: True}, condition=[{"code": "diabetes", "present": None}, {"code": "diabetes"}]
    ),
    "condition to come": Case({DIABETES: False}, condition=[{"code": "diabetes", "onset": day(-1)}]),
    "condition from today": Case({DIABETES: True}, condition=[{"code": "diabetes", "onset": day(0)}]),
    "resolved today": Case({DIABETES: False}, condition=[{"code": "diabetes", "resolved": day(0)}]),
    "resolved tomorrow": Case({DIABETES: True}, condition=[{"code": "diabetes", "resolved": day(-1)}]),
    "not known and resolved": Case(
        {DIABETES: None}, condition=[{"code": "diabetes", "present": None, "resolved": day(5)}]
    ),
    "resolved and come back": Case(
        {DIABETES: True},
        condition=[{"code": "diabetes", "resolved": day(5)}, {"code": "diabetes", "onset": day(1)}],
    ),
    "the more severe": Case(
        {SEVERITY: "severe", "symptom.drowsiness": True},
        symptom=[{"code": "drowsiness", "severity": word} for word in ("mild", "severe", "moderate", None)],
    ),
    "no severity": Case({SEVERITY: None, "symptom.drowsiness": True}, symptom=[{"code": "drowsiness"}]),
    "severity of what is denied": Case(
        {SEVERITY: None, "symptom.drowsiness": False},
        symptom=[{"code": "drowsiness", "present": False, "severity": "severe"}],
    ),
    "present and mild, and perhaps severe": Case(
        {SEVERITY: None},
        symptom=[
            {"code": "drowsiness", "present": None, "severity": "severe"},
            {"code": "drowsiness", "severity": "mild"},
        ],
    ),
    # medications
    "dose": Case({DOSE: 60, ACTIVE: True, DAYS: None}, **doses(drug(dose=60))),
    "dose by the week": Case({DOSE: 60}, **doses(drug(dose=420, unit="mg/wk"))),
    "sevenths that add up": Case(
        {DOSE: 60}, **doses(drug(dose=100, unit="mg/wk"), drug(dose=320, unit="mg/wk"))
    ),
    "sevenths that do not": Case({DOSE: Decimal("59.857142857143")}, **doses(drug(dose=419, unit="mg/wk"))),
    "dose in grams": Case({DOSE: Decimal("37.5")}, **doses(drug(dose=0.0375, unit="g/d"))),
    "two courses": Case({DOSE: Decimal("60.1")}, **doses(drug(dose=59.8), drug(dose=0.3))),
    "a course without a dose": Case({DOSE: None, ACTIVE: True}, **doses(drug(dose=60), drug())),
    "an implausible dose": Case({DOSE: None, ACTIVE: True}, **doses(drug(dose=60), drug(dose=60_000))),
    "the largest plausible dose": Case({DOSE: 5000}, **doses(drug(dose=5000))),
    "the smallest plausible dose": Case({DOSE: Decimal("0.25")}, **doses(drug(dose=0.25))),
    "a smaller dose": Case({DOSE: None}, **doses(drug(dose=0.249999))),
    "a unit without a value": Case(
        {DOSE: None}, **doses({"drug": "mianserin", "dose_value": None, "dose_unit": "furlong"})
    ),
    "a course to come": Case(
        {ACTIVE: False, DOSE: None}, **doses(drug(dose=60, start=day(-1)), drug("sertraline"))
    ),
    "a course from today": Case({ACTIVE: True, DAYS: 0}, **doses(drug(start=day(0)))),
    "stopped today": Case({ACTIVE: False, "mianserin.days_since_stop": 0}, **doses(drug(stop=day(0)))),
    "stops tomorrow": Case(
        {ACTIVE: True, "mianserin.stopped_ever": False, "mianserin.days_since_stop": None},
        **doses(drug(stop=day(-1))),
    ),
    "stopped twice": Case(
        {ACTIVE: False, "mianserin.stopped_ever": True, "mianserin.days_since_stop": 10, DOSE: None},
        **doses(drug(dose=30, stop=day(30)), drug(dose=30, stop=day(10))),
    ),
    "the earliest start": Case(
        {DAYS: 40}, **doses(drug(start=day(10)), drug(start=day(40)), drug(start=day(90), stop=day(50)))
    ),
    "a start that is not known": Case({DAYS: None}, **doses(drug(start=day(10)), drug())),
    "a group": Case(
        {"maoi.active": True, "maoi.days_on_treatment": 9, "maoi.stopped_ever": True},
        **doses(drug("phenelzine", start=day(9)), drug("moclobemide", start=day(99), stop=day(50))),
    ),
    "an unknown drug": Case({ACTIVE: False}, **doses(drug("ramipril", dose=5))),
    # indications
    "indication": Case({INDICATION: MDD}, **doses(drug(indication=MDD))),
    "indication by code": Case(
        {INDICATION: MDD},
        **doses(drug(indication="http://snomed.info/sct|370143000"), drug(indication=MDD)),
    ),
    "an indication of its own": Case({INDICATION: "toothache"}, **doses(drug(indication="toothache"))),
    "indications that differ": Case(
        {INDICATION: None}, **doses(drug(indication=MDD), drug(indication=INSOMNIA))
    ),
    "the one that is present": Case({INDICATION: INSOMNIA}, condition=[{"code": INSOMNIA}], **doses(drug())),
    "two that are present": Case(
        {INDICATION: None}, condition=[{"code": INSOMNIA}, {"code": MDD}], **doses(drug())
    ),
    "one of which is not known": Case(
        {INDICATION: None}, condition=[{"code": INSOMNIA}, {"code": MDD, "present": None}], **doses(drug())
    ),
    "stated and present agree": Case(
        {INDICATION: MDD}, condition=[{"code": MDD}], **doses(drug(), drug(indication=MDD))
    ),
    "stated and present differ": Case(
        {INDICATION: None}, condition=[{"code": MDD}], **doses(drug(), drug(indication=INSOMNIA))
    ),
    "stated, and none present": Case({INDICATION: None}, **doses(drug(), drug(indication=INSOMNIA))),
    "no course, no indication": Case({INDICATION: None}, condition=[{"code": MDD}]),
    "conditions not recorded": Case({INDICATION: None}, {"conditions_recorded": False}, **doses(drug())),
    # observations
    "latest": Case(
        {LATEST: 3, PREVIOUS: 5, FALL: 40, SINCE: 3, EVER: True}, **results(result(5, 10), result(3, 3))
    ),
    "out of order": Case({LATEST: 3, PREVIOUS: 5}, **results(result(3, 3), result(9, 20), result(5, 10))),
    "per microlitre": Case({LATEST: Decimal("1.5")}, **results(result(1500, 1, unit="/uL"))),
    "per litre": Case({LATEST: Decimal("1.5")}, **results(result(1_500_000_000, 1, unit="/L"))),
    "grams per decilitre": Case(
        {"haemoglobin.latest": 123}, **results(result(12.3, 1, "haemoglobin", unit="g/dL"))
    ),
    "blanks around a unit": Case({LATEST: 2}, **results(result(2, 1, unit=f" {COUNT} "))),
    "just fresh": Case({LATEST: 2}, **results(result(2, 90))),
    "just stale": Case({LATEST: None, SINCE: 91, EVER: True}, **results(result(2, 91))),
    "a score never goes stale": Case({"hamd17.latest": 20}, **results(result(20, 4000, "hamd17"))),
    "implausible": Case({LATEST: None, EVER: True, SINCE: 1}, **results(result(100, 1))),
    "zero": Case({LATEST: 0, FALL: 100}, **results(result(0, 1), result(2, 5))),
    "smaller than a step": Case({LATEST: None}, **results(result(0.009, 1))),
    "without a value": Case({LATEST: None, EVER: True}, **results(result(None, 1))),
    "without a value or a unit": Case({EVER: True}, **results(result(None, 1, unit=None))),
    "to come": Case({LATEST: 4, EVER: True}, **results(result(2, -1), result(4, 1))),
    "only to come": Case({LATEST: None, EVER: False, SINCE: None}, **results(result(2, -1))),
    "withdrawn": Case(
        {LATEST: 4, PREVIOUS: None},
        **results(result(2, 1, status="entered-in-error"), result(3, 2, status="cancelled"), result(4, 3)),
    ),
    "only withdrawn": Case({EVER: False}, **results(result(2, 1, status="cancelled"))),
    "undated": Case(
        {LATEST: None, PREVIOUS: None, EVER: True, SINCE: None, FALL: None},
        **results(result(2, None), result(2, None), result(4, 1), result(5, 9)),
    ),
    "undated and withdrawn": Case({LATEST: 4}, **results(result(2, None, status="cancelled"), result(4, 1))),
    "undated elsewhere": Case(
        {LATEST: 4, "blood_count.days_since_latest": None, "leukocytes.latest": None},
        **results(result(2, None, "leukocytes"), result(4, 1)),
    ),
    "the same twice a day": Case(
        {LATEST: 2, PREVIOUS: 3}, **results(result(2, 1), result(2, 1), result(3, 2))
    ),
    "the same in two units": Case(
        {LATEST: Decimal("1.5")}, **results(result(1.5, 1), result(1500, 1, unit="/uL"))
    ),
    "two that disagree": Case(
        {LATEST: None, PREVIOUS: 3, EVER: True, SINCE: 1},
        **results(result(2, 1), result(2.1, 1), result(3, 2)),
    ),
    "one of two without a value": Case({LATEST: None}, **results(result(2, 1), result(None, 1))),
    "two without a value": Case({LATEST: None, PREVIOUS: 3}, **results(*[result(None, 1)] * 2, result(3, 2))),
    "disagreement the day before": Case(
        {LATEST: 2, PREVIOUS: None, FALL: None}, **results(result(2, 1), result(3, 2), result(4, 2))
    ),
    "corrected": Case({LATEST: 3}, **results(result(2, 1), result(3, 1, status="corrected"))),
    "amended and corrected": Case(
        {LATEST: None}, **results(result(2, 1, status="amended"), result(3, 1, status="corrected"))
    ),
    "preliminary": Case(
        {LATEST: 3}, **results(*[result(2, 1, status="preliminary")] * 2, result(3, 1, status="final"))
    ),
    "corrected to nothing": Case({LATEST: None}, **results(result(2, 1), result(None, 1, status="amended"))),
    "fall to be divided": Case({FALL: Decimal("33.3333333")}, **results(result(2, 1), result(3, 5))),
    "fall from nothing": Case({FALL: None}, **results(result(2, 1), result(0, 5))),
    "rise": Case({FALL: -50}, **results(result(3, 1), result(2, 5))),
    "fall from a stale one": Case({FALL: None, PREVIOUS: 3}, **results(result(2, 1), result(3, 91))),
    "the latest of a group": Case(
        {"blood_count.days_since_latest": 2, "blood_count.ever": True},
        **results(result(5, 2, "leukocytes"), result(5, 9)),
    ),
    # around the start of a drug
    "pounds": Case(
        {WEIGHT: 7},
        **results(
            result(200, 60, "body-weight", unit="[lb_av]"), result(214, 1, "body-weight", unit="lb"), since=50
        ),
    ),
    "no baseline": Case(
        {SCORE: None, WEIGHT: 10},
        **results(
            result(30, 40, "hamd17"),
            result(15, 1, "hamd17"),
            result(50, 40, "body-weight"),
            result(55, 1, "body-weight"),
            since=50,
        ),
    ),
    "the last one before": Case(
        {SCORE: 50},
        **results(*(result(*of, "hamd17") for of in ((10, 1), (20, 50), (28, 51), (12, 40))), since=50),
    ),
    "the baseline is the latest": Case({WEIGHT: None}, **results(result(50, 60, "body-weight"), since=50)),
    "the first one after is the latest": Case(
        {WEIGHT: None}, **results(result(50, 6, "body-weight"), since=50)
    ),
    "no start": Case(
        {WEIGHT: None, BASELINE: None},
        **results(result(50, 60, "body-weight"), result(55, 1, "body-weight"), result(5, 1), since=None),
    ),
    "the baseline disagrees": Case(
        {SCORE: None}, **results(*(result(*of, "hamd17") for of in ((10, 1), (20, 51), (21, 51))), since=50)
    ),
    "a baseline of zero": Case(
        {SCORE: None}, **results(result(10, 1, "hamd17"), result(0, 51, "hamd17"), since=50)
    ),
    "an undated score": Case(
        {SCORE: None},
        **results(result(10, 1, "hamd17"), result(20, 51, "hamd17"), result(9, None, "hamd17"), since=50),
    ),
    "no result, no start": Case({BASELINE: False}),
    "a baseline just in time": Case({BASELINE: True}, **results(result(5, 78), since=50)),
    "a baseline too early": Case({BASELINE: False}, **results(result(5, 79), since=50)),
    "a baseline just after": Case({BASELINE: True}, **results(result(5, 43, "leukocytes"), since=50)),
    "a baseline too late": Case({BASELINE: False}, **results(result(5, 42), since=50)),
    "a baseline perhaps": Case({BASELINE: None}, **results(result(5, 42), result(5, None), since=50)),
    "a baseline in spite of an undated one": Case(
        {BASELINE: True}, **results(result(5, 50), result(5, None), since=50)
    ),
    "an implausible baseline": Case({BASELINE: True}, **results(result(5000, 50), since=50)),
}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return evaluate(write(tmp_path_factory.mktemp("tables") / "parquet", population(CASES)))


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return evaluate(write_csv(tmp_path_factory.mktemp("tables") / "csv", population(CASES)), partitions=3)


@pytest.fixture(scope="module")
def as_records() -> Mapping[str, Row]:
    return {record["patient"]["id"]: record for record in records(population(CASES))}


@pytest.mark.parametrize("key", CASES)
def test_the_facts_of_each_case(key: str, parquet: Found) -> None:
    found = parquet.facts[key]
    assert {name: found.get(name) for name in CASES[key].expected} == CASES[key].expected


@pytest.mark.parametrize("key", CASES)
def test_a_patient_has_the_same_facts_as_the_record(
    key: str, parquet: Found, as_records: Mapping[str, Row]
) -> None:
    facts, deceased = alone(as_records[key])
    assert close(parquet.facts[key], facts)
    assert parquet.deceased[key] == deceased


@pytest.mark.ci
def test_csv_and_partitions_make_no_difference(parquet: Found, csv: Found) -> None:
    assert csv.facts == parquet.facts
    assert csv.deceased == parquet.deceased
    assert not csv.rejects
    assert not parquet.rejects


def test_every_derivation_has_a_case() -> None:
    facts = engine().rulebook.facts
    wanted = {type(facts[name].derivation) for case in CASES.values() for name in case.expected}
    assert wanted == {type(fact.derivation) for fact in facts.values() if fact.derivation is not None}


@pytest.mark.ci
def test_generated_patients_have_the_same_facts_as_their_records(tmp_path: Path) -> None:
    written = Population(seed=3, faulty=0.02).tables(3_000)
    found = evaluate(write(tmp_path / "tables", written), partitions=2)
    refused = 0
    for record in records(written):
        key = record["patient"]["id"]
        try:
            expected = alone(record)
        except RecordError:
            assert found.reasons(key)
            assert key not in found.facts
            refused += 1
        else:
            assert found.deceased[key] == expected[1], key
            assert close(found.facts[key], expected[0]), key
    assert refused == len(found.rejects)
