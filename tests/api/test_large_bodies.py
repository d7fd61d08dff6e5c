"""Large bodies keep nobody waiting, and take a bounded part of the memory."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import httpx
import pytest
from cds_api.limits import BodyBudget
from cds_api.problems import ApiError
from fastapi.testclient import TestClient

from tests.api.conftest import JSON, Served, serving
from tests.api.test_errors import assert_problem

CLIENTS = 6
MEGABYTE = 2**20


def large_bundle() -> bytes:
    """Return a Bundle of 4.5 MB."""
    result = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "0-0", "display": "x" * 200}]},
        "subject": {"reference": "Patient/x"},
        "effectiveDateTime": "2026-01-01T10:00:00Z",
        "valueQuantity": {"value": 3.5, "system": "http://unitsofmeasure.org", "code": "10*9/L"},
    }
    entries = [{"resource": {"resourceType": "Patient", "id": "x"}}]
    number = 4_500_000 // len(json.dumps({"resource": {**result, "id": "00000"}}))
    entries += [{"resource": {**result, "id": f"{index:05}"}} for index in range(number)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


@pytest.mark.ci
@pytest.mark.slow
def test_six_clients_with_large_bundles(tmp_path: Path) -> None:
    bundle, statuses = large_bundle(), list[int]()
    with serving(tmp_path / "log") as served:

        def ask() -> None:
            response = httpx.post(f"{served.url}/v1/evaluate", content=bundle, headers=JSON, timeout=60)
            statuses.append(response.status_code)

        before = memory(served)
        threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        waited, peak = [], before
        with httpx.Client() as client:
            while any(thread.is_alive() for thread in threads):
                started = time.monotonic()
                assert client.get(f"{served.url}/healthz", timeout=30).status_code == 200
                waited.append(time.monotonic() - started)
                peak = max(peak, memory(served))
                time.sleep(0.005)
    assert statuses == [200] * CLIENTS
    assert quantiles(waited, n=100)[98] < 0.25
    assert peak - before < 200 * MEGABYTE


def memory(served: Served) -> int:
    pages = Path(f"/proc/{served.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_bodies_beyond_the_budget_are_refused(
    make_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds_api.limits.BodyBudget", lambda: BodyBudget(1000))
    client = make_client()
    for _ in range(3):  # what is taken is given back
        assert client.post("/v1/evaluate", content=b"{" + b" " * 900 + b"}", headers=JSON).status_code == 200
        refused = client.post("/v1/evaluate", content=b" " * 2000, headers=JSON)
        assert_problem(refused, 503)
        assert refused.headers["retry-after"] == "1"
        assert client.post("/v1/evaluate", content=b"{" + b" " * 900, headers=JSON).status_code == 400


def test_the_budget() -> None:
    budget = BodyBudget(10)
    budget.take(10)
    with pytest.raises(ApiError):
        budget.take(1)
    budget.give_back(5)
    budget.take(5)
