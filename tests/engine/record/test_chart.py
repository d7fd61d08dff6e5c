"""Records as of a date: codes, several entries for one thing, and what is said of what was not used."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

import pytest
from cds_engine.errors import RecordError
from cds_engine.language.queries import Section
from cds_engine.record.chart import completed_years

from tests.engine.charts import chart, day, notices

SECTIONS: tuple[Section, ...] = ("medications", "conditions", "symptoms", "observations")


def test_omitted_and_empty_sections() -> None:
    omitted = chart({})
    assert all(omitted.section(name).open for name in SECTIONS)
    empty = chart({name: [] for name in SECTIONS})
    assert not any(empty.section(name).open for name in SECTIONS)
    assert not any(of.section(name).by_concept for of in (omitted, empty) for name in SECTIONS)
    assert omitted.notices == empty.notices == []


def test_an_incomplete_section_is_open() -> None:
    found = chart({"medications": [{"drug": "mianserin"}], "conditions": [], "incomplete": ["medications"]})
    assert found.medications.open
    assert list(found.medications.by_concept) == ["mianserin"]
    assert not found.conditions.open


@pytest.mark.parametrize(
    "code",
    [
        "neutrophils",
        "loinc|751-8",
        "LOINC|751-8",
        "http://loinc.org|751-8",
        "HTTP://LOINC.ORG|751-8",
        " loinc | 26499-4 ",
    ],
)
def test_observation_codes(code: str) -> None:
    found = chart({"observations": [{"code": code, "value": 2, "unit": "10*9/L", "date": day(1)}]})
    assert list(found.observations.by_concept) == ["neutrophils"]
    assert found.notices == []


@pytest.mark.parametrize(
    ("section", "code", "concept"),
    [
        ("conditions", "snomed-ct|193462001", "insomnia"),
        ("conditions", "http://snomed.info/sct|111975006", "long-qt"),
        ("conditions", "ICD-10-CM|G40.909", "epilepsy"),
        ("conditions", "http://hl7.org/fhir/sid/icd-10-cm|G47.00", "insomnia"),
        ("conditions", "Insomnia", "insomnia"),
        ("symptoms", "sct|386661006", "fever"),
        ("symptoms", "SNOMED|162397003", "sore-throat"),
        ("medications", "ATC|N06AX03", "mianserin"),
        ("medications", "http://www.nlm.nih.gov/research/umls/rxnorm|4493", "fluoxetine"),
        ("medications", "rxnorm|6929", "mianserin"),
    ],
)
def test_codes_by_short_name_and_uri(section: Section, code: str, concept: str) -> None:
    key = "drug" if section == "medications" else "code"
    found = chart({section: [{key: code}]})
    assert list(found.section(section).by_concept) == [concept]
    assert found.notices == []


@pytest.mark.parametrize(
    ("section", "entry", "pointer", "message"),
    [
        ("conditions", {"code": "insomnai"}, "code", "condition 'insomnai'.*did you mean 'insomnia'"),
        ("conditions", {"code": "fever"}, "code", "condition 'fever'"),
        ("medications", {"drug": "sertralin"}, "drug", "drug 'sertralin'.*did you mean 'sertraline'"),
        ("medications", {"drug": "maoi"}, "drug", "drug 'maoi'"),
        ("medications", {"drug": "mianserin", "indication": "pain"}, "indication", "condition 'pain'"),
        ("medications", {"drug": "atc|A01AA01"}, "drug", "drug 'atc|A01AA01'"),
        ("observations", {"code": "neutrophils"}, "date", "no date"),
        ("observations", {"code": "neutrophils", "date": day(-1)}, "date", "is after 2026-11-23; not used"),
        ("observations", {"code": "neutrophils", "status": "cancelled"}, "status", "cancelled; not used"),
        (
            "observations",
            {"code": "neutrophils", "value": 1200, "unit": "10*9/L", "date": day(1)},
            "value",
            r"1200 10\*9/L is outside the plausible range 0 to 99 10\*9/L; not used",
        ),
        ("medications", {"drug": "mianserin", "start": day(-1)}, "start", "starts after 2026-11-23"),
        (
            "medications",
            {"drug": "mianserin", "daily_dose": {"value": 60000, "unit": "mg/d"}},
            "daily_dose/value",
            "60000 mg/d is outside the plausible range",
        ),
        ("conditions", {"code": "mania", "onset": day(-1)}, "onset", "begins after 2026-11-23"),
    ],
)
def test_what_is_not_used_is_noticed(section: str, entry: dict[str, Any], pointer: str, message: str) -> None:
    found = notices({section: [entry]})
    assert list(found) == [f"/{section}/0/{pointer}"]
    assert re.search(message.replace("|", r"\|"), next(iter(found.values())))


@pytest.mark.parametrize(
    ("section", "entries", "message"),
    [
        (
            "symptoms",
            [{"code": "nowhere|1"}],
            r"not fully understood: 'nowhere\|1'; .*any of the 17 symptoms",
        ),
        ("symptoms", [{"code": "|"}], r"not fully understood: '\|'; "),
        (
            "observations",
            [{"code": "text|count", "value": 1, "unit": "furlong"}],
            "any of the 6 observations",
        ),
        (
            "medications",
            [{"drug": "text|x"}, {"drug": "text|y"}],
            r"'x', 'y'; .*any of the 38 drugs",
        ),
        (
            "conditions",
            [{"code": "text|x"}, {"code": "mania", "present": False}],
            "unknown because of this: alcohol-use, angle-closure-glaucoma, .* and 7 more$",
        ),
    ],
)
def test_one_notice_per_section_names_what_is_not_understood(
    section: str, entries: list[dict[str, Any]], message: str
) -> None:
    found = notices({section: entries})
    assert list(found) == [f"/{section}"]
    assert re.search(message, found[f"/{section}"])


def test_results_of_one_day_that_disagree_are_noticed_once() -> None:
    result = {"code": "neutrophils", "unit": "10*9/L", "date": day(1)}
    found = notices({"observations": [{**result, "value": value} for value in (1, 2, 3)]})
    assert list(found) == ["/observations/0"]
    assert "disagree" in found["/observations/0"]


def test_every_unit_that_cannot_be_read_is_reported_at_once() -> None:
    observations = [
        {"code": "neutrophils", "value": 1, "unit": "mg/L", "date": day(1)},
        {"code": "haemoglobin", "value": 120, "unit": "g/L", "date": day(1)},
        {"code": "platelets", "value": 1, "unit": "wibble", "date": day(1)},
    ]
    medications = [{"drug": "mianserin", "daily_dose": {"value": 30, "unit": "wobble/d"}}]
    with pytest.raises(RecordError) as caught:
        chart({"observations": observations, "medications": medications})
    assert {problem.pointer for problem in caught.value.problems} == {
        "/observations/0/unit",
        "/observations/2/unit",
        "/medications/0/daily_dose/unit",
    }


@pytest.mark.parametrize("unit", ["mg", "[IU]/d", "{tablet}/d", "mL/d"])
def test_a_dose_that_is_no_mass_a_day_is_unknown(unit: str) -> None:
    found = chart({"medications": [{"drug": "mianserin", "daily_dose": {"value": 30, "unit": unit}}]})
    [course] = found.medications.by_concept["mianserin"]
    assert "dose" not in course.attributes
    [notice] = found.notices
    assert notice.pointer == "/medications/0/daily_dose/unit"
    assert notice.message.startswith("expected mg/d or a unit that converts to it")
    assert notice.message.endswith("the dose is not used")


def test_the_dose_of_an_unknown_drug_is_not_looked_at() -> None:
    found = notices({"medications": [{"drug": "insulin", "daily_dose": {"value": 30, "unit": "wobble"}}]})
    assert list(found) == ["/medications/0/drug"]


def test_uncertain_courses() -> None:
    entries = [
        {"drug": "mianserin", "taken": None},
        {"drug": "mianserin", "taken": False},
        {"drug": "mianserin", "start": day(9), "stopped": True},
    ]
    courses = chart({"medications": entries}).medications.by_concept["mianserin"]
    assert [(course.certain, course.attributes["active"]) for course in courses] == [
        (False, True),
        (True, False),
    ]
    assert courses[1].attributes["begun"] == 9
    assert "ended" not in courses[1].attributes


def test_born_after_the_date() -> None:
    with pytest.raises(RecordError, match="/patient/birth_date: expected a date on or before"):
        chart({"patient": {"birth_date": day(-1)}})


@pytest.mark.parametrize(("died", "deceased"), [(day(1), True), (day(0), False), (day(-1), False)])
def test_deceased(died: str, deceased: bool) -> None:
    found = chart({"patient": {"deceased_date": died}})
    assert found.deceased is deceased
    assert [notice.pointer for notice in found.notices] == ["/patient/deceased_date"] * deceased


def test_courses_keep_what_is_known_of_them() -> None:
    entry = {
        "drug": "mianserin",
        "daily_dose": {"value": 0.06, "unit": "g/d"},
        "indication": "icd-10-cm|F32.0",
    }
    found = chart({"medications": [{**entry, "start": day(3), "stop": day(-3)}]})
    [course] = found.medications.by_concept["mianserin"]
    assert course.pointer == "/medications/0"
    assert course.attributes == {
        "drug": "mianserin",
        "dose": Decimal(60),
        "active": True,
        "begun": Decimal(3),
        "indication": "major-depressive-disorder",
    }


@pytest.mark.parametrize("year", [2023, 2024, 2100, 2000])
def test_born_on_29_february(year: int) -> None:
    birth = datetime.date(1996, 2, 29)
    assert completed_years(birth, datetime.date(year, 2, 28)) == year - 1997
    assert completed_years(birth, datetime.date(year, 3, 1)) == year - 1996
