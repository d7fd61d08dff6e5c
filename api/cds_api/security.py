"""Authentication and authorization: API keys, tokens, sessions of browsers, and the routes that each may use.

The configuration holds the hash of an API key, never the key.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from starlette.types import ASGIApp, Receive, Scope, Send

from cds_api.hosts import HostCheck
from cds_api.limits import RateLimiter
from cds_api.observability import CLIENT
from cds_api.problems import ApiError
from cds_api.sessions import Client, Sessions, check_same_origin
from cds_api.settings import Settings
from cds_api.tokens import TokenVerifier

PUBLIC = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/cds-services", "/login"})
"""Paths that need no authentication."""
PUBLIC_FOLDERS = ("/docs/", "/static/")
"""Beginnings of further such paths: the files of public pages."""
PROBES = frozenset({"/healthz", "/readyz"})
"""Paths with a rate limit of their own: requests to others never make a healthy service look dead."""
_EVALUATE_WITH = re.compile(r"/v1/rulebooks/[^/]*/(evaluate|timeline)")
EVALUATE_PATHS = (
    "/v1/evaluate",
    "/v1/timeline",
    "/timeline",
    "/form",
    "/copy",
    "/open",
    "/populations",
    "/scenarios",
)
"""Beginnings of the paths with data of patients, and of those that evaluate."""
DECISION_PATHS = ("/v1/decisions", "/decisions")
KNOWLEDGE_PATHS = (
    "/v1/",
    "/rules",
    "/facts",
    "/parameters",
    "/evidence",
    "/conflicts",
    "/sources",
    "/pharmacology",
    "/terminology",
    "/audit",
)
"""Beginnings of the paths that show a rulebook."""
TOKEN_AREAS = frozenset({"evaluate", "knowledge", "cds-hooks"})
"""The areas that every token may use. Reading decisions needs an API key."""
SAFE_METHODS = frozenset({"GET", "HEAD"})
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cds"'}


class Authenticator:
    """Knows the keys, the trusted issuers and the sessions, and says which client a request comes from."""

    def __init__(self, settings: Settings) -> None:
        self.required = settings.requires_authentication
        self.sessions = Sessions(settings)
        self._public_url = settings.public_url
        self._keys = [(digest, Client(name, areas)) for name, digest, areas in settings.all_api_keys()]
        self._tokens = TokenVerifier(settings)
        self._areas = {f"issuer {issuer}": TOKEN_AREAS for issuer in settings.jwt_issuers}
        for _, client in self._keys:
            self._areas[client.name] = self._areas.get(client.name, frozenset()) | client.areas

    def authenticate(self, scope: Scope) -> Client:
        """Return the client whose key, token or session a request carries.

        Raises:
            ApiError: 401, if it carries none that is valid; 403, if another site sends it with a session.
        """
        headers = {name: value.decode("latin-1").strip() for name, value in scope["headers"]}
        credentials = headers.get(b"x-api-key", "")
        scheme, _, given = headers.get(b"authorization", "").partition(" ")
        if not credentials and scheme.lower() == "bearer":
            credentials = given.strip()
            if credentials.count(".") == 2:
                return self.check_token(credentials, scope["path"])
        if credentials:
            return self.check_key(credentials.encode("latin-1"))
        return self._check_session(scope)

    def check_key(self, key: bytes) -> Client:
        """Return the client whose API key this is.

        Raises:
            ApiError: 401, if it is unknown.
        """
        digest = hashlib.sha256(key).digest()
        found = None
        for expected, client in self._keys:  # compares every key, so that the time taken reveals nothing
            if hmac.compare_digest(expected, digest):
                found = client
        if found is None:
            raise ApiError(401, "This API key is unknown.", headers=_CHALLENGE)
        return found

    def check_token(self, token: str, path: str) -> Client:
        """Return the client of a token that is valid for a request to ``path``.

        Raises:
            ApiError: 401, with the reason.
        """
        return Client(self._tokens.verify(token, path), TOKEN_AREAS)

    def _check_session(self, scope: Scope) -> Client:
        client = self.sessions.client(scope)
        if client is None or client.name not in self._areas:
            raise ApiError(401, "Send an API key in X-API-Key, or a bearer token.", headers=_CHALLENGE)
        if scope["method"] not in SAFE_METHODS:
            check_same_origin(scope, self._public_url)
        return Client(client.name, client.areas & self._areas[client.name])


class AuthenticationMiddleware:
    """ASGI middleware that authenticates and authorizes each request, and limits the rate of each client."""

    def __init__(self, app: ASGIApp, settings: Settings, authenticator: Authenticator) -> None:
        self.app = app
        self.authenticator = authenticator
        self.rate_limiter = RateLimiter(settings.rate_limit)
        self.probe_limiter = RateLimiter(settings.rate_limit)
        self.host_check = HostCheck(settings)

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
            ApiError: 401 without a valid key or token, 403 if that does not allow the route, 421 for a name
                that is not this machine's, 429 for too many requests.
        """
        peer = scope.get("client")
        address = f"address {peer[0]}" if peer else "address unknown"
        if scope["path"] in PROBES:
            self.probe_limiter.acquire(address)
            return
        self.host_check.check(scope)
        if not self.authenticator.required or is_public(scope["method"], scope["path"]):
            self.rate_limiter.acquire(address)
        else:
            self._check_client(scope, address)

    def _check_client(self, scope: Scope, address: str) -> None:
        try:
            client = self.authenticator.authenticate(scope)
        except ApiError:
            self.rate_limiter.acquire(address)
            raise
        self.rate_limiter.acquire(client.name)
        scope[CLIENT] = client
        area = area_of(scope["path"])
        if area is not None and area not in client.areas:
            raise ApiError(403, f"This key or token does not allow {area}.")


def is_public(method: str, path: str) -> bool:
    """Return whether a request needs no authentication; public paths reveal nothing about patients."""
    if method not in SAFE_METHODS:
        return path == "/login"
    return path in PUBLIC or path.startswith(PUBLIC_FOLDERS)


def area_of(path: str) -> str | None:
    """Return the area that a path belongs to, if any."""
    if path == "/" or path.startswith(EVALUATE_PATHS) or _EVALUATE_WITH.match(path):
        return "evaluate"
    if path.startswith(DECISION_PATHS):
        return "decisions"
    if path.startswith(KNOWLEDGE_PATHS):
        return "knowledge"
    if path.startswith("/cds-services/"):
        return "cds-hooks"
    return "metrics" if path == "/metrics" else None
