"""Dated values: each one is a threshold for scenarios to show, and none hides what was shown before."""

from __future__ import annotations

import pytest
from cds_engine.audit.program import Programs
from cds_engine.audit.result import AuditResult
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.load import inspect_rulebook

from tests.engine.audit.workbench import Workbench

LOW = """Scenario Outline: Low zorbulin
  Given as of <day>
  And the patient takes velozine 200 ug/d
  And zorbulin of <value> umol/L, 5 days ago
  When the record is evaluated
  Then rule lab.zorbulin-low <outcome>

  Examples:
    | day        | value | outcome       |
"""
DATED = "- {since: 2020-01-01, value: 5.5}"
THRESHOLD = 1
"""The place of the threshold among the comparisons of its rule."""


def rows(day: str, below: str, at: str, above: str) -> str:
    """Return the three sides of a threshold on a day."""
    sides = [(below, "fires"), (at, "does not fire"), (above, "does not fire")]
    return "".join(f"    | {day} | {value} | {outcome} |\n" for value, outcome in sides)


BEFORE = LOW + rows("2026-11-23", "5.4", "5.5", "5.6")


def sides(result: AuditResult) -> dict[str, bool]:
    """Return whether each side of each value of the threshold is shown."""
    goals = result.of("boundary", "lab.zorbulin-low")
    return {goal.want: goal.covered for goal in goals if goal.index == THRESHOLD}


@pytest.fixture
def dated(bench: Workbench) -> Workbench:
    """Return a rulebook whose threshold changes in the year after its scenarios."""
    bench.plant("parameters.yaml", {DATED: f"{DATED}\n      - {{since: 2027-01-01, value: 6}}"})
    bench.write(BEFORE)
    return bench


def test_each_dated_value_needs_its_boundary(dated: Workbench) -> None:
    result = dated.audit(proof=False)
    assert sides(result) == {
        "just below until 2026-12-31": True,
        "at until 2026-12-31": True,
        "just above until 2026-12-31": True,
        "just below": False,
        "at": False,
        "just above": False,
    }
    missing = [
        goal for goal in result.of("boundary", "lab.zorbulin-low") if goal.missing and goal.index == THRESHOLD
    ]
    lines = (dated.root / "parameters.yaml").read_text(encoding="utf-8").splitlines()
    assert {lines[goal.line - 1].strip() for goal in missing} == {"- {since: 2027-01-01, value: 6}"}
    assert {goal.label.rpartition(", ")[2] for goal in missing} == {"from 2027-01-01"}
    dated.write(BEFORE + rows("2027-02-01", "5.9", "6", "6.1"))
    assert all(sides(dated.audit(proof=False)).values())


def test_a_dated_value_drops_no_mutant(bench: Workbench) -> None:
    bench.write(BEFORE)
    before = bench.audit(proof=False)
    killed = {(mutant.subject, mutant.change) for mutant in before.mutants if mutant.fate == "killed"}
    bench.plant("parameters.yaml", {DATED: f"{DATED}\n      - {{since: 2027-01-01, value: 6}}"})
    after = bench.audit(proof=False)
    assert killed <= {(mutant.subject, mutant.change) for mutant in after.mutants if mutant.fate == "killed"}
    survivors = {mutant.change for mutant in after.survivors if mutant.subject == "lab.zorbulin-low"}
    assert "'zorbulin.latest less_than 6 umol/L' becomes 'zorbulin.latest less_than 6.1 umol/L'" in survivors


def test_a_value_that_changes_and_changes_back_is_noticed(bench: Workbench) -> None:
    bench.write(BEFORE)
    more = "\n      - {since: 2027-01-01, value: 6}\n      - {since: 2027-06-01, value: 5.5}"
    bench.plant("parameters.yaml", {DATED: DATED + more})
    assert [want for want, shown in sides(bench.audit(proof=False)).items() if not shown] == [
        "just below",
        "at",
        "just above",
        "just below until 2027-05-31",
        "at until 2027-05-31",
        "just above until 2027-05-31",
    ]


def test_the_same_value_again_is_a_problem(bench: Workbench) -> None:
    bench.plant("parameters.yaml", {DATED: f"{DATED}\n      - {{since: 2027-01-01, value: 5.5}}"})
    [problem] = inspect_rulebook(bench.root)[1]
    assert problem.message == "the same value as before; a new date needs another value"


DATELESS = """Scenario: Low without a date
  Given the patient takes velozine 200 ug/d
  And zorbulin of {value} umol/L, 5 days ago
  When the record is evaluated
  Then rule lab.zorbulin-low fires
"""


def test_a_scenario_without_a_date_must_hold_in_every_edition(bench: Workbench) -> None:
    bench.plant("parameters.yaml", {DATED: f"{DATED}\n      - {{since: 2099-01-01, value: 4}}"})
    bench.write(DATELESS.format(value="3"))
    held = bench.audit(proof=False)
    assert held.scenario_problems == ()
    assert held.scenarios == 1
    assert held.examples == len(Programs(load_rulebook(bench.root)).all) == 3
    bench.write(DATELESS.format(value="5"))
    [problem] = bench.audit(proof=False).scenario_problems
    assert problem.line == 7
    bench.write(DATELESS.format(value="5").replace("Given", "Given as of 2026-11-23\n  And"))
    assert bench.audit(proof=False).scenario_problems == ()


LOWER = """\
  amount.low:
    title: another lower end of the middle band
    unit: ug/d
    basis: labelling
    claim: handbook.bands
    values:
      - {since: 2020-01-01, value: 100}
      - {since: 2026-01-01, value: 90}
      - {since: 2026-03-01, value: 100}
"""


@pytest.mark.slow
def test_proofs_are_about_every_edition(bench: Workbench) -> None:
    bench.plant("parameters.yaml", {"  amount.maximum:": f"{LOWER}  amount.maximum:"})
    bench.plant("amounts/amounts.low.yaml", {"less_than: $amount.minimum": "less_than: $amount.low"})
    [gap] = bench.issues("gap")
    assert gap.statement.endswith("(with the values valid on 2026-01-01)")
    assert gap.confirmed
    assert gap.witness is not None
    assert gap.witness["as_of"] == "2026-01-01"
