"""The HTTP service as an ASGI application."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import default_rulebook
from fastapi import FastAPI

from cds_api import cds_hooks, openapi, problems
from cds_api.headers import Cors, SecurityHeaders
from cds_api.limits import Limits
from cds_api.observability import Metrics, Observed
from cds_api.routes import batch, evaluate, knowledge, ops
from cds_api.security import Guard
from cds_api.service import Service
from cds_api.settings import Settings, read_settings

TAGS = [
    {"name": "evaluation", "description": "Records and FHIR Bundles to research-only advisories."},
    {"name": "knowledge", "description": "The rulebook: rules, facts, numbers, evidence."},
    {"name": "cds-hooks", "description": "CDS Hooks 2.0."},
    {"name": "operations", "description": "Liveness, readiness, metrics."},
]


def create_app(settings: Settings, engine: Engine | None = None) -> FastAPI:
    """Return the service for ``settings``; with an ``engine``, the rulebook need not be loaded again."""
    engine = engine or Engine(load_rulebook(settings.rulebook or default_rulebook()))
    service = Service(settings, engine, Metrics(metrics_folder(settings)))
    app = FastAPI(
        title=f"Research-only clinical decision support: {engine.rulebook.file.title}",
        version=version("mianserin-cds"),
        description=engine.rulebook.file.disclaimer,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_tags=TAGS,
    )
    problems.install(app)
    for group in (evaluate, batch, knowledge, cds_hooks, ops):
        app.include_router(group.router(service))
    ops.document(app)
    openapi.install(app, [*knowledge.MODELS, *cds_hooks.MODELS], guarded=settings.guarded)

    app.add_middleware(Limits, settings=settings)  # the innermost: what is added later stands further out
    app.add_middleware(Guard, settings=settings)
    if settings.cors_origins:
        app.add_middleware(Cors, origins=settings.cors_origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Observed, metrics=service.metrics)
    return app


def from_environment() -> FastAPI:
    """Return the service as the environment configures it; what each worker process calls."""
    return create_app(read_settings())


def metrics_folder(settings: Settings) -> Path | None:
    """Return where the workers of one machine keep their metrics; None for a process on its own."""
    return settings.state_dir / "metrics" if settings.state_dir is not None and settings.workers > 1 else None
