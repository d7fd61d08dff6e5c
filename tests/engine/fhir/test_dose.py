"""Daily doses: exact, from structured dosage only; unknown with a notice in case of doubt."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from cds_engine.fhir.timing import ABBREVIATIONS

from tests.engine.fhir.bundles import dosage, every, fired, milligrams, order, patient, read


def dose(*dosages: dict[str, Any]) -> tuple[Decimal | None, list[str]]:
    """Return the daily dose of an order with these dosages, and the notices."""
    record, notices, _ = read(patient(), order(dosageInstruction=list(dosages)))
    return record["medications"][0].get("daily_dose", {}).get("value"), notices


def coded(code: str, system: str = ABBREVIATIONS) -> dict[str, Any]:
    return {"code": {"coding": [{"system": system, "code": code}]}}


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
        ({"event": ["2026-11-20"]}, "no structured frequency"),
        ({**coded("BID"), **every(3)}, "disagree"),
        (coded("MO"), "the timing 'MO'"),
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
