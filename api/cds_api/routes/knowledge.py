"""``GET /v1/...``: the rulebook as JSON, with the digest as its entity tag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated

from cds_engine.errors import nearest
from cds_engine.record.models import Date
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cds_api import models, openapi
from cds_api.knowledge import Knowledge
from cds_api.problems import RefusedError
from cds_api.service import Service, today

MODELS: list[type[BaseModel]] = [
    models.RulebookAnswer,
    models.RulesAnswer,
    models.RuleAnswer,
    models.FactsAnswer,
    models.ParametersAnswer,
    models.EvidenceAnswer,
    models.PharmacologyAnswer,
    models.CoverageAnswer,
]
_UNCHANGED: openapi.Responses = {304: {"description": "Not changed since the ETag in If-None-Match"}}


class RuleQuery(BaseModel):
    """Which day's numbers to show."""

    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[
        Date | None, Field(description="The day whose numbers are shown; today (UTC) if omitted")
    ] = None


def router(service: Service) -> APIRouter:
    """Return the routes for ``service``."""
    routes = APIRouter(tags=["knowledge"])
    knowledge = Knowledge(service.engine.rulebook, service.engine.identity)

    def add(path: str, summary: str, answer: Callable[[], BaseModel]) -> None:
        """Add a route whose answer never changes while the service runs."""
        made = answer()
        data = made.model_dump_json().encode()

        async def read(request: Request) -> Response:
            return _tagged(request, data, service.engine.identity.digest)

        routes.add_api_route(
            path,
            read,
            name=path.rpartition("/")[2],
            summary=summary,
            description=type(made).__doc__,
            response_class=Response,
            responses={200: openapi.json_answer(summary, model=type(made)), **_UNCHANGED, **openapi.errors()},
        )

    add("/v1/rulebook", "The rulebook: identity, families, size", knowledge.about)
    add("/v1/rules", "All rules", knowledge.rules)
    add("/v1/facts", "All facts that a record may make known", knowledge.facts)
    add("/v1/parameters", "All numbers that rules compare with", knowledge.parameters)
    add("/v1/evidence", "Sources, claims and conflicts", knowledge.evidence)
    add("/v1/pharmacology", "Molecular targets and assays", knowledge.pharmacology)

    first = next(iter(service.engine.rulebook.rules))
    rule_example = knowledge.rule(first, today()).model_dump(mode="json")

    @routes.get(
        "/v1/rules/{rule_id}",
        summary="One rule with its numbers resolved, in English, with its evidence",
        response_class=Response,
        responses={
            200: openapi.json_answer("The rule", rule_example, model=models.RuleAnswer),
            **_UNCHANGED,
            **openapi.errors(404, 422),
        },
        openapi_extra={"parameters": [{"name": "rule_id", "in": "path", "required": True, "example": first}]},
    )
    async def rule(request: Request, rule_id: str, query: Annotated[RuleQuery, Query()]) -> Response:
        """Show what the rule asks, in the numbers of `as_of`, and what it rests on."""
        try:
            answer = knowledge.rule(rule_id, query.as_of or today())
        except KeyError:
            hint = nearest(rule_id, service.engine.rulebook.rules)
            raise RefusedError(404, f"The rulebook has no such rule{hint}.") from None
        return _tagged(request, answer.model_dump_json().encode(), f"{answer.rulebook.digest}-{answer.as_of}")

    @routes.get(
        "/v1/coverage",
        summary="How well scenarios cover the rules, as last audited",
        response_class=Response,
        responses={
            200: openapi.json_answer("The audit", model=models.CoverageAnswer),
            **_UNCHANGED,
            **openapi.errors(404),
        },
    )
    async def coverage(request: Request) -> Response:
        """Give the audit that lies beside the rulebook, and whether it is of the rulebook that is loaded."""
        answer = knowledge.coverage()
        if answer is None:
            raise RefusedError(404, "No audit lies beside this rulebook.")
        data = answer.model_dump_json().encode()
        return _tagged(request, data, f"sha256:{hashlib.sha256(data).hexdigest()}")

    return routes


def _tagged(request: Request, data: bytes, tag: str) -> Response:
    """Return ``data``, or 304 if the caller has it already."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    held = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if held & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type="application/json")
