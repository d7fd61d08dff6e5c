"""What an answer holds, field by field; on the invented rulebook where its smallness helps."""

from __future__ import annotations

from typing import Any

import pytest
from cds_engine import Engine, load_rulebook, read_record, shipped_rulebooks
from cds_engine.record.json_text import parse_json

from tests.rulebook import tiny
from tests.rulebook.tiny import FULL, as_json

SHIPPED = shipped_rulebooks() / "mianserin"
FIELDS = [
    "research_use_only",
    "disclaimer",
    "as_of",
    "patient_id",
    "rulebook",
    "advisories",
    "not_evaluable",
    "outcomes",
    "notices",
]


def test_shape() -> None:
    found = as_json(FULL)
    assert list(found) == FIELDS
    assert list(as_json(FULL, explain=True)) == [*FIELDS, "trace"]
    assert found["research_use_only"] is True
    assert found["disclaimer"] == "Invented for tests; research use only."
    assert (found["as_of"], found["patient_id"]) == ("2026-11-23", "t-1")
    assert found["rulebook"].keys() == {"id", "version", "digest"}
    assert found["rulebook"]["digest"].startswith("sha256:")
    assert found["outcomes"] == {"fired": 2, "not_met": 3, "not_evaluable": 1, "not_applicable": 0}
    assert found["notices"] == []


def test_an_advisory() -> None:
    [lowest, high] = as_json(FULL)["advisories"]
    assert high == {
        "rule": "amounts.high",
        "family": "amounts",
        "indicator": "warning",
        "summary": "Velozine 350 ug/d: above 300 ug/d",
        "detail": "The handbook reports doses up to 300 ug/d.",
        "because": [
            {
                "fact": "velozine.daily_dose",
                "value": 350,
                "unit": "ug/d",
                "operator": "more_than",
                "threshold": 300,
                "parameter": "amount.maximum",
                "sources": ["/medications/0"],
            },
            {
                "fact": "velozine.active",
                "value": True,
                "unit": None,
                "operator": "is",
                "threshold": True,
                "parameter": None,
                "sources": ["/medications/0"],
            },
            {
                "fact": "patient.age_years",
                "value": 30,
                "unit": "a",
                "operator": "at_least",
                "threshold": 16,
                "parameter": "age.grown",
                "sources": ["/patient"],
            },
        ],
        "evidence": [
            {
                "claim": "handbook.bands",
                "basis": "labelling",
                "reliability": "A",
                "statement": "Velozine is taken at 100 to 400 ug a day, lately to 300.",
                "source": "A handbook of invented compounds",
                "locator": "page 2",
            }
        ],
        "mechanism": [],
        "conflicts": [
            {
                "conflict": "upper-end",
                "statement": "An older page says 400.",
                "decision": "The younger page counts from its date on.",
            }
        ],
        "limitations": ["Half a tablet cannot be told from a whole one."],
    }
    assert lowest["mechanism"] == [{"target": "gribble-1", "statement": "Gribbling is dampened."}]


def test_the_gravest_come_first_then_by_id() -> None:
    shipped = Engine(load_rulebook(SHIPPED))
    rank = ["critical", "warning", "info"]
    for path in sorted((SHIPPED / "examples").glob("*.json")):
        record = read_record(parse_json(path.read_bytes(), "x"), "x", history_fields=shipped.history_fields)
        found = shipped.evaluate(record).advisories
        keys = [(rank.index(item.indicator), item.rule) for item in found]
        assert keys == sorted(keys)
        assert all(len(item.summary) < 140 for item in found)


def test_findings_are_replaced_by_what_decided_them() -> None:
    named = {item["fact"] for advisory in as_json(FULL)["advisories"] for item in advisory["because"]}
    assert "patient.grown" not in named
    assert "patient.age_years" in named


