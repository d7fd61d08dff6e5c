"""``/``: evaluates a record and explains the answer."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from cds_api.workbench.render import Pages


def router(pages: Pages) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter()

    @routes.get("/")
    async def evaluate(request: Request) -> Response:
        return pages.render(request, "evaluate.html.j2", title="Evaluate")

    return routes
