"""Liveness, readiness, metrics, and the documentation with everything it needs, from this machine only."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

from cds_engine.answer.models import RulebookIdentity
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from cds_api import openapi
from cds_api.problems import RefusedError
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
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """The rulebook is loaded and answers for its own examples."""

    status: Literal["ready"] = "ready"
    rulebook: RulebookIdentity


def router(service: Service) -> APIRouter:
    """Return the routes for ``service``."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/healthz", summary="Liveness", responses=openapi.errors(public=True))
    async def healthz() -> Health:
        """Answer as long as the process runs."""
        return Health()

    @routes.get("/readyz", summary="Readiness", responses=openapi.errors(503, public=True))
    async def readyz() -> Readiness:
        """Answer once the rulebook is loaded and has evaluated its own examples."""
        if not service.ready:
            raise RefusedError(503, "The rulebook does not evaluate its own examples.")
        return Readiness(rulebook=service.engine.identity)

    @routes.get(
        "/metrics",
        summary="Metrics for Prometheus",
        response_class=Response,
        responses={
            200: {
                "description": "Prometheus text format",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            },
            **openapi.errors(),
        },
    )
    async def metrics() -> Response:
        """Give requests, latency, advisories, open rules and feedback; no patient data."""
        return Response(service.metrics.exposition(), headers={"Content-Type": METRICS_TYPE})

    return routes


def document(app: FastAPI) -> None:
    """Serve ``/docs`` without any address of another machine."""
    folder = files("fastapi_offline") / "static"
    assets = {name: (folder / name).read_bytes() for name in _ASSETS}
    kept = {"Cache-Control": "public, max-age=3600"}
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
        return Response(_START, media_type="text/javascript", headers=kept)

    @app.get("/docs/{name}", include_in_schema=False)
    async def asset(name: str) -> Response:
        if name not in assets:
            raise RefusedError(404, "There is nothing at this address.")
        return Response(assets[name], media_type=_ASSETS[name], headers=kept)
