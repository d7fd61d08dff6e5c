"""``GET /v1/...``: the content of the rulebook as JSON, with its digest as the ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated

from cds_engine.errors import nearest
from cds_engine.record.models import Date
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cds_api import knowledge_models as models
from cds_api import openapi
from cds_api.knowledge import Knowledge
from cds_api.problems import ApiError
from cds_api.service import Service, now

MODELS: list[type[BaseModel]] = [
    models.RulebookResponse,
    models.RulesResponse,
    models.RuleResponse,
    models.FactsResponse,
    models.ParametersResponse,
    models.EvidenceResponse,
    models.PharmacologyResponse,
    models.CoverageResponse,
]
_UNCHANGED: openapi.Responses = {304: {"description": "Unchanged since the ETag in If-None-Match"}}


class RuleQuery(BaseModel):
    """The query parameters of a rule."""

    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[
        Date | None, Field(description="The date whose numbers are shown; now (UTC) if omitted")
    ] = None


def router(service: Service) -> APIRouter:
    """Return the routes for ``service``."""
    routes = APIRouter(tags=["knowledge"])
    knowledge = Knowledge(service.engine.rulebook, service.engine.identity)

    def add(path: str, summary: str, make: Callable[[], BaseModel]) -> None:
        """Add a route whose response never changes while the service runs."""
        content = make()
        data = content.model_dump_json().encode()

        async def read(request: Request) -> Response:
            return _response(request, data, service.engine.identity.digest)

        routes.add_api_route(
            path,
            read,
            name=path.rpartition("/")[2],
            summary=summary,
            description=type(content).__doc__,
            response_class=Response,
            responses={
                200: openapi.json_response(summary, model=type(content)),
                **_UNCHANGED,
                **openapi.error_responses(),
            },
        )

    add("/v1/rulebook", "The rulebook: identity, families, size", knowledge.about)
    add("/v1/rules", "All rules", knowledge.rules)
    add("/v1/facts", "All facts that can be derived from a record", knowledge.facts)
    add("/v1/parameters", "All numbers that rules compare with", knowledge.parameters)
    add("/v1/evidence", "Sources, claims and conflicts", knowledge.evidence)
    add("/v1/pharmacology", "Molecular targets and assays", knowledge.pharmacology)

    example_id = next(iter(service.engine.rulebook.rules))
    example = knowledge.rule(example_id, now().date()).model_dump(mode="json")

    @routes.get(
        "/v1/rules/{rule_id}",
        summary="One rule in English, with resolved numbers and evidence",
        response_class=Response,
        responses={
            200: openapi.json_response("The rule", example, model=models.RuleResponse),
            **_UNCHANGED,
            **openapi.error_responses(404, 422),
        },
        openapi_extra={
            "parameters": [{"name": "rule_id", "in": "path", "required": True, "example": example_id}]
        },
    )
    async def rule(request: Request, rule_id: str, query: Annotated[RuleQuery, Query()]) -> Response:
        """Return the conditions of a rule with the numbers of `as_of`, and its evidence."""
        try:
            content = knowledge.rule(rule_id, query.as_of or now().date())
        except KeyError:
            hint = nearest(rule_id, service.engine.rulebook.rules)
            raise ApiError(404, f"The rulebook has no such rule{hint}.") from None
        return _response(
            request, content.model_dump_json().encode(), f"{content.rulebook.digest}-{content.as_of}"
        )

    @routes.get(
        "/v1/coverage",
        summary="The last audit of rule coverage",
        response_class=Response,
        responses={
            200: openapi.json_response("The audit", model=models.CoverageResponse),
            **_UNCHANGED,
            **openapi.error_responses(404),
        },
    )
    async def coverage(request: Request) -> Response:
        """Return the audit stored with the rulebook, and whether it is of the loaded rulebook."""
        content = knowledge.coverage()
        if content is None:
            raise ApiError(404, "This rulebook has no audit.")
        data = content.model_dump_json().encode()
        return _response(request, data, f"sha256:{hashlib.sha256(data).hexdigest()}")

    return routes


def _response(request: Request, data: bytes, tag: str) -> Response:
    """Return ``data`` with an ETag, or 304 if the client already has it."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if known & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type="application/json")
