"""What the audit found, as problems at their places: what SARIF and editors show beside the line."""

from __future__ import annotations

from collections.abc import Iterator

from cds_engine.audit.result import AuditResult
from cds_engine.errors import Problem


def problems(result: AuditResult) -> Iterator[Problem]:
    """Yield everything that should be looked at; what is excused or accepted is not."""
    for fault in result.faults:
        message = f"{fault.scenario}: {fault.message}"
        yield Problem(fault.feature, message, line=fault.line, column=1, code=f"scenario-{fault.kind}")
    for finding in () if result.proof is None else result.proof.findings:
        if finding.accepted is None:
            yield Problem(
                finding.file, finding.statement, line=finding.line, column=1, code=f"proof-{finding.kind}"
            )
    for target in result.targets:
        if target.missing:
            message = f"no scenario shows: {target.subject}: {target.label}"
            code = f"uncovered-{target.kind}"
            yield Problem(target.file, message, target.pointer, target.line, 1, code)
    for mutant in result.survivors:
        if mutant.accepted is None:
            message = f"no scenario would notice: {mutant.subject}: {mutant.change}"
            yield Problem(mutant.file, message, mutant.pointer, mutant.line, 1, "surviving-mutant")
