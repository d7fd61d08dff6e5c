"""Every way in which the shipped rulebook derives a fact: known, unknown and absent."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.engine.charts import AS_OF, day, facts, shipped

MDD, INSOMNIA = "major-depressive-disorder", "insomnia"
UNKNOWN: Any = object()
"""Stands for a fact that must not be known."""
EMPTY: dict[str, Any] = {section: [] for section in ("conditions", "medications", "observations", "symptoms")}


def check(sections: dict[str, Any], expected: dict[str, Any], as_of: datetime.date = AS_OF) -> None:
    found = facts(sections, as_of)
    for name, value in expected.items():
        assert name in shipped()[0].facts, f"no fact {name}"
        if value is UNKNOWN:
            assert name not in found, f"{name} is {found.get(name)}"
        else:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            assert found.get(name) == (Decimal(str(value)) if number else value), name
            assert isinstance(found[name], Decimal) == number


def meds(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"medications": list(entries)}


def drug(
    name: str = "mianserin", dose: float | None = None, unit: str = "mg/d", **more: Any
) -> dict[str, Any]:
    return {"drug": name, **({} if dose is None else {"daily_dose": {"value": dose, "unit": unit}}), **more}


def result(value: float | None, ago: int | None, code: str = "neutrophils", **more: Any) -> dict[str, Any]:
    units = {"body-weight": "kg", "hamd17": "{score}", "haemoglobin": "g/L"}
    written = {"value": value, "unit": units.get(code, "10*9/L")}
    return {"code": code, **written, **({} if ago is None else {"date": day(ago)}), **more}


def test_nothing_is_known_of_an_empty_record() -> None:
    assert facts({}) == {}
    assert facts({"patient": {}, "history": {}}) == {}


def test_an_empty_section_means_looked_for_and_none_found() -> None:
    found = facts(EMPTY)
    assert set(found.values()) == {False}
    rulebook = shipped()[0]
    booleans = {name for name, fact in rulebook.facts.items() if fact.kind == "boolean" and not fact.finding}
    assert found.keys() == booleans


def test_a_query_that_compares_with_other_facts_needs_entries_of_its_own() -> None:
    on_mianserin = meds(drug(start=day(20)))
    known = {"mianserin.days_on_treatment": 20}
    check({**on_mianserin}, {**known, "blood_count.baseline_taken": UNKNOWN})
    check({**on_mianserin, "observations": []}, {**known, "blood_count.baseline_taken": False})
    weight = {"observations": [result(70, 5, "body-weight")]}
    check(
        {**on_mianserin, **weight}, {**known, "body-weight.on_treatment": 70, "hamd17.on_treatment": UNKNOWN}
    )
    taken = {"observations": [result(4.5, 21)]}
    check({**on_mianserin, **taken}, {**known, "blood_count.baseline_taken": True})


# age


@pytest.mark.parametrize(
    ("birth", "as_of", "age"),
    [
        ("1948-03-02", "2026-03-01", 77),
        ("1948-03-02", "2026-03-02", 78),
        ("2026-11-23", "2026-11-23", 0),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-28", 19),
        ("2008-02-29", "2028-02-29", 20),
    ],
)
def test_completed_years(birth: str, as_of: str, age: int) -> None:
    on = datetime.date.fromisoformat(as_of)
    check({"patient": {"birth_date": birth}}, {"patient.age_years": age}, on)


def test_age_as_stated() -> None:
    check({"patient": {"age_years": 0}}, {"patient.age_years": 0})
    check({"patient": {"age_years": None}}, {"patient.age_years": UNKNOWN})


# medications


@pytest.mark.parametrize(
    ("entry", "active", "stopped_ever"),
    [
        ({}, True, False),
        ({"start": day(0)}, True, False),
        ({"start": day(-1)}, False, False),
        ({"start": day(9), "stop": day(-1)}, True, False),
        ({"start": day(9), "stop": day(0)}, False, True),
        ({"stop": day(1)}, False, True),
        ({"start": day(0), "stop": day(0)}, False, True),
    ],
)
def test_active_and_stopped(entry: dict[str, Any], active: bool, stopped_ever: bool) -> None:
    expected = {
        "mianserin.active": active,
        "mianserin.stopped_ever": stopped_ever,
        "fluoxetine.active": False,
    }
    check(meds(drug(**entry)), expected)


@pytest.mark.parametrize(
    ("entries", "dose"),
    [
        ([drug(dose=30)], 30),
        ([drug(dose=30), drug(dose=7.5)], 37.5),
        ([drug(dose=30), drug(dose=30000, unit="ug/d")], 60),
        ([drug(dose=0.03, unit="g/d"), drug("fluoxetine", 20)], 30),
        ([drug(dose=100, unit="mg/wk"), drug(dose=320, unit="mg/wk")], 60),
        ([drug(dose=30), drug()], UNKNOWN),
        ([drug(dose=30), drug(stop=day(1))], 30),
        ([drug(dose=30), drug(dose=99, start=day(-1))], 30),
        ([drug(dose=30, stop=day(0))], UNKNOWN),
        ([drug(dose=30000)], UNKNOWN),
        ([drug(dose=0.03)], UNKNOWN),
        ([drug(dose=0)], UNKNOWN),
        ([{"drug": "mianserin", "daily_dose": {"value": None, "unit": "mg/d"}}], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_daily_dose(entries: list[dict[str, Any]], dose: Any) -> None:
    check(meds(*entries), {"mianserin.daily_dose": dose})


@pytest.mark.parametrize(
    ("entries", "days"),
    [
        ([drug(start=day(0))], 0),
        ([drug(start=day(8)), drug(start=day(64))], 64),
        ([drug(start=day(8)), drug(start=day(64), stop=day(16))], 8),
        ([drug(start=day(8)), drug(start=day(64), stop=day(15))], 64),
        ([drug(start=day(8)), drug(start=day(64), stop=day(14))], 64),
        ([drug(start=day(8)), drug()], UNKNOWN),
        ([drug()], UNKNOWN),
        ([drug(start=day(-1))], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_days_on_treatment(entries: list[dict[str, Any]], days: Any) -> None:
    check(meds(*entries), {"mianserin.days_on_treatment": days})


@pytest.mark.parametrize(
    ("entries", "ever", "days"),
    [
        ([drug("phenelzine", stop=day(13))], True, 13),
        ([drug("phenelzine", stop=day(14))], True, 14),
        ([drug("phenelzine", stop=day(15))], True, 15),
        ([drug("phenelzine", stop=day(40)), drug("moclobemide", stop=day(3))], True, 3),
        ([drug("phenelzine", stop=day(0))], True, 0),
        ([drug("phenelzine", stop=day(-1))], False, UNKNOWN),
        ([drug("warfarin", stop=day(3))], False, UNKNOWN),
        ([], False, UNKNOWN),
    ],
)
def test_days_since_the_last_of_a_group_was_stopped(
    entries: list[dict[str, Any]], ever: bool, days: Any
) -> None:
    check(meds(*entries), {"maoi.stopped_ever": ever, "maoi.days_since_stop": days})


@pytest.mark.parametrize(
    ("group", "member"),
    [
        ("maoi", "selegiline"),
        ("enzyme_inducer", "phenytoin"),
        ("sedative_drug", "oxycodone"),
        ("other_antidepressant", "maprotiline"),
    ],
)
def test_a_group_is_active_when_a_member_is(group: str, member: str) -> None:
    groups = {"maoi", "enzyme_inducer", "sedative_drug", "other_antidepressant"}
    check(meds(drug(member)), {f"{name}.active": name == group for name in groups})


@pytest.mark.parametrize("name", ["mianserin", "fluoxetine", "phenelzine"])
def test_who_is_not_another_antidepressant(name: str) -> None:
    check(meds(drug(name)), {"other_antidepressant.active": False})


# indication


def has(*codes: str, **more: Any) -> list[dict[str, Any]]:
    return [{"code": code, **more} for code in codes]


@pytest.mark.parametrize(
    ("entries", "conditions", "indication"),
    [
        ([drug(indication=INSOMNIA)], None, INSOMNIA),
        ([drug(indication="icd-10-cm|F32.1")], None, MDD),
        ([drug(indication=INSOMNIA)], has(MDD), INSOMNIA),
        ([drug()], has(MDD), MDD),
        ([drug()], has(INSOMNIA, "diabetes"), INSOMNIA),
        ([drug()], has(MDD, INSOMNIA), UNKNOWN),
        ([drug()], [*has(MDD), *has(INSOMNIA, resolved=day(0))], MDD),
        ([drug()], [*has(MDD), *has(INSOMNIA, present=None)], UNKNOWN),
        ([drug()], [], UNKNOWN),
        ([drug()], None, UNKNOWN),
        ([drug(indication=MDD), drug(indication=INSOMNIA)], [], UNKNOWN),
        ([drug(indication=MDD), drug(indication=INSOMNIA, stop=day(1))], [], MDD),
        ([drug(indication=MDD), drug()], [], UNKNOWN),
        ([drug(indication=MDD), drug()], has(MDD), MDD),
        ([drug(indication=INSOMNIA), drug()], has(MDD), UNKNOWN),
        ([drug(indication=MDD, stop=day(0))], has(MDD), UNKNOWN),
        ([drug("fluoxetine", indication=MDD)], has(MDD), UNKNOWN),
    ],
)
def test_indication(entries: list[dict[str, Any]], conditions: Any, indication: Any) -> None:
    sections = meds(*entries) | ({} if conditions is None else {"conditions": conditions})
    check(sections, {"mianserin.indication": indication})


# conditions and symptoms


@pytest.mark.parametrize(
    ("entries", "present"),
    [
        ([{}], True),
        ([{"present": True, "onset": day(0)}], True),
        ([{"present": True, "onset": day(-1)}], False),
        ([{"present": True, "resolved": day(-1)}], True),
        ([{"present": True, "resolved": day(0)}], False),
        ([{"present": False}], False),
        ([{"present": None}], UNKNOWN),
        ([{"present": False}, {"present": True}], True),
        ([{"present": True}, {"present": False}], True),
        ([{"present": False}, {"present": None}], UNKNOWN),
        ([{"present": None}, {"present": True}], True),
        ([{"resolved": day(3)}, {"onset": day(2)}], True),
        ([], False),
    ],
)
def test_condition(entries: list[dict[str, Any]], present: Any) -> None:
    conditions = [{"code": "epilepsy", **entry} for entry in entries]
    check({"conditions": conditions}, {"condition.epilepsy": present, "condition.diabetes": False})


@pytest.mark.parametrize(
    ("entries", "present", "severity"),
    [
        ([{"severity": "severe"}], True, "severe"),
        ([{}], True, UNKNOWN),
        ([{"present": False, "severity": "severe"}], False, UNKNOWN),
        ([{"present": None, "severity": "severe"}], UNKNOWN, UNKNOWN),
        ([{"severity": "mild"}, {"severity": "severe"}, {"severity": "moderate"}], True, "severe"),
        ([{"severity": "mild"}, {"present": False, "severity": "severe"}], True, "mild"),
        ([], False, UNKNOWN),
    ],
)
def test_symptom(entries: list[dict[str, Any]], present: Any, severity: Any) -> None:
    symptoms = [{"code": "dizziness", **entry} for entry in entries]
    check({"symptoms": symptoms}, {"symptom.dizziness": present, "symptom.dizziness.severity": severity})


@pytest.mark.parametrize(("trials", "fact"), [(0, 0), (2, 2), (None, UNKNOWN)])
def test_history(trials: int | None, fact: Any) -> None:
    sections = {"history": {"failed_antidepressant_trials": trials}}
    check(sections, {"history.failed_antidepressant_trials": fact})


# observations


@pytest.mark.parametrize(
    ("results", "latest", "previous", "days"),
    [
        ([result(2, 5), result(3, 40)], 2, 3, 5),
        ([result(3, 40), result(2, 5)], 2, 3, 5),
        ([result(4, 40), result(2, 5), result(3, 9)], 2, 3, 5),
        ([result(2, 90)], 2, UNKNOWN, 90),
        ([result(2, 91)], UNKNOWN, UNKNOWN, 91),
        ([result(2, 0), result(3, 91)], 2, 3, 0),
        ([result(2, None)], UNKNOWN, UNKNOWN, UNKNOWN),
        ([result(2, 3), result(1, None)], UNKNOWN, UNKNOWN, UNKNOWN),
        ([result(2, 3), result(1, -1)], 2, UNKNOWN, 3),
        ([result(2, 3), result(1, 1, status="entered-in-error")], 2, UNKNOWN, 3),
        ([result(2, 3), result(1, 1, status="cancelled")], 2, UNKNOWN, 3),
        ([result(2, 3), result(1, None, status="cancelled")], 2, UNKNOWN, 3),
        ([result(2, 3), result(1, 3, status="corrected")], 1, UNKNOWN, 3),
        ([result(1, 3, status="amended"), result(2, 3)], 1, UNKNOWN, 3),
        ([result(1, 3, status="preliminary"), result(2, 3)], 2, UNKNOWN, 3),
        ([result(1, 3, status="preliminary")], 1, UNKNOWN, 3),
        ([result(1, 3), result(2, 3), result(4, 9)], UNKNOWN, 4, 3),
        ([result(2, 3), result(2, 3), result(4, 9)], 2, 4, 3),
        ([result(2, 3), result(2000, 3, unit="/uL")], 2, UNKNOWN, 3),
        ([result(None, 3), result(2, 9)], UNKNOWN, 2, 3),
        ([result(0, 3)], 0, UNKNOWN, 3),
    ],
)
def test_results(results: list[dict[str, Any]], latest: Any, previous: Any, days: Any) -> None:
    expected = {
        "neutrophils.latest": latest,
        "neutrophils.previous": previous,
        "neutrophils.days_since_latest": days,
        "neutrophils.ever": True,
        "platelets.ever": False,
    }
    check({"observations": results}, expected)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_withdrawn_result_was_never_taken(status: str) -> None:
    check({"observations": [result(2, 3, status=status)]}, {"neutrophils.ever": False})


def test_a_result_of_the_future_was_never_taken() -> None:
    check({"observations": [result(2, -1)]}, {"blood_count.ever": False})


@pytest.mark.parametrize("code", ["body-weight", "hamd17"])
def test_only_blood_goes_stale(code: str) -> None:
    check({"observations": [result(30, 4000, code)]}, {f"{code}.latest": 30})


SLIPS: dict[str, list[float]] = {
    "neutrophils": [1200, 3100, 1.2e6],
    "leukocytes": [5400, 0.0054],
    "platelets": [212000, 0.212],
    "haemoglobin": [12.1, 1210, 12100],
    "body-weight": [64000, 0.064],
    "hamd17": [1700],
}


@pytest.mark.parametrize(("code", "value"), [(code, value) for code in SLIPS for value in SLIPS[code]])
def test_an_implausible_result_was_taken_but_tells_nothing(code: str, value: float) -> None:
    """A slip of the unit neither fires a rule nor silences one by standing before a plausible result."""
    expected = {f"{code}.latest": UNKNOWN, f"{code}.ever": True, f"{code}.days_since_latest": 1}
    check({"observations": [result(value, 1, code), result(30, 9, code)]}, expected)


@pytest.mark.parametrize(
    ("results", "ever", "days"),
    [
        ([result(2, 9)], True, 9),
        ([result(5, 4, "leukocytes"), result(2, 9)], True, 4),
        ([result(200, 4, "platelets")], False, UNKNOWN),
        ([result(5, None, "leukocytes"), result(2, 9)], True, UNKNOWN),
    ],
)
def test_a_group_of_observations(results: list[dict[str, Any]], ever: bool, days: Any) -> None:
    check({"observations": results}, {"blood_count.ever": ever, "blood_count.days_since_latest": days})


@pytest.mark.parametrize(
    ("results", "percent"),
    [
        ([result(2, 5), result(4, 9)], 50),
        ([result(4, 5), result(2, 9)], -100),
        ([result(2, 5), result(4, 9), result(1, 20)], 50),
        ([result(2, 5), result(4, 90)], 50),
        ([result(2, 5), result(4, 91)], UNKNOWN),
        ([result(2, 5)], UNKNOWN),
        ([result(2, 5), result(0, 9)], UNKNOWN),
        ([result(2, 5), result(4000, 9)], UNKNOWN),
        ([result(2, 5), result(4, None)], UNKNOWN),
    ],
)
def test_fall(results: list[dict[str, Any]], percent: Any) -> None:
    expected = {"neutrophils.fall_percent": percent, "leukocytes.fall_percent": UNKNOWN}
    check({"observations": results}, expected)


def test_a_fall_just_short_of_a_threshold_is_not_rounded_onto_it() -> None:
    found = facts({"observations": [result(5.00000000001, 5), result(10, 9)]})
    assert Decimal("49.9") < found["neutrophils.fall_percent"] < 50  # type: ignore[operator]


STARTED = [drug(start=day(30))]


@pytest.mark.parametrize(
    ("medications", "results", "weight", "score"),
    [
        (STARTED, [(40, 30), (44, 0)], 10, -10),
        (STARTED, [(40, 31), (42, 10), (44, 0)], 10, -10),
        (STARTED, [(50, 31), (40, 30), (30, 0)], -25, 25),
        (STARTED, [(40, 29), (44, 0)], 10, UNKNOWN),
        (STARTED, [(40, 20), (42, 10), (44, 0)], 10, UNKNOWN),
        (STARTED, [(40, 10)], UNKNOWN, UNKNOWN),
        (STARTED, [(40, 40)], UNKNOWN, UNKNOWN),
        (STARTED, [(39, 50), (40, 40)], UNKNOWN, UNKNOWN),
        ([drug()], [(40, 30), (44, 0)], UNKNOWN, UNKNOWN),
        ([], [(40, 30), (44, 0)], UNKNOWN, UNKNOWN),
        (None, [(40, 30), (44, 0)], UNKNOWN, UNKNOWN),
    ],
)
def test_change_since_the_start(medications: Any, results: Any, weight: Any, score: Any) -> None:
    codes = ("body-weight", "hamd17")
    observations = [result(value, ago, code) for code in codes for value, ago in results]
    sections: dict[str, Any] = {"observations": observations}
    if medications is not None:
        sections["medications"] = medications
    check(sections, {"weight.change_percent": weight, "hamd17.reduction_percent": score})


def test_a_percentage_of_pounds_is_exact() -> None:
    """Seven percent more than 100.1234 lb, which no 15 digits of kilograms say."""
    pounds = [
        {"code": "body-weight", "value": value, "unit": "lb", "date": day(ago)}
        for value, ago in ((100.1234, 40), (107.132038, 0))
    ]
    check(meds(*STARTED) | {"observations": pounds}, {"weight.change_percent": 7})


def test_no_percentage_of_nothing() -> None:
    observations = [result(0, 40, "hamd17"), result(4, 0, "hamd17")]
    check(meds(*STARTED) | {"observations": observations}, {"hamd17.reduction_percent": UNKNOWN})


@pytest.mark.parametrize(
    ("medications", "results", "taken"),
    [
        (STARTED, [result(2, 58)], True),
        (STARTED, [result(2, 59)], False),
        (STARTED, [result(2, 23)], True),
        (STARTED, [result(2, 22)], False),
        (STARTED, [result(5, 30, "leukocytes"), result(2, 0)], True),
        (STARTED, [result(2000, 30)], True),
        (STARTED, [result(200, 30, "platelets")], False),
        (STARTED, [result(2, None)], UNKNOWN),
        (STARTED, [result(2, None), result(2, 30)], True),
        (STARTED, [], False),
        (STARTED, None, UNKNOWN),
        ([drug()], [result(2, 30)], UNKNOWN),
        ([drug()], [], False),
        (None, [result(2, 30)], UNKNOWN),
    ],
)
def test_baseline_taken(medications: Any, results: Any, taken: Any) -> None:
    given = {"medications": medications, "observations": results}
    sections = {name: value for name, value in given.items() if value is not None}
    check(sections, {"blood_count.baseline_taken": taken})
