"""Evaluations as DetectedIssue, errors as OperationOutcome: valid R4, and the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import run
from cds_engine.errors import Problem
from cds_engine.fhir import evaluate_document, operation_outcome, to_detected_issues
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome

from tests.engine.fhir.bundles import (
    AS_OF,
    ENGINE,
    MDD,
    NEUTROPHILS,
    bundle,
    concept,
    dosage,
    evaluate,
    order,
    patient,
    problem,
    result,
)

CASE = (
    patient(),
    order(id="m", dosageInstruction=[dosage(400)], reasonCode=[concept(MDD)]),
    result(NEUTROPHILS, 1.2, id="n"),
    problem(id="c"),
)


def issues(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [entry["resource"] for entry in answer["entry"]]
    return {
        issue["code"]["coding"][0]["code"]: issue
        for issue in found
        if issue["resourceType"] == "DetectedIssue"
    }


def test_issues_refer_to_the_resources() -> None:
    answer = json.loads(evaluate(*CASE).to_fhir())
    Bundle.model_validate(answer)
    assert answer["type"] == "collection"
    assert answer["timestamp"] == "2026-11-23T00:00:00Z"
    found = issues(answer)
    above = found["dosing.above-every-label"]
    assert (above["severity"], above["status"]) == ("high", "final")
    assert above["patient"] == {"reference": "Patient/p"}
    assert above["implicated"] == [{"reference": "MedicationRequest/m"}]
    count = found["monitoring.neutropenia-moderate"]
    assert {"reference": "Observation/n"} in [
        detail for evidence in count["evidence"] for detail in evidence.get("detail", [])
    ]


def test_everything_is_marked_for_research() -> None:
    answer = json.loads(evaluate(*CASE).to_fhir())
    disclaimer = ENGINE.rulebook.file.disclaimer
    for entry in answer["entry"]:
        resource = entry["resource"]
        assert entry["fullUrl"] == f"urn:uuid:{resource['id']}"
        assert resource["meta"]["tag"][0]["code"] == "HRESCH"
        assert disclaimer[:40] in json.dumps(resource, ensure_ascii=False)
    assert len({entry["fullUrl"] for entry in answer["entry"]}) == len(answer["entry"])


def test_notices_are_an_operation_outcome() -> None:
    answer = evaluate(patient(), order(id="m"))
    written = json.loads(answer.to_fhir())
    remarks = written["entry"][-1]["resource"]
    OperationOutcome.model_validate(remarks)
    [missing] = [issue for issue in remarks["issue"] if "no dosage" in issue["diagnostics"]]
    assert missing["severity"] == "information"
    assert missing["expression"] == ["Bundle.entry[1].resource.dosageInstruction"]


def test_same_input_same_bytes() -> None:
    assert evaluate(*CASE).to_fhir() == evaluate(*CASE, explain=True).to_fhir()
    assert evaluate(*CASE).to_json() == evaluate(*CASE).to_json()


def test_native_record_has_no_references() -> None:
    record = {
        "patient": {"id": "a b"},
        "medications": [{"drug": "mianserin"}],
        "symptoms": [{"code": "fever"}],
    }
    answer = evaluate_document(ENGINE, record, AS_OF)
    written = to_detected_issues(answer.evaluation)
    Bundle.model_validate(json.loads(answer.to_fhir()))
    found = issues(written)["monitoring.infection-signs"]
    assert found["patient"] == {"identifier": {"value": "a b"}}
    assert "implicated" not in found


def test_errors() -> None:
    outcome = operation_outcome(
        [Problem("b", "expected x", "/entry/3/resource"), Problem("b", "not JSON", code="json")]
    )
    OperationOutcome.model_validate(outcome)
    assert [issue["code"] for issue in outcome["issue"]] == ["invalid", "structure"]
    assert outcome["issue"][0]["expression"] == ["Bundle.entry[3].resource"]
    OperationOutcome.model_validate(operation_outcome([]))


@pytest.mark.parametrize("format_", ["json", "fhir", "text"])
def test_command_line(format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bundle.json"
    written = bundle(*CASE)
    file.write_text(json.dumps(written, default=float), encoding="utf-8")
    assert run(["evaluate", str(file), "--as-of", "2026-11-23", "--format", format_]) == 0
    shown = capsys.readouterr().out
    if format_ == "text":
        assert "CRITICAL" in shown
    else:
        answer = evaluate(*CASE)
        assert shown == (answer.to_json(indent=2) if format_ == "json" else answer.to_fhir(indent=2)) + "\n"
