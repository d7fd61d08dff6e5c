"""An audit as problems with places, which SARIF and editors show beside the line."""

from __future__ import annotations

from collections.abc import Iterator

from cds_engine.audit.result import AuditResult
from cds_engine.errors import Problem


def problems(result: AuditResult) -> Iterator[Problem]:
    """Yield everything that needs attention; what is excused or accepted does not."""
    for scenario in result.scenario_problems:
        message = f"{scenario.scenario}: {scenario.message}"
        code = f"scenario-{scenario.kind}"
        yield Problem(scenario.feature, message, line=scenario.line, column=1, code=code)
    for issue in () if result.proof is None else result.proof.issues:
        if issue.accepted is None:
            code = f"proof-{issue.kind}"
            yield Problem(issue.file, issue.statement, line=issue.line, column=1, code=code)
    for goal in result.goals:
        if goal.missing:
            message = f"no scenario shows: {goal.subject}: {goal.label}"
            yield Problem(goal.file, message, goal.pointer, goal.line, 1, f"uncovered-{goal.kind}")
    for mutant in result.survivors:
        if mutant.accepted is None:
            message = f"no scenario notices: {mutant.subject}: {mutant.change}"
            yield Problem(mutant.file, message, mutant.pointer, mutant.line, 1, "surviving-mutant")
