"""Headers that keep browsers from doing more with an answer than was meant."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_api.problems import RefusedError

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
_NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_DOCUMENTATION = (
    _NOTHING
    + b"; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
"""What Swagger UI needs: its own files, the styles it computes, icons in its style sheet, this service."""


class SecurityHeaders:
    """ASGI middleware: adds the headers to every answer; HSTS only where the caller came over HTTPS."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        documentation = scope["path"] == "/docs"
        added = [*_ALWAYS, (b"content-security-policy", _DOCUMENTATION if documentation else _NOTHING)]
        if scope["scheme"] == "https":
            added.append((b"strict-transport-security", b"max-age=31536000"))

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), *added]
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
            await send(message)

        await self.app(scope, receive, secured)


class Cors(CORSMiddleware):
    """CORS for the configured origins; a refused preflight is a problem like any other error."""

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        super().__init__(
            app,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
            expose_headers=["ETag", "Retry-After", "X-Request-ID"],
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a preflight request."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        scope = {"path": "", "headers": request_headers.raw}
        headers = {k: v for k, v in answer.headers.items() if not k.startswith("content-")}
        return RefusedError(400, "This origin, method or header is not allowed.", headers=headers).response(
            scope
        )
