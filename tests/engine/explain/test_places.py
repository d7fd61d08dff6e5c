"""A value is linked to the field of the document that states it."""

from __future__ import annotations

import datetime
from random import Random
from typing import Any

import pytest
from cds_engine import Engine, RecordError
from cds_engine.explain import fact_places

from tests.engine.charts import shipped
from tests.engine.fhir.bundles import NEUTROPHILS, Json, bundle, patient, result
from tests.engine.fhir.random_bundles import RandomBundles
from tests.property.records import RandomRecords, Words

AS_OF = datetime.date(2026, 11, 23)
WORDS = Words(
    as_of=AS_OF,
    values={"neutrophils": ("0.4", "1.5", "4"), "body-weight": ("70", "77"), "hamd17": ("7", "24")},
    drugs=("mianserin", "phenelzine"),
    conditions=("major-depressive-disorder", "insomnia"),
    symptoms=("fever", "dizziness"),
)
RECORD: dict[str, Any] = {
    "as_of": "2026-11-23",
    "patient": {"birth_date": "1948-03-02"},
    "conditions": [{"code": "mania", "present": False}],
    "medications": [
        {"drug": "warfarin"},
        {
            "drug": "mianserin",
            "daily_dose": {"value": 60, "unit": "mg/d"},
            "start": "2026-10-01",
            "indication": "insomnia",
        },
    ],
    "observations": [
        {"code": "body-weight", "value": 70, "unit": "kg", "date": "2026-09-01"},
        {"code": "body-weight", "value": 77, "unit": "kg", "date": "2026-11-01"},
    ],
    "symptoms": [{"code": "dizziness", "severity": "mild"}],
    "history": {"failed_antidepressant_trials": 2},
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(shipped()[0])


@pytest.mark.parametrize(
    ("fact", "places"),
    [
        ("patient.age_years", ["/patient/birth_date"]),
        ("history.failed_antidepressant_trials", ["/history/failed_antidepressant_trials"]),
        ("mianserin.daily_dose", ["/medications/1/daily_dose/value"]),
        ("mianserin.days_on_treatment", ["/medications/1/start"]),
        ("mianserin.indication", ["/medications/1/indication"]),
        ("mianserin.active", ["/medications/1"]),
        ("warfarin.active", ["/medications/0"]),
        ("condition.mania", ["/conditions"]),
        ("symptom.dizziness.severity", ["/symptoms/0/severity"]),
        (
            "weight.change_percent",
            [
                "/observations/1/value",
                "/observations/1/date",
                "/observations/0/value",
                "/observations/0/date",
            ],
        ),
    ],
)
def test_places_in_a_record(engine: Engine, fact: str, places: list[str]) -> None:
    assert list(fact_places(engine, RECORD, AS_OF)[fact]) == places


def test_an_age_without_a_birth_date(engine: Engine) -> None:
    found = fact_places(engine, {"patient": {"age_years": 70}}, AS_OF)
    assert found["patient.age_years"] == ("/patient/age_years",)


def test_every_place_is_in_the_document(engine: Engine) -> None:
    native = RandomRecords(engine.rulebook, WORDS, Random(3))
    documents: list[Json] = [RECORD, {}, *(native.record() for _ in range(20))]
    bundles = RandomBundles(3)
    documents += [bundle(*bundles.resources()) for _ in range(20)]
    found = 0
    for document in documents:
        for fact, places in fact_places(engine, document, AS_OF).items():
            assert places, fact
            for place in places:
                # What a record or Bundle does not list is in the section or list that does not list it.
                assert _exists(document, place), (fact, place)
                found += 1
    assert found > 1000


def test_places_of_a_bundle_are_in_its_resources(engine: Engine) -> None:
    document = bundle(
        patient(birthDate="1948-03-02"), result(NEUTROPHILS, 1.2, effectiveDateTime="2026-11-01")
    )
    found = fact_places(engine, document, AS_OF)
    assert found["patient.age_years"] == ("/entry/0/resource/birthDate",)
    assert found["neutrophils.latest"] == (
        "/entry/1/resource/valueQuantity",
        "/entry/1/resource/effectiveDateTime",
    )


def test_problems_have_the_places_of_the_bundle(engine: Engine) -> None:
    document = bundle(patient(birthDate="2048-03-02"))
    with pytest.raises(RecordError) as caught:
        fact_places(engine, document, AS_OF)
    assert caught.value.problems[0].pointer.startswith("/entry/0")


def _exists(document: Any, pointer: str) -> bool:
    try:
        for part in pointer.split("/")[1:]:
            document = document[int(part)] if isinstance(document, list) else document[part]
    except (KeyError, IndexError, ValueError, TypeError):
        return False
    return True
