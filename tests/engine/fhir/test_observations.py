"""Results: values, units, dates, statuses, and which result of a day counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from cds_engine.fhir import bundle_to_record
from cds_engine.record.moments import parse_moment

from tests.engine.fhir.bundles import (
    ENGINE,
    HAEMOGLOBIN,
    LEUKOCYTES,
    LOINC,
    NEUTROPHILS,
    UCUM,
    bundle,
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
        ({"effectiveDateTime": "2026-11-20T23:59:59-11:00"}, "2026-11-20T23:59:59-11:00"),
        ({"effectiveDateTime": "2026-11-20T08:00:00.123456789Z"}, "2026-11-20T08:00:00.123456+00:00"),
        ({"effectiveDateTime": "2026-11-20T23:59:60Z"}, "2026-11-20"),
        ({"effectivePeriod": {"start": "2026-11-18", "end": "2026-11-20"}}, "2026-11-20"),
        ({"effectivePeriod": {"start": "2026-11-18"}}, "2026-11-18"),
        (
            {"effectiveDateTime": None, "effectiveInstant": "2026-11-20T10:00:00Z"},
            "2026-11-20T10:00:00+00:00",
        ),
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
    assert record["incomplete"] == ["observations"]


def test_unknown_status_has_no_value() -> None:
    [entry], notices = results(result(status="unknown"))
    assert (entry["status"], entry.get("value")) == ("corrected", None)
    assert notices


def latest(*resources: dict[str, Any], as_of: str = "2026-11-23") -> object:
    """Return the latest neutrophil count of a Bundle."""
    record, _, _ = bundle_to_record(
        bundle(patient(), *resources), "bundle", ENGINE.vocabulary, parse_moment(as_of)
    )
    return ENGINE.facts(ENGINE.read(record), parse_moment(as_of)).values.get("neutrophils.latest")


def test_a_status_of_unknown_may_be_a_correction() -> None:
    day = {"effectiveDateTime": "2026-11-22"}
    final = result(NEUTROPHILS, 0.3, **day)
    assert latest(final, result(NEUTROPHILS, 3, status="corrected", **day)) == 3
    assert latest(final, result(NEUTROPHILS, 3, status="unknown", **day)) is None


@pytest.mark.parametrize(
    ("when", "as_of", "expected"),
    [
        ("2026-11-24T08:00:00+10:00", "2026-11-23T22:30:00Z", 2),
        ("2026-11-24T08:00:00+10:00", "2026-11-23T21:30:00Z", 1),
        ("2026-11-24T08:00:00+10:00", "2026-11-23", 1),
        ("2026-11-23T20:00:00-05:00", "2026-11-24T00:30:00Z", 1),
        ("2026-11-23T20:00:00-05:00", "2026-11-24T01:30:00Z", 2),
    ],
)
def test_time_zones(when: str, as_of: str, expected: int) -> None:
    older = result(NEUTROPHILS, 1, effectiveDateTime="2026-11-22T08:00:00Z")
    assert latest(older, result(NEUTROPHILS, 2, effectiveDateTime=when), as_of=as_of) == expected


@pytest.mark.parametrize(
    ("results_of_a_day", "expected"),
    [
        ([(3.0, "corrected", "T08:00:00Z"), (0.3, "final", "T18:00:00Z")], Decimal("0.3")),
        ([(3.0, "final", "T18:00:00Z"), (0.3, "corrected", "T08:00:00Z")], 3),
        ([(3.0, "final", "T08:00:00Z"), (0.3, "corrected", "T08:00:00Z")], Decimal("0.3")),
        ([(3.0, "final", ""), (0.3, "corrected", "")], Decimal("0.3")),
        ([(3.0, "final", ""), (0.3, "final", "")], None),
        ([(3.0, "corrected", ""), (0.3, "final", "T18:00:00Z")], None),
    ],
)
def test_results_of_one_day(results_of_a_day: list[tuple[float, str, str]], expected: object) -> None:
    made = [
        result(NEUTROPHILS, value, status=status, effectiveDateTime=f"2026-11-22{time}")
        for value, status, time in results_of_a_day
    ]
    assert latest(*made) == expected


# What is not understood


@pytest.mark.parametrize(
    ("code", "named", "value"),
    [
        ({"text": "Neutrophils"}, "text|Neutrophils", None),
        (concept(("http://local", "ANC")), "http://local|ANC", None),
        (concept(LEUKOCYTES, NEUTROPHILS), f"text|codes that disagree: {LOINC}|6690-2, {LOINC}|751-8", None),
        ({}, "text|(no code)", None),
    ],
)
def test_a_result_that_is_not_understood_may_be_any(code: dict[str, Any], named: str, value: object) -> None:
    [entry], _ = results(result(code=code))
    assert entry.pop("value", None) == value
    assert entry == {"code": named, "status": "final", "date": "2026-11-22"}


@pytest.mark.parametrize("code", ["804-5", "26464-8", "49498-9"])
def test_another_test_for_leukocytes_is_not_ignored(code: str) -> None:
    [entry], _ = results(result((LOINC, code)))
    assert entry["code"] in {"leukocytes", f"{LOINC}|{code}"}


@pytest.mark.parametrize(
    ("focus", "code"),
    [
        ({"reference": "Patient/p"}, "leukocytes"),
        ({"reference": "Patient/fetus"}, None),
        ({"reference": "Device/1"}, None),
        ({"display": "the donor"}, "text|http"),
        ({"reference": "urn:uuid:9"}, "text|http"),
    ],
)
def test_focus(focus: dict[str, Any], code: str | None) -> None:
    found, notices = results(result(focus=[focus]), result(HAEMOGLOBIN, 140, "g/L"))
    if code is None:
        assert [entry["code"] for entry in found] == ["haemoglobin"]
        assert "about someone or something else" in notices[0]
    else:
        assert found[0]["code"].startswith(code)


def test_the_focus_of_a_component() -> None:
    part = {"code": concept(NEUTROPHILS), "valueQuantity": {"value": 0.4, "unit": "10*9/L"}}
    head = result(("http://loinc.org", "58410-2"), None, component=[part], focus=[{"display": "donor"}])
    found, _ = results(head)
    assert [entry["code"][:5] for entry in found] == ["text|"]


@pytest.mark.parametrize("value", [0.4, 4, 40])
def test_a_component_with_a_modifier_extension_may_mean_anything(value: float) -> None:
    quantity = {"value": value, "unit": "10*9/L"}
    part = {
        "code": concept(NEUTROPHILS),
        "valueQuantity": quantity,
        "modifierExtension": [{"url": "http://x"}],
    }
    plain = {"code": concept(HAEMOGLOBIN), "valueQuantity": {"value": 140, "unit": "g/L"}}
    head = result(("http://loinc.org", "58410-2"), None, component=[part, plain])
    found, notices = results(head)
    assert [entry["code"][:5] for entry in found] == ["text|", "haemo"]
    assert found[0]["date"] == "2026-11-22"
    assert any(line.startswith("/entry/1/resource/component/0: a modifierExtension") for line in notices)


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
