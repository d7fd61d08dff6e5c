"""``/cds-services``: discovery and calls of hooks."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

from cds_engine.errors import ProblemsError, nearest
from cds_engine.fhir import evaluate_bundle
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from cds_api import openapi
from cds_api.cds_hooks import feedback
from cds_api.cds_hooks.cards import Card, Cards
from cds_api.cds_hooks.discovery import HOOKS, Discovery, discovery, prefetch, service_id
from cds_api.cds_hooks.fetching import Fetcher
from cds_api.cds_hooks.prefetch import prefetch_bundle
from cds_api.cds_hooks.requests import REQUESTS, FeedbackRequest, Hook, HookRequest, validated
from cds_api.problems import ErrorItem, RefusedError, refused_input
from cds_api.service import LARGE, SOURCE, Service, check_content_type, parsed, today


class ResearchUse(BaseModel):
    """That the answer is for research only."""

    research_use_only: bool = True
    disclaimer: str


class CardsAnswer(BaseModel):
    """The cards for one call of a hook; none where the rulebook has nothing to say."""

    cards: list[Card]
    extension: dict[str, ResearchUse]


MODELS: list[type[BaseModel]] = [CardsAnswer, FeedbackRequest, *REQUESTS.values()]


class Calls:
    """Answers the calls of hooks."""

    def __init__(self, service: Service, cards: Cards) -> None:
        self.service = service
        self.cards = cards
        file = service.engine.rulebook.file
        self.research_use = {
            f"{file.id}-cds.research-use": ResearchUse(disclaimer=" ".join(file.disclaimer.split()))
        }

    def read(self, data: bytes, hook: Hook) -> HookRequest:
        """Return the call that a body is.

        Raises:
            RefusedError: for a call that is not as described.
            ProblemsError: for what is no JSON.
        """
        body = parsed(data)
        called = body.get("hook") if isinstance(body, dict) else None
        if isinstance(called, str) and called in REQUESTS and called != hook:
            wrong = ErrorItem(pointer="/hook", detail=f"expected {hook}")
            raise RefusedError(422, "This service is for another hook.", [wrong])
        return validated(REQUESTS[hook], body)

    def answer(self, request: HookRequest, name: str) -> bytes:
        """Return the answer to a call of the service ``name``.

        Raises:
            RefusedError: for one that lacks data.
            ProblemsError: for what is no FHIR.
        """
        bundle, searched = prefetch_bundle(request)
        found = evaluate_bundle(
            self.service.engine,
            bundle,
            today(),
            source=SOURCE,
            drafts=True,
            patient=request.context.patient_id,
            searched=searched,
        )
        self.service.metrics.count(found.evaluation)
        made = self.cards.cards(found.evaluation, f"{name}\n{request.hook_instance}")
        return CardsAnswer(cards=made, extension=self.research_use).model_dump_json().encode()


def router(service: Service) -> APIRouter:
    """Return the routes for ``service``."""
    routes = APIRouter(tags=["cds-hooks"])
    rulebook = service.engine.rulebook
    hooks = {service_id(rulebook, hook): hook for hook in HOOKS}
    offered = discovery(rulebook)
    cards = Cards(rulebook, service.settings.base_url)
    calls = Calls(service, cards)
    fetcher = Fetcher(service.settings, prefetch(rulebook))
    in_path = {"name": "service_id", "in": "path", "required": True, "example": next(iter(hooks))}

    @routes.get("/cds-services", summary="CDS Hooks discovery", responses=openapi.errors(public=True))
    async def discover() -> Discovery:
        """List the services, one a hook, with their prefetch templates."""
        return offered

    @routes.post(
        "/cds-services/{service_id}",
        summary="Call a CDS Hooks service",
        response_class=Response,
        responses={
            200: openapi.json_answer("The cards", model=CardsAnswer),
            **openapi.errors(404, 412, body=True),
        },
        openapi_extra={**openapi.body({"application/json": _body(rulebook.id)}), "parameters": [in_path]},
    )
    async def call(request: Request, service_id: str) -> Response:
        """Evaluate what was prefetched together with the draft orders, and answer with cards.

        What was not prefetched is fetched from the client's FHIR server if the configuration names that.
        """
        hook = _hook_of(hooks, service_id)
        check_content_type(request.headers.get("content-type"), ("application/json",))
        data = await request.body()
        try:
            small = len(data) < LARGE
            sent = calls.read(data, hook) if small else await asyncio.to_thread(calls.read, data, hook)
            whole = await fetcher.completed(sent)
            if small and whole is sent:
                answer = calls.answer(whole, service_id)
            else:  # what was fetched may be as large as a body may be
                answer = await asyncio.to_thread(calls.answer, whole, service_id)
        except ProblemsError as error:
            raise refused_input(error) from None
        return Response(answer, media_type="application/json")

    feedback.add(routes, service, cards, lambda name: _hook_of(hooks, name), in_path)
    return routes


def _hook_of(hooks: Mapping[str, Hook], name: str) -> Hook:
    if name not in hooks:
        raise RefusedError(404, f"There is no such service{nearest(name, hooks)}.")
    return hooks[name]


def _body(name: str) -> dict[str, Any]:
    """Return the description of a call's body: one of the three requests."""
    schemas = [openapi.ref(model) for model in REQUESTS.values()]
    call = str(uuid.uuid5(uuid.NAMESPACE_OID, name))
    example = {
        "hook": "patient-view",
        "hookInstance": call,
        "context": {"userId": "Practitioner/example", "patientId": "example"},
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "example", "birthDate": "1970-01-01"},
            "medicationRequests": {"resourceType": "Bundle", "type": "searchset"},
        },
    }
    return {"schema": {"oneOf": schemas}, "example": example}
