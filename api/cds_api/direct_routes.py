"""Calls the handlers of the busiest routes directly, because FastAPI takes long to call them.

These routes are declared with FastAPI as all others are, which describes them in the OpenAPI document. Their
handlers read the request and write the response themselves, so that nothing but the way to them differs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from cds_api.problems import ApiError

_DISCONNECTED = 499
"""The status of a request whose client has gone; nobody receives it."""


@dataclass(frozen=True, slots=True)
class DirectRoute:
    """A route that is called directly: its handler takes only the request."""

    route: APIRoute
    handler: Callable[[Request], Awaitable[Response]]


class DirectRoutes:
    """ASGI application that handles the direct routes, and leaves every other request to ``app``."""

    def __init__(self, app: ASGIApp, routes: Mapping[tuple[str, str], DirectRoute]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        found = None
        if scope["type"] == "http":
            found = self.routes.get((scope["method"], scope["path"]))
        if found is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = found.route
        try:
            response = await found.handler(Request(scope, receive, send))
        except ApiError as error:
            response = error.response(scope)
        except ClientDisconnect:
            response = Response(status_code=_DISCONNECTED)
        await response(scope, receive, send)


def direct_routes(
    routes: Iterable[BaseRoute], wanted: Mapping[str, Iterable[Mapping[str, str]]]
) -> dict[tuple[str, str], DirectRoute]:
    """Return the direct routes by method and path.

    Args:
        routes: the routes of the service.
        wanted: path templates, each with the parameters for which it is called directly.
    """
    return {
        (method, route.path.format(**parameters)): DirectRoute(route, partial(route.endpoint, **parameters))
        for route in routes
        if isinstance(route, APIRoute)
        for parameters in wanted.get(route.path, ())
        for method in route.methods or ()
    }
