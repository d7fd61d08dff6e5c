"""Authentication, authorization, rate limits and security headers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cds_api.limits import RateLimiter
from cds_api.problems import ApiError
from fastapi.testclient import TestClient

from tests.api.test_errors import assert_problem

KEY, METRICS_KEY = "a-key", "a-key-for-metrics"
PUBLIC = ["/healthz", "/readyz", "/docs", "/docs/start.js", "/openapi.json", "/cds-services"]


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@pytest.fixture(scope="module")
def protected(make_client: Callable[..., TestClient]) -> TestClient:
    keys = (f"ward:{digest(KEY)}", f"grafana:{digest(METRICS_KEY)}:metrics")
    return make_client(api_keys=keys, host="0.0.0.0")


@pytest.mark.parametrize("path", PUBLIC)
def test_public_paths(protected: TestClient, path: str) -> None:
    assert protected.get(path).status_code == 200


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "/v1/rulebook", 401),
        ({}, "/metrics", 401),
        ({}, "/nothing", 401),
        ({"X-API-Key": "wrong"}, "/v1/rulebook", 401),
        ({"X-API-Key": "käse".encode().decode("latin-1")}, "/v1/rulebook", 401),
        ({"Authorization": "Basic YTpi"}, "/v1/rulebook", 401),
        ({"X-API-Key": KEY}, "/v1/rulebook", 200),
        ({"X-API-Key": KEY}, "/metrics", 200),
        ({"Authorization": f"Bearer {KEY}"}, "/v1/rules", 200),
        ({"X-API-Key": METRICS_KEY}, "/metrics", 200),
        ({"X-API-Key": METRICS_KEY}, "/v1/rulebook", 403),
    ],
)
def test_authentication_and_authorization(
    protected: TestClient, headers: dict[str, str], path: str, status: int
) -> None:
    response = protected.get(path, headers={k: v.encode("latin-1") for k, v in headers.items()})
    assert response.status_code == status
    if status == 401:
        assert_problem(response, 401)
        assert response.headers["www-authenticate"].startswith("Bearer")


def test_evaluation_needs_authentication(protected: TestClient) -> None:
    assert_problem(protected.post("/v1/evaluate", json={}), 401)
    assert_problem(protected.post("/cds-services/x", json={}), 401)
    assert_problem(protected.post("/v1/evaluate", json={}, headers={"X-API-Key": METRICS_KEY}), 403)


def test_api_keys_in_a_file(make_client: Callable[..., TestClient], tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# keys\nward:{digest(KEY)}  # the ward\n\n")
    client = make_client(api_keys_file=file)
    assert client.get("/v1/rulebook", headers={"X-API-Key": KEY}).status_code == 200
    assert client.get("/v1/rulebook").status_code == 401


def test_rate_limit_per_client() -> None:
    now = [0.0]
    limiter = RateLimiter(2, lambda: now[0])
    for _ in range(4):
        limiter.acquire("a")
    with pytest.raises(ApiError) as refused:
        limiter.acquire("a")
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "1"
    limiter.acquire("b")
    now[0] = 0.5
    limiter.acquire("a")


def test_made_up_clients_cannot_fill_the_memory() -> None:
    limiter = RateLimiter(1, lambda: 0.0)
    for number in range(RateLimiter.MAX_CLIENTS + 50):
        limiter.acquire(str(number))
    assert len(limiter._buckets) == RateLimiter.MAX_CLIENTS


def test_too_many_requests(make_client: Callable[..., TestClient]) -> None:
    client = make_client(rate_limit=1)
    responses = [client.get("/healthz") for _ in range(4)]
    assert_problem(responses[-1], 429)
    assert int(responses[-1].headers["retry-after"]) >= 1


def test_probes_have_a_rate_limit_of_their_own(make_client: Callable[..., TestClient]) -> None:
    client = make_client(rate_limit=1)
    assert [client.get("/v1/rules").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/healthz").status_code == 429


def test_security_headers(client: TestClient, make_client: Callable[..., TestClient]) -> None:
    response = client.post("/v1/evaluate", json={})
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "strict-transport-security" not in response.headers
    assert "server" not in response.headers
    secure = TestClient(client.app, base_url="https://service.test")
    assert "strict-transport-security" in secure.get("/healthz").headers


def test_the_code_names_no_drug_disease_or_laboratory_test() -> None:
    names = [
        "mianserin",
        "fluoxetine",
        "sertraline",
        "depress",
        "insomnia",
        "neutrop",
        "leukocyt",
        "platelet",
    ]
    root = Path(__file__).parents[2]
    found = [
        f"{path.relative_to(root)}: {name}"
        for folder in ("api", "engine")
        for path in (root / folder).rglob("*.py")
        for name in names
        if name in path.read_text(encoding="utf-8").lower().replace("mianserin-cds", "")
        and not path.is_relative_to(root / "api" / "cds_api" / "cli")
        and path.name not in ("__init__.py",)
    ]
    assert not found
