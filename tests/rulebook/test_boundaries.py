"""Every number of the rulebook: just below, exactly at and just above, from JSON text to advisory.

The numbers are written out here, so that a changed threshold in the rulebook is noticed. A test that takes
a value gives it as it would stand in the JSON text.
"""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tests.rulebook.records import AS_OF, MDD, course, days_ago, fired, mianserin, reading, record

NONE: set[str] = set()


def bands(*rows: tuple[str, str]) -> Any:
    """Parametrize over values and the rule expected to fire for each, '' for none."""
    return pytest.mark.parametrize(("value", "expected"), rows)


# dosing: four bands for depression, three and a cap for insomnia

DOSES = [
    ("0.25", "below-range"),
    ("29.75", "below-range"),
    ("29.999999", "below-range"),
    ("30", "within-range"),
    ("30.000001", "within-range"),
    ("89.999999", "within-range"),
    ("90", "within-range"),
    ("90.000001", "above-range"),
    ("199.999999", "above-range"),
    ("200", "above-range"),
]


@bands(*DOSES)
def test_dose_bands_in_depression(value: str, expected: str) -> None:
    found = fired(record(medications=[mianserin(value)]), "dosing.mdd-")
    assert {rule for rule in found if rule.endswith("-range")} == {f"dosing.mdd-{expected}"}


@pytest.mark.parametrize("indication", [MDD, "insomnia"])
@bands(("200", ""), ("200.000001", "dosing.above-every-label"), ("1000", "dosing.above-every-label"))
def test_above_every_label(indication: str, value: str, expected: str) -> None:
    found = fired(record(medications=[mianserin(value, indication=indication)]), "dosing.")
    assert ("dosing.above-every-label" in found) == bool(expected)
    assert ("dosing.mdd-above-range" in found) == (not expected and indication == MDD)
    assert ("dosing.insomnia-above-low-dose" in found) == (not expected and indication == "insomnia")


@bands(
    ("29.999999", ""),
    ("30", "dosing.mdd-outside-trial-dose"),
    ("59.999999", "dosing.mdd-outside-trial-dose"),
    ("60", "dosing.mdd-at-trial-dose"),
    ("90", "dosing.mdd-at-trial-dose"),
    ("90.000001", ""),
)
def test_trial_dose(value: str, expected: str) -> None:
    found = fired(record(medications=[mianserin(value)]), "dosing.mdd-")
    assert {rule for rule in found if "trial" in rule} == ({expected} if expected else NONE)


@bands(
    ("7.499999", "below-low-dose"),
    ("7.5", "low-dose"),
    ("7.500001", "low-dose"),
    ("10", "low-dose"),
    ("12.5", "low-dose"),
    ("12.500001", "above-low-dose"),
    ("200", "above-low-dose"),
)
def test_insomnia_bands(value: str, expected: str) -> None:
    found = fired(record(medications=[mianserin(value, indication="insomnia")]), "dosing.insomnia-")
    assert found - {"dosing.insomnia-without-depression"} == {f"dosing.insomnia-{expected}"}


@pytest.mark.parametrize("unit", ["mg/d", "mg/day", "mg/24h", "mg/(24.h)"])
def test_a_dose_in_every_spelling(unit: str) -> None:
    entry = mianserin("90")
    entry["daily_dose"]["unit"] = unit
    assert "dosing.mdd-within-range" in fired(record(medications=[entry]))


@pytest.mark.parametrize(
    ("value", "unit"), [("90000", "ug/d"), ("0.09", "g/d"), ("3.75", "mg/h"), ("630", "mg/wk")]
)
def test_a_dose_in_other_units_is_the_same_dose(value: str, unit: str) -> None:
    entry = mianserin(value)
    entry["daily_dose"]["unit"] = unit
    found = fired(record(medications=[entry]))
    assert "dosing.mdd-within-range" in found
    assert "dosing.mdd-above-range" not in found


@pytest.mark.parametrize(
    ("days", "dose", "age", "expected"),
    [
        (6, "30", 65, NONE),
        (6, "30.000001", 65, {"dosing.elderly-initial-dose"}),
        (7, "30.000001", 65, NONE),
        (6, "40", 64, NONE),
        (6, "40.000001", 64, {"dosing.adult-start-dose"}),
        (7, "40.000001", 64, NONE),
        (0, "40.000001", 18, {"dosing.adult-start-dose"}),
        (0, "40.000001", 17, NONE),
    ],
)
def test_first_days(days: int, dose: str, age: int, expected: set[str]) -> None:
    found = fired(record(patient={"age_years": age}, medications=[mianserin(dose, days)]), "dosing.")
    assert found & {"dosing.elderly-initial-dose", "dosing.adult-start-dose"} == expected


