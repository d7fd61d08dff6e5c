"""Writes evaluations and errors as FHIR R4: Bundles of DetectedIssue, and OperationOutcomes.

The same evaluation gives the same bytes: nothing here reads a clock or a random number, and identifiers are
name-based UUIDs (RFC 4122) made from the content.
"""

from __future__ import annotations

import datetime
import html
import json
import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from cds_engine.answer.models import Advisory, Because, Evaluation
from cds_engine.errors import Problem
from cds_engine.fhir.notes import References
from cds_engine.fhir.values import Json
from cds_engine.rulebook.text import provenance

SEVERITIES = {"critical": "high", "warning": "moderate", "info": "low"}
RESEARCH_USE = {
    "tag": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "code": "HRESCH",
            "display": "healthcare research",
        }
    ]
}
MEDICATIONS = frozenset({"MedicationRequest", "MedicationStatement"})
_SPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
"""RFC 4122's namespace for object identifiers; the content makes the names in it unique."""
_INTO_BUNDLE = re.compile(r"/entry(?:/|$)")


def to_detected_issues(evaluation: Evaluation, references: References | None = None) -> Json:
    """Return ``evaluation`` as a Bundle: one DetectedIssue per advisory, and an OperationOutcome.

    Args:
        evaluation: the evaluation of one record or Bundle.
        references: the references back to the Bundle's resources, if the input was a Bundle.
    """
    issues = [_issue(evaluation, advisory, references) for advisory in evaluation.advisories]
    resources = [*issues, _remarks(evaluation)]
    return {
        "resourceType": "Bundle",
        "meta": RESEARCH_USE,
        "type": "collection",
        "timestamp": _instant(evaluation.as_of),
        "entry": [{"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} for resource in resources],
    }


def join_bundles(bundles: Sequence[Json]) -> Json:
    """Return Bundles about the same moment as one, with the resources of all of them."""
    return {**bundles[0], "entry": [entry for bundle in bundles for entry in bundle["entry"]]}


def operation_outcome(problems: Iterable[Problem]) -> Json:
    """Return ``problems`` as an OperationOutcome: one issue each, with its place as an expression."""
    issues: list[Json] = []
    for problem in problems:
        issue: Json = {
            "severity": "error",
            "code": "structure" if problem.code == "json" else "invalid",
            "diagnostics": str(problem),
        }
        if problem.pointer:
            issue |= _expression(problem.pointer)
        issues.append(issue)
    return {"resourceType": "OperationOutcome", "issue": issues or [{"severity": "error", "code": "unknown"}]}


def as_text(resource: Json, *, indent: int | None = None) -> str:
    """Return a resource as JSON text."""
    separators = (",", ":") if indent is None else None
    return json.dumps(resource, ensure_ascii=False, indent=indent, separators=separators)


def _identifier(evaluation: Evaluation, *content: str) -> str:
    """Return the identifier of one resource, made from its content, rulebook, patient and day."""
    about = (evaluation.rulebook.digest, evaluation.patient_id or "", evaluation.as_of.isoformat())
    return str(uuid.uuid5(_SPACE, "\n".join((*about, *content))))


def _issue(evaluation: Evaluation, advisory: Advisory, references: References | None) -> Json:
    book = evaluation.rulebook
    issue: Json = {
        "resourceType": "DetectedIssue",
        "id": _identifier(evaluation, advisory.to_json()),
        "meta": RESEARCH_USE,
        "text": _narrative(advisory.summary, advisory.detail, evaluation.disclaimer),
        "status": "final",
        "code": {"coding": [_rule(evaluation, advisory)], "text": advisory.summary},
        "severity": SEVERITIES[advisory.indicator],
        "identifiedDateTime": evaluation.as_of.isoformat(),
        "author": {"type": "Device", "display": f"{book.id} {book.version} ({book.digest})"},
        "detail": _detail(evaluation, advisory),
    }
    patient = _patient(evaluation, references)
    if patient is not None:
        issue["patient"] = patient
    if references is not None:
        named = references.resources(at for because in advisory.because for at in because.sources)
        implicated = [name for name, origin in named.items() if origin.kind in MEDICATIONS]
        if implicated:
            issue["implicated"] = [{"reference": name} for name in implicated]
    if advisory.because:
        issue["evidence"] = [_evidence(because, references) for because in advisory.because]
    return issue


def _rule(evaluation: Evaluation, advisory: Advisory) -> Json:
    """Return the rule as a Coding; the rulebook is the code system."""
    book = evaluation.rulebook
    system = f"urn:uuid:{uuid.uuid5(_SPACE, book.id)}"
    return {"system": system, "version": book.version, "code": advisory.rule}


def _patient(evaluation: Evaluation, references: References | None) -> Json | None:
    if references is not None and references.patient is not None:
        return {"reference": references.patient}
    return None if evaluation.patient_id is None else {"identifier": {"value": evaluation.patient_id}}


def _detail(evaluation: Evaluation, advisory: Advisory) -> str:
    """Return the advisory with its evidence, conflicts and limitations as plain text."""
    lines = [" ".join(advisory.detail.split())]
    for item in advisory.evidence:
        origin = provenance(item.basis, item.reliability)
        lines.append(f"Evidence ({origin}): {item.statement} [{item.source}, {item.locator}]")
    lines += [f"Mechanism ({item.target}): {item.statement}" for item in advisory.mechanism]
    for conflict in advisory.conflicts:
        lines.append(f"Sources disagree or are silent: {conflict.statement} {conflict.decision}")
    lines += [f"Limit: {limitation}" for limitation in advisory.limitations]
    lines.append(evaluation.disclaimer)
    return "\n".join(lines)


def _evidence(because: Because, references: References | None) -> Json:
    value = "unknown" if because.value is None else because.value
    found = f"{because.fact} = {value} {because.unit or ''}".rstrip()
    parameter = f", {because.parameter}" if because.parameter else ""
    evidence: Json = {"code": [{"text": f"{found} ({because.operator} {because.threshold}{parameter})"}]}
    named = references.resources(because.sources) if references is not None else {}
    if named:
        evidence["detail"] = [{"reference": name} for name in named]
    return evidence


def _remarks(evaluation: Evaluation) -> Json:
    """Return an OperationOutcome with the disclaimer, the notices and the rules not evaluable."""
    remarks: list[Json] = [_remark("informational", evaluation.disclaimer)]
    for notice in evaluation.notices:
        remark = _remark("incomplete", f"{notice.pointer}: {notice.message}")
        remarks.append(remark | _expression(notice.pointer))
    for entry in evaluation.not_evaluable:
        missing = ", ".join(entry.missing)
        remarks.append(_remark("incomplete", f"{entry.rule} could not be evaluated; missing: {missing}"))
    return {
        "resourceType": "OperationOutcome",
        "id": _identifier(evaluation, *(remark["diagnostics"] for remark in remarks)),
        "meta": RESEARCH_USE,
        "text": _narrative(evaluation.disclaimer),
        "issue": remarks,
    }


def _remark(code: str, text: str) -> Json:
    return {"severity": "information", "code": code, "diagnostics": text}


def _expression(pointer: str) -> dict[str, Any]:
    """Return a JSON pointer into a Bundle as FHIRPath; nothing for a pointer into a native record."""
    if not _INTO_BUNDLE.match(pointer):
        return {}
    steps = (f"[{part}]" if part.isdecimal() else f".{part}" for part in pointer.split("/")[1:])
    return {"expression": ["Bundle" + "".join(steps)]}


def _narrative(*paragraphs: str) -> Json:
    body = "".join(f"<p>{html.escape(' '.join(text.split()), quote=False)}</p>" for text in paragraphs)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'}


def _instant(moment: datetime.date) -> str:
    """Return a FHIR instant; a date is taken as its first instant (UTC)."""
    return moment.isoformat() if isinstance(moment, datetime.datetime) else f"{moment.isoformat()}T00:00:00Z"
