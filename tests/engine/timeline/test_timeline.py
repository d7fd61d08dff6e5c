"""Timelines of the invented compound's records: when advisories begin and end, and what falls due."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from cds_engine import Engine, RecordError
from cds_engine.timeline import RangeError, Timeline, document_timeline
from cds_engine.timeline.text import timeline_text

from tests.engine.charts import shipped
from tests.rulebook import tiny

AS_OF = datetime.date(2026, 11, 23)
Json = dict[str, Any]


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(shipped()[0])


def timeline(engine: Engine, record: Json, begin: str | None = None, end: str | None = None) -> Timeline:
    document = {"as_of": AS_OF.isoformat(), **record}
    limits = {"begin": begin and day(begin), "end": end and day(end)}
    return document_timeline(engine, document, AS_OF, **limits)  # type: ignore[arg-type]


def intervals(found: Timeline, rule: str) -> list[tuple[str, str]]:
    return [(each.begin.isoformat(), each.end.isoformat()) for each in found.advisories if each.rule == rule]


OLD: Json = {
    "patient": {"birth_date": "1948-03-02"},
    "medications": [
        {"drug": "mianserin", "daily_dose": {"value": 40, "unit": "mg/d"}, "start": "2026-10-01"}
    ],
    "observations": [{"code": "neutrophils", "value": 1.2, "unit": "10*9/L", "date": "2026-10-20"}],
    "symptoms": [],
    "conditions": [],
}


def test_an_advisory_begins_and_ends_on_the_days_on_which_its_condition_changes(engine: Engine) -> None:
    found = timeline(engine, OLD, end="2027-02-28")
    # The first seven days: day 0 to day 6. A count is overdue on the 29th day after it, for 90 days.
    assert intervals(found, "dosing.elderly-initial-dose") == [("2026-10-01", "2026-10-07")]
    assert intervals(found, "monitoring.elderly-count-overdue-initial") == [("2026-11-18", "2026-12-30")]
    assert intervals(found, "monitoring.elderly-count-overdue-continuing") == [("2027-01-19", "2027-02-28")]
    # A result counts from its own day on, and is stale after 90 days.
    assert intervals(found, "monitoring.neutropenia-moderate") == [("2026-10-20", "2027-01-18")]


def test_a_drug_is_taken_until_the_day_before_it_is_stopped(engine: Engine) -> None:
    course = OLD["medications"][0] | {"stop": "2026-11-01", "indication": "insomnia"}
    found = timeline(engine, OLD | {"medications": [course]})
    assert intervals(found, "dosing.insomnia-above-low-dose") == [("2026-10-01", "2026-10-31")]


@pytest.mark.parametrize(
    ("start", "expected"),
    [("2026-10-07", []), ("2026-10-08", []), ("2026-10-09", [("2026-10-09", "2026-10-15")])],
)
def test_a_gap_of_more_than_a_week_begins_a_treatment_anew(
    engine: Engine, start: str, expected: list[tuple[str, str]]
) -> None:
    course = OLD["medications"][0]
    courses = [course | {"start": "2026-06-01", "stop": "2026-10-01"}, course | {"start": start}]
    found = timeline(engine, OLD | {"medications": courses}, begin="2026-09-01")
    assert intervals(found, "dosing.elderly-initial-dose") == expected


def test_a_birthday_changes_the_age(engine: Engine) -> None:
    record = OLD | {"patient": {"birth_date": "1961-10-04"}}
    assert intervals(timeline(engine, record), "dosing.elderly-initial-dose") == [
        ("2026-10-04", "2026-10-07")
    ]


def test_what_falls_due_is_the_next_beginning_of_each_rule(engine: Engine) -> None:
    found = timeline(engine, OLD)
    assert [(due.date.isoformat(), due.rule) for due in found.due] == [
        ("2026-12-31", "monitoring.elderly-count-current"),
        ("2027-01-19", "monitoring.elderly-count-overdue-continuing"),
    ]
    assert found.due[1].summary == "Elderly patient on mianserin: no white blood count for over 90 days"
    assert found.due_until == AS_OF + datetime.timedelta(days=365)


def test_what_is_further_ahead_than_a_year_is_due_if_the_timeline_goes_so_far(engine: Engine) -> None:
    record = OLD | {"patient": {"birth_date": "1962-11-24"}, "symptoms": [{"code": "dizziness"}]}
    due = {each.rule: each.date for each in timeline(engine, record).due}
    assert "side-effects.elderly-falls-risk" not in due
    due = {each.rule: each.date for each in timeline(engine, record, end="2027-11-24").due}
    assert due["side-effects.elderly-falls-risk"] == day("2027-11-24")


def test_nothing_fires_before_the_birth_and_after_the_day_of_death(engine: Engine) -> None:
    record = OLD | {
        "patient": {"birth_date": "2026-10-10", "deceased_date": "2026-11-02"},
        "symptoms": [{"code": "fever"}],
    }
    found = timeline(engine, record)
    assert intervals(found, "monitoring.infection-signs") == [("2026-10-10", "2026-11-02")]
    assert timeline(engine, record, begin="2026-09-01", end="2026-10-09").advisories == ()


def test_intervals_say_whether_they_go_on_outside_of_the_timeline(engine: Engine) -> None:
    rule = "monitoring.neutropenia-moderate"
    found = timeline(engine, OLD, begin="2026-10-21", end="2027-01-18").advisories
    (inside,) = [each for each in found if each.rule == rule]
    assert (inside.began_before, inside.continues) == (True, False)
    found = timeline(engine, OLD, begin="2026-10-20", end="2027-01-17").advisories
    (inside,) = [each for each in found if each.rule == rule]
    assert (inside.began_before, inside.continues) == (False, True)


def test_the_day_of_the_evaluation_is_seen_at_its_instant(engine: Engine) -> None:
    result = OLD["observations"][0] | {"date": "2026-11-23T18:00:00Z"}
    record = OLD | {"observations": [result]}
    rule = "monitoring.neutropenia-moderate"
    morning = timeline(engine, record | {"as_of": "2026-11-23T08:00:00Z"}, end="2026-11-30")
    assert intervals(morning, rule) == [("2026-11-24", "2026-11-30")]
    evening = timeline(engine, record | {"as_of": "2026-11-23T18:00:00Z"}, end="2026-11-30")
    assert intervals(evening, rule) == [("2026-11-23", "2026-11-30")]


def test_parameters_change_on_their_dates() -> None:
    found = timeline(tiny.engine(), tiny.FULL, begin="2026-05-01", end="2026-06-30")
    assert intervals(found, "amounts.middle") == [("2026-05-01", "2026-05-31")]
    assert intervals(found, "amounts.high") == [("2026-06-01", "2026-06-30")]


def test_what_has_no_date_counts_on_every_day_with_a_notice(engine: Engine) -> None:
    record = {
        "patient": {"age_years": 70},
        "symptoms": [{"code": "fever"}],
        "history": {"failed_antidepressant_trials": 1},
        "conditions": [{"code": "insomnia"}, {"code": "mania", "present": False}],
        "medications": [
            {"drug": "mianserin"},
            {"drug": "fluoxetine", "stopped": True, "taken": False},
            {"drug": "tea"},
            {"drug": "warfarin"},
            {"drug": "phenelzine", "start": "2026-01-01", "stopped": True},
        ],
    }
    found = timeline(engine, record, begin="2026-01-01")
    assert intervals(found, "monitoring.infection-signs") == [("2026-01-01", "2026-11-23")]
    assert {notice.pointer: notice.message for notice in found.notices} == {
        "/medications/2/drug": "the rulebook does not know the drug 'tea'; not used",
        "/patient/age_years": "an age without a birth date; it counts on every day of the timeline",
        "/symptoms": "symptoms have no dates; they count on every day of the timeline",
        "/history": "the history has no dates; it counts on every day of the timeline",
        "/conditions/0": "no onset; counts as present on every day of the timeline before it ends",
        "/medications/0": "no start; counts as started on every day of the timeline (and 1 more)",
        "/medications/4/stopped": (
            "stopped on an unknown day; counts as stopped on every day of the timeline"
        ),
    }


def test_the_default_days_begin_with_the_first_drug_or_result(engine: Engine) -> None:
    early = {"code": "neutrophils", "value": 4, "unit": "10*9/L", "date": "2026-05-05"}
    record = OLD | {
        "conditions": [{"code": "insomnia", "onset": "1999-01-01"}],
        "observations": [early, early | {"code": "http://loinc.org|2345-7", "date": "2020-01-01"}],
    }
    found = timeline(engine, record)
    assert (found.begin, found.end) == (day("2026-05-05"), AS_OF)
    assert timeline(engine, {"conditions": record["conditions"]}).begin == day("1999-01-01")
    assert timeline(engine, {}).begin == AS_OF


def test_the_json_is_that_of_the_contract(engine: Engine) -> None:
    found = timeline(engine, OLD | {"patient": {"id": "p-1", "birth_date": "1948-03-02"}})
    written = json.loads(found.to_json())
    assert list(written) == [
        "research_use_only",
        "disclaimer",
        "as_of",
        "patient_id",
        "rulebook",
        "from",
        "to",
        "advisories",
        "due",
        "due_until",
        "notices",
    ]
    assert written["research_use_only"] is True
    assert written["advisories"][0] == {
        "rule": "dosing.elderly-initial-dose",
        "from": "2026-10-01",
        "to": "2026-10-07",
    }
    assert list(written["due"][0]) == ["date", "rule", "summary"]


def test_a_bundle_is_converted_once_as_its_evaluation_does(engine: Engine) -> None:
    order = {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "mianserin"},
        "authoredOn": "2026-10-01",
        "subject": {"reference": "Patient/p"},
    }
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1948-03-02"}
    entries = [{"resource": patient}, {"resource": order}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    found = document_timeline(engine, bundle, AS_OF, end=day("2027-01-31"))
    assert found.patient_id == "p"
    assert all(notice.pointer.startswith("/entry") for notice in found.notices)
    assert found.begin == day("2026-10-01")


def test_days_out_of_order_or_too_many_are_refused(engine: Engine) -> None:
    with pytest.raises(RangeError, match="on or before the last day 2026-11-23, found 2026-11-24"):
        timeline(engine, OLD, begin="2026-11-24")
    with pytest.raises(RangeError, match="at most 40,000 days, found"):
        timeline(engine, OLD, begin="1900-01-01")
    assert timeline(engine, OLD, begin="2026-11-23").begin == AS_OF


def test_problems_are_those_of_the_evaluation(engine: Engine) -> None:
    with pytest.raises(RecordError) as caught:
        timeline(engine, {"observations": [{"code": "neutrophils", "value": 1, "unit": "kg"}]})
    assert caught.value.problems[0].pointer == "/observations/0/unit"


def test_few_days_are_evaluated(engine: Engine) -> None:
    found = timeline(engine, OLD, begin="2020-01-01")
    assert found.days_evaluated < 40
    assert found.every_day == ()


def test_text(engine: Engine) -> None:
    text = timeline_text(timeline(engine, OLD | {"patient": {"id": "p-1", "birth_date": "1948-03-02"}}))
    lines = text.splitlines()
    assert lines[0] == "p-1, 2026-10-01 to 2026-11-23, mianserin 1.0.0"
    assert lines[1] == "For research use only"
    assert "2026-10-01 to 2026-10-07  warning   dosing.elderly-initial-dose" in lines
    assert "2026-10-20 to ...         warning   monitoring.neutropenia-moderate" in lines
    assert any(line.startswith("  - by 2027-01-18, or from 2027-01-19 on: Elderly") for line in lines)
    assert timeline_text(timeline(engine, {})).splitlines()[3] == "No advisory."
