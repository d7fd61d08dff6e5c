"""The specification is audited as well: partitions about nobody, and decisions that do nothing any more."""

from __future__ import annotations

import pytest
from cds_engine.audit.audit_file import read_audit_file, specification
from cds_engine.audit.contradictions import candidates
from cds_engine.audit.program import Programs
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.lock import FILE, lock_text
from cds_engine.rulebook.shipped import shipped_rulebooks

from tests.engine.audit.workbench import Workbench

pytestmark = pytest.mark.slow


def test_a_partition_that_no_record_is_within(bench: Workbench) -> None:
    bench.plant(
        "rulebook.yaml",
        {
            "        - velozine.active: {is: true}\n        - patient.grown": (
                "        - velozine.active: {is: true}\n"
                "        - velozine.active: {is: false}\n"
                "        - patient.grown"
            )
        },
    )
    [issue] = bench.issues("empty")
    assert "no record is within the partition" in issue.statement
    assert issue.file.endswith("rulebook.yaml")
    lines = (bench.root / "rulebook.yaml").read_text(encoding="utf-8").splitlines()
    assert "given:" in lines[issue.line - 1]
    proved = [statement for statement in bench.prove() if isinstance(statement, str)]
    assert not any(statement.startswith("partition amount-bands") for statement in proved)
    assert any(statement.startswith("partition zorbulin") for statement in proved)


def test_entries_that_do_nothing(shown: Workbench) -> None:
    shown.plant("lab/lab.hiccup-storm.yaml", {"version: 1": "version: 1\nstatus: retired"})
    shown.root.joinpath("audit.toml").write_text(
        '[[opposes]]\nrules = ["amounts.low", "amounts.high"]\nbecause = "One dose."\n\n'
        '[[opposes]] # one is retired\nrules = ["amounts.low", "lab.hiccup-storm"]\nbecause = "x"\n\n'
        '[[opposes]]\nrules = ["amounts.low", "amounts.low"]\nbecause = "x"\n\n'
        '[[accepted]]\nsubject = "amounts.low"\nchange = "indicator info becomes loud"\nbecause = "x"\n',
        encoding="utf-8",
    )
    result = shown.audit()
    assert result.proof is not None
    assert [(issue.line, issue.statement) for issue in result.proof.issues if issue.kind == "stale"] == [
        (5, "opposes: lab.hiccup-storm is not active, so it fires for no record"),
        (9, "opposes: expected at least two different rules"),
        (
            13,
            "accepted: no surviving mutant or redundant condition is 'indicator info becomes loud'",
        ),
    ]
    assert not result.passed
    assert "opposed rules amounts.low and amounts.high never fire for one record" in result.proof.proved


def test_an_entry_that_still_accepts_a_mutant(shown: Workbench) -> None:
    text = shown.features.joinpath("all.feature").read_text(encoding="utf-8")
    scenarios = [f"Scenario:{part}" for part in text.split("Scenario:")[1:]]
    shown.write(*(scenario for scenario in scenarios if "zorbulin of 5.5 umol/L" not in scenario))
    survivor = shown.audit(proof=False).survivors[0]
    shown.root.joinpath("audit.toml").write_text(
        f'[[accepted]]\nsubject = "{survivor.subject}"\nchange = "{survivor.change}"\nbecause = "x"\n',
        encoding="utf-8",
    )
    proof = shown.audit().proof
    assert proof is not None
    assert [issue for issue in proof.issues if issue.kind == "stale"] == []


def test_fewer_proofs_than_were_locked(shown: Workbench) -> None:
    shown.root.joinpath("audit.toml").write_text(
        '[[opposes]]\nrules = ["amounts.low", "amounts.high"]\nbecause = "One dose."\n', encoding="utf-8"
    )
    rulebook = load_rulebook(shown.root)
    (shown.root / FILE).write_text(lock_text(rulebook, specification(rulebook)), encoding="utf-8")
    shown.root.joinpath("audit.toml").unlink()
    shown.plant(
        "rulebook.yaml",
        {"rules: [amounts.low, amounts.middle, amounts.high]": "rules: [amounts.low, amounts.middle]"},
    )
    proof = shown.audit().proof
    assert proof is not None
    found = {issue.statement.partition("; ")[0]: issue for issue in proof.issues if issue.kind == "unproved"}
    assert set(found) == {
        "what is proved of partition amount-bands changed",
        "statement 'opposed amounts.high and amounts.low' was removed",
    }
    changed = found["what is proved of partition amount-bands changed"]
    assert changed.file.endswith("rulebook.yaml")
    assert "amount-bands" in (shown.root / "rulebook.yaml").read_text().splitlines()[changed.line - 1]


def test_rules_that_may_contradict_each_other(bench: Workbench) -> None:
    """A rule about hiccups that compares the dose as well, first as critical and then as information."""
    bench.plant(
        "lab/lab.hiccup-storm.yaml",
        {"symptom.hiccup-storm: {is: true}": "velozine.daily_dose: {at_least: $amount.minimum}"},
    )
    assert [issue.rules for issue in bench.issues("contradiction")] == [
        ("amounts.middle", "lab.hiccup-storm")
    ]
    bench.plant("lab/lab.hiccup-storm.yaml", {"indicator: critical": "indicator: info"})
    [issue] = bench.issues("contradiction")
    assert issue.rules == ("amounts.high", "lab.hiccup-storm")
    assert issue.statement == (
        "amounts.high (warning) and lab.hiccup-storm (info) fire for one record about the same "
        "daily dose of velozine"
    )
    assert issue.confirmed
    together = '[[together]]\nrules = ["amounts.high", "lab.hiccup-storm"]\nbecause = "Both hold."\n'
    bench.root.joinpath("audit.toml").write_text(together, encoding="utf-8")
    assert [issue.accepted for issue in bench.issues("contradiction")] == ["Both hold."]
    opposes = together.replace("together", "opposes")
    bench.root.joinpath("audit.toml").write_text(opposes, encoding="utf-8")
    assert bench.issues("contradiction") == []


def test_an_entry_about_rules_that_never_fire_together(shown: Workbench) -> None:
    shown.root.joinpath("audit.toml").write_text(
        '[[together]]\nrules = ["amounts.low", "lab.zorbulin-low"]\nbecause = "x"\n', encoding="utf-8"
    )
    proof = shown.audit().proof
    assert proof is not None
    assert [(issue.line, issue.statement) for issue in proof.issues if issue.kind == "stale"] == [
        (1, "together: no two of amounts.low, lab.zorbulin-low may contradict each other")
    ]


def test_ages_and_times_on_a_drug_contradict_nothing() -> None:
    rulebook = load_rulebook(shipped_rulebooks() / "lithium")
    pairs = candidates(Programs(rulebook).newest, read_audit_file(rulebook))
    compared = {fact for _, common in pairs for fact in common}
    assert {"lithium-level.latest", "lithium-level.days_since_latest"} <= compared
    assert not {"patient.age_years", "lithium.days_on_treatment"} & compared
