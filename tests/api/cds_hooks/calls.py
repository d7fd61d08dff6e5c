"""Calls of hooks, as a client makes them; the drug is the rulebook's first one with an ATC code."""

from __future__ import annotations

from typing import Any

from cds_engine import Engine
from fastapi.testclient import TestClient

CALL = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
PATIENT = {"resourceType": "Patient", "id": "x", "birthDate": "1950-01-01"}
NONE_FOUND = {"resourceType": "Bundle", "type": "searchset"}


def order(engine: Engine, milligrams: int = 120) -> dict[str, Any]:
    """Return a draft order of the rulebook's drug."""
    drugs = engine.rulebook.terminology.drugs.values()
    code = next(drug.codes["atc"][0] for drug in drugs if "atc" in drug.codes)
    system = engine.rulebook.terminology.systems["atc"].uri
    quantity = {"value": milligrams, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
    daily = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    return {
        "resourceType": "MedicationRequest",
        "id": "d1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/x"},
        "medicationCodeableConcept": {"coding": [{"system": system, "code": code}]},
        "dosageInstruction": [{"timing": daily, "doseAndRate": [{"doseQuantity": quantity}]}],
    }


def call(hook: str, *orders: dict[str, Any], **prefetch: Any) -> dict[str, Any]:
    """Return a hook request; ``prefetch`` goes before what is sent by default."""
    context: dict[str, Any] = {"userId": "Practitioner/1", "patientId": "x"}
    if hook != "patient-view":
        entries = [{"resource": draft} for draft in orders]
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if hook == "order-select":
        context["selections"] = ["MedicationRequest/d1"]
    data = {"patient": PATIENT, "medicationRequests": NONE_FOUND} | prefetch
    return {"hook": hook, "hookInstance": CALL, "context": context, "prefetch": data}


def service(client: TestClient, hook: str) -> str:
    """Return the address of the service for ``hook``, as discovery gives it."""
    services = client.get("/cds-services").json()["services"]
    return "/cds-services/" + next(str(s["id"]) for s in services if s["hook"] == hook)


def cards(client: TestClient, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cards for a call."""
    answer = client.post(service(client, body["hook"]), json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cards"]
    return found
