"""Turns a hook call into evaluations and cards."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from cds_engine.answer.models import Evaluation
from cds_engine.evaluate import Engine
from cds_engine.fhir import evaluate_drafts
from pydantic import BaseModel

from cds_api.cds_hooks.cards import Card, CardBuilder
from cds_api.cds_hooks.prefetch import check_resources, hook_data
from cds_api.cds_hooks.requests import REQUESTS, Hook, HookRequest, validate_body
from cds_api.problems import ApiError, ErrorItem
from cds_api.service import BODY, parse_body


class ResearchUse(BaseModel):
    """The research-use label of a response."""

    research_use_only: bool = True
    disclaimer: str


class CardsResponse(BaseModel):
    """The cards for a hook call; no cards if the rulebook has nothing to say."""

    cards: list[Card]
    extension: dict[str, ResearchUse]


@dataclass(frozen=True, slots=True)
class HookCall:
    """A call of a service at a moment, with the data that was fetched for it."""

    service_id: str
    request: HookRequest
    as_of: datetime.date


@dataclass(frozen=True, slots=True)
class HookResponse:
    """The response to a hook call, with what it was made from."""

    body: bytes
    evaluations: Sequence[Evaluation]
    cards: Sequence[Card]


class HookHandler:
    """Turns the body of a hook call into a response with cards."""

    def __init__(self, engine: Engine, cards: CardBuilder) -> None:
        self.engine = engine
        self.cards = cards
        file = engine.rulebook.file
        self.research_use = {
            f"{file.id}-cds.research-use": ResearchUse(disclaimer=" ".join(file.disclaimer.split()))
        }

    def parse(self, data: bytes, hook: Hook) -> HookRequest:
        """Return the hook call in a request body.

        Raises:
            ApiError: 422, if it is not a valid call of this hook.
            ProblemsError: if the body is not well-formed JSON.
        """
        body = parse_body(data)
        called = body.get("hook") if isinstance(body, dict) else None
        if isinstance(called, str) and called in REQUESTS and called != hook:
            wrong = ErrorItem(pointer="/hook", detail=f"expected {hook}")
            raise ApiError(422, "This service is for another hook.", [wrong])
        request = validate_body(REQUESTS[hook], body)
        check_resources(request)
        return request

    def respond(self, call: HookCall) -> HookResponse:
        """Return the response to a hook call.

        Raises:
            ApiError: 412, if required data is missing.
            ProblemsError: if the data is not valid FHIR.
        """
        data = hook_data(call.request)
        results = evaluate_drafts(
            self.engine,
            data.bundle,
            call.as_of,
            data.drafts,
            source=BODY,
            patient=call.request.context.patient_id,
            searched=data.searched,
            unknown=data.unknown,
        )
        evaluations = [result.evaluation for result in results]
        return self.response(evaluations, call.service_id, str(call.request.hook_instance))

    def response(
        self, evaluations: Sequence[Evaluation], service_id: str, hook_instance: str
    ) -> HookResponse:
        """Return the response with the cards for the evaluations of a hook call."""
        cards = self.cards.build(evaluations, f"{service_id}\n{hook_instance}")
        body = CardsResponse(cards=cards, extension=self.research_use).model_dump_json().encode()
        return HookResponse(body, evaluations, cards)
