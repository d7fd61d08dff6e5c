"""``GET /v1/...``: the content of a rulebook as JSON, with its digest as the ETag.

The same routes exist for the default rulebook, at ``/v1``, and for every one at ``/v1/rulebooks/{rulebook}``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from cds_engine.errors import nearest
from cds_engine.evaluate import Engine
from cds_engine.record.models import Date
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cds_api import knowledge_models as models
from cds_api import openapi
from cds_api.knowledge import Knowledge, served_rulebooks
from cds_api.problems import ApiError
from cds_api.routes.evaluate import RulebookPath
from cds_api.service import Service, now

MODELS: list[type[BaseModel]] = [
    models.RulebooksResponse,
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


@dataclass(frozen=True)
class Document:
    """A response that never changes while the service runs."""

    name: str
    """The end of its address; the whole address of the rulebook itself is that of all others."""
    summary: str
    model: type[BaseModel]
    make: Callable[[Knowledge], BaseModel]


DOCUMENTS = (
    Document("", "The rulebook: identity, families, size", models.RulebookResponse, Knowledge.about),
    Document("/rules", "All rules", models.RulesResponse, Knowledge.rules),
    Document("/facts", "All facts that can be derived from a record", models.FactsResponse, Knowledge.facts),
    Document(
        "/parameters", "All numbers that rules compare with", models.ParametersResponse, Knowledge.parameters
    ),
    Document("/evidence", "Sources, claims and conflicts", models.EvidenceResponse, Knowledge.evidence),
    Document(
        "/pharmacology", "Molecular targets and assays", models.PharmacologyResponse, Knowledge.pharmacology
    ),
)


def router(service: Service) -> APIRouter:
    """Return the routes for ``service``."""
    routes = APIRouter(tags=["knowledge"])

    @routes.get(
        "/v1/rulebooks",
        summary="The rulebooks that are served",
        response_class=Response,
        responses={
            200: openapi.json_response("The rulebooks", model=models.RulebooksResponse),
            **_UNCHANGED,
            **openapi.error_responses(),
        },
    )
    async def rulebooks(request: Request) -> Response:
        """List the rulebooks, the default one first."""
        data = served_rulebooks(service.engines.values()).model_dump_json().encode()
        return _response(request, data, f"sha256:{hashlib.sha256(data).hexdigest()}")

    _Routes(service).add_to(routes)
    return routes


class _Routes:
    """Adds the routes about one rulebook: those of the default one, and those with a rulebook in the path."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.knowledge = cache(lambda engine: Knowledge(engine.rulebook, engine.identity))
        self.document = cache(
            lambda document, engine: document.make(self.knowledge(engine)).model_dump_json().encode()
        )

    def add_to(self, routes: APIRouter) -> None:
        """Add the routes."""
        service = self.service
        for document in DOCUMENTS:
            self._add_document(routes, document)
        example_id = next(iter(service.engine.rulebook.rules))
        example = self.knowledge(service.engine).rule(example_id, now().date()).model_dump(mode="json")
        rule_options: dict[str, Any] = {
            "summary": "One rule in English, with resolved numbers and evidence",
            "response_class": Response,
            "responses": {
                200: openapi.json_response("The rule", example, model=models.RuleResponse),
                **_UNCHANGED,
                **openapi.error_responses(404, 422),
            },
            "openapi_extra": {
                "parameters": [{"name": "rule_id", "in": "path", "required": True, "example": example_id}]
            },
        }

        @routes.get("/v1/rules/{rule_id}", **rule_options)
        async def rule(request: Request, rule_id: str, query: Annotated[RuleQuery, Query()]) -> Response:
            """Return the conditions of a rule with the numbers of `as_of`, and its evidence."""
            return self.rule(request, service.engine, rule_id, query)

        @routes.get("/v1/rulebooks/{rulebook}/rules/{rule_id}", **rule_options)
        async def rule_of(
            request: Request, rulebook: RulebookPath, rule_id: str, query: Annotated[RuleQuery, Query()]
        ) -> Response:
            """Return the conditions of a rule with the numbers of `as_of`, and its evidence."""
            return self.rule(request, service.engine_of(rulebook), rule_id, query)

        coverage_options: dict[str, Any] = {
            "summary": "The last audit of rule coverage",
            "response_class": Response,
            "responses": {
                200: openapi.json_response("The audit", model=models.CoverageResponse),
                **_UNCHANGED,
                **openapi.error_responses(404),
            },
        }

        @routes.get("/v1/coverage", **coverage_options)
        async def coverage(request: Request) -> Response:
            """Return the audit stored with the rulebook, and whether it is of the loaded rulebook."""
            return self.coverage(request, service.engine)

        @routes.get("/v1/rulebooks/{rulebook}/coverage", **coverage_options)
        async def coverage_of(request: Request, rulebook: RulebookPath) -> Response:
            """Return the audit stored with the rulebook, and whether it is of the loaded rulebook."""
            return self.coverage(request, service.engine_of(rulebook))

    def _add_document(self, routes: APIRouter, document: Document) -> None:
        service = self.service

        def content(request: Request, engine: Engine) -> Response:
            return _response(request, self.document(document, engine), engine.identity.digest)

        async def of_default(request: Request) -> Response:
            return content(request, service.engine)

        async def of_rulebook(request: Request, rulebook: RulebookPath) -> Response:
            return content(request, service.engine_of(rulebook))

        name = document.name.removeprefix("/") or "rulebook"
        addresses = (
            (f"/v1{document.name or '/rulebook'}", of_default, name, ()),
            (f"/v1/rulebooks/{{rulebook}}{document.name}", of_rulebook, f"{name}_of", (404,)),
        )
        for path, read, route_name, errors in addresses:
            routes.add_api_route(
                path,
                read,
                name=route_name,
                summary=document.summary,
                description=document.model.__doc__,
                response_class=Response,
                responses={
                    200: openapi.json_response(document.summary, model=document.model),
                    **_UNCHANGED,
                    **openapi.error_responses(*errors),
                },
            )

    def rule(self, request: Request, engine: Engine, rule_id: str, query: RuleQuery) -> Response:
        """Return one rule of a rulebook."""
        try:
            content = self.knowledge(engine).rule(rule_id, query.as_of or now().date())
        except KeyError:
            hint = nearest(rule_id, engine.rulebook.rules)
            raise ApiError(404, f"The rulebook has no such rule{hint}.") from None
        return _response(
            request, content.model_dump_json().encode(), f"{content.rulebook.digest}-{content.as_of}"
        )

    def coverage(self, request: Request, engine: Engine) -> Response:
        """Return the audit that is stored with a rulebook."""
        content = self.knowledge(engine).coverage()
        if content is None:
            raise ApiError(404, "This rulebook has no audit.")
        data = content.model_dump_json().encode()
        return _response(request, data, f"sha256:{hashlib.sha256(data).hexdigest()}")


def _response(request: Request, data: bytes, tag: str) -> Response:
    """Return ``data`` with an ETag, or 304 if the client already has it."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if known & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type="application/json")
