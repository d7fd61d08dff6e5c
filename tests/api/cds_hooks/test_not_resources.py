"""Where there should be a resource but is none: an error for the client, no data from a FHIR server."""

from __future__ import annotations

from typing import Any

import pytest
from cds_api.cds_hooks.prefetch import misplaced
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.cds_hooks.calls import call, order, service

NOT_RESOURCES: list[Any] = [{}, {"resourceType": None}, {"resourceType": 5}, {"resourceType": []}, 5, "x", []]


def bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources]}


@pytest.mark.parametrize("resource", NOT_RESOURCES)
@pytest.mark.parametrize("key", ["patient", "conditions", "medicationRequests", "other"])
def test_prefetch(client: TestClient, key: str, resource: Any) -> None:
    body = call("patient-view", **{key: bundle(resource)})
    response = client.post(service(client, "patient-view"), json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == f"/prefetch/{key}/entry/0/resource"


@pytest.mark.parametrize("resource", NOT_RESOURCES[1:4])
def test_prefetch_of_one_resource(client: TestClient, resource: Any) -> None:
    response = client.post(service(client, "patient-view"), json=call("patient-view", conditions=resource))
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/prefetch/conditions"


@pytest.mark.parametrize("resource", NOT_RESOURCES)
def test_draft_orders(client: TestClient, engine: Engine, resource: Any) -> None:
    body = call("order-sign", order(engine), resource)
    response = client.post(service(client, "order-sign"), json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/context/draftOrders/entry/1/resource"


def test_places() -> None:
    good = {"resourceType": "Condition"}
    assert list(misplaced(bundle(good, None, bundle(good, {}), bundle()), "")) == [
        "/entry/2/resource/entry/1/resource"
    ]
