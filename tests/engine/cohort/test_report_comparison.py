"""The comparison of two rulebooks: gains and losses of advisories, the same in all formats."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from decimal import Decimal
from html import unescape

from cds_engine.cohort.report.comparison import EXAMPLES, Comparison, Patient, Transition
from cds_engine.cohort.report.comparison_data import to_json
from cds_engine.cohort.report.comparison_html import to_html
from cds_engine.cohort.report.comparison_text import to_text
from cds_engine.cohort.report.differences import compare_rulebooks
from cds_engine.cohort.report.formatting import TITLES, number, share
from cds_engine.language.expressions import Not
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.files import DatedValue
from cds_engine.rulebook.shipped import default_rulebook

from tests.engine.cohort.test_report import HOSTILE, assert_self_contained

A = load_rulebook(default_rulebook())
AS_OF = datetime.date(2026, 11, 23)
PATIENTS = 1_000_000
CURRENT, OVERDUE = "monitoring.elderly-count-current", "monitoring.elderly-count-overdue-continuing"
REMOVED, ADDED, TOLD = "safety.warfarin", "safety.coumarins", "safety.diabetes"
MOVES: dict[str, dict[Transition, int]] = {
    CURRENT: {
        ("fired", "not_applicable"): 41_003,
        ("not_met", "not_applicable"): 7_310,
        ("not_evaluable", "not_applicable"): 1_204,
        ("fired", "fired"): 102_000,
    },
    OVERDUE: {("fired", "not_applicable"): 18_221, ("not_applicable", "fired"): 3, ("fired", "fired"): 900},
    "monitoring.adult-count-overdue-initial": {("not_applicable", "fired"): 22_410},
    REMOVED: {("fired", "absent"): 12, ("not_met", "absent"): PATIENTS - 12},
    ADDED: {("absent", "not_met"): PATIENTS - 240, ("absent", "fired"): 240},
}


def successor() -> Rulebook:
    """Return a rulebook with another age limit, a removed rule, a new rule and a longer advisory."""
    elderly = A.parameters["age.elderly"]
    later = DatedValue.model_validate({"since": "2027-01-01", "value": "75"})
    values = [elderly.values[0].model_copy(update={"value": Decimal(70)}), later]
    rules = {name: rule for name, rule in A.rules.items() if name != REMOVED}
    taken = A.rules[REMOVED]
    rules[ADDED] = replace(taken, file=taken.file.model_copy(update={"id": ADDED, "title": "Coumarins"}))
    told = A.rules[TOLD].file
    advisory = told.advisory.model_copy(update={"indicator": "critical"})
    rules[TOLD] = replace(A.rules[TOLD], file=told.model_copy(update={"advisory": advisory}))
    return replace(
        A,
        digest="sha256:" + "b" * 64,
        file=A.file.model_copy(update={"version": "1.1.0"}),
        parameters={**A.parameters, "age.elderly": elderly.model_copy(update={"values": values})},
        rules=rules,
    )


def compared(b: Rulebook, moves: dict[str, dict[Transition, int]], affected: int) -> Comparison:
    unchanged: dict[Transition, int] = {("not_met", "not_met"): PATIENTS}
    return Comparison(
        a=A,
        b=b,
        as_of=AS_OF,
        layout="records",
        backend="duckdb",
        inputs=("clinics/*.ndjson",),
        notices=("clinics/7.ndjson: line 12 is no JSON",),
        patients=PATIENTS,
        rejected=4,
        affected=affected,
        transitions={
            rule.id: moves.get(rule.id, unchanged) for book in (A, b) for rule in book.rules.values()
        },
        examples={
            rule: {way: named(rule, count) for way, count in ways.items()} for rule, ways in moves.items()
        },
    )


def named(rule: str, count: int) -> list[Patient]:
    """Return invented examples, more than a report shows."""
    return [(f"{rule[:3]}-{place:06}", AS_OF) for place in range(min(count, 9))]


CHANGED = compared(successor(), MOVES, 79_412)
SAME = compared(A, {}, 0)


def test_every_format_has_the_same_figures() -> None:
    data, text, html = json.loads(to_json(CHANGED)), to_text(CHANGED), unescape(to_html(CHANGED))
    rules = {rule["rule"]: rule for rule in data["rules"]}
    assert list(rules) == sorted({rule.id for book in (A, CHANGED.b) for rule in book.active_rules})
    for name, moves in MOVES.items():
        found = {(way["a"], way["b"]): way["patients"] for way in rules[name]["transitions"]}
        assert found == moves
    for rule in CHANGED.changed:
        assert sum(move.patients for move in rule.changes) == rule.gains + rule.losses + rule.others
        for count in (rule.gains, rule.losses, rule.others):
            assert f"{number(count)}<small>{share(count, PATIENTS)}</small>" in html
        for move in rule.changes:
            told = f"{share(move.patients, PATIENTS):>7}  {TITLES[move.before]} -> {TITLES[move.after]}"
            assert f"{number(move.patients)}  {told}" in text
            assert f"{number(move.patients)}<small>{share(move.patients, PATIENTS)}</small>" in html
    sentence = "79,412 of 1,000,000 patients (7.9 %) gain or lose an advisory."
    assert sentence in text
    assert sentence in html
    assert data["affected"] == 79_412


def test_who_gains_and_who_loses() -> None:
    found = {rule.rule.id: (rule.gains, rule.losses, rule.others) for rule in CHANGED.changed}
    assert list(found.items()) == [
        (CURRENT, (0, 41_003, 8_514)),
        ("monitoring.adult-count-overdue-initial", (22_410, 0, 0)),
        (OVERDUE, (3, 18_221, 0)),
        (ADDED, (240, 0, 0)),
        (REMOVED, (0, 12, 0)),
    ]
    assert f"{CHANGED.unchanged} rules without changes" in to_text(CHANGED)
    assert CHANGED.unchanged + len(found) == len(CHANGED.rules)


def test_a_new_rule_that_does_not_fire_changes_nothing() -> None:
    silent: dict[Transition, int] = {("absent", "not_met"): 600_000, ("absent", "not_evaluable"): 400_000}
    comparison = compared(successor(), {ADDED: silent, REMOVED: {("not_met", "absent"): PATIENTS}}, 0)
    assert comparison.changed == ()
    assert comparison.differences.added == (ADDED,)


def test_few_patients_are_named() -> None:
    for rule in json.loads(to_json(CHANGED))["rules"]:
        for way in rule["transitions"]:
            assert len(way["examples"]) <= EXAMPLES
    assert f"mon-{EXAMPLES - 1:06} ({AS_OF})" in to_text(CHANGED)
    assert f"mon-{EXAMPLES:06}" not in to_text(CHANGED) + to_html(CHANGED)


def test_no_change_is_reported() -> None:
    text, html = to_text(SAME), to_html(SAME)
    for report in (text, html):
        assert "No patient changes" in report
        assert f"{len(A.active_rules)} rules without changes" in report
    assert "The rulebooks do not differ in any outcome or advisory." in text
    assert_self_contained(html)


def test_a_change_without_advisories_is_no_gain_and_no_loss() -> None:
    comparison = compared(A, {CURRENT: {("not_evaluable", "not_met"): PATIENTS}}, 0)
    assert "No patient gains or loses an advisory" in to_text(comparison)
    assert "1,000,000 change otherwise" in to_text(comparison)
    assert_self_contained(to_html(comparison))


def test_without_patients_there_are_no_changes() -> None:
    comparison = replace(SAME, patients=0, transitions={})
    assert " %" not in to_text(comparison)
    assert "No patient changes" in to_html(comparison)


def test_the_order_of_counts_does_not_matter() -> None:
    again = replace(
        CHANGED,
        transitions={
            rule: {way: ways[way] for way in reversed(list(ways))}
            for rule, ways in CHANGED.transitions.items()
        },
        examples={
            rule: {way: named[::-1] for way, named in ways.items()} for rule, ways in CHANGED.examples.items()
        },
    )
    for write in (to_text, to_json, to_html):
        assert write(again) == write(CHANGED)


def test_patient_ids_are_escaped_for_terminal_and_html() -> None:
    way: Transition = ("fired", "not_applicable")
    hostile = replace(CHANGED, examples={CURRENT: {way: [(HOSTILE, AS_OF)]}}, notices=(HOSTILE,))
    assert all(line.isprintable() for line in to_text(hostile).splitlines())
    html = to_html(hostile)
    assert "<script" not in html
    assert not {"\x1b", "\u202e", "\x00"} & set(html)
    [rule] = [rule for rule in json.loads(to_json(hostile))["rules"] if rule["rule"] == CURRENT]
    named = [who["patient_id"] for way in rule["transitions"] for who in way["examples"]]
    assert named == [HOSTILE]


def test_a_patient_without_an_id() -> None:
    nameless = replace(CHANGED, examples={CURRENT: {("fired", "not_applicable"): [("", AS_OF)]}})
    assert f"such as no patient id ({AS_OF})" in to_text(nameless)
    assert "<code>no patient id</code>" in to_html(nameless)


def test_the_page_is_self_contained_and_structured() -> None:
    assert_self_contained(to_html(CHANGED))


def test_text_keeps_within_its_width() -> None:
    assert max(map(len, to_text(CHANGED).splitlines())) <= 100


def test_every_format_is_for_research_only() -> None:
    other = A.file.model_copy(update={"disclaimer": "Nor for this."})
    both = replace(CHANGED, b=replace(CHANGED.b, file=other))
    assert json.loads(to_json(both))["disclaimer"] == f"{A.file.disclaimer} Nor for this."
    for text in (to_text(both), to_html(both)):
        assert "research use only" in text
        assert "Nor for this." in text


def test_a_rulebook_does_not_differ_from_itself() -> None:
    assert not compare_rulebooks(A, load_rulebook(default_rulebook()))


def test_a_changed_parameter_shows_in_every_rule_that_uses_it() -> None:
    found = CHANGED.differences
    [elderly] = found.parameters
    assert (str(elderly.a), str(elderly.b)) == ("65 years", "70 years, 75 years from 2027-01-01")
    why = {changed.rule: changed.why for changed in found.changed}
    assert why[OVERDUE] == ("parameter age.elderly",)
    assert why[TOLD] == ("advisory",)
    assert (found.added, found.removed) == ((ADDED,), (REMOVED,))
    assert REMOVED not in why


def test_the_first_date_of_a_parameter_is_no_difference() -> None:
    elderly = A.parameters["age.elderly"]
    first = DatedValue.model_validate({"since": "2020-01-01", "value": str(elderly.values[0].value)})
    values = [first, *elderly.values]
    dated = {**A.parameters, "age.elderly": elderly.model_copy(update={"values": values})}
    assert not compare_rulebooks(A, replace(A, parameters=dated))


def test_a_changed_freshness_shows_in_the_rules_that_use_the_result() -> None:
    fresh = A.parameters["blood.fresh"]
    values = [fresh.values[0].model_copy(update={"value": Decimal(1)})]
    b = replace(A, parameters={**A.parameters, "blood.fresh": fresh.model_copy(update={"values": values})})
    why = {changed.rule: changed.why for changed in compare_rulebooks(A, b).changed}
    assert why["monitoring.anaemia"] == ("parameter blood.fresh",)
    assert TOLD not in why


def test_conditions_and_findings_that_differ() -> None:
    rule, elderly = A.rules[TOLD], A.facts["patient.elderly"]
    assert elderly.finding is not None
    b = replace(
        A,
        rules={**A.rules, TOLD: replace(rule, when=Not(rule.when))},
        facts={**A.facts, "patient.elderly": replace(elderly, finding=Not(elderly.finding))},
    )
    why = {changed.rule: changed.why for changed in compare_rulebooks(A, b).changed}
    assert why[TOLD] == ("conditions",)
    assert why[OVERDUE] == ("fact patient.elderly",)


def test_a_fact_with_another_title_is_no_difference() -> None:
    facts = {name: replace(fact, title="other", question=None) for name, fact in A.facts.items()}
    assert not compare_rulebooks(A, replace(A, facts=facts))


def test_other_terminology_is_a_difference() -> None:
    concept = A.terminology.drugs["warfarin"].model_copy(update={"codes": {"other": ["1"]}})
    drugs = {**A.terminology.drugs, "warfarin": concept}
    b = replace(A, terminology=A.terminology.model_copy(update={"drugs": drugs}))
    assert compare_rulebooks(A, b).terminology
    comparison = replace(SAME, b=b)
    for report in (to_text(comparison), to_html(comparison)):
        assert "The terminology differs" in report
