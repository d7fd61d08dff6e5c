"""The audit finds and names every mistake that a test puts into the rules or scenarios."""

from __future__ import annotations

import pytest
from cds_engine.audit.audit_file import read_audit_file
from cds_engine.audit.result import AuditResult, Issue
from cds_engine.errors import RulebookError
from cds_engine.evaluate import Engine
from cds_engine.record.validation import read_record
from cds_engine.rulebook import load_rulebook

from tests.engine.audit.workbench import TINY, Workbench

pytestmark = pytest.mark.slow

IN_BAND = """Scenario: within the band
  Given as of 2026-07-10
  And a patient of 40
  And the patient takes velozine {dose} ug/d for grumbling
  When the record is evaluated
"""


def fired(bench: Workbench, issue: Issue) -> set[str]:
    """Return the rules that fire when the engine evaluates the witness of an issue."""
    assert issue.confirmed
    assert issue.witness is not None
    engine = Engine(load_rulebook(bench.root))
    record = read_record(dict(issue.witness), "witness", history_fields=engine.history_fields)
    return {advisory.rule for advisory in engine.evaluate(record).advisories}


def test_a_sound_rulebook_has_no_issue(full: AuditResult) -> None:
    assert full.proof is not None
    assert full.proof.issues == ()
    assert any(statement.startswith("partition amount-bands") for statement in full.proof.proved)
    assert full.proof.assumptions


def test_a_gap(bench: Workbench) -> None:
    bench.plant("amounts/amounts.low.yaml", {"less_than: $amount.minimum": "less_than: $amount.lower"})
    lower = (
        "  amount.lower:\n    title: lower\n    unit: ug/d\n    basis: labelling\n    claim: handbook.bands\n"
    )
    lower += "    values:\n      - {since: 2020-01-01, value: 80}\n  amount.minimum:"
    bench.plant("parameters.yaml", {"  amount.minimum:": lower})
    [gap] = bench.issues("gap")
    assert set(gap.rules) == {"amounts.low", "amounts.middle", "amounts.high"}
    assert not fired(bench, gap) & set(gap.rules)


def test_a_gap_of_a_single_value(bench: Workbench) -> None:
    middle = "all: [{velozine.daily_dose: {more_than: $amount.minimum}},"
    middle += " {velozine.daily_dose: {at_most: $amount.maximum}}]"
    bench.plant(
        "amounts/amounts.middle.yaml",
        {"velozine.daily_dose: {between: [$amount.minimum, $amount.maximum]}": middle},
    )
    [gap] = bench.issues("gap")
    assert gap.witness is not None
    assert gap.witness["medications"][0]["daily_dose"]["value"] == 100


def test_a_gap_between_two_steps_of_the_resolution(bench: Workbench) -> None:
    bench.plant("amounts/amounts.low.yaml", {"less_than: $amount.minimum": "at_most: $amount.lower"})
    lower = (
        "  amount.lower:\n    title: lower\n    unit: ug/d\n    basis: labelling\n    claim: handbook.bands\n"
    )
    lower += "    values:\n      - {since: 2020-01-01, value: 99}\n  amount.minimum:"
    bench.plant("parameters.yaml", {"  amount.minimum:": lower})
    [gap] = bench.issues("gap")
    assert gap.witness is not None
    assert 99 < gap.witness["medications"][0]["daily_dose"]["value"] < 100
    assert not fired(bench, gap) & set(gap.rules)


def test_an_overlap(bench: Workbench) -> None:
    bench.plant("amounts/amounts.low.yaml", {"less_than: $amount.minimum": "at_most: $amount.minimum"})
    [overlap] = bench.issues("overlap")
    assert set(overlap.rules) == {"amounts.low", "amounts.middle"}
    assert set(overlap.rules) <= fired(bench, overlap)


def test_an_unreachable_rule(bench: Workbench) -> None:
    never = "all: [{velozine.daily_dose: {less_than: $amount.minimum}},"
    never += " {velozine.daily_dose: {more_than: $amount.maximum}}]"
    bench.plant("amounts/amounts.low.yaml", {"velozine.daily_dose: {less_than: $amount.minimum}": never})
    [unreachable] = bench.issues("unreachable")
    assert unreachable.rules == ("amounts.low",)
    assert unreachable.file.endswith("amounts/amounts.low.yaml")
    assert "amounts.low" not in fired(bench, unreachable)


def test_a_redundant_condition(shown: Workbench) -> None:
    twice = "all:\n    - velozine.daily_dose: {more_than: $amount.maximum}\n"
    twice += "    - velozine.daily_dose: {at_least: $amount.minimum}"
    shown.plant("amounts/amounts.high.yaml", {"velozine.daily_dose: {more_than: $amount.maximum}": twice})
    proof = shown.audit().proof
    assert proof is not None
    [redundant] = [issue for issue in proof.issues if issue.kind == "redundant"]
    assert redundant.rules == ("amounts.high",)
    assert "at least 100 ug/d" in redundant.statement
    lines = (shown.root / "amounts/amounts.high.yaml").read_text(encoding="utf-8").splitlines()
    assert "at_least" in lines[redundant.line - 1]


