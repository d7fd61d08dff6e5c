"""Authentication and authorization: API keys, tokens of trusted issuers, and the routes that each may use.

The configuration holds the hash of an API key, never the key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from cds_api.limits import RateLimiter
from cds_api.observability import CLIENT
from cds_api.problems import ApiError
from cds_api.settings import Settings
from cds_api.tokens import TokenVerifier

PUBLIC = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/cds-services"})
"""Paths that need no authentication."""
PROBES = frozenset({"/healthz", "/readyz"})
"""Paths with a rate limit of their own: requests to others never make a healthy service look dead."""
_EVALUATE_WITH = re.compile(r"/v1/rulebooks/[^/]*/evaluate")
TOKEN_AREAS = frozenset({"evaluate", "knowledge", "cds-hooks"})
"""The areas that every token may use."""
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cds"'}


@dataclass(frozen=True, slots=True)
class Client:
    """An authenticated client, and the areas that it may use."""

    name: str
    areas: frozenset[str]


class AuthenticationMiddleware:
    """ASGI middleware that authenticates and authorizes each request, and limits the rate of each client."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.required = settings.requires_authentication
        self.rate_limiter = RateLimiter(settings.rate_limit)
        self.probe_limiter = RateLimiter(settings.rate_limit)
        self.keys = [(digest, Client(name, areas)) for name, digest, areas in settings.all_api_keys()]
        self.tokens = TokenVerifier(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or reject it."""
        if scope["type"] == "http":
            try:
                self.check(scope)
            except ApiError as error:
                await error.response(scope)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def check(self, scope: Scope) -> None:
        """Authenticate and authorize a request, and store its client in the scope.

        Raises:
            ApiError: 401 without a valid key or token, 403 if that does not allow the route, 429 for too many
                requests.
        """
        peer = scope.get("client")
        address = f"address {peer[0]}" if peer else "address unknown"
        if scope["path"] in PROBES:
            self.probe_limiter.acquire(address)
        elif not self.required or is_public(scope["method"], scope["path"]):
            self.rate_limiter.acquire(address)
        else:
            self._check_client(scope, address)

    def _check_client(self, scope: Scope, address: str) -> None:
        try:
            client = self.authenticate(scope)
        except ApiError:
            self.rate_limiter.acquire(address)
            raise
        self.rate_limiter.acquire(client.name)
        scope[CLIENT] = client
        area = area_of(scope["path"])
        if area is not None and area not in client.areas:
            raise ApiError(403, f"This key or token does not allow {area}.")

    def authenticate(self, scope: Scope) -> Client:
        """Return the client whose key or token a request carries.

        Raises:
            ApiError: 401, if it carries none that is valid.
        """
        headers = {name: value.decode("latin-1").strip() for name, value in scope["headers"]}
        key = headers.get(b"x-api-key", "")
        scheme, _, credentials = headers.get(b"authorization", "").partition(" ")
        if not key and scheme.lower() == "bearer":
            if credentials.count(".") == 2:
                return Client(self.tokens.verify(credentials.strip(), scope["path"]), TOKEN_AREAS)
            key = credentials.strip()
        if not key:
            raise ApiError(401, "Send an API key in X-API-Key, or a bearer token.", headers=_CHALLENGE)
        digest = hashlib.sha256(key.encode("latin-1")).digest()
        found = None
        for expected, client in self.keys:  # compares every key, so that the time taken reveals nothing
            if hmac.compare_digest(expected, digest):
                found = client
        if found is None:
            raise ApiError(401, "This API key is unknown.", headers=_CHALLENGE)
        return found


def is_public(method: str, path: str) -> bool:
    """Return whether a request needs no authentication; public paths reveal nothing about patients."""
    if method not in ("GET", "HEAD"):
        return False
    return path in PUBLIC or path.startswith("/docs/")


def area_of(path: str) -> str | None:
    """Return the area that a path belongs to, if any."""
    if path.startswith("/v1/evaluate") or _EVALUATE_WITH.match(path):
        return "evaluate"
    if path.startswith("/v1/"):
        return "knowledge"
    if path.startswith("/cds-services/"):
        return "cds-hooks"
    return "metrics" if path == "/metrics" else None
