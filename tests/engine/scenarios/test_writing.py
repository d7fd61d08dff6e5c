"""A record that is written as a scenario is the same record when the scenario runs."""

from __future__ import annotations

import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cds_engine import Engine
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.writing import given_steps, record_feature

from tests.engine.charts import shipped
from tests.property.records import RandomRecords, Words

AS_OF = datetime.date(2026, 11, 23)
RECORD: dict[str, Any] = {
    "patient": {"id": "p-1", "birth_date": "1948-03-02", "sex": "female", "deceased_date": "2027-01-01"},
    "conditions": [
        {"code": "major-depressive-disorder", "onset": "2019-01-01", "resolved": None},
        {"code": "Epilepsy", "present": False},
        {"code": "mania", "present": None},
        {"code": "text|funny", "present": True},
    ],
    "medications": [
        {
            "drug": "mianserin",
            "daily_dose": {"value": 60.5, "unit": "mg/d"},
            "start": "2026-10-01",
            "indication": "major-depressive-disorder",
        },
        {"drug": "fluoxetine", "stop": "2026-10-01", "stopped": True},
        {"drug": "phenelzine", "stopped": True, "start": "2026-01-01"},
        {"drug": "warfarin", "taken": None, "start": "2026-01-01"},
        {"drug": "diazepam", "taken": False},
        {"drug": "sertraline", "daily_dose": {"value": 1, "unit": "{tablet}/d"}},
    ],
    "observations": [
        {"code": "neutrophils", "value": 1500, "unit": "/uL", "date": "2026-11-01", "status": "corrected"},
        {"code": "platelets", "value": 250, "unit": "10*9/L"},
        {"code": "haemoglobin", "date": "2026-11-02"},
        {"code": "leukocytes", "value": 7, "unit": "K/uL", "date": "2026-11-01T08:00:00Z"},
        {"code": 'text|a "quoted\\" text', "value": 7, "unit": "1"},
    ],
    "symptoms": [
        {"code": "dizziness", "severity": "severe"},
        {"code": "fever", "present": False},
        {"code": "chills", "present": None},
    ],
    "incomplete": ["observations"],
    "history": {"failed_antidepressant_trials": 2},
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(shipped()[0])


def test_steps_say_what_steps_can_say(engine: Engine) -> None:
    steps = given_steps({"as_of": "2026-11-23", **RECORD}, engine.vocabulary)
    assert steps[0] == "as of 2026-11-23"
    assert steps[1].startswith('the record:\n"""\n{')
    assert steps[2:] == [
        "a patient born on 1948-03-02",
        "the patient is female",
        "the patient died 2027-01-01",
        "the patient has major-depressive-disorder since 2019-01-01",
        "the patient does not have epilepsy",
        "it is not known whether the patient has mania",
        "the patient takes mianserin 60.5 mg/d for major-depressive-disorder started 2026-10-01",
        "the patient took fluoxetine stopped 2026-10-01",
        "the patient stopped phenelzine on an unknown day, started 2026-01-01",
        "it is not known whether the patient takes warfarin started 2026-01-01",
        "neutrophils of 1500 /uL, 2026-11-01, corrected",
        "platelets of 250 10*9/L, undated",
        "haemoglobin taken 2026-11-02, result unknown",
        "the patient reports severe dizziness",
        "the patient does not report fever",
        "it is not known whether the patient reports chills",
        "the list of observations may be incomplete",
        "a history of 2 failed antidepressant trials",
    ]
    assert "p-1" not in "\n".join(steps)


@pytest.mark.parametrize(
    ("record", "steps"),
    [
        ({}, []),
        ({"medications": [], "history": {}}, ["no medications", "no history"]),
        ({"patient": {"age_years": 70}}, ["a patient of 70"]),
        ({"patient": {"sex": "male"}}, ["a patient of unknown age", "the patient is male"]),
    ],
)
def test_sparse_records(engine: Engine, record: dict[str, Any], steps: list[str]) -> None:
    assert given_steps(record, engine.vocabulary) == steps


@pytest.mark.slow
def test_written_scenarios_pass(engine: Engine, tmp_path: Path) -> None:
    words = Words(
        as_of=AS_OF,
        values={"neutrophils": ("0.4", "1.5", "4"), "body-weight": ("70", "77")},
        drugs=("mianserin", "fluoxetine"),
        conditions=("major-depressive-disorder", "insomnia"),
        symptoms=("fever",),
        unclear=0.1,
    )
    drawn = RandomRecords(engine.rulebook, words, Random(7))
    documents = [RECORD, {}, *(drawn.record() for _ in range(12))]
    for number, document in enumerate(documents):
        feature = record_feature(engine, document, AS_OF, name=f"Record {number}\n Rule: none")
        tmp_path.joinpath(f"{number:02}.feature").write_text(feature, encoding="utf-8")
    recording = run_features([tmp_path], engine.rulebook.root)
    assert recording.failures == ()
    assert recording.scenarios == len(documents)
    for example, document in zip(recording.examples, documents, strict=True):
        read = engine.read({**document, "as_of": document.get("as_of", "2026-11-23")})
        assert dict(example.facts) == dict(engine.facts(read).values)


@pytest.mark.slow
def test_a_wrong_expectation_fails(engine: Engine, tmp_path: Path) -> None:
    feature = record_feature(engine, RECORD, AS_OF)
    wrong = feature.replace("does not fire", "fires", 1)
    assert wrong != feature
    path = tmp_path / "wrong.feature"
    path.write_text(wrong, encoding="utf-8")
    assert run_features([path], engine.rulebook.root).failures
