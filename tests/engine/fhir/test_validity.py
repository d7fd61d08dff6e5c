"""What was found valid is remembered without what varies; the answer must be the same as without memory."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from cds_engine.fhir import validity
from cds_engine.fhir.validity import form_of, invalidity
from hypothesis import given
from hypothesis import strategies as st

MOMENTS = st.sampled_from(
    [
        "2020-05-04T10:00:00Z",
        "2021-12-28T23:59:59.123+13:59",
        "2021-12-28T23:59:59+14:00",
        "2021-12-28T23:59:59+15:00",
        "2021-12-28T24:00:00Z",
        "2021-12-28T23:59:60Z",
        "2020-05-04T10:00Z",
        "2020-05-04T10:00:00",
        "2020-05-04",
        "2020-02-28",
        "2020-02-30",
        "2021-02-29",
        "2020-13-01",
        "2020-00-01",
        "2020-05-00",
        "0000-01-01",
        "0001-01-01",
        "8999-12-28",
        "9999-12-31",
        "2020-05",
        "2020",
        "\uff12\uff10\uff12\uff10-05-04",
        "2020-05-04\n",
        "",
    ]
)
NUMBERS = st.sampled_from(
    [Decimal(text) for text in ("5", "-5", "0", "0.000001", "1E+11", "1E+400", "NaN", "Infinity", "-0.0")]
    + [True, None, "5", "five", [Decimal(5)], {}]
)
TARGETS = st.sampled_from(
    ["Patient/1", "Encounter/abc.-9", "urn:uuid:1", "Patient/", "Patient/a b", "#m", "", " ", "5", None]
)


@st.composite
def resources(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Return an Observation or a MedicationRequest, in which everything that varies is drawn."""
    subject = {"subject": {"reference": draw(TARGETS)}}
    if draw(st.booleans()):
        times = {draw(st.sampled_from(["effectiveDateTime", "issued"])): draw(MOMENTS)}
        code = {"code": {"coding": [{"code": draw(MOMENTS | st.just("751-8"))}]}}
        value = {draw(st.sampled_from(["valueQuantity", "valueRange"])): {"value": draw(NUMBERS)}}
        return "Observation", {"status": "final", **code, **subject, **times, **value}
    dose = {"doseAndRate": [{"doseQuantity": {"value": draw(NUMBERS), "unit": draw(MOMENTS)}}]}
    repeat = {"timing": {"repeat": {"frequency": draw(NUMBERS), "boundsPeriod": {"start": draw(MOMENTS)}}}}
    return "MedicationRequest", {
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "a drug"},
        "authoredOn": draw(MOMENTS),
        "dosageInstruction": [dose | repeat],
        **subject,
    }


@given(resources(), resources())
def test_what_is_remembered_is_found_again_without_memory(
    first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]]
) -> None:
    validity.valid_forms.clear()
    alone = invalidity(*second)
    validity.valid_forms.clear()
    invalidity(*first)
    assert invalidity(*second) == alone


@given(resources(), resources())
def test_resources_of_one_form_are_both_valid_or_both_invalid(
    first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]]
) -> None:
    validity.valid_forms.clear()
    found = invalidity(*first), invalidity(*second)
    if form_of(*first) == form_of(*second):
        assert (found[0] is None) == (found[1] is None)


OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "751-8"}]},
    "subject": {"reference": "Patient/1"},
    "effectiveDateTime": "2020-05-04T10:00:00Z",
    "valueQuantity": {"value": Decimal("4.5"), "unit": "10*9/L"},
}


def test_only_moments_amounts_and_targets_are_left_out_of_a_form() -> None:
    form = form_of("Observation", OBSERVATION)
    other = OBSERVATION | {
        "subject": {"reference": "Patient/2"},
        "effectiveDateTime": "2019-01-28T00:00:00+02:00",
        "valueQuantity": {"value": Decimal(-70), "unit": "10*9/L"},
    }
    assert form_of("Observation", other) == form
    changes: list[dict[str, Any]] = [
        {"status": "unclear"},
        {"subject": {"reference": "Group/1"}},
        {"effectiveDateTime": "2020-05-04"},
        {"effectiveDateTime": "2020-02-30T10:00:00Z"},
        {"valueQuantity": {"value": "4.5", "unit": "10*9/L"}},
        {"valueQuantity": {"value": True, "unit": "10*9/L"}},
        {"valueQuantity": {"value": Decimal("NaN"), "unit": "10*9/L"}},
        {"valueQuantity": {"value": Decimal("4.5"), "unit": "g/L"}},
        {"valueQuantity": [{"value": Decimal("4.5"), "unit": "10*9/L"}]},
    ]
    forms = [form_of("Observation", OBSERVATION | change) for change in changes]
    assert len({form, *forms}) == len(changes) + 1
    assert form_of("Condition", OBSERVATION) != form


def test_an_invalid_resource_is_reported_each_time_with_what_is_wrong() -> None:
    wrong = OBSERVATION | {"status": 5}
    expected = invalidity("Observation", wrong)
    assert expected is not None
    assert "/status" in expected
    assert invalidity("Observation", OBSERVATION) is None
    assert invalidity("Observation", wrong) == expected


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validity, "MAX_FORMS", 3)
    validity.valid_forms.clear()
    sizes = []
    for number in range(10):
        assert invalidity("Observation", OBSERVATION | {"issued": f"20{number}0-05-31T10:00:00Z"}) is None
        sizes.append(len(validity.valid_forms))
    assert max(sizes) == 3