# ages: the day before a birthday, the birthday


@pytest.mark.parametrize(
    ("years", "rule", "before", "on"),
    [
        (18, "dosing.not-for-minors", True, False),
        (18, "dosing.mdd-within-range", False, True),
        (25, "safety.suicidality-under-25", True, False),
        (65, "monitoring.adult-count-overdue-initial", True, False),
        (65, "monitoring.elderly-count-overdue-initial", False, True),
    ],
)
def test_ages(years: int, rule: str, before: bool, on: bool) -> None:
    birthday = AS_OF.replace(year=AS_OF.year - years)
    rows = [(birthday + datetime.timedelta(days=1), before), (birthday, on)]
    for birth_date, expected in rows:
        days = 28 if "suicidality" in rule else 60
        found = fired(
            record(patient={"birth_date": birth_date.isoformat()}, medications=[mianserin("60", days)])
        )
        assert (rule in found) == expected, birth_date


@pytest.mark.parametrize(
    ("age", "days", "expected"), [(18, 28, True), (24, 28, True), (24, 29, False), (17, 28, False)]
)
def test_suicidality(age: int, days: int, expected: bool) -> None:
    found = fired(record(patient={"age_years": age}, medications=[mianserin("60", days)]))
    assert ("safety.suicidality-under-25" in found) == expected


# review and response


def scores(before: str, now: str, days: int = 28) -> list[dict[str, Any]]:
    return [reading("hamd17", now, "{score}", 0), reading("hamd17", before, "{score}", days)]


@pytest.mark.parametrize(
    ("now", "dose", "days", "expected"),
    [
        ("11", "60", 28, True),
        ("11", "60", 27, False),
        ("10", "60", 28, False),
        ("9", "60", 28, False),
        ("11", "89.999999", 28, True),
        ("11", "90", 28, False),
    ],
)
def test_no_response_at_review(now: str, dose: str, days: int, expected: bool) -> None:
    written = record(medications=[mianserin(dose, days)], observations=scores("20", now, days))
    assert ("dosing.no-response-at-review" in fired(written)) == expected


@pytest.mark.parametrize(
    ("before", "now", "days", "response", "remission"),
    [
        ("20", "11", 28, False, False),
        ("20", "10", 28, True, False),
        ("20", "9", 28, True, False),
        ("14", "8", 28, False, False),
        ("12", "7", 28, False, True),
        ("16", "8", 28, True, False),
        ("15", "7", 28, True, True),
        ("15", "6", 28, True, True),
        ("20", "5", 27, False, False),
    ],
)
def test_response_and_remission(before: str, now: str, days: int, response: bool, remission: bool) -> None:
    pair = [mianserin("60", days), course("fluoxetine", "20")]
    found = fired(record(medications=pair, observations=scores(before, now, days)), "augmentation.")
    assert ("augmentation.response" in found) == response
    assert ("augmentation.remission" in found) == remission


# augmentation


@pytest.mark.parametrize(
    ("dose", "partner", "expected"),
    [
        ("60", "20", {"studied-pair"}),
        ("59.999999", "20", {"mianserin-dose-not-studied"}),
        ("60.000001", "20", {"mianserin-dose-not-studied"}),
        ("60", "19.999999", {"fluoxetine-dose-not-studied"}),
        ("60", "20.000001", {"fluoxetine-dose-not-studied"}),
        ("30", "40", {"mianserin-dose-not-studied", "fluoxetine-dose-not-studied"}),
    ],
)
def test_the_studied_pair(dose: str, partner: str, expected: set[str]) -> None:
    found = fired(record(medications=[mianserin(dose), course("fluoxetine", partner)]), "augmentation.")
    assert found - {"augmentation.resistance-not-documented"} == {f"augmentation.{name}" for name in expected}


@pytest.mark.parametrize(("trials", "documented"), [(0, False), (1, True), (2, True)])
def test_documented_resistance(trials: int, documented: bool) -> None:
    history = {"failed_antidepressant_trials": trials}
    pair = [mianserin("60"), course("fluoxetine", "20")]
    found = fired(record(medications=pair, history=history), "augmentation.")
    assert ("augmentation.resistance-not-documented" in found) == (not documented)
    alone = record(medications=[course("fluoxetine", "20")], conditions=[{"code": MDD}], history=history)
    assert ("augmentation.candidate" in fired(alone)) == documented