def test_only_the_true_branch_of_an_alternative_is_a_ground() -> None:
    sections = {
        **FULL,
        "medications": [{"drug": "quandrol"}],
        "conditions": [{"code": "grumbling", "present": False}],
    }
    found = as_json(sections)
    assert found["outcomes"]["fired"] == 0, "the indication is unknown: the rule is open"
    [entry] = found["not_evaluable"]
    assert entry == {"rule": "lab.hiccup-storm", "missing": ["velozine.indication"]}


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"patient": {}}, {"amounts.high": ["patient.age_years"]}),
        (
            {"observations": None},
            {"lab.zorbulin-low": ["zorbulin.latest"], "lab.zorbulin-lowest": ["zorbulin.latest"]},
        ),
        ({"history": {}}, {}),
        ({"symptoms": None}, {}),
        ({"symptoms": []}, {}),
        ({"medications": []}, {}),
    ],
)
def test_missing_names_only_what_could_still_make_a_rule_fire(
    change: dict[str, Any], missing: dict[str, list[str]]
) -> None:
    sections = {**FULL, "conditions": [{"code": "grumbling"}], **change}
    given = {name: value for name, value in sections.items() if value is not None}
    found = {entry["rule"]: entry["missing"] for entry in as_json(given)["not_evaluable"]}
    assert found == missing


def test_nothing_known() -> None:
    found = as_json({})
    assert (found["patient_id"], found["advisories"]) == (None, [])
    assert found["outcomes"]["not_evaluable"] == 6
    assert [entry["rule"] for entry in found["not_evaluable"]] == sorted(tiny.engine().rulebook.rules)
    assert all(entry["missing"] for entry in found["not_evaluable"])
    dose = next(entry for entry in found["not_evaluable"] if entry["rule"] == "amounts.low")
    assert dose["missing"] == ["velozine.active", "patient.age_years", "velozine.daily_dose"]


def leaves(traced: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [leaf for item in traced for leaf in (item, *leaves(item["conditions"]))]


@pytest.mark.parametrize("sections", [{}, FULL, {**FULL, "patient": {"deceased_date": "2026-11-22"}}])
def test_the_trace_covers_every_rule_and_comparison(sections: dict[str, Any]) -> None:
    found = as_json(sections, explain=True)
    traced = {item["rule"]: item for item in found["trace"]}
    assert list(traced) == sorted(tiny.engine().rulebook.rules)
    assert len(leaves(traced["lab.hiccup-storm"]["conditions"])) == 6
    assert len(leaves(traced["amounts.middle"]["conditions"])) == 5, (
        "between is two, the finding brings its own"
    )
    counts = dict.fromkeys(found["outcomes"], 0)
    for item in traced.values():
        counts[item["outcome"]] += 1
    assert counts == found["outcomes"]


def test_a_traced_comparison() -> None:
    [trace] = [item for item in as_json(FULL, explain=True)["trace"] if item["rule"] == "amounts.low"]
    assert trace["outcome"] == "not_met"
    active, grown, dose = trace["conditions"]
    assert (active["part"], dose["part"]) == ("applies_to", "when")
    assert dose == {
        "part": "when",
        "fact": "velozine.daily_dose",
        "value": 350,
        "unit": "ug/d",
        "operator": "less_than",
        "threshold": 100,
        "parameter": "amount.minimum",
        "truth": "false",
        "conditions": [],
    }
    assert (grown["fact"], grown["truth"]) == ("patient.grown", "true")
    [age] = grown["conditions"]
    assert (age["part"], age["fact"], age["value"], age["threshold"]) == (
        "finding",
        "patient.age_years",
        30,
        16,
    )


def test_an_unknown_value_is_null_and_its_truth_unknown() -> None:
    traces = as_json({}, explain=True)["trace"]
    assert {leaf["truth"] for item in traces for leaf in leaves(item["conditions"])} == {"unknown"}
    assert {leaf["value"] for item in traces for leaf in leaves(item["conditions"])} == {None}
