"""The smallest change of a record for a rule: confirmed, smallest, and honest where there is none."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from cds_engine import Engine, RecordError, load_rulebook
from cds_engine.audit.changed_record import changed_record
from cds_engine.audit.proof.distance import ChangedAttribute, ChangedItem
from cds_engine.audit.smallest_change import LABEL, ChangeSearch, smallest_change
from cds_engine.language.kleene import Outcome

from tests.engine.audit.workbench import Workbench
from tests.engine.charts import shipped
from tests.property.records import RandomRecords
from tests.rulebook import tiny

AS_OF = datetime.date(2026, 11, 23)
Json = dict[str, Any]
RECORD: Json = {
    "patient": {"id": "p-1", "birth_date": "1948-03-02"},
    "conditions": [{"code": "major-depressive-disorder", "onset": "2019-01-01"}],
    "medications": [
        {
            "drug": "mianserin",
            "daily_dose": {"value": 60, "unit": "mg/d"},
            "start": "2026-10-01",
            "indication": "major-depressive-disorder",
        }
    ],
    "observations": [
        {"code": "neutrophils", "value": 1200, "unit": "/uL", "date": "2026-11-01"},
        {"code": "body-weight", "value": 70, "unit": "kg", "date": "2026-09-01"},
        {"code": "body-weight", "value": 72.5, "unit": "kg", "date": "2026-11-01"},
    ],
    "symptoms": [],
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(shipped()[0])


def search(engine: Engine, rule: str, *, fires: bool = True, **changed: Any) -> ChangeSearch:
    return smallest_change(engine, RECORD | changed, rule, AS_OF, fires=fires)


def texts(found: ChangeSearch) -> list[str]:
    return [change.text for change in found.changes]


@pytest.mark.parametrize(
    ("rule", "fires", "expected"),
    [
        ("dosing.mdd-below-range", True, ["mianserin, daily dose: 29.75 mg/d instead of 60 mg/d"]),
        ("dosing.mdd-above-range", True, ["mianserin, daily dose: 90.25 mg/d instead of 60 mg/d"]),
        (
            "monitoring.agranulocytosis-range",
            True,
            ["neutrophil count of 2026-11-01, result: 0.49 10*9/L instead of 1.2 10*9/L"],
        ),
        (
            "monitoring.elderly-count-overdue-initial",
            True,
            ["neutrophil count of 2026-11-01, day of the result: 2026-10-25 instead of 2026-11-01"],
        ),
        (
            "side-effects.weight-gain-marked",
            True,
            ["body weight of 2026-11-01, result: 77 kg instead of 72.5 kg"],
        ),
        ("side-effects.dizziness", True, ["in addition: dizziness"]),
        ("safety.warfarin", True, ["in addition: warfarin (taken)"]),
        ("dosing.not-for-minors", True, ["age: 17 years instead of 78 years"]),
        ("dosing.elderly-initial-dose", True, ["mianserin, first day: 2026-11-17 instead of 2026-10-01"]),
        (
            "dosing.insomnia-above-low-dose",
            True,
            ["mianserin, taken for: insomnia instead of major depressive disorder"],
        ),
        (
            "monitoring.neutropenia-moderate",
            False,
            ["neutrophil count of 2026-11-01, result: 0.99 10*9/L instead of 1.2 10*9/L"],
        ),
        ("dosing.mdd-at-trial-dose", False, ["mianserin, daily dose: 59.75 mg/d instead of 60 mg/d"]),
    ],
)
def test_the_smallest_change_in_words(engine: Engine, rule: str, fires: bool, expected: list[str]) -> None:
    found = search(engine, rule, fires=fires)
    assert (found.status, found.is_smallest) == ("found", True)
    assert texts(found) == expected
    assert found.label == LABEL


def test_the_changed_record_is_confirmed_and_names_what_else_changes(engine: Engine) -> None:
    found = search(engine, "monitoring.neutropenia-moderate", fires=False)
    assert found.record is not None
    assert found.record["observations"][0] == {
        "code": "neutrophils",
        "value": 0.99,
        "unit": "10*9/L",
        "date": "2026-11-01",
    }
    assert found.record["patient"] == RECORD["patient"]
    assert RECORD["observations"][0]["value"] == 1200
    outcomes = engine.evaluate(engine.read(found.record), AS_OF).outcomes.by_rule
    assert outcomes["monitoring.neutropenia-moderate"] == found.outcome_after == "not_met"
    assert found.appeared == ("monitoring.neutropenia-severe",)
    assert found.disappeared == ("monitoring.neutropenia-moderate",)
    (change,) = found.changes
    assert (change.pointer, change.before, change.after) == (
        "/observations/0/value",
        "1.2 10*9/L",
        "0.99 10*9/L",
    )


def test_an_age_changes_the_year_of_birth(engine: Engine) -> None:
    found = search(engine, "dosing.not-for-minors", patient={"birth_date": "1948-12-01"})
    assert found.record is not None
    assert found.record["patient"] == {"birth_date": "2008-12-01"}
    assert found.changes[0].pointer == "/patient/birth_date"


def test_a_drug_that_is_stopped(engine: Engine) -> None:
    courses = [*RECORD["medications"], {"drug": "warfarin", "start": "2026-01-01"}]
    found = search(engine, "safety.warfarin", fires=False, medications=courses)
    assert found.record is not None
    stopped = {change.text for change in found.changes}
    assert any("no longer taken" in text for text in stopped)


def test_pointers_are_those_of_the_changed_record(engine: Engine) -> None:
    """Two changes of which one leaves out the entry before the other one."""
    removed = ChangedItem("medications", "fluoxetine", "/medications/0", removed=True)
    dose = ChangedAttribute("dose", Decimal(60), Decimal(30))
    changed = ChangedItem("medications", "mianserin", "/medications/1", attributes=(dose,))
    record = {"medications": [{"drug": "fluoxetine"}, *RECORD["medications"]]}
    written, changes = changed_record(engine, record, AS_OF, [removed, changed])
    assert [(change.pointer, change.text) for change in changes] == [
        ("/medications/0/daily_dose", "mianserin, daily dose: 30 mg/d instead of 60 mg/d"),
        (None, "without fluoxetine"),
    ]
    assert [entry["daily_dose"] for entry in written["medications"]] == [{"value": 30, "unit": "mg/d"}]


def test_what_is_unknown_may_become_known(engine: Engine) -> None:
    courses = [{"drug": "mianserin", "start": "2026-10-01", "taken": None}]
    found = search(engine, "safety.mania", medications=courses, conditions=[{"code": "mania"}])
    assert texts(found) == ["mianserin: taken"]
    assert found.record is not None
    assert "taken" not in found.record["medications"][0]
    open_list = search(engine, "dosing.mdd-within-range", incomplete=["medications"])
    assert texts(open_list) == ["the list of medications lists everything"]
    assert open_list.record is not None
    assert "incomplete" not in open_list.record
    missing = {name: value for name, value in RECORD.items() if name != "medications"}
    found = smallest_change(engine, missing, "safety.warfarin", AS_OF, fires=False)
    assert texts(found) == ["the list of medications is given and lists nothing else"]


def test_what_is_not_understood_stays(engine: Engine) -> None:
    courses = [*RECORD["medications"], {"drug": "text|a tablet", "start": "2026-01-01"}]
    found = search(engine, "safety.warfarin", medications=courses)
    assert found.record is not None
    assert found.record["medications"][:2] == courses


@pytest.mark.parametrize(
    ("rule", "fires"), [("monitoring.neutropenia-moderate", True), ("safety.mania", False)]
)
def test_the_outcome_may_be_the_wanted_one_already(engine: Engine, rule: str, fires: bool) -> None:
    found = search(engine, rule, fires=fires)
    assert (found.status, found.changes, found.record) == ("already", (), None)


def test_nothing_changes_for_a_patient_who_died(engine: Engine) -> None:
    patient = {"birth_date": "1948-03-02", "deceased_date": "2026-11-01"}
    assert search(engine, "safety.mania", patient=patient).status == "none"


def test_time_may_be_over(engine: Engine) -> None:
    found = smallest_change(engine, RECORD, "safety.mania", AS_OF, fires=True, seconds=0)
    assert (found.status, found.changes) == ("unknown", ())


def test_an_impossible_rule_is_proved(bench: Workbench) -> None:
    impossible = "zorbulin.latest: {more_than: $zorbulin.low_below}"
    bench.plant(
        "lab/lab.zorbulin-low.yaml", {"zorbulin.latest: {at_least: $zorbulin.lowest_below}": impossible}
    )
    broken = Engine(load_rulebook(bench.root))
    found = smallest_change(broken, tiny.FULL, "lab.zorbulin-low", AS_OF, fires=True)
    assert (found.status, found.outcome_before) == ("none", "not_met")
    assert found.assumptions


def test_errors(engine: Engine) -> None:
    with pytest.raises(KeyError):
        search(engine, "no.such-rule")
    with pytest.raises(RecordError):
        search(engine, "safety.mania", medications=5)


# Against every record with one change


@pytest.mark.slow
def test_no_smaller_change_has_the_effect() -> None:
    """For random records: no single change has the effect where the smallest change has two or more."""
    engine = tiny.engine()
    drawn = RandomRecords(engine.rulebook, tiny.WORDS, Random(5))
    larger = 0
    for _ in range(6):
        record = _plain(drawn.record() | {"as_of": AS_OF.isoformat()})
        outcomes = _outcomes(engine, record)
        single = [_outcomes(engine, each) for each in _single_changes(record)]
        for rule, outcome in outcomes.items():
            fires = outcome != "fired"
            found = smallest_change(engine, record, rule, AS_OF, fires=fires)
            assert found.status in ("found", "already"), (rule, record)
            if found.record is None:
                continue
            wanted = {"fired"} if fires else {"not_met", "not_applicable"}
            assert _outcomes(engine, dict(found.record))[rule] in wanted
            if len({_item(change.pointer) for change in found.changes}) > 1 and found.is_smallest:
                larger += 1
                assert not any(each[rule] in wanted for each in single), (rule, record, texts(found))
    assert larger > 2


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return float(value) if type(value).__name__ == "Decimal" else value


def _item(pointer: str | None) -> str:
    return "/".join((pointer or "").split("/")[:3])


def _outcomes(engine: Engine, record: Json) -> Mapping[str, Outcome]:
    return engine.evaluate(engine.read(record), AS_OF).outcomes.by_rule


def _single_changes(record: Json) -> Iterator[Json]:
    """Yield records with one changed, added or removed entry, on a grid of values."""
    days = [(AS_OF - datetime.timedelta(days=ago)).isoformat() for ago in (0, 1, 29, 30, 31, 60)]
    new: dict[str, list[Json]] = {
        "observations": [
            {"code": "zorbulin", "value": value, "unit": "umol/L", "date": day}
            for value, day in itertools.product((1, 1.9, 2, 5.4, 5.5, 9), days)
        ],
        "medications": [
            {"drug": "velozine", "daily_dose": {"value": value, "unit": "ug/d"}, "start": days[3]}
            for value in (50, 99, 100, 300, 301)
        ],
        "conditions": [{"code": "grumbling", "present": present} for present in (True, False)],
        "symptoms": [{"code": "hiccup-storm", "present": present} for present in (True, False)],
    }
    for age in (10, 15, 16, 17):
        yield record | {"patient": {**record.get("patient", {}), "age_years": age}}
    for count in (0, 2, 3, 4):
        yield record | {"history": {**record.get("history", {}), "earlier_courses": count}}
    for section, entries in new.items():
        present = record.get(section)
        left = [name for name in record.get("incomplete", ()) if name != section]
        yield record | {section: present or [], "incomplete": left}
        if present is None:
            continue
        for entry in entries:
            yield record | {section: [*present, entry]}
            for index in range(len(present)):
                yield record | {section: [*present[:index], entry, *present[index + 1 :]]}
        for index in range(len(present)):
            yield record | {section: [*present[:index], *present[index + 1 :]]}