@pytest.mark.parametrize(("dose", "expected"), [("19.999999", False), ("20", True), ("20.000001", False)])
def test_a_candidate_takes_exactly_the_studied_dose(dose: str, expected: bool) -> None:
    conditions = [{"code": MDD}, {"code": "treatment-resistant-depression"}]
    written = record(medications=[course("fluoxetine", dose)], conditions=conditions)
    assert ("augmentation.candidate" in fired(written)) == expected


# counts over time

COUNT_RULES = {
    "monitoring.elderly-count-overdue-initial",
    "monitoring.elderly-count-overdue-continuing",
    "monitoring.elderly-count-current",
    "monitoring.adult-count-overdue-initial",
}


@pytest.mark.parametrize(
    ("age", "on_treatment", "since_count", "expected"),
    [
        (65, 28, None, ""),
        (65, 29, None, "elderly-count-overdue-initial"),
        (65, 90, 28, "elderly-count-current"),
        (65, 90, 29, "elderly-count-overdue-initial"),
        (65, 90, None, "elderly-count-overdue-initial"),
        (65, 91, None, "elderly-count-overdue-continuing"),
        (65, 91, 29, "elderly-count-current"),
        (65, 91, 90, "elderly-count-current"),
        (65, 91, 91, "elderly-count-overdue-continuing"),
        (64, 28, None, ""),
        (64, 29, None, "adult-count-overdue-initial"),
        (64, 90, 28, ""),
        (64, 90, 29, "adult-count-overdue-initial"),
        (64, 91, None, ""),
        (18, 90, 29, "adult-count-overdue-initial"),
        (17, 90, 29, ""),
    ],
)
def test_counts_due(age: int, on_treatment: int, since_count: int | None, expected: str) -> None:
    observations = [] if since_count is None else [reading("leukocytes", "6", "10*9/L", since_count)]
    written = record(
        patient={"age_years": age}, medications=[mianserin("30", on_treatment)], observations=observations
    )
    assert fired(written) & COUNT_RULES == ({f"monitoring.{expected}"} if expected else NONE)


@pytest.mark.parametrize(
    ("days_before_start", "expected"),
    [(29, True), (28, False), (0, False), (-7, False), (-8, True)],
)
def test_baseline(days_before_start: int, expected: bool) -> None:
    """A count from 28 days before to 7 days after the start is a baseline."""
    written = record(
        patient={"age_years": 70},
        medications=[mianserin("30", 60)],
        observations=[reading("neutrophils", "4", "10*9/L", 60 + days_before_start)],
    )
    assert ("monitoring.elderly-baseline-missing" in fired(written)) == expected


@pytest.mark.parametrize(("on_treatment", "expected"), [(90, True), (91, False)])
def test_baseline_is_asked_for_in_the_initial_phase(on_treatment: int, expected: bool) -> None:
    written = record(patient={"age_years": 70}, medications=[mianserin("30", on_treatment)])
    assert ("monitoring.elderly-baseline-missing" in fired(written)) == expected


# blood values, in every spelling of the unit

PER_LITRE = [
    *[(unit, 1) for unit in ("10*9/L", "10*3/uL", "10^9/L", "10^3/uL", "10*3/mm3", "/nL", "K/uL")],
    *[(unit, 1) for unit in ("x10*9/L", "x10^9/L", "10e9/L", "thou/uL", "1000/uL")],
    *[(unit, 1000) for unit in ("10*6/L", "/uL", "/mm3", "{cells}/uL", "{cells}/mm3", "{#}/uL", "cells/uL")],
]
COUNTS = [
    ("neutrophils", "0", "agranulocytosis-range"),
    ("neutrophils", "0.499999", "agranulocytosis-range"),
    ("neutrophils", "0.5", "neutropenia-severe"),
    ("neutrophils", "0.500001", "neutropenia-severe"),
    ("neutrophils", "0.999999", "neutropenia-severe"),
    ("neutrophils", "1", "neutropenia-moderate"),
    ("neutrophils", "1.0", "neutropenia-moderate"),
    ("neutrophils", "1.499999", "neutropenia-moderate"),
    ("neutrophils", "1.5", ""),
    ("neutrophils", "1.500001", ""),
    ("leukocytes", "2.999999", "leukopenia-marked"),
    ("leukocytes", "3", "leukopenia"),
    ("leukocytes", "3.999999", "leukopenia"),
    ("leukocytes", "4.0", ""),
    ("leukocytes", "4.000001", ""),
    ("platelets", "49.999999", "thrombocytopenia-severe"),
    ("platelets", "50", "thrombocytopenia"),
    ("platelets", "74.999999", "thrombocytopenia"),
    ("platelets", "75", ""),
]
GRADES = {
    "neutrophils": {"agranulocytosis-range", "neutropenia-severe", "neutropenia-moderate"},
    "leukocytes": {"leukopenia", "leukopenia-marked"},
    "platelets": {"thrombocytopenia", "thrombocytopenia-severe"},
    "haemoglobin": {"anaemia", "anaemia-severe"},
}


