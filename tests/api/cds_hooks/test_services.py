"""Hook calls: which data is evaluated, which calls are rejected."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.cds_hooks.calls import NONE_FOUND, PATIENT, call, cards, order, service
from tests.api.test_errors import assert_problem

HOOKS = ("patient-view", "order-select", "order-sign")
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}


@pytest.mark.parametrize("hook", HOOKS)
def test_each_service_answers_at_its_address(client: TestClient, engine: Engine, hook: str) -> None:
    assert isinstance(cards(client, call(hook, order(engine))), list)


def test_calls_and_responses_are_json(client: TestClient) -> None:
    address = service(client, "patient-view")
    assert client.post(address, json=call("patient-view")).headers["content-type"] == "application/json"
    assert_problem(client.post(address, content=b"{}", headers={"Content-Type": "text/plain"}), 415)


def test_no_element_is_null_or_empty(client: TestClient, engine: Engine) -> None:
    def elements(value: Any) -> Iterator[Any]:
        yield value
        for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from elements(child)

    responses = [client.get("/cds-services").json(), cards(client, call("order-sign", order(engine)))]
    assert not [
        element for response in responses for element in elements(response) if element in (None, "", [], {})
    ]


def test_the_draft_order_is_evaluated(client: TestClient, engine: Engine) -> None:
    for hook in ("order-select", "order-sign"):
        high = cards(client, call(hook, order(engine, 120)))
        assert any("120 mg/d" in card["summary"] for card in high)
        assert not any("120 mg/d" in card["summary"] for card in cards(client, call(hook, order(engine, 30))))


def test_no_cards_when_no_rule_applies(client: TestClient) -> None:
    assert cards(client, call("patient-view")) == []


@pytest.mark.parametrize("missing", ["patient", "medicationRequests"])
def test_412_if_required_data_is_missing(client: TestClient, engine: Engine, missing: str) -> None:
    for hook in HOOKS:
        body = call(hook, order(engine))
        del body["prefetch"][missing]
        problem = assert_problem(client.post(service(client, hook), json=body), 412)
        assert problem["errors"][0]["pointer"] == f"/prefetch/{missing}"  # type: ignore[index]


def test_412_without_any_prefetch(client: TestClient) -> None:
    body = call("patient-view")
    del body["prefetch"]
    assert_problem(client.post(service(client, "patient-view"), json=body), 412)


def test_one_page_of_several_is_incomplete(client: TestClient, engine: Engine) -> None:
    def unknown(**prefetch: Any) -> int:
        (card,) = [
            card
            for card in cards(client, call("order-sign", order(engine), **prefetch))
            if "could not" in card["summary"]
        ]
        return int(card["summary"].partition(" ")[0])

    page = NONE_FOUND | {"link": [{"relation": "next", "url": "https://ehr.example/2"}]}
    assert unknown(medicationRequests=page) > unknown(medicationRequests=NONE_FOUND)


def test_operation_outcomes_are_not_data(client: TestClient) -> None:
    address = service(client, "patient-view")
    assert_problem(client.post(address, json=call("patient-view", patient=FAILED)), 412)
    partial = NONE_FOUND | {"entry": [{"resource": FAILED}]}
    assert_problem(client.post(address, json=call("patient-view", medicationRequests=partial)), 412)


def test_null_means_unknown(client: TestClient, engine: Engine) -> None:
    body = call("order-sign", order(engine), conditions=None, observations=None, medicationRequests=None)
    assert cards(client, body)


def test_resources_count_under_any_key(client: TestClient, engine: Engine) -> None:
    body = call("order-sign", order(engine))
    body["prefetch"] = {"item1": None, "item2": PATIENT, "medicationRequests": NONE_FOUND}
    assert any("120 mg/d" in card["summary"] for card in cards(client, body))


def test_the_patient_id_may_be_a_reference(client: TestClient, engine: Engine) -> None:
    body = call("order-sign", order(engine))
    plain = cards(client, body)
    body["context"]["patientId"] = "Patient/x"
    assert cards(client, body) == plain


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"hookInstance": "x"}, "/hookInstance"),
        ({"hookInstance": None}, "/hookInstance"),
        ({"hook": "patient-view"}, "/hook"),
        ({"hook": 5}, "/hook"),
        ({"context": {"userId": "Practitioner/1"}}, "/context/patientId"),
        ({"context": {"userId": "Practitioner/1", "patientId": "x"}}, "/context/draftOrders"),
        ({"fhirServer": "nowhere"}, "/fhirServer"),
        ({"fhirAuthorization": {}}, "/fhirAuthorization/access_token"),
        ({"prefetch": []}, "/prefetch"),
    ],
)
def test_invalid_calls(client: TestClient, engine: Engine, change: dict[str, Any], pointer: str) -> None:
    body = call("order-sign", order(engine)) | change
    problem = assert_problem(client.post(service(client, "order-sign"), json=body), 422)
    assert pointer in [error["pointer"] for error in problem["errors"]]  # type: ignore[attr-defined]


def test_unknown_service(client: TestClient) -> None:
    assert_problem(client.post("/cds-services/nothing", json=call("patient-view")), 404)
    assert_problem(client.post("/cds-services/nothing/feedback", json={}), 404)


def test_a_response_takes_less_than_500_ms(client: TestClient, engine: Engine) -> None:
    body = call("order-sign", order(engine))
    address = service(client, "order-sign")
    client.post(address, json=body)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        client.post(address, json=body)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.5


def test_the_extension_is_an_object(client: TestClient, engine: Engine) -> None:
    response = client.post(service(client, "patient-view"), json=call("patient-view")).json()
    [(name, label)] = response["extension"].items()
    assert "." in name
    assert label == {
        "research_use_only": True,
        "disclaimer": " ".join(engine.rulebook.file.disclaimer.split()),
    }


def test_cors_for_configured_origins(make_client: Callable[..., TestClient]) -> None:
    client = make_client(cors_origins=("https://ehr.test",))
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Authorization"}
    address = service(client, "patient-view")
    allowed = client.options(address, headers={"Origin": "https://ehr.test", **preflight})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://ehr.test"
    response = client.post(address, json=call("patient-view"), headers={"Origin": "https://ehr.test"})
    assert response.headers["access-control-allow-origin"] == "https://ehr.test"
    rejected = client.options(address, headers={"Origin": "https://evil.test", **preflight})
    assert rejected.status_code == 400
    assert rejected.headers["content-type"] == "application/problem+json"
