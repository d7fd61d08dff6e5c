"""One page of several: the other pages are unknown, so no list is complete."""

from __future__ import annotations

from typing import Any

import pytest
from cds_engine.fhir import evaluate_bundle
from cds_engine.fhir.bundle import is_page

from tests.engine.fhir.bundles import (
    AS_OF,
    ENGINE,
    LONG_QT,
    NEUTROPHILS,
    bundle,
    dosage,
    drafts,
    order,
    patient,
    problem,
    result,
)

NEXT = [
    {"relation": "self", "url": "http://x/Condition?patient=p"},
    {"relation": "next", "url": "http://x/2"},
]
SELF = NEXT[:1]
RESOURCES = (order(dosageInstruction=[dosage(60)]), problem(LONG_QT), result(NEUTROPHILS, 1.2))
OUTCOMES = {
    "safety.long-qt": "fired",
    "safety.mania": "not_met",
    "safety.maoi": "not_met",
    "dosing.above-every-label": "not_met",
    "monitoring.neutropenia-moderate": "fired",
}


def outcomes(value: Any, **more: Any) -> dict[str, str]:
    trace = evaluate_bundle(ENGINE, value, AS_OF, explain=True, **more).evaluation.trace
    assert trace is not None
    return {item.rule: item.outcome for item in trace if item.rule in OUTCOMES}


def searched(*resources: dict[str, Any], link: list[dict[str, str]]) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entries}


def test_the_last_page_counts_as_complete() -> None:
    assert outcomes(bundle(patient(), *RESOURCES, type="searchset", link=SELF)) == OUTCOMES


def test_only_what_the_page_names_is_known() -> None:
    found = outcomes(bundle(patient(), *RESOURCES, type="searchset", link=NEXT))
    open_rules = dict.fromkeys(OUTCOMES, "not_evaluable")
    assert found == open_rules | {"safety.long-qt": "fired"}


@pytest.mark.parametrize(
    ("about", "is_one"),
    [
        ({"link": NEXT}, True),
        ({"link": [{"relation": "previous", "url": "http://x/1"}]}, True),
        ({"link": [{"relation": "prev", "url": "http://x/1"}]}, True),
        ({"link": SELF}, False),
        ({"type": "searchset", "total": 4}, True),
        ({"type": "searchset", "total": 3}, False),
        ({"type": "searchset", "total": 2}, False),
        ({"type": "collection", "total": 4}, False),
    ],
)
def test_what_is_a_page(about: dict[str, Any], is_one: bool) -> None:
    value = {"resourceType": "Bundle", "entry": [{"resource": one} for one in RESOURCES], **about}
    assert is_page(value) is is_one


def test_what_a_search_includes_is_not_in_its_total() -> None:
    included = {"resource": {"resourceType": "Medication"}, "search": {"mode": "include"}}
    match = {"resource": RESOURCES[0], "search": {"mode": "match"}}
    value = {"resourceType": "Bundle", "type": "searchset", "total": 2, "entry": [match, included]}
    assert is_page(value)
    assert not is_page({**value, "total": 1})


def test_a_search_that_found_more_than_it_returns_is_a_page() -> None:
    found = outcomes(bundle(patient(), *RESOURCES, type="searchset", total=5))
    assert found == dict.fromkeys(OUTCOMES, "not_evaluable") | {"safety.long-qt": "fired"}


def test_drugs_on_a_page_are_taken_in_an_unknown_dose() -> None:
    found = evaluate_bundle(ENGINE, bundle(patient(), *RESOURCES, link=NEXT), AS_OF).evaluation
    missing = {rule.rule: rule.missing for rule in found.not_evaluable}
    assert missing["dosing.above-every-label"] == ("mianserin.daily_dose",)
    assert "maoi.active" in missing["safety.maoi"]


@pytest.mark.parametrize(
    ("paged", "open_rules"),
    [
        (0, {"safety.maoi", "dosing.above-every-label"}),
        (1, {"safety.mania"}),
        (2, {"monitoring.neutropenia-moderate"}),
    ],
    ids=["orders", "conditions", "results"],
)
def test_a_page_of_one_search_leaves_only_its_type_unknown(paged: int, open_rules: set[str]) -> None:
    answers = [
        searched(resource, link=NEXT if number == paged else SELF)
        for number, resource in enumerate(RESOURCES)
    ]
    found = outcomes(bundle(patient(), *answers))
    assert {rule for rule, outcome in found.items() if outcome == "not_evaluable"} == open_rules
    assert {rule: outcome for rule, outcome in found.items() if rule not in open_rules} == {
        rule: outcome for rule, outcome in OUTCOMES.items() if rule not in open_rules
    }


def test_a_draft_replaces_every_order_of_its_drug() -> None:
    draft = order(status="draft", dosageInstruction=[dosage(240)])
    value = bundle(patient(), draft, searched(RESOURCES[0], link=NEXT))
    found = outcomes(value, drafts=drafts(value))
    assert found["dosing.above-every-label"] == "fired"
    assert found["safety.maoi"] == "not_evaluable"


def test_a_notice_says_so() -> None:
    value = bundle(patient(), searched(RESOURCES[2], link=NEXT))
    notices = evaluate_bundle(ENGINE, value, AS_OF).evaluation.notices
    assert [notice.message for notice in notices if notice.pointer == "/entry/1/resource/link"] == [
        "this is one page of several; nothing that it does not name is assumed absent, "
        "and no result is assumed to be the latest"
    ]
