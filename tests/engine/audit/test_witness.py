"""The witnesses of the shipped rulebook are real records, and the proofs cover real records."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_engine.audit.audit import run_audit
from cds_engine.audit.program import Programs
from cds_engine.audit.proof import Prover
from cds_engine.audit.result import KINDS, AuditResult
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.shipped import default_rulebook
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Recording
from cds_engine.scenarios.terminology.shared import shared_cases

pytestmark = [pytest.mark.slow, pytest.mark.ci]

ROOT = Path(__file__).parents[3]
EVERY = 40
"""The step between the tested scenarios; all of them pass, but take half a minute."""


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    """Return the default rulebook."""
    return load_rulebook(default_rulebook())


@pytest.fixture(scope="module")
def recording(shipped: Rulebook) -> Recording:
    """Return a run of the shipped features."""
    return run_features([ROOT / "features", *shared_cases(shipped)], shipped.root)


@pytest.fixture(scope="module")
def result(shipped: Rulebook, recording: Recording) -> AuditResult:
    """Return the full audit of the shipped rulebook."""
    return run_audit(shipped, recording)


def test_the_proofs_cover_real_records(shipped: Rulebook, recording: Recording) -> None:
    program = Programs(shipped).newest
    prover = Prover(program)
    names = sorted({fact for rule in program.rules for fact in program.asked(rule)})
    monitoring = [example for example in recording.examples if "/monitoring/" in example.feature]
    examples = monitoring[::EVERY]
    assert examples
    for example in examples:
        if not example.deceased:
            assert prover.allows(names, example.facts), f"{example.feature}:{example.line}"


def test_every_issue_of_the_shipped_rulebook_is_confirmed_and_accepted(result: AuditResult) -> None:
    assert result.proof is not None
    assert all(issue.confirmed for issue in result.proof.issues)
    assert all(issue.accepted for issue in result.proof.issues)
    assert not [item for item in result.missing if item.reason and "realised" in item.reason]


def test_all_shipped_partitions_are_proved(shipped: Rulebook, result: AuditResult) -> None:
    assert result.proof is not None
    proved = " ".join(result.proof.proved)
    assert all(f"partition {name}:" in proved for name in shipped.partitions)


def test_the_shipped_audit_passes_without_proof(
    shipped: Rulebook, recording: Recording, result: AuditResult
) -> None:
    required = dict.fromkeys(KINDS, 100.0)
    without = run_audit(shipped, recording, proof=False, required=required)
    assert without.totals.keys() == result.totals.keys()
    assert [goal.name for goal in without.excluded] == [goal.name for goal in result.excluded]
    assert without.passed
