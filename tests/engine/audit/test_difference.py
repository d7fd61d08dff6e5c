"""What differs between two rulebooks: the verdicts, their records, and the reports."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_engine import Engine, load_rulebook, shipped_rulebooks
from cds_engine.audit.difference import RulebookDifference, compare_rulebooks
from cds_engine.audit.difference.markdown import to_markdown
from cds_engine.audit.difference.report import to_json, to_text
from cds_engine.audit.difference.scenarios import compare_scenarios

from tests.engine.audit.workbench import CASES, TINY, Workbench

pytestmark = pytest.mark.slow

LOW = "lab/lab.zorbulin-low.yaml"
SHIPPED = shipped_rulebooks() / "mianserin"


def compared(bench: Workbench) -> RulebookDifference:
    """Return what differs from the tiny rulebook."""
    return compare_rulebooks(load_rulebook(TINY), load_rulebook(bench.root))


def verdicts(difference: RulebookDifference) -> dict[str, str]:
    return {item.name: item.verdict for item in difference.items if not item.is_equal}


def test_a_rulebook_is_equal_to_itself(bench: Workbench) -> None:
    difference = compared(bench)
    assert difference.is_equal
    assert {item.verdict for item in difference.items} == {"equal"}


@pytest.mark.parametrize(
    ("file", "edits", "expected"),
    [
        (
            LOW,
            {"less_than: $zorbulin.low_below": "at_most: $zorbulin.low_below"},
            {"lab.zorbulin-low": "wider"},
        ),
        (
            LOW,
            {"at_least: $zorbulin.lowest_below": "more_than: $zorbulin.lowest_below"},
            {"lab.zorbulin-low": "narrower"},
        ),
        (
            LOW,
            {"less_than: $zorbulin.low_below": "more_than: $zorbulin.low_below"},
            {"lab.zorbulin-low": "different"},
        ),
        (LOW, {"indicator: warning": "indicator: info"}, {"lab.zorbulin-low": "different"}),
        (LOW, {"version: 1": "version: 1\nstatus: retired"}, {"lab.zorbulin-low": "removed"}),
        (LOW, {"calls zorbulin below": "calls all zorbulin below"}, {"lab.zorbulin-low": "equal"}),
        (
            "parameters.yaml",
            {"value: 5.5}": "value: 5.6}"},
            {"lab.zorbulin-low": "wider", "zorbulin.low_below": "different"},
        ),
        (
            "parameters.yaml",
            {"value: 5.5}": "value: 5.5}\n      - {since: 2030-01-01, value: 5.4}"},
            {"lab.zorbulin-low": "narrower", "zorbulin.low_below": "different"},
        ),
    ],
)
def test_one_change_is_reported_as_what_it_is(
    file: str, edits: Mapping[str, str], expected: dict[str, str], bench: Workbench
) -> None:
    bench.plant(file, edits)
    difference = compared(bench)
    assert verdicts(difference) == expected
    assert difference.data == ()


def test_the_records_are_those_that_the_engine_treats_so(bench: Workbench) -> None:
    bench.plant(LOW, {"less_than: $zorbulin.low_below": "at_most: $zorbulin.low_below"})
    (item,) = [item for item in compared(bench).items if not item.is_equal]
    (witness,) = item.witnesses
    assert (witness.before, witness.after) == ("not_met", "fired")
    for root, fires in ((TINY, False), (bench.root, True)):
        engine = Engine(load_rulebook(root))
        advisories = engine.evaluate(engine.read(dict(witness.record))).advisories
        assert ("lab.zorbulin-low" in {advisory.rule for advisory in advisories}) is fires


def test_a_condition_that_never_matters_is_proved_equal(bench: Workbench) -> None:
    bench.plant(
        "amounts/amounts.high.yaml",
        {
            "velozine.daily_dose: {more_than: $amount.maximum}": (
                "all:\n    - velozine.daily_dose: {more_than: $amount.maximum}\n"
                "    - velozine.daily_dose: {at_least: $amount.minimum}"
            )
        },
    )
    (item,) = [item for item in compared(bench).items if not item.is_equal]
    assert (item.name, item.verdict, item.reason) == ("amounts.high", "equal", "proved for every record")
    assert item.changes


def shipped(tmp_path: Path, file: str, old: str, new: str) -> RulebookDifference:
    """Return what differs between the shipped rulebook and a copy with one change."""
    book = Path(shutil.copytree(SHIPPED, tmp_path / "changed"))
    text = (book / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (book / file).write_text(text.replace(old, new), encoding="utf-8")
    return compare_rulebooks(load_rulebook(SHIPPED), load_rulebook(book))


@pytest.mark.ci
def test_a_window_of_the_shipped_rulebook(tmp_path: Path) -> None:
    where = "since mianserin was started\n    of: {observation: hamd17}\n    where: {ago: {less_than"
    difference = shipped(tmp_path, "facts.yaml", where, where.replace("less_than", "at_most"))
    assert verdicts(difference) == {
        "augmentation.response": "different",
        "dosing.no-response-at-review": "wider",
        "hamd17.on_treatment": "different",
    }
    assert all(item.witnesses for item in difference.items if not item.is_equal)


def test_a_code_of_the_shipped_rulebook(tmp_path: Path) -> None:
    difference = shipped(tmp_path, "terminology/conditions.yaml", '["1153570009"]', '["195967001"]')
    assert verdicts(difference) == {}
    (change,) = difference.data
    assert change.pointer.startswith("/conditions/treatment-resistant-depression/codes/snomed-ct/is")
    assert (change.before, change.after) == ("1153570009", "195967001")


def test_a_text_of_the_shipped_rulebook(tmp_path: Path) -> None:
    file = "monitoring/monitoring.neutropenia-moderate.yaml"
    difference = shipped(tmp_path, file, "with blood dyscrasias", "with disorders of the blood")
    assert verdicts(difference) == {"monitoring.neutropenia-moderate": "equal"}
    (item,) = [item for item in difference.items if not item.is_equal]
    assert [change.pointer for change in item.changes] == ["/advisory/detail"]
    assert difference.data == ()
    lines = [line for line in to_text(difference).splitlines() if "dyscrasias" in line]
    assert lines
    assert all(" | " in line for line in lines)
    [row] = [line for line in to_markdown(difference).splitlines() if line.startswith("| `/advisory/detail`")]
    assert row.count(" | ") == 2


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ('"nmol/L": 0.001', '"nmol/L": 0.01', "/observations/zorbulin/units/nmol~1L"),
        ('"mcg/day": "ug/d"', '"mcg/day": "mg/d"', "/dose/aliases/mcg~1day"),
        ("invented: [V-1, V-2]", "invented: [V-1]", "/drugs/velozine/codes/invented/is/1"),
        ("invented: [G-1]", "invented: [G-1, G-2]", "/conditions/grumbling/codes/invented/is/1"),
    ],
)
def test_one_change_of_the_terminology(bench: Workbench, old: str, new: str, pointer: str) -> None:
    bench.plant("terminology.yaml", {old: new})
    difference = compared(bench)
    assert verdicts(difference) == {}
    assert [(change.file, change.pointer) for change in difference.data] == [("terminology", pointer)]


SCENARIO = """Scenario Outline: Zorbulin
  Given as of 2026-11-23
  And the patient takes velozine 200 ug/d
  And zorbulin of <value> umol/L, 5 days ago
  When the record is evaluated
  Then rule lab.zorbulin-low <outcome>

  Examples:
    | value | outcome       |
    | 5.4   | fires         |
    | 5.5   | does not fire |
