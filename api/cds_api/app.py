"""The HTTP service as a FastAPI application."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cds_engine.combined import engines_by_id
from cds_engine.evaluate import Engine
from cds_engine.fhir.bundle import load_models
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from cds_api import cds_hooks, openapi, problems, workbench
from cds_api.cds_hooks.discovery import HOOKS, service_id
from cds_api.direct_routes import DirectRoute, DirectRoutes, direct_routes
from cds_api.extras import require_extra
from cds_api.headers import CorsMiddleware, SecurityHeadersMiddleware
from cds_api.limits import RequestLimitsMiddleware
from cds_api.observability import Metrics, ObservabilityMiddleware, skip_unused_log_details
from cds_api.opened import Opened
from cds_api.routes import batch, decisions, evaluate, knowledge, operations, timeline
from cds_api.security import AuthenticationMiddleware, Authenticator
from cds_api.service import Service, clock, open_served
from cds_api.settings import Settings, read_settings
from cds_api.workbench.error_pages import ErrorPagesMiddleware
from cds_api.workbench.render import Pages

if TYPE_CHECKING:
    from cds_api.ledger.ledger import Ledger

TAGS = [
    {"name": "evaluation", "description": "Records and FHIR Bundles to research-only advisories."},
    {"name": "decisions", "description": "What was answered: the decision ledger."},
    {"name": "knowledge", "description": "The rulebooks: rules, facts, numbers, evidence."},
    {"name": "cds-hooks", "description": "CDS Hooks 2.0."},
    {"name": "operations", "description": "Liveness, readiness, metrics."},
]


class ServiceApp(FastAPI):
    """The application with the middleware of the service around all that FastAPI does."""

    def __init__(self, service: Service, opened: Opened | None, **options: Any) -> None:
        super().__init__(**options)
        self.settings = service.settings
        self.metrics = service.metrics
        self.ledger = service.ledger
        self.authenticator = Authenticator(service.settings)
        self.pages = Pages(service, opened)
        self.direct_routes: Mapping[tuple[str, str], DirectRoute] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, or the start and end of the service.

        FastAPI would look for OpenTelemetry first, with every request; the service has metrics of its own.
        """
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Return the middleware, from the inside out."""
        app: ASGIApp = DirectRoutes(super().build_middleware_stack(), self.direct_routes)
        app = RequestLimitsMiddleware(app, self.settings)
        app = AuthenticationMiddleware(app, self.settings, self.authenticator)
        if self.settings.cors_origins:
            app = CorsMiddleware(app, self.settings.cors_origins)
        app = ErrorPagesMiddleware(app, self.pages)
        app = SecurityHeadersMiddleware(app)
        return ObservabilityMiddleware(app, self.metrics)


COUNTING_SECONDS = 0.5
"""How old, in seconds, what a worker reports of the evaluations of another may be."""
GARBAGE_THRESHOLD = 20_000
"""How many new objects start a garbage collection.

An evaluation makes about a thousand and leaves none that refer to each other in a circle. With Python's 700,
there would be one in every request.
"""


def create_app(settings: Settings, *engines: Engine, opened: Opened | None = None) -> ServiceApp:
    """Return the application for ``settings``.

    Args:
        settings: the configuration.
        engines: the engines to use, the default one first; without any, the rulebooks of the settings are
            loaded.
        opened: what the workbench shows to a browser that has its key.
    """
    served = engines_by_id(engines) if engines else open_served(settings)
    service = Service(settings, served, Metrics(metrics_folder(settings)), open_ledger(settings))
    engine = service.engine
    app = ServiceApp(
        service,
        opened,
        title=f"Research-only clinical decision support: {engine.rulebook.file.title}",
        version=version("mianserin-cds"),
        description=engine.rulebook.file.disclaimer,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_tags=TAGS,
        lifespan=_lifespan,
    )
    problems.install_error_handlers(app)
    modules = (evaluate, batch, timeline, decisions, knowledge, cds_hooks, operations)
    groups = [module.router(service) for module in modules]
    for group in groups:
        app.include_router(group)
    app.include_router(workbench.router(app.pages, app.authenticator))
    app.direct_routes = direct_routes(
        [route for group in groups for route in group.routes],
        {
            "/v1/evaluate": [{}],
            "/v1/rulebooks/{rulebook}/evaluate": [{"rulebook": name} for name in served],
            "/cds-services/{service_id}": [
                {"service_id": service_id(each.rulebook, hook)} for each in served.values() for hook in HOOKS
            ],
        },
    )
    operations.add_documentation(app)
    openapi.install(
        app,
        [*timeline.MODELS, *decisions.MODELS, *knowledge.MODELS, *cds_hooks.MODELS],
        authenticated=settings.requires_authentication,
    )
    return app


def app_from_environment() -> FastAPI:
    """Return the application for the settings in the environment; each worker process calls this."""
    app = create_app(read_settings())
    load_models()
    skip_unused_log_details()
    gc.collect()
    gc.freeze()  # rulebooks and models stay: looking for garbage in them would only make requests wait
    gc.set_threshold(GARBAGE_THRESHOLD)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the metrics up to date; when the server has finished all requests, close the ledger."""
    assert isinstance(app, ServiceApp)
    counting = asyncio.create_task(_count_evaluations(app.metrics))
    yield
    counting.cancel()
    app.metrics.count_noted()
    if app.ledger is not None:
        await asyncio.to_thread(app.ledger.close)  # with a last checkpoint


async def _count_evaluations(metrics: Metrics) -> None:
    """Let the other workers know what this one has evaluated."""
    while True:
        await asyncio.sleep(COUNTING_SECONDS)
        metrics.count_noted()


def open_ledger(settings: Settings) -> Ledger | None:
    """Return the decision ledger of the settings, if they name one.

    Raises:
        MissingExtraError: if the extra ``ledger`` is not installed.
        LedgerError: if it cannot be opened.
    """
    if settings.ledger is None:
        return None
    require_extra("ledger", "CDS_LEDGER")
    from cds_api.ledger.ledger import Ledger

    return Ledger(settings, clock)


def metrics_folder(settings: Settings) -> Path | None:
    """Return the folder in which several workers share their metrics, or None for a single process."""
    return settings.state_dir / "metrics" if settings.state_dir is not None and settings.workers > 1 else None
