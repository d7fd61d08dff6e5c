"""What the patient reports or shows, and how severely."""

from __future__ import annotations

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.step_list import given


@given(
    "the patient reports/shows( {severity}) {symptom}",
    example="the patient reports severe {symptom}",
)
def reports(case: Case, symptom: str, severity: str | None) -> None:
    """A symptom or sign that is present; without a severity, that is unknown."""
    code = case.names.concept("symptoms", symptom)
    case.draft.add("symptoms", {"code": code, "present": True, "severity": severity})


@given(
    "the patient does not report/show {symptom}",
    example="the patient does not report {symptom}",
)
def reports_not(case: Case, symptom: str) -> None:
    """A symptom that was asked for and is absent. Whatever no step names is absent as well."""
    case.draft.add("symptoms", {"code": case.names.concept("symptoms", symptom), "present": False})


@given(
    "it is not known whether the patient reports/shows {symptom}",
    example="it is not known whether the patient reports {symptom}",
)
def may_report(case: Case, symptom: str) -> None:
    """A symptom about which nothing is known, among others about which something is."""
    case.draft.add("symptoms", {"code": case.names.concept("symptoms", symptom)})
    case.draft.sections["symptoms"][-1]["present"] = None
