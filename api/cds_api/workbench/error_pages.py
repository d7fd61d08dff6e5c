"""Errors as pages: browsers get HTML where programs get a problem document."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_api.problems import PROBLEM_TYPE
from cds_api.workbench.login_page import PATH as LOGIN_PATH
from cds_api.workbench.login_page import SEE_OTHER
from cds_api.workbench.render import Pages

_KEPT_HEADERS = frozenset({"retry-after", "allow", "connection", "www-authenticate"})
_NEXT_STEPS = {
    401: "Log in, and then send the form again.",
    403: "Ask for a key that allows this.",
    404: "The navigation above leads to every page.",
    413: "Evaluate a smaller record here, or many records with the command line.",
    421: "Open it at http://localhost and its port.",
    429: "Wait a moment, and then try again.",
    503: "Wait a moment, and then try again.",
}


class ErrorPagesMiddleware:
    """ASGI middleware that turns the problem documents that a browser would get into pages."""

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not wants_html(scope):
            await self.app(scope, receive, send)
            return
        problem: Message | None = None
        body = b""

        async def send_or_keep(message: Message) -> None:
            nonlocal problem, body
            if message["type"] == "http.response.start" and _is_problem(message):
                problem = message
            elif problem is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    response = self._page(scope, problem, json.loads(body))
                    await response(scope, receive, send)

        await self.app(scope, receive, send_or_keep)

    def _page(self, scope: Scope, start: Message, problem: dict[str, Any]) -> Response:
        # The chosen rulebook may be what is wrong with the address.
        request = Request({**scope, "query_string": b""})
        if problem["status"] == 401 and scope["method"] in ("GET", "HEAD"):
            query = scope["query_string"].decode("latin-1")
            wanted = scope["path"] + (f"?{query}" if query else "")
            return RedirectResponse(f"{LOGIN_PATH}?next={quote(wanted, safe='/')}", SEE_OTHER)
        response = self.pages.render(
            request,
            "error.html.j2",
            status=problem["status"],
            title=problem["title"],
            problem=problem,
            next_step=_NEXT_STEPS.get(problem["status"], ""),
            login=problem["status"] == 401,
            switchable=False,
            section="",
        )
        for name, value in start["headers"]:
            if name.decode("latin-1") in _KEPT_HEADERS:
                response.headers[name.decode("latin-1")] = value.decode("latin-1")
        return response


def wants_html(scope: Scope) -> bool:
    """Return whether a request comes from a browser that shows the answer to a person."""
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept").lower()
    return b"text/html" in accept and b"json" not in accept


def _is_problem(message: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(PROBLEM_TYPE.encode())
        for name, value in message.get("headers", ())
    )
