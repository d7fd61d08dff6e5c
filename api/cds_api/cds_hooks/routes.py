"""``/cds-services``: discovery and hook calls."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds_engine.errors import ProblemsError, nearest
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from cds_api import openapi
from cds_api.cds_hooks.cards import CardBuilder
from cds_api.cds_hooks.discovery import (
    HOOKS,
    DiscoveryResponse,
    discovery_response,
    prefetch_templates,
    service_id,
)
from cds_api.cds_hooks.feedback import add_feedback_route
from cds_api.cds_hooks.fhir_client import FhirClient
from cds_api.cds_hooks.handler import CardsResponse, HookCall, HookHandler
from cds_api.cds_hooks.requests import REQUESTS, FeedbackRequest, Hook
from cds_api.cds_hooks.stored import PATH, hook_decision
from cds_api.problems import ApiError, body_error
from cds_api.service import LARGE_BODY, Service, check_content_type, now

MODELS: list[type[BaseModel]] = [CardsResponse, FeedbackRequest, *REQUESTS.values()]


@dataclass(frozen=True, slots=True)
class HookService:
    """One service of CDS Hooks: a hook, what answers it, and what fetches missing data."""

    hook: Hook
    handler: HookHandler
    fhir_client: FhirClient


def router(service: Service) -> APIRouter:
    """Return the routes for ``service``."""
    routes = APIRouter(tags=["cds-hooks"])
    hooks = dict(_hook_services(service))
    discovery = discovery_response(engine.rulebook for engine in service.engines.values())
    path_parameter = {"name": "service_id", "in": "path", "required": True, "example": next(iter(hooks))}

    @routes.get(
        "/cds-services", summary="CDS Hooks discovery", responses=openapi.error_responses(public=True)
    )
    async def discover() -> DiscoveryResponse:
        """List the services, one per rulebook and hook, with their prefetch templates."""
        return discovery

    @routes.post(
        PATH,
        summary="Call a CDS Hooks service",
        response_class=Response,
        responses={
            200: openapi.stored_response("The cards", model=CardsResponse),
            **openapi.error_responses(404, 412, body=True),
        },
        openapi_extra={
            **openapi.request_body({"application/json": _body(service.engine.rulebook.id)}),
            "parameters": [path_parameter],
        },
    )
    async def call(request: Request, service_id: str) -> Response:
        """Evaluate the prefetched data together with the draft orders, and return cards.

        Missing prefetch data is fetched from the client's FHIR server if `CDS_FHIR_SERVERS` lists the server.
        """
        called = _hook_of(hooks, service_id)
        handler = called.handler
        check_content_type(request.headers.get("content-type"), ("application/json",))
        data = await request.body()
        try:
            small = len(data) < LARGE_BODY
            if small:
                sent = handler.parse(data, called.hook)
            else:
                sent = await service.in_background(handler.parse, data, called.hook)
            complete = await called.fhir_client.add_missing_prefetch(sent)
            hook_call = HookCall(service_id, complete, now())
            if small and complete is sent:
                response = handler.respond(hook_call)
            else:  # fetched data can be as large as a large body
                response = await service.in_background(handler.respond, hook_call)
        except ProblemsError as error:
            raise body_error(error) from None
        for evaluation in response.evaluations:
            service.metrics.count_evaluation(evaluation)
        headers = {}
        if service.ledger is not None:
            decided = hook_decision(handler, hook_call, data, response)
            [headers[openapi.DECISION_ID]] = await service.store(request.scope, [decided])
        return Response(response.body, headers=headers, media_type="application/json")

    add_feedback_route(routes, service, lambda name: _hook_of(hooks, name).handler.cards, path_parameter)
    return routes


def _hook_services(service: Service) -> Iterator[tuple[str, HookService]]:
    """Yield the service of each rulebook for each hook, with its id."""
    settings = service.settings
    for engine in service.engines.values():
        cards = CardBuilder(
            engine.rulebook,
            settings.base_url,
            report_missing=settings.report_missing,
            default=engine is service.engine,
        )
        handler = HookHandler(engine, cards)
        fhir_client = FhirClient(settings, prefetch_templates(engine.rulebook))
        for hook in HOOKS:
            yield service_id(engine.rulebook, hook), HookService(hook, handler, fhir_client)


def _hook_of(hooks: Mapping[str, HookService], name: str) -> HookService:
    if name not in hooks:
        raise ApiError(404, f"There is no such service{nearest(name, hooks)}.")
    return hooks[name]


def _body(rulebook_id: str) -> dict[str, Any]:
    """Return the description of the body of a hook call: one of the request models."""
    schemas = [openapi.schema_ref(model) for model in REQUESTS.values()]
    example = {
        "hook": "patient-view",
        "hookInstance": str(uuid.uuid5(uuid.NAMESPACE_OID, rulebook_id)),
        "context": {"userId": "Practitioner/example", "patientId": "example"},
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "example", "birthDate": "1970-01-01"},
            "medicationRequests": {"resourceType": "Bundle", "type": "searchset"},
        },
    }
    return {"schema": {"oneOf": schemas}, "example": example}
