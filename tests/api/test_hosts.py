"""Without authentication, a service on this machine answers to this machine's names only (DNS rebinding)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cds_api.hosts import HostCheck
from cds_api.settings import Settings
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.test_errors import assert_problem
from tests.api.test_security import KEY, digest

OWN = (
    "localhost",
    "localhost:8000",
    "LocalHost.:8000",
    "app.localhost",
    "127.0.0.1",
    "127.0.0.1:8000",
    "127.255.255.254:1",
    "[::1]",
    "[::1]:8000",
)
OTHERS = (
    "evil.test",
    "evil.test:8000",
    "localhost.evil.test",
    "127.0.0.1.evil.test",
    "evillocalhost",
    "126.255.255.255",
    "128.0.0.0",
    "0.0.0.0:8000",
    "[::]:8000",
    "[::2]",
    "localhost@evil.test",
    "evil.test#localhost",
    "localhost:80:80",
    "localhost:http",
    "localhost, evil.test",
    "local\xe4host",
    ":8000",
    "",
)


def allows(*hosts: str, **settings: Any) -> bool:
    """Return whether a service with these settings answers to the Host headers of a request."""
    headers = [(b"host", name.encode("latin-1")) for name in hosts]
    return HostCheck(Settings(**settings)).allows({"type": "http", "headers": headers})


@pytest.mark.parametrize("host", OWN)
def test_names_of_this_machine(host: str) -> None:
    assert allows(host)
    assert allows(host, host="::1")


@pytest.mark.parametrize("host", OTHERS)
def test_other_names(host: str) -> None:
    assert not allows(host)
    assert not allows(host, host="localhost", public_url="https://cds.example/base")


def test_requests_with_none_or_several() -> None:
    assert allows()
    assert allows("localhost", "127.0.0.1")
    assert not allows("localhost", "evil.test")


@pytest.mark.parametrize("host", ["cds.example", "cds.example:443", "CDS.example."])
def test_a_proxy_that_passes_the_public_name_on(host: str) -> None:
    assert allows(host, public_url="https://CDS.example:8443/base")
    assert allows("127.0.0.1:8000", public_url="https://cds.example")
    assert not allows(host, public_url="https://example")


def test_who_authenticates_or_allows_everybody_may_use_any_name() -> None:
    assert allows("evil.test", api_keys=(f"ward:{digest(KEY)}",))
    assert allows("evil.test", host="0.0.0.0", api_keys=(f"ward:{digest(KEY)}",))
    assert allows("evil.test", host="0.0.0.0", insecure=True)
    assert not allows("evil.test", host="127.0.0.1", insecure=True)


@pytest.mark.parametrize(
    "path", ["/v1/rulebook", "/", "/openapi.json", "/static/icon.svg", "/login", "/nothing"]
)
def test_what_another_name_gets(client: TestClient, path: str) -> None:
    sent = {"Host": "evil.test:8000"}
    response = client.get(path, headers=sent)
    assert_problem(response, 421)
    assert "evil" not in response.text
    page = client.get(path, headers={**sent, "Accept": "text/html"})
    assert page.status_code == 421
    assert "CDS_PUBLIC_URL" in page.text
    assert client.post("/v1/evaluate", json={}, headers=sent).status_code == 421
    assert (
        client.get("/readyz", headers=sent).status_code == 200
    )  # a probe may use any name, and says nothing


def test_keys_keep_others_out(make_client: Callable[..., TestClient]) -> None:
    client = make_client(api_keys=(f"ward:{digest(KEY)}",))
    sent = {"Host": "evil.test"}
    assert client.get("/v1/rulebook", headers=sent).status_code == 401
    assert client.get("/v1/rulebook", headers={**sent, "X-API-Key": KEY}).status_code == 200
    assert client.get("/v1/rulebook", headers={"X-API-Key": KEY}).url.host in LOCAL
