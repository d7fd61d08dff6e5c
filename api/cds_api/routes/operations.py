"""Liveness, readiness and metrics, and the API documentation, which loads nothing from other servers."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

from cds_engine.answer.models import RulebookIdentity
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from cds_api import openapi
from cds_api.problems import ApiError
from cds_api.service import Service

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
_START = """SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).pathname,
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
"""


class Health(BaseModel):
    """The process is running."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """The rulebooks are loaded, their examples can be evaluated, and the ledger, if any, can be written."""

    status: Literal["ready"] = "ready"
    rulebook: RulebookIdentity
    rulebooks: list[RulebookIdentity]


def router(service: Service) -> APIRouter:
    """Return the routes for ``service``."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/healthz", summary="Liveness", responses=openapi.error_responses(public=True))
    async def healthz() -> Health:
        """Respond as long as the process runs."""
        return Health()

    @routes.get("/readyz", summary="Readiness", responses=openapi.error_responses(503, public=True))
    async def readyz() -> Readiness:
        """Respond once the rulebooks are loaded and their examples have been evaluated.

        If there is a decision ledger, it must not be failing.
        """
        if not service.ready:
            raise ApiError(503, "An example of a rulebook cannot be evaluated.")
        if service.ledger is not None and not await service.ledger.is_writable():
            raise ApiError(503, "The decision ledger cannot be written.")
        served = [engine.identity for engine in service.engines.values()]
        return Readiness(rulebook=service.engine.identity, rulebooks=served)

    @routes.get(
        "/metrics",
        summary="Metrics for Prometheus",
        response_class=Response,
        responses={
            200: {
                "description": "Prometheus text format",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            },
            **openapi.error_responses(),
        },
    )
    async def metrics() -> Response:
        """Return counts of requests, advisories, rules not evaluable and feedback, and latency."""
        return Response(service.metrics.exposition(), headers={"Content-Type": METRICS_TYPE})

    return routes


def add_documentation(app: FastAPI) -> None:
    """Serve Swagger UI at ``/docs``, with all its files."""
    folder = files("fastapi_offline") / "static"
    assets = {name: (folder / name).read_bytes() for name in _ASSETS}
    cached = {"Cache-Control": "public, max-age=3600"}
    page = (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{app.title}</title>"
        "<link rel='icon' href='data:,'><link rel='stylesheet' href='docs/swagger-ui.css'></head>"
        "<body><div id='swagger-ui'></div><script src='docs/swagger-ui-bundle.js'></script>"
        "<script src='docs/start.js'></script></body></html>"
    )

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page)

    @app.get("/docs/start.js", include_in_schema=False)
    async def start() -> Response:
        return Response(_START, media_type="text/javascript", headers=cached)

    @app.get("/docs/{name}", include_in_schema=False)
    async def asset(name: str) -> Response:
        if name not in assets:
            raise ApiError(404, "There is nothing at this address.")
        return Response(assets[name], media_type=_ASSETS[name], headers=cached)
