"""The audit writes a scenario for every gap, and the scenario closes the gap."""

from __future__ import annotations

import json
import re

import pytest
from cds_engine import Engine
from cds_engine.audit.missing_scenarios import scenario_text
from cds_engine.audit.record_search import Search
from cds_engine.audit.report.data import to_json
from cds_engine.audit.report.html import to_html
from cds_engine.audit.report.text import to_text
from cds_engine.audit.result import KINDS, AuditResult
from cds_engine.audit.witness import Replay
from cds_engine.rulebook import load_rulebook
from cds_engine.scenarios.recorder import run_features

from tests.engine.audit.workbench import Workbench, reviewed

pytestmark = pytest.mark.slow


def test_the_written_scenarios_pass_and_show_everything(full: AuditResult) -> None:
    assert full.scenario_problems == ()
    assert {kind: full.total(kind).percent for kind in KINDS} == dict.fromkeys(KINDS, 100.0)
    assert full.missing == ()
    assert full.passed


def test_every_goal_without_a_scenario_is_written_or_excused(empty: AuditResult) -> None:
    assert all(item.scenario or item.goal.startswith("evidence") for item in empty.missing)
    named = {item.goal for item in empty.missing}
    assert {goal.name for goal in empty.goals if goal.missing} <= named
    assert {mutant.name for mutant in empty.survivors} <= named


@pytest.mark.ci
def test_without_a_boundary_row_the_figure_falls_and_says_what_is_lost(
    closed: Workbench, bench: Workbench
) -> None:
    text = closed.features.joinpath("all.feature").read_text(encoding="utf-8")
    scenarios = [f"Scenario:{part}" for part in text.split("Scenario:")[1:]]
    at_threshold = [s for s in scenarios if re.search(r"zorbulin of 5\.5 umol/L", s)]
    assert at_threshold
    bench.write(*(scenario for scenario in scenarios if scenario not in at_threshold))
    result = bench.audit()
    assert result.total("boundary").percent < 100
    lost = [goal for goal in result.of("boundary") if goal.missing]
    assert {(goal.subject, goal.want) for goal in lost} == {("lab.zorbulin-low", "at")}
    assert any("5.5 umol/L" in item.scenario for item in result.missing if item.goal == lost[0].name)


UNCLEAR = {
    "as_of": "2026-07-10",
    "conditions": [{"code": "text|grumbling", "present": True}],
    "medications": [
        {"drug": "velozine", "start": "2026-07-01", "taken": None},
        {"drug": "velozine", "start": "2026-07-01", "indication": "text|something"},
        {"drug": "text|quandrol", "stop": "2026-07-05"},
    ],
    "observations": [
        {"code": "text|zorbulin", "date": "2026-07-01"},
        {"code": "zorbulin", "value": 5, "unit": "umol/L", "date": "2026-07-02T06:00:00Z"},
        {"code": "zorbulin", "date": "2026-07-03"},
    ],
    "symptoms": [{"code": "text|hiccup-storm", "present": None}],
    "incomplete": ["symptoms"],
}


def test_a_scenario_of_entries_that_are_only_words_passes(bench: Workbench) -> None:
    """What is not certain, such as 'text|zorbulin', is in no step: none can name it."""
    engine = Engine(load_rulebook(bench.root))
    found = Replay(engine).run(UNCLEAR)
    search = Search(found=found, rule="lab.zorbulin-low")
    text = scenario_text("Unclear", search, engine.vocabulary)
    steps = re.sub(r'"""[\s\S]*?"""', "", text)
    assert text.count("text|") == 5
    assert "text|" not in steps
    assert "zorbulin taken 2026-07-03, result unknown" in steps
    bench.write(text)
    recording = run_features([bench.features], bench.root)
    assert recording.failures == ()
    [example] = recording.examples
    read = engine.read(UNCLEAR)
    assert dict(example.facts) == dict(engine.facts(read).values)


def test_without_proof_no_scenario_is_written(bench: Workbench) -> None:
    result = bench.audit(proof=False)
    assert result.proof is None
    assert all(item.scenario == "" and item.reason for item in result.missing)


@pytest.mark.ci
def test_a_written_scenario_counts_only_once_it_is_reviewed(bench: Workbench) -> None:
    """A rule that says the opposite of its source cannot be covered by what the audit wrote about it."""
    bench.plant(
        "lab/lab.zorbulin-low.yaml", {"less_than: $zorbulin.low_below": "more_than: $zorbulin.low_below"}
    )
    before = bench.audit()
    bench.write(*(item.scenario for item in before.missing if item.scenario))
    after = bench.audit(proof=False)
    assert after.scenario_problems == ()
    covered = [{kind: total.covered for kind, total in each.totals.items()} for each in (before, after)]
    assert covered[0] == covered[1]
    assert len(after.unreviewed) == after.scenarios > 0
    assert "Not reviewed" in to_text(after)
    assert json.loads(to_json(after))["unreviewed"] == list(after.unreviewed)
    assert after.unreviewed[0] in to_html(after)
    bench.write(*reviewed(before))
    assert bench.audit().total("outcome").percent == 100
