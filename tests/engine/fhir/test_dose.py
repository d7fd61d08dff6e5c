"""Daily doses: exact, from structured dosage only; unknown with a notice in case of doubt."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from cds_engine.fhir.timing import ABBREVIATIONS

from tests.engine.fhir.bundles import UCUM, dosage, every, fired, milligrams, order, patient, read


def dose(*dosages: dict[str, Any]) -> tuple[Decimal | None, list[str]]:
    """Return the daily dose of an order with these dosages, and the notices."""
    record, notices, _ = read(patient(), order(dosageInstruction=list(dosages)))
    return record["medications"][0].get("daily_dose", {}).get("value"), notices


def coded(code: str, system: str = ABBREVIATIONS) -> dict[str, Any]:
    return {"code": {"coding": [{"system": system, "code": code}]}}


def both(*codes: str) -> dict[str, Any]:
    """Return a timing with several codes."""
    return {"code": {"coding": [{"system": ABBREVIATIONS, "code": code} for code in codes]}}


def at_most(dose: dict[str, Any], value: Any = 1, unit: str = "d") -> dict[str, Any]:
    """Return a largest dose in a period."""
    return {
        "maxDosePerPeriod": {"numerator": dose, "denominator": {"value": value, "unit": unit, "code": unit}}
    }


def typed(*doses: tuple[str | None, dict[str, Any]]) -> dict[str, Any]:
    """Return a daily dosage with several doses of different types."""
    return {
        "timing": every(),
        "doseAndRate": [
            {"doseQuantity": quantity, **({"type": {"coding": [{"code": kind}]}} if kind else {})}
            for kind, quantity in doses
        ],
    }


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        (every(), "30"),
        (every(2), "60"),
        (every(1, 8, "h"), "90"),
        (every(1, 24, "h"), "30"),
        (every(1, 2), "15"),
        (every(3, 1, "wk"), "12.8571428571428"),
        ({"repeat": {"period": 1, "periodUnit": "d"}}, "30"),
        ({"repeat": {"timeOfDay": ["08:00:00", "20:00:00"]}}, "60"),
        ({"repeat": {"when": ["HS"]}}, "30"),
        (every(1, 1, "d", when=["HS"]), "30"),
        (every(2, 1, "d", timeOfDay=["08:00:00", "20:00:00"]), "60"),
        (every(3, 1, "d", when=["PC"]), "90"),
        (every(1, 1, "d", dayOfWeek=["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), "30"),
        (every(1, 1, "wk", dayOfWeek=["mon"]), "4.28571428571428"),
        (every(1, 1, "d", dayOfWeek=["mon"]), "4.28571428571428"),
        (coded("QD"), "30"),
        (coded("BID"), "60"),
        (coded("TID"), "90"),
        (coded("QID"), "120"),
        (coded("QOD"), "15"),
        (coded("Q4H"), "180"),
        (coded("Q12H"), "60"),
        (coded("AM"), "30"),
        (coded("BED"), "30"),
        (both("BID", "Q12H"), "60"),
        ({**coded("BID"), **every(2)}, "60"),
        ({**coded("house rule", "http://local"), **every(2)}, "60"),
    ],
)
def test_timing(timing: dict[str, Any], expected: str) -> None:
    value, _ = dose(dosage(30, timing))
    assert value is not None
    assert abs(value - Decimal(expected)) < Decimal("1e-12")


@pytest.mark.parametrize(
    ("timing", "reason"),
    [
        ({}, "no structured frequency"),
        ({"repeat": {"boundsPeriod": {"start": "2026-01-01"}}}, "no structured frequency"),
        ({"repeat": {"count": 1}}, "limited number"),
        ({"repeat": {"frequency": 2}}, "without a period"),
        (every(1, 1, "mo"), "months or years"),
        (every(1, 6, "h", periodMax=12), "range of frequencies"),
        (every(1, 1, "d", frequencyMax=2), "range of frequencies"),
        (every(2, 1, "d", when=["HS"]), "times of day contradict"),
        (every(3, 1, "wk", dayOfWeek=["mon", "thu"]), "days of the week contradict"),
        ({"repeat": {"when": ["PC"]}}, "with meals"),
        ({"repeat": {"dayOfWeek": ["mon"]}}, "no structured frequency"),
        ({"event": ["2026-11-20", "2026-11-30"]}, "no structured frequency"),
        ({**coded("BID"), **every(3)}, "disagree"),
        (coded("MO"), "the timing 'MO'"),
        (both("BID", "TID"), "codes that disagree"),
        (both("BID", "Q12H", "QD"), "codes that disagree"),
        (both("BID", "MO"), "the timing 'MO'"),
        (both("MO", "BID"), "the timing 'MO'"),
        ({**every(), "modifierExtension": [{"url": "http://x"}]}, "modifier extension"),
        (coded("BID", "http://local"), "no structured frequency"),
        (every(1, 0), "an invalid period"),
    ],
)
def test_unclear_timing(timing: dict[str, Any], reason: str) -> None:
    value, notices = dose(dosage(30, timing))
    assert value is None
    assert any(reason in line and line.startswith("/entry/1/resource/dosageInstruction") for line in notices)


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        (typed((None, milligrams("30000", "ug"))), None),
        (typed((None, milligrams(30000, "ug"))), "30"),
        (
            typed(
                (None, {"value": 30000, "unit": "mcg", "system": "http://unitsofmeasure.org", "code": "ug"})
            ),
            "30",
        ),
        (typed((None, {"value": 30, "unit": "mg"})), "30"),
        (typed(("ordered", milligrams(30)), ("calculated", milligrams(29.5))), "30"),
        (typed(("ordered", milligrams(30)), (None, milligrams(30)), ("calculated", milligrams(30))), "30"),
        (typed((None, milligrams(30)), (None, milligrams(30))), "30"),
        (typed((None, milligrams(30)), (None, milligrams(60))), None),
        (typed((None, {"value": 1})), None),
        (typed((None, {"value": 1, "unit": "TAB", "code": "TAB"})), None),
        (typed((None, {"value": 30, "comparator": "<", "unit": "mg"})), None),
        (typed((None, {"unit": "mg"})), None),
        (typed((None, milligrams(30, "mg/m2"))), None),
        (typed((None, milligrams(30, "mg/d"))), None),
        (
            {
                "timing": every(),
                "doseAndRate": [{"doseRange": {"low": milligrams(30), "high": milligrams(60)}}],
            },
            None,
        ),
        ({"timing": every(), "doseAndRate": [{"rateQuantity": milligrams(30, "mg/h")}]}, None),
        (
            {
                "timing": every(),
                "maxDosePerPeriod": {"numerator": milligrams(90), "denominator": {"value": 1}},
            },
            None,
        ),
        ({"timing": every(), "text": "30 mg daily"}, None),
        ({"text": "30 mg daily"}, None),
        (dosage(30, asNeededBoolean=True), None),
        (dosage(30, asNeededBoolean=False), "30"),
        (dosage(30, asNeededCodeableConcept={"text": "sleep"}), None),
        (dosage(30, text="60 mg twice a day"), "30"),
        (dosage(30, every(2), **at_most(milligrams(60))), "60"),
        (dosage(30, every(2), **at_most(milligrams(45))), None),
        (dosage(30, every(2), **at_most(milligrams(400), 1, "wk")), None),
        (dosage(30, every(2), **at_most(milligrams(420), 1, "wk")), "60"),
        (dosage(30, every(2), **at_most(milligrams(30), 12, "h")), "60"),
        (dosage(30, every(2), **at_most({"value": 2, "unit": "TAB", "code": "TAB"})), None),
        (dosage(30, every(2), **at_most(milligrams(60), 1, "fortnight")), None),
        (dosage(30, maxDosePerAdministration=milligrams(15)), None),
        (dosage(30, maxDosePerAdministration=milligrams(30)), "30"),
    ],
)
def test_dose(instruction: dict[str, Any], expected: str | None) -> None:
    value, notices = dose(instruction)
    assert value == (None if expected is None else Decimal(expected))
    assert bool(expected) is not any("the daily dose of mianserin is not known" in line for line in notices)


def test_no_dosage_at_all() -> None:
    value, notices = dose()
    assert value is None
    assert notices == [
        "/entry/1/resource/dosageInstruction: no dosage: the daily dose of mianserin is not known"
    ]


def test_exact_at_a_threshold() -> None:
    """Three times ten is thirty, which is within the range."""
    found = fired(
        patient(),
        order(
            dosageInstruction=[dosage(10, every(3))],
            reasonCode=[{"coding": [{"system": "http://snomed.info/sct", "code": "370143000"}]}],
        ),
    )
    assert "dosing.mdd-within-range" in found
    assert "dosing.mdd-below-range" not in found


def bounded(value: int, start: str | None, end: str | None, sequence: int | None = None) -> dict[str, Any]:
    period = {name: day for name, day in (("start", start), ("end", end)) if day is not None}
    made = dosage(value, every(1, 1, "d", boundsPeriod=period))
    return made if sequence is None else {**made, "sequence": sequence}


@pytest.mark.parametrize(
    ("dosages", "expected"),
    [
        ([dosage(30), dosage(15)], 45),
        ([dosage(30, sequence=1), dosage(15, sequence=1)], 45),
        ([dosage(30, sequence=1), dosage(15, sequence=2)], None),
        ([bounded(30, "2026-11-01", "2026-11-22", 1), bounded(60, "2026-11-23", None, 2)], 60),
        ([bounded(30, "2026-11-01", "2026-11-23", 1), bounded(60, "2026-11-24", None, 2)], 30),
        ([bounded(30, "2026-11-01", "2026-11-23", 1), bounded(60, "2026-11-23", None, 2)], None),
        ([bounded(30, "2026-11-01", None, 1), dosage(60, sequence=2)], None),
    ],
)
def test_several_dosages(dosages: list[dict[str, Any]], expected: int | None) -> None:
    value, _ = dose(*dosages)
    assert value == expected


def lasting(value: int, days: Any, unit: str = "d", **more: Any) -> dict[str, Any]:
    """Return a daily dosage for a limited time."""
    bound = {"value": days, "unit": unit, "system": UCUM, "code": unit}
    return {**dosage(value, every(1, 1, "d", boundsDuration=bound)), **more}


def course(*dosages: dict[str, Any], written: str) -> dict[str, Any]:
    """Return the one medication of an order of that day."""
    record, _, _ = read(patient(), order(authoredOn=written, dosageInstruction=list(dosages)))
    [entry] = record["medications"]
    return {**entry, "daily_dose": entry.get("daily_dose", {}).get("value")}


@pytest.mark.parametrize(
    ("dosages", "written", "expected"),
    [
        ([lasting(90, 7), dosage(120)], "2026-11-01", 120),
        ([lasting(90, 7), dosage(120)], "2026-11-17", None),
        ([lasting(90, 7), dosage(120)], "2026-11-16", 120),
        ([lasting(90, 7), lasting(120, 7), dosage(150)], "2026-11-12", None),
        ([lasting(90, 7), lasting(120, 7), dosage(150)], "2026-11-09", 150),
        ([lasting(90, 7, sequence=1), dosage(120, sequence=2)], "2026-11-17", 90),
        ([lasting(90, 7, sequence=1), dosage(120, sequence=2)], "2026-11-16", 120),
        ([dosage(120, sequence=2), lasting(90, 7, sequence=1)], "2026-11-17", 90),
        (
            [lasting(90, 1, "wk", sequence=1), lasting(120, 7, sequence=2), dosage(150, sequence=3)],
            "2026-11-12",
            120,
        ),
        ([lasting(90, 7, sequence=1), lasting(120, 7, sequence=1)], "2026-11-17", 210),
        ([lasting(90, 168, "h", sequence=1), dosage(120, sequence=2)], "2026-11-17", 90),
        ([dosage(90, sequence=1), dosage(120, sequence=2)], "2026-11-17", None),
    ],
)
def test_a_length_ends_a_dosage(dosages: list[dict[str, Any]], written: str, expected: int | None) -> None:
    found = course(*dosages, written=written)
    assert (found["daily_dose"], found["start"]) == (expected, written)
    assert "taken" not in found


@pytest.mark.parametrize(
    ("bound", "stop"),
    [
        ({"boundsDuration": {"value": 10, "unit": "d", "code": "d"}}, "2026-10-11"),
        ({"boundsDuration": {"value": 2, "unit": "wk", "code": "wk"}}, "2026-10-15"),
        ({"boundsDuration": {"value": 2, "unit": "Weeks"}}, "2026-10-15"),
        ({"boundsDuration": {"value": 10, "unit": "day"}}, "2026-10-11"),
        ({"boundsDuration": {"value": 36, "unit": "h", "code": "h"}}, "2026-10-03"),
        ({"boundsDuration": {"value": 1, "unit": "mo", "code": "mo"}}, "2026-11-01"),
        (
            {"boundsRange": {"low": {"value": 5, "unit": "d"}, "high": {"value": 10, "unit": "d"}}},
            "2026-10-11",
        ),
        ({"boundsDuration": {"value": 60, "unit": "d", "code": "d"}}, "2026-11-30"),
    ],
)
def test_a_length_ends_a_course(bound: dict[str, Any], stop: str) -> None:
    found = course(dosage(30, every(1, 1, "d", **bound)), written="2026-10-01")
    assert (found["start"], found["stop"]) == ("2026-10-01", stop)
    assert "taken" not in found


@pytest.mark.parametrize(
    "bound",
    [
        {"boundsRange": {"low": {"value": 5, "unit": "d"}, "high": {"value": 90, "unit": "d"}}},
        {"boundsDuration": {"value": 10, "unit": "fortnights"}},
        {"count": 20},
        {"boundsPeriod": {"end": "2026"}},
    ],
)
def test_a_course_whose_end_is_not_known_may_be_over(bound: dict[str, Any]) -> None:
    found = course(dosage(30, every(1, 1, "d", **bound)), written="2026-10-01")
    assert found["taken"] is None
    assert "stop" not in found


def test_a_length_without_a_start_may_be_over() -> None:
    written = order(dosageInstruction=[lasting(30, 10)])
    del written["authoredOn"]
    record, notices, _ = read(patient(), written)
    [entry] = record["medications"]
    assert (entry["taken"], entry["daily_dose"]["value"]) == (None, 30)
    assert notices
    record, _, _ = read(patient(), order(authoredOn="2026-08", dosageInstruction=[lasting(30, 10)]))
    assert record["medications"][0]["stop"] == "2026-09-10"


def test_one_order_ends_and_another_follows() -> None:
    first = order(authoredOn="2026-10-01", dosageInstruction=[lasting(90, 7)])
    second = order(authoredOn="2026-10-08", dosageInstruction=[dosage(120)])
    record, _, _ = read(patient(), first, second)
    assert [(entry["daily_dose"]["value"], entry.get("stop")) for entry in record["medications"]] == [
        (90, "2026-10-08"),
        (120, None),
    ]
