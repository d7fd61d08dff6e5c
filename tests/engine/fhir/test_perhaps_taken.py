"""A drug that a Bundle does not name by a code that is understood may be any drug."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.fhir.bundles import (
    FLUOXETINE,
    MIANSERIN,
    RXNORM,
    concept,
    evaluate,
    order,
    patient,
    statement,
)

RULES = ("safety.maoi", "safety.warfarin")


def outcomes(*resources: dict[str, Any]) -> dict[str, str]:
    trace = evaluate(*resources, explain=True).evaluation.trace
    assert trace is not None
    return {item.rule: item.outcome for item in trace if item.rule in RULES}


def in_words(text: str, **more: Any) -> dict[str, Any]:
    return order(None, medicationCodeableConcept=concept(text=text), **more)


def test_what_is_not_named_at_all_is_not_taken() -> None:
    assert outcomes(patient(), order()) == {"safety.maoi": "not_met", "safety.warfarin": "not_met"}


@pytest.mark.parametrize(
    "drug",
    [
        {"medicationCodeableConcept": {"text": "Phenelzine 15 mg tablets"}},
        {"medicationCodeableConcept": concept((RXNORM, "999999999"))},
        {"medicationCodeableConcept": concept(("http://local", "P15"))},
        {"medicationCodeableConcept": concept(FLUOXETINE, MIANSERIN)},
        {"medicationReference": {"reference": "Medication/nowhere"}},
        {"medicationReference": {"display": "Phenelzine"}},
    ],
)
@pytest.mark.parametrize("make", [order, statement])
def test_a_drug_that_is_not_understood_leaves_rules_open(make: Any, drug: dict[str, Any]) -> None:
    resource = make()
    del resource["medicationCodeableConcept"]
    found = outcomes(patient(), order(), {**resource, **drug})
    assert found == {"safety.maoi": "not_evaluable", "safety.warfarin": "not_evaluable"}


@pytest.mark.parametrize("status", ["on-hold", "stopped", "completed"])
def test_a_drug_in_words_that_was_stopped_may_still_act(status: str) -> None:
    found = outcomes(patient(), order(), in_words("Phenelzine 15 mg tablets", status=status))
    assert found == {"safety.maoi": "not_evaluable", "safety.warfarin": "not_met"}


def test_the_facts_that_would_decide_are_named() -> None:
    evaluation = evaluate(patient(), order(), in_words("Warfarin 3 mg")).evaluation
    missing = {entry.rule: entry.missing for entry in evaluation.not_evaluable}
    assert missing["safety.warfarin"] == ("warfarin.active",)


@pytest.mark.parametrize(
    "more", [{"status": "entered-in-error"}, {"status": "cancelled"}, {"doNotPerform": True}]
)
def test_an_order_that_was_never_meant_casts_no_doubt(more: dict[str, Any]) -> None:
    assert outcomes(patient(), order(), in_words("Warfarin 3 mg", **more))["safety.warfarin"] == "not_met"


def test_words_cast_doubt_on_the_dose_of_what_is_taken() -> None:
    evaluation = evaluate(patient(), order(), in_words("Mianserin 30 mg")).evaluation
    assert any("mianserin.daily_dose" in entry.missing for entry in evaluation.not_evaluable)