"""


def test_the_scenarios_and_cases_that_change(bench: Workbench) -> None:
    bench.write(SCENARIO)
    bench.plant(LOW, {"less_than: $zorbulin.low_below": "at_most: $zorbulin.low_below"})
    bench.plant("terminology.yaml", {"invented: [V-1, V-2]": "invented: [V-1]"})
    one, other = load_rulebook(TINY), load_rulebook(bench.root)
    found = compare_scenarios(one, other, [bench.features])
    assert found.ran == 2 + CASES.count("\n")
    scenario, case = found.changed
    assert scenario.place.endswith("all.feature:13")
    assert scenario.rules == (("lab.zorbulin-low", "not_met", "fired"),)
    assert "expected lab.zorbulin-low not to fire" in scenario.failure
    assert case.name == "invented|V-1 V-2 is velozine"
    assert case.failure.startswith("line 3: invented|V-2 is not understood")
    difference = replace(compared(bench), scenarios=found)
    assert "Scenarios: 2 of 18 change" in to_text(difference)
    assert "lab.zorbulin-low: not_met becomes fired" in to_text(difference)
    assert "### Scenarios: 2 of 18 change" in to_markdown(difference)
    assert json.loads(to_json(difference))["scenarios"]["changed"][1]["scenario"] == case.name


def test_a_scenario_about_a_rule_that_is_gone(bench: Workbench) -> None:
    bench.write(SCENARIO)
    bench.plant(LOW, {"version: 1": "version: 1\nstatus: retired"})
    changed = compare_scenarios(load_rulebook(TINY), load_rulebook(bench.root), [bench.features]).changed
    assert [change.rules for change in changed] == [
        (("lab.zorbulin-low", "fired", "absent"),),
        (("lab.zorbulin-low", "not_met", "absent"),),
    ]
    assert all("no active rule" in change.failure for change in changed)


@pytest.mark.ci
def test_how_many_patients_change(
    bench: Workbench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.plant(LOW, {"less_than: $zorbulin.low_below": "at_most: $zorbulin.low_below"})
    records = [
        {
            "patient": {"id": f"p{number}"},
            "as_of": "2026-11-23",
            "medications": [{"drug": "velozine"}],
            "observations": [{"code": "zorbulin", "value": value, "unit": "umol/L", "date": "2026-11-20"}],
        }
        for number, value in enumerate((5.4, 5.5, 5.5, 5.6))
    ]
    population = tmp_path / "patients.ndjson"
    population.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    books = [str(TINY), str(bench.root), "--no-scenarios", "--population", str(population)]
    assert run(["rules", "diff", *books]) == 0
    text = capsys.readouterr().out
    assert "Patients: 2 of 4 gain or lose an advisory\n" in text
    assert "  lab.zorbulin-low: 2 gain it, 0 lose it, 0 change otherwise\n" in text
    assert "Scenarios:" not in text
    assert run(["rules", "diff", *books, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["patients"]["rules"] == [{"rule": "lab.zorbulin-low", "gain": 2, "lose": 0, "other": 0}]
    assert run(["rules", "diff", *books, "--format", "markdown"]) == 0
    assert "| `lab.zorbulin-low` | 2 | 0 | 0 |" in capsys.readouterr().out


def test_the_command(bench: Workbench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench.plant(LOW, {"less_than: $zorbulin.low_below": "at_most: $zorbulin.low_below"})
    books = [str(TINY), str(bench.root)]
    assert run(["rules", "diff", *books]) == 0
    text = capsys.readouterr().out
    assert "Rules: 1 of 6 differ\n  lab.zorbulin-low: wider: fires for more records\n" in text
    assert "before not_met, after fired, confirmed by the engine for this record:" in text
    assert "research use only" in text.lower()
    assert run(["rules", "diff", *books, "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    assert "| `lab.zorbulin-low` | wider: fires for more records | not_met | fired |" in text
    output = tmp_path / "diff.json"
    assert run(["rules", "diff", *books, "--format", "json", "-o", str(output)]) == 0
    data = json.loads(output.read_text(encoding="utf-8"))
    assert len(data["rules"]) == 6
    (item,) = [item for item in data["rules"] if item["verdict"] != "equal"]
    assert item["witnesses"][0]["confirmed"] is True
    assert item["changes"][0]["pointer"].startswith("/when/all/0")
    assert run(["rules", "diff", str(TINY), str(TINY), "--format", "markdown"]) == 0
    assert "Nothing differs." in capsys.readouterr().out
    assert run(["rules", "diff", "mianserin", "nowhere"]) == 2
