"""Discovery lists the services and the prefetch data that they need."""

from __future__ import annotations

import re

import pytest
from cds_api.cds_hooks import discovery
from cds_engine import Engine
from fastapi.testclient import TestClient


def test_discovery_path(client: TestClient) -> None:
    response = client.get("/cds-services")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"


def test_discovery_lists_services(client: TestClient) -> None:
    assert isinstance(client.get("/cds-services").json()["services"], list)


def test_each_hook_has_its_own_service(client: TestClient) -> None:
    services = client.get("/cds-services").json()["services"]
    assert {service["hook"] for service in services} == {"patient-view", "order-select", "order-sign"}
    assert len({service["id"] for service in services}) == 3


def test_each_service_is_described(client: TestClient) -> None:
    for service in client.get("/cds-services").json()["services"]:
        for field in ("hook", "id", "title", "description", "usageRequirements"):
            assert isinstance(service[field], str)
            assert service[field]


def test_prefetch_templates(client: TestClient, engine: Engine) -> None:
    terminology = engine.rulebook.terminology
    for service in client.get("/cds-services").json()["services"]:
        templates = service["prefetch"]
        assert templates["patient"] == "Patient/{{context.patientId}}"
        for template in templates.values():
            assert re.findall(r"{{(.*?)}}", template) == ["context.patientId"]
            assert re.fullmatch(
                r"[A-Z][A-Za-z]+(/{{\S+}}|\?patient={{\S+?}}(&(code|_include)=\S+)?)", template
            )
        for concept in (*terminology.observations.values(), *terminology.symptoms.values()):
            for system, lists in concept.codes.items():
                for code in (*lists.is_, *lists.perhaps):
                    listed = f"{terminology.systems[system].uri}|{code}" in templates["observations"]
                    assert listed is not code.endswith("*")


def test_too_many_codes_are_not_searched_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "LONGEST_SEARCH", 100)
    templates = discovery.prefetch_templates(engine.rulebook)
    assert templates["observations"] == "Observation?patient={{context.patientId}}"


def test_medications_are_included(client: TestClient) -> None:
    for service in client.get("/cds-services").json()["services"]:
        for key, kind in (
            ("medicationRequests", "MedicationRequest"),
            ("medicationStatements", "MedicationStatement"),
        ):
            assert service["prefetch"][key].endswith(f"&_include={kind}:medication")
