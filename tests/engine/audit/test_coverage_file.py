"""``coverage.json``: small, the same on every machine, and checked without running a scenario."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import run
from cds_engine.audit.coverage_file import coverage_text, differences, digests
from cds_engine.audit.result import KINDS, AuditResult
from cds_engine.rulebook import load_rulebook

from tests.engine.audit.workbench import TINY, Workbench

pytestmark = pytest.mark.slow


@pytest.fixture
def audited(bench: Workbench, closed: Workbench, full: AuditResult) -> Workbench:
    """Return a rulebook with its scenarios and its ``coverage.json``."""
    shutil.copytree(closed.features, bench.features, dirs_exist_ok=True)
    text = coverage_text(full, digests(load_rulebook(bench.root), [bench.features]))
    coverage_file(bench).write_text(text, encoding="utf-8")
    return bench


def coverage_file(bench: Workbench) -> Path:
    return bench.root / "coverage.json"


def found(bench: Workbench) -> list[str]:
    return differences(load_rulebook(bench.root), [bench.features])


def test_nothing_changed(audited: Workbench) -> None:
    assert found(audited) == []


def test_a_changed_rule(audited: Workbench) -> None:
    audited.plant("amounts/amounts.low.yaml", {"version: 1": "version: 2"})
    [line] = found(audited)
    assert line.endswith(
        "tiny/coverage.json: rulebook changed since the audit; run: cds audit --write-coverage"
    )


def test_a_changed_feature(audited: Workbench) -> None:
    feature = audited.features / "all.feature"
    feature.write_text(feature.read_text(encoding="utf-8").replace(" 99 ug/d", " 98 ug/d"), encoding="utf-8")
    [line] = found(audited)
    assert "features changed since the audit" in line


@pytest.mark.parametrize("name", ["other.feature", "folder/all.feature"])
def test_a_renamed_feature(audited: Workbench, name: str) -> None:
    target = audited.features / name
    target.parent.mkdir(exist_ok=True)
    audited.features.joinpath("all.feature").rename(target)
    [line] = found(audited)
    assert "features changed since the audit" in line


def test_audit_toml_appears_and_changes(audited: Workbench, full: AuditResult) -> None:
    file = audited.root / "audit.toml"
    opposed = '[[opposes]]\nrules = ["amounts.low", "amounts.high"]\nbecause = "One dose."\n'
    file.write_text(opposed, encoding="utf-8")
    [line] = found(audited)
    assert "audit.toml changed since the audit" in line
    text = coverage_text(full, digests(load_rulebook(audited.root), [audited.features]))
    coverage_file(audited).write_text(text, encoding="utf-8")
    assert found(audited) == []
    file.write_text(opposed.replace("One", "A single"), encoding="utf-8")
    [line] = found(audited)
    assert "audit.toml changed since the audit" in line


def test_everything_that_changed_is_named(audited: Workbench) -> None:
    audited.plant("rulebook.yaml", {"version: 0.1.0": "version: 0.1.1"})
    audited.features.joinpath("more.feature").write_text("Feature: More\n", encoding="utf-8")
    (audited.root / "audit.toml").write_text("", encoding="utf-8")
    assert [line.split(": ")[1].split()[0] for line in found(audited)] == [
        "rulebook",
        "features",
        "audit.toml",
    ]


def test_line_endings_and_folders_do_not_matter(
    audited: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (audited.root / "audit.toml").write_text("# no decisions\n", encoding="utf-8")
    before = digests(load_rulebook(audited.root), [audited.features])
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for folder in (audited.root, audited.features):
        shutil.copytree(folder, moved / folder.name)
    for file in moved.rglob("*.*"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.chdir(moved)
    assert digests(load_rulebook(moved / "tiny"), [Path("features")]) == before


def test_no_path_is_in_the_file(audited: Workbench) -> None:
    text = coverage_file(audited).read_text(encoding="utf-8")
    assert str(audited.root.parent) not in text
    assert ".feature" not in text
    assert ".yaml" not in text


@pytest.mark.parametrize(
    ("text", "expected"), [("{", "not valid JSON"), ("[]", "has no digests"), ("{}", "has no digests")]
)
def test_a_broken_file(audited: Workbench, text: str, expected: str) -> None:
    coverage_file(audited).write_text(text, encoding="utf-8")
    [line] = found(audited)
    assert expected in line
    assert line.endswith("run: cds audit --write-coverage")


def test_no_file(audited: Workbench) -> None:
    coverage_file(audited).unlink()
    [line] = found(audited)
    assert "missing; run: cds audit --write-coverage" in line


def test_an_audit_that_did_not_pass(audited: Workbench) -> None:
    data = json.loads(coverage_file(audited).read_text(encoding="utf-8"))
    coverage_file(audited).write_text(json.dumps({**data, "passed": False}), encoding="utf-8")
    [line] = found(audited)
    assert "the audit did not pass; for the reasons run: cds audit" in line


def test_it_has_the_figures_of_every_rule_and_what_is_not_covered(partial: AuditResult) -> None:
    data: dict[str, Any] = json.loads(coverage_text(partial, {"rulebook": "sha256:0"}))
    assert data["totals"]["outcome"] == {
        "covered": 5, "of": 24, "percent": 20.8, "goal": None, "met": True
    }  # fmt: skip
    assert [rule["id"] for rule in data["rules"]] == sorted(load_rulebook(TINY).rules)
    for kind in KINDS[:4]:
        entries = [*data["rules"], *data["findings"]]
        assert sum(entry["totals"][kind]["of"] for entry in entries) == data["totals"][kind]["of"]
    assert {item["target"] for item in data["missing"]} == {item.goal for item in partial.missing}
    assert len(data["survivors"]) == len(partial.survivors)
    assert [entry["subject"] for entry in data["excluded"]] == ["lab.hiccup-storm"]


def test_the_command(
    bench: Workbench, closed: Workbench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--features", str(closed.features), "--rulebook", str(bench.root)]
    assert run(["audit", *options, "--check"]) == 1
    assert "missing" in capsys.readouterr().err
    assert run(["audit", *options, "--write-coverage"]) == 0
    monkeypatch.setattr("cds_api.commands.audit.run_features", None)
    assert run(["audit", *options, "--check"]) == 0
    bench.plant("rulebook.yaml", {"version: 0.1.0": "version: 0.1.1"})
    capsys.readouterr()
    assert run(["audit", *options, "--check"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_it_is_not_written_without_proof(closed: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--features", str(closed.features), "--rulebook", str(closed.root)]
    assert run(["audit", *options, "--write-coverage", "--no-proof"]) == 2
    assert "--write-coverage" in capsys.readouterr().err
    assert not coverage_file(closed).exists()