def test_a_conflict(bench: Workbench) -> None:
    opposed = (
        '[[opposes]]\nrules = ["lab.zorbulin-low", "lab.hiccup-storm"]\nbecause = "Only one may speak."\n'
    )
    (bench.root / "audit.toml").write_text(opposed, encoding="utf-8")
    [conflict] = bench.issues("conflict")
    assert set(conflict.rules) == {"lab.zorbulin-low", "lab.hiccup-storm"}
    assert "Only one may speak." in conflict.statement
    assert set(conflict.rules) <= fired(bench, conflict)


def test_opposed_rules_that_never_meet_are_proved_so(bench: Workbench) -> None:
    opposed = '[[opposes]]\nrules = ["amounts.low", "amounts.high"]\nbecause = "One dose."\n'
    (bench.root / "audit.toml").write_text(opposed, encoding="utf-8")
    found = bench.prove()
    assert [issue for issue in found if isinstance(issue, Issue) and issue.kind == "conflict"] == []
    assert "opposed rules amounts.low and amounts.high never fire for one record" in found


def test_a_rule_that_does_not_exist_in_audit_toml(bench: Workbench) -> None:
    opposed = '[[opposes]]\nrules = ["amounts.lo", "amounts.high"]\nbecause = "One dose."\n'
    (bench.root / "audit.toml").write_text(opposed, encoding="utf-8")
    with pytest.raises(RulebookError, match=r"unknown rule 'amounts.lo' \(did you mean 'amounts.low'"):
        bench.audit()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            '# x\n[[opposes]]\nbecause = "-"\nrules = [\n  "amounts.low",\n  "amounts.hi",\n]\n',
            6,
            "'amounts.hi'",
        ),
        ('[[together]]\nrules = ["amounts.low"]\nbecause = "-"\n', 2, "at least 2 items"),
        ('[[together]]\nrules = ["amounts.low", "amounts.high"]\n', 1, "Field required"),
        ("[goals]\noutcome = 90\nlines = 90\n", 3, "Input should be"),
        ("[goals]\noutcome = 101\n", 2, "less than or equal to 100"),
        ("goals = 1\n", 1, "valid dictionary"),
        ("[goals]\noutcome = \n", 2, "not valid TOML"),
    ],
)
def test_a_mistake_in_audit_toml_has_its_line(bench: Workbench, text: str, line: int, message: str) -> None:
    (bench.root / "audit.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError) as caught:
        read_audit_file(load_rulebook(bench.root))
    assert [problem.line for problem in caught.value.problems] == [line]
    assert message in caught.value.problems[0].message


def test_a_scenario_that_expects_nothing(bench: Workbench) -> None:
    bench.write(IN_BAND.format(dose=200))
    result = bench.audit(proof=False)
    [problem] = result.scenario_problems
    assert (problem.kind, problem.scenario) == ("no_expectation", "within the band")
    assert not result.passed
    by_scenarios = {kind: total.covered for kind, total in result.totals.items() if kind != "terminology"}
    assert not any(by_scenarios.values())


@pytest.mark.parametrize(
    "weak", ["no other advisory of family lab", "there are no notices", "velozine.daily_dose is 200 ug/d"]
)
def test_an_expectation_of_no_rule_covers_none(bench: Workbench, weak: str) -> None:
    bench.write(IN_BAND.format(dose=200) + f"  Then {weak}\n")
    result = bench.audit(proof=False)
    assert result.total("outcome").covered == 0
    assert result.total("condition").covered == 0


def test_a_record_that_passes_through_other_rules_covers_only_the_rule_expected(bench: Workbench) -> None:
    bench.write(IN_BAND.format(dose=200) + "  Then rule amounts.middle fires\n")
    covered = [goal for goal in bench.audit(proof=False).goals if goal.covered]
    assert {goal.subject for goal in covered if goal.kind == "outcome"} == {"amounts.middle"}


def test_a_wrong_threshold_in_the_rulebook_breaks_a_scenario(shown: Workbench) -> None:
    shown.plant("parameters.yaml", {"value: 5.5}": "value: 5.6}"})
    result = shown.audit(proof=False)
    assert not result.passed
    assert any("lab.zorbulin-low" in problem.scenario for problem in result.scenario_problems)


def test_a_threshold_that_no_scenario_pins_down_survives(partial: AuditResult) -> None:
    lines = [
        (mutant.change, mutant.line) for mutant in partial.survivors if mutant.subject == "amounts.middle"
    ]
    nudged = [line for change, line in lines if "at_least 100 ug/d' becomes" in change and "99" in change]
    text = (TINY / "amounts/amounts.middle.yaml").read_text(encoding="utf-8").splitlines()
    assert nudged
    assert "between" in text[nudged[0] - 1]
    missing = {goal.want for goal in partial.of("boundary", "amounts.middle") if goal.missing}
    sides = ("just below", "at", "just above")
    assert missing == {*sides, *(f"{side} until 2026-05-31" for side in sides)}


@pytest.mark.ci
def test_what_is_accepted_is_not_asked_for(bench: Workbench) -> None:
    bench.write(IN_BAND.format(dose=200) + "  Then rule amounts.middle fires as info\n")
    survivor = bench.audit(proof=False).survivors[0]
    accepted = (
        f'[[accepted]]\nsubject = "{survivor.subject}"\nchange = "{survivor.change}"\nbecause = "So."\n'
    )
    (bench.root / "audit.toml").write_text(accepted, encoding="utf-8")
    result = bench.audit(proof=False)
    again = next(m for m in result.survivors if (m.subject, m.change) == (survivor.subject, survivor.change))
    assert again.accepted == "So."
    assert again.name not in {item.goal for item in result.missing}
