"""``GET /v1/decisions``: the decisions that the ledger has stored."""

from __future__ import annotations

import json
import uuid
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from cds_engine.record.models import Moment
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from cds_api import openapi
from cds_api.decisions import LABEL
from cds_api.problems import ApiError
from cds_api.service import Service, read_ledger

PATH = "/v1/decisions"
MAX_LIMIT = 100


class KeptInput(BaseModel):
    """What the ledger keeps of an input."""

    digest: str = Field(description="The digest of the body as received")
    kept: Literal["full", "pseudonymous", "digest"]
    kept_digest: str | None = Field(description="The digest of what is kept")


class KeptAnswer(BaseModel):
    """What the ledger keeps of an answer."""

    digest: str = Field(description="The digest of the answer as given")
    type: str = Field(description="The content type of what is kept")
    kept_digest: str = Field(description="The digest of what is kept")


class DecisionSummary(BaseModel):
    """One decision. Of one whose content was pruned, only the id and the digest are left."""

    id: uuid.UUID
    pruned: bool
    digest: str = Field(description="The digest that the hash chain covers")
    time: str | None = None
    caller: str | None = Field(None, description="The name of the API key, or the issuer of the token")
    route: str | None = None
    hook_instance: str | None = None
    parameters: dict[str, Any] | None = Field(None, description="What else the answer depends on")
    rulebooks: list[str] | None = Field(None, description="The digests of the rulebooks")
    engine: str | None = Field(None, description="The version of the engine")
    input: KeptInput | None = None
    answer: KeptAnswer | None = None


class DecisionFeedback(BaseModel):
    """What a user did with one card."""

    id: uuid.UUID
    time: str
    caller: str | None
    card: str | None
    service: str
    rule: str
    outcome: Literal["accepted", "overridden"]
    outcome_time: str
    reason: str | None


class DecisionsResponse(BaseModel):
    """Decisions, the newest first."""

    research_use_only: Literal[True] = True
    disclaimer: str
    decisions: list[DecisionSummary]
    next: str | None = Field(description="The address of the decisions before these")


class DecisionResponse(BaseModel):
    """One decision, with its input and answer exactly as they are stored."""

    research_use_only: Literal[True] = True
    disclaimer: str
    decision: DecisionSummary
    feedback: list[DecisionFeedback]
    checkpoint: int | None = Field(description="The first checkpoint that covers it; null if none does yet")
    input: Any = Field(description="The input as it is kept; null if it is not")
    answer: Any = Field(description="The answer as it is kept; null if it was pruned")


MODELS: list[type[BaseModel]] = [DecisionsResponse, DecisionResponse]


class DecisionsQuery(BaseModel):
    """The query parameters of a list of decisions."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="The most decisions to list")] = 20
    before: Annotated[
        uuid.UUID | None, Field(description="List the decisions before the one with this id")
    ] = None
    since: Annotated[
        Moment | None, Field(description="List decisions of this day or moment and later only")
    ] = None


def router(service: Service) -> APIRouter:
    """Return the routes for ``service``."""
    routes = APIRouter(tags=["decisions"])

    @routes.get(
        PATH,
        summary="List stored decisions, the newest first",
        response_class=Response,
        responses={
            200: openapi.json_response("The decisions", model=DecisionsResponse),
            **openapi.error_responses(404, 422, 503),
        },
    )
    async def decisions(query: Annotated[DecisionsQuery, Query()]) -> Response:
        """Return summaries of decisions, a page at a time.

        Needs the area `decisions`, and a ledger: `CDS_LEDGER`.
        """
        ledger = service.required_ledger
        before = None if query.before is None else str(query.before)
        found = await read_ledger(ledger.list_decisions, since=query.since, before=before, limit=query.limit)
        following = None
        if len(found) == query.limit:
            parameters = {"before": found[-1]["id"], "limit": query.limit, "since": query.since}
            given = {name: value for name, value in parameters.items() if value is not None}
            following = f"{PATH}?{urlencode(given)}"
        body = {**LABEL, "decisions": found, "next": following}
        return Response(json.dumps(body, ensure_ascii=False), media_type="application/json")

    @routes.get(
        PATH + "/{decision_id}",
        summary="One stored decision as it was given",
        response_class=Response,
        responses={
            200: openapi.json_response("The decision", model=DecisionResponse),
            **openapi.error_responses(404, 422, 503),
        },
    )
    async def decision(decision_id: uuid.UUID) -> Response:
        """Return a decision with its input, its answer and the feedback on it.

        Needs the area `decisions`, and a ledger: `CDS_LEDGER`.
        """
        body = await read_ledger(service.required_ledger.find_decision, str(decision_id))
        if body is None:
            raise ApiError(404, "The ledger has no such decision.")
        return Response(body, media_type="application/json")

    return routes
