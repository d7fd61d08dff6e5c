"""Writes decisions as newline-delimited JSON or FHIR AuditEvents, and checkpoints to be published."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from cds_engine.fhir.write import RESEARCH_USE

from cds_api.decisions import LABEL
from cds_api.ledger.checkpoints import read_checkpoints
from cds_api.ledger.reading import feedback_of, read_entries, summary

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_SYSTEM = "urn:ietf:rfc:3986"


def as_ndjson(connection: sa.Connection, since: str | None, before: str | None) -> Iterator[str]:
    """Yield each decision as JSON, with input, answer and feedback."""
    for row in read_entries(connection, since=since, before=before):
        found = {**LABEL, "decision": summary(row), "feedback": feedback_of(connection, row["id"])}
        for name in ("input", "answer"):
            found[name] = None if row[name] is None else row[name].decode()
        yield json.dumps(found, ensure_ascii=False)


def as_audit_events(connection: sa.Connection, since: str | None, before: str | None) -> Iterator[str]:
    """Yield each decision that is not pruned as a FHIR R4 AuditEvent, without input and answer."""
    for row in read_entries(connection, since=since, before=before):
        if row["time"] is not None:
            yield json.dumps(audit_event(row), ensure_ascii=False)


def as_checkpoints(connection: sa.Connection) -> Iterator[str]:
    """Yield each checkpoint, to be published where whoever runs the ledger cannot change it."""
    for _, checkpoint in read_checkpoints(connection):
        yield json.dumps({**LABEL, **checkpoint.as_json()}, ensure_ascii=False)


def audit_event(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision as a FHIR R4 AuditEvent."""
    details = {
        "digest": row["digest"],
        "link": row["link"],
        "input": row["input_digest"],
        "answer": row["answer_digest"],
        "engine": row["engine"],
        "disclaimer": LABEL["disclaimer"],
    }
    if row["hook_instance"] is not None:
        details["hookInstance"] = row["hook_instance"]
    rulebooks = [
        {
            "what": {"identifier": {"value": name}},
            "type": {"system": _OBJECT, "code": "2"},
            "name": "rulebook",
        }
        for name in row["rulebooks"].split()
    ]
    return {
        "resourceType": "AuditEvent",
        "id": row["id"],
        "meta": RESEARCH_USE,
        "type": {"system": _DICOM, "code": "110100", "display": "Application Activity"},
        "subtype": [{"code": row["route"], "display": row["route"]}],
        "action": "E",
        "recorded": row["time"],
        "outcome": "0",
        "agent": [
            {"who": {"identifier": {"value": row["caller"] or "not authenticated"}}, "requestor": True}
        ],
        "source": {"observer": {"display": f"mianserin-cds {row['engine']}"}},
        "entity": [
            {
                "what": {"identifier": {"system": _SYSTEM, "value": f"urn:uuid:{row['id']}"}},
                "type": {"system": _OBJECT, "code": "2", "display": "System Object"},
                "name": "decision",
                "detail": [{"type": name, "valueString": value} for name, value in details.items()],
            },
            *rulebooks,
        ],
    }


_OBJECT = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
