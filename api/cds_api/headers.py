"""Response headers for browsers: security policies and CORS."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_api.problems import ApiError

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_DEFAULTS = (
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_DEFAULT_POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_DOCS_POLICY = (
    _DEFAULT_POLICY
    + b"; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
"""The policy for /docs: Swagger UI needs its own files, inline styles, data images and this service."""


class SecurityHeadersMiddleware:
    """ASGI middleware that adds security headers to every response, and HSTS to responses over HTTPS.

    A page of the workbench has policies of its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = _DOCS_POLICY if scope["path"] == "/docs" else _DEFAULT_POLICY
        defaults = [*_DEFAULTS, (b"content-security-policy", policy)]
        added = [*_ALWAYS]
        if scope["scheme"] == "https":
            added.append((b"strict-transport-security", b"max-age=31536000"))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), *added]
                names = {name for name, _ in headers}
                message["headers"] = [*headers, *(each for each in defaults if each[0] not in names)]
            await send(message)

        await self.app(scope, receive, send_with_headers)


class CorsMiddleware(CORSMiddleware):
    """CORS for the configured origins; a rejected preflight request gets a problem document."""

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        super().__init__(
            app,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
            expose_headers=["ETag", "Retry-After", "X-Decision-ID", "X-Request-ID"],
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the response to a preflight request."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        scope = {"path": "", "headers": request_headers.raw}
        headers = {k: v for k, v in response.headers.items() if not k.startswith("content-")}
        return ApiError(400, "This origin, method or header is not allowed.", headers=headers).response(scope)
