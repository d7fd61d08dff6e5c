"""Hook calls for the tests; the drug is the first of the rulebook with an ATC code."""

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
    code = next(drug.codes["atc"].is_[0] for drug in drugs if "atc" in drug.codes)
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
    """Return a hook call; ``prefetch`` overrides the default prefetch data."""
    context: dict[str, Any] = {"userId": "Practitioner/1", "patientId": "x"}
    if hook != "patient-view":
        entries = [{"resource": draft} for draft in orders]
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if hook == "order-select":
        context["selections"] = ["MedicationRequest/d1"]
    data = {"patient": PATIENT, "medicationRequests": NONE_FOUND} | prefetch
    return {"hook": hook, "hookInstance": CALL, "context": context, "prefetch": data}


def service(client: TestClient, hook: str) -> str:
    """Return the path of the service for ``hook``, from the discovery response."""
    services = client.get("/cds-services").json()["services"]
    return "/cds-services/" + next(str(s["id"]) for s in services if s["hook"] == hook)


def cards(client: TestClient, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cards for a call."""
    response = client.post(service(client, body["hook"]), json=body)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["cards"]
    return found