def grade(code: str, value: str, unit: str, days: int = 0) -> set[str]:
    written = record(medications=[mianserin()], observations=[reading(code, value, unit, days)])
    names = {rule.removeprefix("monitoring.") for rule in fired(written, "monitoring.")}
    return names & GRADES[code]


@pytest.mark.parametrize(("unit", "factor"), PER_LITRE)
@pytest.mark.parametrize(("code", "value", "expected"), COUNTS)
def test_counts_in_every_unit(code: str, value: str, expected: str, unit: str, factor: int) -> None:
    from decimal import Decimal

    written = format(Decimal(value) * factor, "f")
    assert grade(code, written, unit) == ({expected} if expected else NONE)


@bands(
    ("79.999999", "anaemia-severe"),
    ("80", "anaemia"),
    ("99.999999", "anaemia"),
    ("100", ""),
    ("100.000001", ""),
)
def test_haemoglobin(value: str, expected: str) -> None:
    assert grade("haemoglobin", value, "g/L") == ({expected} if expected else NONE)


@bands(("7.99", "anaemia-severe"), ("8", "anaemia"), ("9.99", "anaemia"), ("10.0", ""))
def test_haemoglobin_per_decilitre(value: str, expected: str) -> None:
    assert grade("haemoglobin", value, "g/dL") == ({expected} if expected else NONE)


@pytest.mark.parametrize(("days", "expected"), [(89, True), (90, True), (91, False)])
def test_a_result_older_than_ninety_days_is_stale(days: int, expected: bool) -> None:
    assert ("neutropenia-moderate" in grade("neutrophils", "1.2", "10*9/L", days)) == expected


@pytest.mark.parametrize("slip", ["4200", "0.0042", "420000"])
def test_a_thousandfold_slip_is_not_used(slip: str) -> None:
    assert grade("neutrophils", slip, "10*9/L") == NONE


@bands(("0.999999", "febrile"), ("1", ""), ("1.000001", ""))
def test_febrile_neutropenia(value: str, expected: str) -> None:
    written = record(
        medications=[mianserin()],
        observations=[reading("neutrophils", value, "10*9/L")],
        symptoms=[{"code": "fever"}],
    )
    assert ("monitoring.febrile-neutropenia" in fired(written)) == bool(expected)


@pytest.mark.parametrize("code", ["neutrophils", "leukocytes"])
@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("8", "4.000001", False),
        ("8", "4", True),
        ("8", "3.999999", True),
        ("9", "4.5", True),
        ("7", "3.500001", False),
    ],
)
def test_a_falling_count(code: str, before: str, now: str, expected: bool) -> None:
    """The latest reading is given before the earlier one."""
    readings = [reading(code, now, "10*9/L", 1), reading(code, before, "10*9/L", 30)]
    for written in (readings, readings[::-1]):
        found = fired(record(medications=[mianserin()], observations=written))
        assert ("monitoring.count-falling" in found) == expected


# weight


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("80", "83.999", ""),
        ("80", "84", "side-effects.weight-gain-measured"),
        ("80", "87.999", "side-effects.weight-gain-measured"),
        ("80", "88", "side-effects.weight-gain-marked"),
        ("80", "88.001", "side-effects.weight-gain-marked"),
        ("80", "70", ""),
    ],
)
def test_weight_gain(before: str, now: str, expected: str) -> None:
    readings = [reading("body-weight", now, "kg", 1), reading("body-weight", before, "kg", 40)]
    found = fired(record(medications=[mianserin("60", 30)], observations=readings), "side-effects.weight")
    assert found == ({expected} if expected else NONE)


# MAO inhibitors


@pytest.mark.parametrize(("days", "expected"), [(0, True), (13, True), (14, False), (15, False)])
def test_maoi_washout(days: int, expected: bool) -> None:
    stopped = {"drug": "phenelzine", "start": days_ago(400), "stop": days_ago(days)}
    assert ("safety.maoi" in fired(record(medications=[mianserin(), stopped]))) == expected


def test_maoi_taken() -> None:
    assert "safety.maoi" in fired(record(medications=[mianserin(), course("moclobemide")]))
    assert "safety.maoi" not in fired(record(medications=[mianserin()]))
