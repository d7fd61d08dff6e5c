"""The specification is audited as well: partitions about nobody, and decisions that do nothing any more."""

from __future__ import annotations

import pytest

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
    proof = bench.audit().proof
    assert proof is not None
    [issue] = [issue for issue in proof.issues if issue.kind == "empty"]
    assert "no record is within the partition" in issue.statement
    assert issue.file.endswith("rulebook.yaml")
    lines = (bench.root / "rulebook.yaml").read_text(encoding="utf-8").splitlines()
    assert "given:" in lines[issue.line - 1]
    assert not any(statement.startswith("partition amount-bands") for statement in proof.proved)
    assert any(statement.startswith("partition zorbulin") for statement in proof.proved)


def test_entries_that_do_nothing(bench: Workbench) -> None:
    bench.plant("lab/lab.hiccup-storm.yaml", {"version: 1": "version: 1\nstatus: retired"})
    bench.root.joinpath("audit.toml").write_text(
        '[[opposes]]\nrules = ["amounts.low", "amounts.high"]\nbecause = "One dose."\n\n'
        '[[opposes]] # one is retired\nrules = ["amounts.low", "lab.hiccup-storm"]\nbecause = "x"\n\n'
        '[[opposes]]\nrules = ["amounts.low", "amounts.low"]\nbecause = "x"\n\n'
        '[[accepted]]\nsubject = "amounts.low"\nchange = "indicator info becomes loud"\nbecause = "x"\n',
        encoding="utf-8",
    )
    result = bench.audit()
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


def test_an_entry_that_still_accepts_a_mutant(bench: Workbench) -> None:
    survivor = bench.audit(proof=False).survivors[0]
    bench.root.joinpath("audit.toml").write_text(
        f'[[accepted]]\nsubject = "{survivor.subject}"\nchange = "{survivor.change}"\nbecause = "x"\n',
        encoding="utf-8",
    )
    proof = bench.audit().proof
    assert proof is not None
    assert [issue for issue in proof.issues if issue.kind == "stale"] == []
