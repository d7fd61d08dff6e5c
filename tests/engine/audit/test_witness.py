"""What the solver takes for a patient is one, and every real patient is among what it reasons about."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_engine.audit.audit import run_audit
from cds_engine.audit.program import Programs
from cds_engine.audit.proof import Prover
from cds_engine.audit.result import AuditResult
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.shipped import shipped_rulebooks
from cds_engine.scenarios.recorder import run_features

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
EVERY = 40
"""Every how manyeth shipped scenario is looked at: all of them hold, and take half a minute."""


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    """Give the shipped rulebook."""
    return load_rulebook(next(path.parent for path in shipped_rulebooks().glob("*/rulebook.yaml")))


@pytest.fixture(scope="module")
def result(shipped: Rulebook) -> AuditResult:
    """Give the whole audit of what is shipped."""
    return run_audit(shipped, run_features([ROOT / "features"], shipped.root))


def test_real_records_are_among_those_that_are_reasoned_about(shipped: Rulebook) -> None:
    program = Programs(shipped).newest
    prover = Prover(program)
    names = sorted({fact for rule in program.rules for fact in program.asked(rule)})
    examples = run_features([ROOT / "features" / "monitoring"], shipped.root).examples[::EVERY]
    assert examples
    for example in examples:
        if not example.deceased:
            assert prover.allows(names, example.facts), f"{example.feature}:{example.line}"


def test_every_finding_and_gap_of_the_shipped_rulebook_has_its_record(result: AuditResult) -> None:
    assert result.proof is not None
    assert all(finding.confirmed for finding in result.proof.findings)
    assert all(finding.accepted for finding in result.proof.findings)
    assert not [item for item in result.missing if item.reason and "realised" in item.reason]


def test_all_shipped_partitions_are_proved(shipped: Rulebook, result: AuditResult) -> None:
    assert result.proof is not None
    proved = " ".join(result.proof.proved)
    assert all(f"partition {name}:" in proved for name in shipped.partitions)
