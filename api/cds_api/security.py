"""Who is calling: API keys kept as hashes, tokens of trusted issuers, and what either may be used for."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from cds_api.limits import RateLimit
from cds_api.observability import CALLER
from cds_api.problems import RefusedError
from cds_api.settings import Settings
from cds_api.tokens import Tokens

PUBLIC = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/cds-services"})
TOKEN_AREAS = frozenset({"evaluate", "knowledge", "cds-hooks"})
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cds"'}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who has shown a key or a token."""

    name: str
    areas: frozenset[str]


class Guard:
    """ASGI middleware: finds out who calls, counts the request, and lets nobody else pass."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.required = settings.guarded
        self.rate = RateLimit(settings.rate_limit)
        self.keys = [(digest, Caller(name, areas)) for name, digest, areas in settings.all_keys()]
        self.tokens = Tokens(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "http":
            try:
                self.admit(scope)
            except RefusedError as refused:
                await refused.response(scope)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def admit(self, scope: Scope) -> None:
        """Identify the caller of a request.

        Raises:
            RefusedError: 401 for nobody known, 403 for somebody who may not, 429 for too many requests.
        """
        client = scope.get("client")
        address = f"address {client[0]}" if client else "address unknown"
        if not self.required or is_public(scope["method"], scope["path"]):
            self.rate.take(address)
            return
        try:
            caller = self.identify(scope)
        except RefusedError:
            self.rate.take(address)
            raise
        self.rate.take(caller.name)
        scope[CALLER] = caller
        area = area_of(scope["path"])
        if area is not None and area not in caller.areas:
            raise RefusedError(403, f"This key or token is not for {area}.")

    def identify(self, scope: Scope) -> Caller:
        """Return who shows a valid key or token."""
        headers = {name: value.decode("latin-1").strip() for name, value in scope["headers"]}
        shown = headers.get(b"x-api-key", "")
        scheme, _, credentials = headers.get(b"authorization", "").partition(" ")
        if not shown and scheme.lower() == "bearer":
            if credentials.count(".") == 2:
                return Caller(self.tokens.verify(credentials.strip(), scope["path"]), TOKEN_AREAS)
            shown = credentials.strip()
        if not shown:
            raise RefusedError(401, "Send an API key in X-API-Key, or a bearer token.", headers=_CHALLENGE)
        digest = hashlib.sha256(shown.encode("latin-1")).digest()
        known = None
        for expected, caller in self.keys:  # every key is compared, so that the time taken tells nothing
            if hmac.compare_digest(expected, digest):
                known = caller
        if known is None:
            raise RefusedError(401, "This API key is not known.", headers=_CHALLENGE)
        return known


def is_public(method: str, path: str) -> bool:
    """Return whether anybody may read the address: it says nothing of patients and is needed to begin."""
    if method not in ("GET", "HEAD"):
        return False
    return path in PUBLIC or path.startswith("/docs/")


def area_of(path: str) -> str | None:
    """Return the area that an address belongs to."""
    if path.startswith("/v1/evaluate"):
        return "evaluate"
    if path.startswith("/v1/"):
        return "knowledge"
    if path.startswith("/cds-services/"):
        return "cds-hooks"
    return "metrics" if path == "/metrics" else None
