"""Symptoms and signs: present, absent or unknown."""

from __future__ import annotations

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.step_list import given


@given(
    "the patient reports/shows( {severity}) {symptom}",
    synonyms=(
        "the patient develops/experiences( {severity}) {symptom}",
        "the patient complains of( {severity}) {symptom}",
        "the patient presents with( {severity}) {symptom}",
    ),
    example="the patient reports severe {symptom}",
)
def reports(case: Case, symptom: str, severity: str | None) -> None:
    """A symptom or sign that is present; its severity is unknown if it is left out."""
    code = case.names.concept("symptoms", symptom)
    case.draft.add("symptoms", {"code": code, "present": True, "severity": severity})


@given(
    "the patient does not report/show {symptom}",
    synonyms=(
        "the patient denies {symptom}",
        "the patient reports/shows no {symptom}",
        "the patient does not complain of {symptom}",
    ),
    example="the patient does not report {symptom}",
)
def reports_not(case: Case, symptom: str) -> None:
    """A symptom that is absent. Symptoms that no step names are absent as well."""
    case.draft.add("symptoms", {"code": case.names.concept("symptoms", symptom), "present": False})


@given(
    "it is not known whether the patient reports/shows {symptom}",
    synonyms=("it is unknown whether the patient reports/shows {symptom}",),
    example="it is not known whether the patient reports {symptom}",
)
def may_report(case: Case, symptom: str) -> None:
    """A symptom that is unknown, while other symptoms are known."""
    case.draft.add("symptoms", {"code": case.names.concept("symptoms", symptom)})
    case.draft.sections["symptoms"][-1]["present"] = None
