"""``/cds-services``: discovery and hook calls."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from cds_engine.errors import ProblemsError, nearest
from cds_engine.evaluate import Engine
from cds_engine.fhir import evaluate_drafts
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from cds_api import openapi
from cds_api.cds_hooks.cards import Card, CardBuilder
from cds_api.cds_hooks.discovery import (
    HOOKS,
    DiscoveryResponse,
    discovery_response,
    prefetch_templates,
    service_id,
)
from cds_api.cds_hooks.feedback import add_feedback_route
from cds_api.cds_hooks.fhir_client import FhirClient
from cds_api.cds_hooks.prefetch import check_resources, hook_data
from cds_api.cds_hooks.requests import REQUESTS, FeedbackRequest, Hook, HookRequest, validate_body
from cds_api.problems import ApiError, ErrorItem, body_error
from cds_api.service import BODY, LARGE_BODY, Service, check_content_type, now, parse_body


class ResearchUse(BaseModel):
    """The research-use label of a response."""

    research_use_only: bool = True
    disclaimer: str


class CardsResponse(BaseModel):
    """The cards for a hook call; no cards if the rulebook has nothing to say."""

    cards: list[Card]
    extension: dict[str, ResearchUse]


MODELS: list[type[BaseModel]] = [CardsResponse, FeedbackRequest, *REQUESTS.values()]


class HookHandler:
    """Turns the body of a hook call to one service of a rulebook into a response with cards."""

    def __init__(self, service: Service, engine: Engine, hook: Hook, fhir_client: FhirClient) -> None:
        self.service = service
        self.engine = engine
        self.hook = hook
        settings, rulebook = service.settings, engine.rulebook
        self.service_id = service_id(rulebook, hook)
        self.cards = CardBuilder(
            rulebook,
            settings.base_url,
            report_missing=settings.report_missing,
            default=engine is service.engine,
        )
        self.fhir_client = fhir_client
        file = rulebook.file
        self.research_use = {
            f"{file.id}-cds.research-use": ResearchUse(disclaimer=" ".join(file.disclaimer.split()))
        }

    def parse(self, data: bytes) -> HookRequest:
        """Return the hook call in a request body.

        Raises:
            ApiError: 422, if it is not a valid call of this hook.
            ProblemsError: if the body is not well-formed JSON.
        """
        body = parse_body(data)
        called = body.get("hook") if isinstance(body, dict) else None
        if isinstance(called, str) and called in REQUESTS and called != self.hook:
            wrong = ErrorItem(pointer="/hook", detail=f"expected {self.hook}")
            raise ApiError(422, "This service is for another hook.", [wrong])
        request = validate_body(REQUESTS[self.hook], body)
        check_resources(request)
        return request

    def respond(self, request: HookRequest) -> bytes:
        """Return the response body to a hook call.

        Raises:
            ApiError: 412, if required data is missing.
            ProblemsError: if the data is not valid FHIR.
        """
        data = hook_data(request)
        results = evaluate_drafts(
            self.engine,
            data.bundle,
            now(),
            data.drafts,
            source=BODY,
            patient=request.context.patient_id,
            searched=data.searched,
            unknown=data.unknown,
        )
        evaluations = [result.evaluation for result in results]
        for evaluation in evaluations:
            self.service.metrics.count_evaluation(evaluation)
        cards = self.cards.build(evaluations, f"{self.service_id}\n{request.hook_instance}")
        return CardsResponse(cards=cards, extension=self.research_use).model_dump_json().encode()


def router(service: Service) -> APIRouter:
    """Return the routes for ``service``."""
    routes = APIRouter(tags=["cds-hooks"])
    handlers = {handler.service_id: handler for handler in _handlers(service)}
    discovery = discovery_response(engine.rulebook for engine in service.engines.values())
    path_parameter = {"name": "service_id", "in": "path", "required": True, "example": next(iter(handlers))}

    @routes.get(
        "/cds-services", summary="CDS Hooks discovery", responses=openapi.error_responses(public=True)
    )
    async def discover() -> DiscoveryResponse:
        """List the services, one per rulebook and hook, with their prefetch templates."""
        return discovery

    @routes.post(
        "/cds-services/{service_id}",
        summary="Call a CDS Hooks service",
        response_class=Response,
        responses={
            200: openapi.json_response("The cards", model=CardsResponse),
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
        handler = _handler_of(handlers, service_id)
        check_content_type(request.headers.get("content-type"), ("application/json",))
        data = await request.body()
        try:
            small = len(data) < LARGE_BODY
            sent = handler.parse(data) if small else await service.in_background(handler.parse, data)
            complete = await handler.fhir_client.add_missing_prefetch(sent)
            if small and complete is sent:
                body = handler.respond(complete)
            else:  # fetched data can be as large as a large body
                body = await service.in_background(handler.respond, complete)
        except ProblemsError as error:
            raise body_error(error) from None
        return Response(body, media_type="application/json")

    add_feedback_route(routes, service, lambda name: _handler_of(handlers, name).cards, path_parameter)
    return routes


def _handlers(service: Service) -> Iterator[HookHandler]:
    for engine in service.engines.values():
        fhir_client = FhirClient(service.settings, prefetch_templates(engine.rulebook))
        for hook in HOOKS:
            yield HookHandler(service, engine, hook, fhir_client)


def _handler_of(handlers: Mapping[str, HookHandler], name: str) -> HookHandler:
    if name not in handlers:
        raise ApiError(404, f"There is no such service{nearest(name, handlers)}.")
    return handlers[name]


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
