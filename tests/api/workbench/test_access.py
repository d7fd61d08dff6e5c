"""Who may see the pages: sessions, requests of other sites, errors as pages, and the policies of pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cds_api.app import create_app
from cds_api.sessions import LIFETIME, Client, Sessions
from cds_api.settings import Settings
from cds_api.workbench.login_page import local_path
from cds_api.workbench.render import POLICY
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.test_security import KEY, METRICS_KEY, digest
from tests.api.test_tokens import ISSUER, KEYS, token

HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
OWN = {"Origin": LOCAL}
SESSION_KEY = "0123456789" * 4


@pytest.fixture
def protected(make_client: Callable[..., TestClient]) -> TestClient:
    keys = (f"ward:{digest(KEY)}", f"grafana:{digest(METRICS_KEY)}:metrics")
    client = make_client(api_keys=keys, session_key=SESSION_KEY)
    client.headers.update(HTML)
    return client


def log_in(client: TestClient, key: str = KEY, **fields: str) -> Any:
    return client.post("/login", data={"key": key, **fields}, headers=OWN, follow_redirects=False)


def test_pages_are_open_on_loopback(client: TestClient) -> None:
    response = client.get("/", headers=HTML)
    assert response.status_code == 200
    assert "Log out" not in response.text
    assert client.get("/login", follow_redirects=False).headers["location"] == "/"


def test_with_keys_pages_need_a_session(protected: TestClient) -> None:
    sent = protected.get("/?rulebook=x", follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=/%3Frulebook%3Dx")
    assert "API key" in protected.get("/").text
    assert protected.get("/", headers={"Accept": "application/json"}).status_code == 401

    wrong = log_in(protected, "wrong", next="/")
    assert wrong.status_code == 401
    assert "This API key is unknown." in wrong.text
    assert "set-cookie" not in wrong.headers

    accepted = log_in(protected, next="/?rulebook=x")
    assert (accepted.status_code, accepted.headers["location"]) == (303, "/?rulebook=x")
    cookie = accepted.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert "Log out ward" in protected.get("/").text
    assert protected.get("/v1/rulebook").status_code == 200  # links to the API work

    protected.post("/logout", data={"x": ""}, headers=OWN)
    assert "API key" in protected.get("/").text


def test_the_cookie_is_secure_over_https_and_names_only_the_client(protected: TestClient) -> None:
    secure = TestClient(protected.app, base_url="https://testserver")
    response = secure.post(
        "/login", data={"key": KEY}, headers={"Origin": "https://testserver"}, follow_redirects=False
    )
    cookie = response.headers["set-cookie"]
    assert "; Secure" in cookie
    claims = jwt.decode(cookie.partition("=")[2].partition(";")[0], SESSION_KEY, ["HS256"])
    assert set(claims) == {"sub", "areas", "exp"}
    assert claims["sub"] == "ward"
    assert 0 < claims["exp"] - time.time() <= LIFETIME


def test_a_session_has_the_areas_of_its_key(protected: TestClient) -> None:
    log_in(protected, METRICS_KEY)
    refused = protected.get("/")
    assert refused.status_code == 403
    assert "does not allow evaluate" in refused.text
    assert refused.headers["content-type"].startswith("text/html")
    assert protected.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": LOCAL}, 415),  # allowed, and then not a form
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 415),
        ({"Sec-Fetch-Site": "none"}, 415),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": LOCAL}, 403),
    ],
)
def test_other_sites_cannot_use_a_session(
    protected: TestClient, headers: dict[str, str], status: int
) -> None:
    log_in(protected)
    sent = {**headers, "Content-Type": "text/plain"}
    assert protected.post("/v1/evaluate", content=b"{}", headers=sent).status_code == status
    assert protected.post("/logout", content=b"{}", headers=sent).status_code == status


def test_a_program_with_a_key_needs_no_origin(protected: TestClient) -> None:
    assert protected.post("/v1/evaluate", json={}, headers={"X-API-Key": KEY}).status_code == 200


def test_a_session_ends(engine: Engine) -> None:
    now = [1_000_000.0]
    sessions = Sessions(Settings(session_key=SESSION_KEY), lambda: now[0])

    def scope(headers: dict[str, str]) -> dict[str, Any]:
        return {"type": "http", "headers": [(b"cookie", headers["Set-Cookie"].partition(";")[0].encode())]}

    issued = scope(sessions.login_headers(Client("ward", frozenset({"evaluate"})), 60, secure=False))
    now[0] += 59.9
    assert sessions.client(issued) == Client("ward", frozenset({"evaluate"}))
    now[0] += 0.1
    assert sessions.client(issued) is None

    issued = scope(sessions.login_headers(Client("ward", frozenset()), 10**6, secure=False))
    now[0] += LIFETIME
    assert sessions.client(issued) is None


@pytest.mark.parametrize("damage", ["a", "", "x; =;;"])
def test_a_forged_session_is_none(protected: TestClient, damage: str) -> None:
    log_in(protected)
    name, value = next(iter(protected.cookies.items()))
    protected.cookies.clear()
    forged = jwt.encode({"sub": "ward", "areas": ["evaluate"], "exp": 10**11}, "another key" * 5, "HS256")
    for cookie in (value[:-4] + damage, forged, damage):
        headers = {"Cookie": f"{name}={cookie}", "Accept": "*/*"}
        assert protected.get("/v1/rulebook", headers=headers).status_code == 401


def test_a_session_ends_when_its_key_is_removed(protected: TestClient, engine: Engine) -> None:
    log_in(protected)
    name, value = next(iter(protected.cookies.items()))
    later = Settings(rate_limit=0, api_keys=(f"other:{digest(METRICS_KEY)}",), session_key=SESSION_KEY)
    client = TestClient(create_app(later, engine), base_url=LOCAL)
    assert client.get("/v1/rulebook", headers={"Cookie": f"{name}={value}"}).status_code == 401


def test_log_in_with_a_token(make_client: Callable[..., TestClient]) -> None:
    client = make_client(jwt_issuers={ISSUER: KEYS})
    client.headers.update(HTML)
    once = token(aud="http://127.0.0.1:8000/login")
    assert log_in(client, once).status_code == 303
    assert f"Log out issuer {ISSUER}" in client.get("/").text
    assert "used before" in log_in(client, once).text


@pytest.mark.parametrize(
    "path", ["//evil.test", "/\\evil.test", "https://evil.test", "", "/a\nb", "javascript:x"]
)
def test_a_login_leads_nowhere_else(path: str) -> None:
    assert local_path(path) == "/"
    assert local_path("/rules?rulebook=a") == "/rules?rulebook=a"


def test_errors_are_pages_for_browsers_only(client: TestClient) -> None:
    response = client.get("/nothing?rulebook=nothing", headers=HTML)
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == POLICY
    assert "There is nothing at this address." in response.text
    assert response.headers["x-request-id"] in response.text
    assert client.get("/nothing").headers["content-type"] == "application/problem+json"
    assert client.get("/", params={"rulebook": "nothing"}, headers=HTML).status_code == 404
    refused = client.delete("/", headers=HTML)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_policies_of_pages(client: TestClient) -> None:
    response = client.get("/", headers=HTML)
    policy = response.headers["content-security-policy"]
    assert policy == POLICY
    assert "unsafe" not in policy
    assert response.headers["referrer-policy"] == "same-origin"  # without it, no browser says who sent a form
    assert response.headers["cache-control"] == "no-store"
    assert "style=" not in response.text
    assert "<script>" not in response.text


def test_static_files(client: TestClient) -> None:
    text = client.get("/").text
    for name in ("workbench.css", "workbench.js", "icon.svg"):
        address = next(part for part in text.split('"') if part.startswith(f"/static/{name}?v="))
        response = client.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        assert response.text
    assert client.get("/static/nothing.css").status_code == 404
    assert client.get("/static/../render.py").status_code == 404
    plain = client.get("/static/workbench.css", headers={"Accept-Encoding": "identity"})
    assert plain.text == client.get("/static/workbench.css").text
