"""What differs between two rulebooks: the verdicts, their records, and the reports."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_engine import Engine, load_rulebook, shipped_rulebooks
from cds_engine.audit.difference import RulebookDifference, compare_rulebooks

from tests.engine.audit.workbench import TINY, Workbench

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
    difference = shipped(
        tmp_path, "terminology/conditions.yaml", "[F32*, F33*, F53.0*,", "[F32*, F33*, F53.1*,"
    )
    assert verdicts(difference) == {}
    (change,) = difference.data
    assert change.pointer.startswith("/conditions/treatment-resistant-depression/codes/icd-10-cm/perhaps")
    assert (change.before, change.after) == ("F53.0*", "F53.1*")


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
    assert run(["rules", "diff", "mianserin", "mianserin", "--format", "markdown"]) == 0
    assert "Nothing differs." in capsys.readouterr().out
    assert run(["rules", "diff", "mianserin", "nowhere"]) == 2
