"""``GET /static/{name}``: the stylesheet, scripts and icons of the pages."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from cds_api.problems import ApiError
from cds_api.workbench.render import static_files

_CACHED = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
"""Browsers keep the files: another content has another address."""


def router() -> APIRouter:
    """Return the route."""
    routes = APIRouter()

    @routes.get("/static/{name}")
    async def static(request: Request, name: str) -> Response:
        file = static_files().get(name)
        if file is None:
            raise ApiError(404, "There is nothing at this address.")
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                file.compressed, headers={**_CACHED, "Content-Encoding": "gzip"}, media_type=file.media_type
            )
        return Response(file.content, headers=_CACHED, media_type=file.media_type)

    return routes
