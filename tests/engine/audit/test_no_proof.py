"""``--no-proof`` leaves out what the last full audit proved impossible, and counts everything else."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from cds_api.cli.main import run
from cds_engine.audit.coverage_file import Exclusions, coverage_text, read_exclusions
from cds_engine.audit.report.data import to_json
from cds_engine.audit.result import NOT_CHECKED, AuditResult
from cds_engine.rulebook import load_rulebook

from tests.engine.audit.workbench import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.ci]

TWICE = (
    "all:\n    - velozine.daily_dose: {more_than: $amount.maximum}\n"
    "    - velozine.daily_dose: {at_least: $amount.minimum}"
)
IMPOSSIBLE = "mcdc of lab.hiccup-storm, line 8: 'current treatment with a damper' decides by being true"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workbench, AuditResult]:
    """Return a rulebook with an equivalent mutant and all possible scenarios, and its full audit."""
    bench = Workbench(tmp_path_factory.mktemp("original"))
    bench.plant("amounts/amounts.high.yaml", {"velozine.daily_dose: {more_than: $amount.maximum}": TWICE})
    bench.write(*bench.written())
    result = bench.audit()
    (bench.root / "coverage.json").write_text(coverage_text(result, {}), encoding="utf-8")
    return bench, result


@pytest.fixture
def with_proof(original: tuple[Workbench, AuditResult]) -> AuditResult:
    """Return the full audit."""
    return original[1]


@pytest.fixture
def audited(bench: Workbench, original: tuple[Workbench, AuditResult]) -> Workbench:
    """Return a copy of the rulebook, its scenarios and its ``coverage.json``."""
    shutil.copytree(original[0].root, bench.root, dirs_exist_ok=True)
    shutil.copytree(original[0].features, bench.features, dirs_exist_ok=True)
    return bench


def test_what_was_proved_impossible_is_not_checked(audited: Workbench, with_proof: AuditResult) -> None:
    without = audited.audit(proof=False)
    assert without.totals == with_proof.totals
    assert [goal.name for goal in without.excluded] == [goal.name for goal in with_proof.excluded]
    assert [mutant.name for mutant in without.equivalent] == [m.name for m in with_proof.equivalent]
    assert with_proof.not_checked == ()
    assert IMPOSSIBLE in without.not_checked
    assert len(without.not_checked) == len(without.excluded) + len(without.equivalent)
    assert len(without.equivalent) > 0
    assert without.missing == ()
    assert NOT_CHECKED in to_json(without)


def test_it_does_not_fail_the_audit(audited: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--features", str(audited.features), "--rulebook", str(audited.root)]
    assert run(["audit", *options, "--no-proof", "--fail-under", "100"]) == 0
    said = capsys.readouterr().out
    assert "Not checked (no proof run) and not counted" in said
    assert f"  {IMPOSSIBLE}\n" in said


def test_a_goal_that_a_record_can_show_still_counts(audited: Workbench) -> None:
    text = audited.features.joinpath("all.feature").read_text(encoding="utf-8")
    scenarios = [f"Scenario:{part}" for part in text.split("Scenario:")[1:]]
    audited.write(*(scenario for scenario in scenarios if "rule amounts.middle fires" not in scenario))
    result = audited.audit(proof=False)
    missing = {goal.label for goal in result.of("outcome", "amounts.middle") if goal.missing}
    assert missing == {"fired"}
    assert not replace(result, required={"outcome": 100}).passed


def test_without_a_full_audit_everything_counts(audited: Workbench) -> None:
    (audited.root / "coverage.json").unlink()
    result = audited.audit(proof=False)
    assert result.not_checked == ()
    assert IMPOSSIBLE in {goal.name for goal in result.goals if goal.missing}
    assert not replace(result, required={"mcdc": 100}).passed


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"excluded": [{}], "equivalent": []}'])
def test_a_broken_coverage_file_excludes_nothing(audited: Workbench, text: str) -> None:
    rulebook = load_rulebook(audited.root)
    assert read_exclusions(rulebook).mutants
    (audited.root / "coverage.json").write_text(text, encoding="utf-8")
    assert read_exclusions(rulebook) == Exclusions()
