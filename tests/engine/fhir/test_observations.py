"""Results: values, units, dates, statuses, and which result of a day counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.engine.fhir.bundles import (
    HAEMOGLOBIN,
    LEUKOCYTES,
    NEUTROPHILS,
    UCUM,
    concept,
    evaluate,
    fired,
    order,
    patient,
    read,
    result,
)


def results(*resources: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    record, notices, _ = read(patient(), *resources)
    return record["observations"], notices


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ({"value": 1.5, "unit": "x10*9/L", "system": UCUM, "code": "10*9/L"}, "1.5"),
        ({"value": 1500, "unit": "/uL", "system": UCUM, "code": "/uL"}, "1.5"),
        ({"value": 1.5, "unit": "K/uL"}, "1.5"),
        ({"value": 1.5, "unit": "K/ul", "system": UCUM, "code": "K/ul"}, "1.5"),
        ({"value": 1.5, "system": UCUM, "code": "10*9\u200b/L"}, "1.5"),
        ({"value": 1.5, "unit": "10*9/L", "system": "http://local", "code": "G"}, "1.5"),
        ({"value": 2.1844271220886693, "unit": "10*3/uL"}, "2.18442712208866"),
        ({"value": 1.5, "unit": "/uL", "system": UCUM, "code": "10*9/L"}, None),
        ({"value": 1.5, "unit": "mg"}, None),
        ({"value": 1.5, "unit": "G/L", "system": UCUM, "code": "G/L"}, "1.5"),
        ({"value": 1.5}, None),
        ({"value": 0.5, "comparator": "<", "unit": "10*9/L"}, None),
        ({"unit": "10*9/L"}, None),
        ({"value": 1e15, "unit": "10*9/L"}, None),
    ],
)
def test_quantity(quantity: dict[str, Any], expected: str | None) -> None:
    [entry], notices = results(result(NEUTROPHILS, None, valueQuantity=quantity))
    assert entry.get("value") == (None if expected is None else Decimal(expected))
    assert (expected is None) is any("of this neutrophils is not known" in line for line in notices)
    if expected is None:
        assert notices[0].startswith("/entry/1/resource/valueQuantity: ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"valueInteger": 12}, 12), ({"valueQuantity": {"value": 12}}, 12), ({"valueString": "12"}, None)],
)
def test_score_needs_no_unit(value: dict[str, Any], expected: int | None) -> None:
    scale = {"coding": [{"code": "hamd17"}]}
    [entry], _ = results(result(value=None, code=scale, **value))
    assert entry["code"] == "hamd17"
    assert entry.get("value") == expected


@pytest.mark.parametrize(
    "value", [{"valueInteger": 5}, {"valueString": "5"}, {"valueCodeableConcept": {"text": "low"}}]
)
def test_value_without_a_quantity_is_unknown(value: dict[str, Any]) -> None:
    [entry], notices = results(result(LEUKOCYTES, None, **value))
    assert entry == {"code": "leukocytes", "status": "final", "date": "2026-11-22"}
    assert len(notices) == 1


@pytest.mark.parametrize("more", [{"dataAbsentReason": {"text": "clotted"}}, {}, {"status": "registered"}])
def test_no_result(more: dict[str, Any]) -> None:
    found, notices = results(result(LEUKOCYTES, None, **more))
    assert found == []
    assert len(notices) == 1


@pytest.mark.parametrize(
    ("when", "date"),
    [
        ({"effectiveDateTime": "2026-11-20"}, "2026-11-20"),
        ({"effectiveDateTime": "2026-11-20T23:59:59-11:00"}, "2026-11-20"),
        ({"effectivePeriod": {"start": "2026-11-18", "end": "2026-11-20"}}, "2026-11-20"),
        ({"effectivePeriod": {"start": "2026-11-18"}}, "2026-11-18"),
        ({"effectiveDateTime": None, "effectiveInstant": "2026-11-20T10:00:00Z"}, "2026-11-20"),
        ({"effectiveDateTime": "2026-11"}, None),
        ({"effectiveDateTime": None, "issued": "2026-11-20T10:00:00Z"}, None),
    ],
)
def test_date(when: dict[str, Any], date: str | None) -> None:
    [entry], _ = results(result(**when))
    assert entry.get("date") == date


@pytest.mark.parametrize("status", ["final", "amended", "corrected", "preliminary"])
def test_status_is_kept(status: str) -> None:
    [entry], _ = results(result(status=status))
    assert (entry["status"], entry["value"]) == (status, 5)


def test_withdrawn_result_does_not_count() -> None:
    answer = evaluate(patient(), order(), result(NEUTROPHILS, 0.3, status="cancelled")).evaluation
    assert "monitoring.agranulocytosis-range" not in {advisory.rule for advisory in answer.advisories}
    assert any(notice.pointer == "/entry/2/resource/status" for notice in answer.notices)
    record, _, _ = read(patient(), result(status="entered-in-error"))
    assert "observations" not in record


def test_unknown_status_has_no_value() -> None:
    [entry], notices = results(result(status="unknown"))
    assert (entry["status"], entry.get("value")) == ("preliminary", None)
    assert notices


def test_components() -> None:
    panel = {
        "component": [
            {"code": concept(NEUTROPHILS), "valueQuantity": {"value": 0.4, "unit": "10*9/L"}},
            {"code": concept(HAEMOGLOBIN), "dataAbsentReason": {"text": "clotted"}},
        ]
    }
    head = result(("http://loinc.org", "58410-2"), None, **panel)
    found, notices = results(head)
    assert [entry["code"] for entry in found] == ["neutrophils"]
    assert notices[0].startswith("/entry/1/resource/component/1: haemoglobin with a dataAbsentReason")
    answer = evaluate(patient(), order(), head).evaluation
    [because] = [
        item
        for advisory in answer.advisories
        for item in advisory.because
        if advisory.rule == "monitoring.agranulocytosis-range" and item.fact == "neutrophils.latest"
    ]
    assert because.sources == ("/entry/2/resource/component/0",)


@pytest.mark.parametrize(
    ("times", "values"),
    [
        ((("10:00:00Z", "final"), ("12:00:00Z", "final")), [2]),
        ((("12:00:00Z", "final"), ("10:00:00Z", "final")), [1]),
        ((("12:00:00+02:00", "final"), ("11:00:00Z", "final")), [2]),
        ((("10:00:00Z", "final"), ("10:00:00Z", "final")), [1, 2]),
        ((("12:00:00Z", "corrected"), ("13:00:00Z", "final")), [1, 2]),
        (((None, "final"), ("12:00:00Z", "final")), [1, 2]),
    ],
)
def test_latest_of_a_day(times: Any, values: list[int]) -> None:
    day = "2026-11-20"
    made = [
        result(value=index, status=status, effectiveDateTime=day if time is None else f"{day}T{time}")
        for index, (time, status) in enumerate(times, 1)
    ]
    found, _ = results(*made)
    assert [entry["value"] for entry in found] == values


@pytest.mark.parametrize(("value", "rule"), [(0.5, False), (0.499, True)])
def test_threshold_through_fhir(value: float, rule: bool) -> None:
    found = fired(patient(), order(), result(NEUTROPHILS, value, "10*3/uL"))
    assert ("monitoring.agranulocytosis-range" in found) is rule


def test_old_result_no_longer_counts() -> None:
    old = result(NEUTROPHILS, 0.3, effectiveDateTime="2003-01-07T06:01:37+00:00")
    assert "monitoring.agranulocytosis-range" not in fired(patient(), order(), old)


def test_notice_points_to_an_implausible_value() -> None:
    answer = evaluate(patient(), result(HAEMOGLOBIN, 0.015, "g/L")).evaluation
    assert [notice.pointer for notice in answer.notices] == ["/entry/1/resource/valueQuantity"]
