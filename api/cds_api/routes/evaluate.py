"""``POST /v1/evaluate``: evaluates one record or Bundle with the default rulebook, or with others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, TypeVar

from cds_engine.answer.combined import CombinedEvaluation
from cds_engine.answer.models import Evaluation
from cds_engine.errors import ProblemsError
from cds_engine.evaluate import Engine
from cds_engine.fhir import evaluate_document
from cds_engine.record.models import Moment, Record
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds_api import openapi
from cds_api.problems import FHIR_TYPE, body_error, parameter_error, prefers_fhir
from cds_api.routes.stored import JSON_TYPE, answer_of, decisions
from cds_api.service import LARGE_BODY, Service, check_content_type, now

PATH = "/v1/evaluate"
CONTENT_TYPES = (JSON_TYPE, FHIR_TYPE)
Q = TypeVar("Q", bound="EvaluateQuery")


class EvaluateQuery(BaseModel):
    """The query parameters of an evaluation with a rulebook in the path."""

    model_config = ConfigDict(extra="forbid")

    explain: Annotated[
        bool, Field(description="Trace every condition of every rule, also of rules that did not fire")
    ] = False
    as_of: Annotated[
        Moment | None,
        Field(description="The date to evaluate for, if the input has none; now (UTC) if omitted"),
    ] = None


class EvaluateWithQuery(EvaluateQuery):
    """The query parameters of an evaluation."""

    rulebook: Annotated[
        list[str],
        Field(
            max_length=20,
            description="The rulebook that answers, by its id; repeat it for one answer of several. "
            "The default one if omitted",
        ),
    ] = []

    def engines(self, service: Service) -> list[Engine]:
        """Return the engines that answer; none for the default one.

        Raises:
            ApiError: 404, if a rulebook is not served.
        """
        return [service.engine_of(name) for name in dict.fromkeys(self.rulebook)]


NO_PARAMETERS = EvaluateWithQuery()
RulebookPath = Annotated[str, Path(description="The rulebook, by its id")]
RULEBOOK = "rulebook"


def router(service: Service) -> APIRouter:
    """Return the route for ``service``."""
    routes = APIRouter(tags=["evaluation"])
    examples = {name: {"value": record} for name, record in service.examples.items()}
    first: object = next(iter(service.examples.values()), {})
    ok = openapi.stored_response("The evaluation", _example_evaluation(service, first), model=Evaluation)
    ok["content"][FHIR_TYPE] = {"schema": {"type": "object", "description": "A Bundle of DetectedIssue"}}
    either = openapi.json_response(
        "The evaluation; of several rulebooks, a combined one", model=Evaluation, others=[CombinedEvaluation]
    )
    either["headers"] = ok["headers"]
    either["content"] = {
        **ok["content"],
        "application/json": {**ok["content"]["application/json"], **either["content"]["application/json"]},
    }
    bundle = {"schema": {"type": "object", "description": "A FHIR R4 Bundle"}, "example": EXAMPLE_BUNDLE}
    body = openapi.request_body(
        {"application/json": {"schema": openapi.schema_ref(Record), "examples": examples}, FHIR_TYPE: bundle}
    )

    @routes.post(
        PATH,
        summary="Evaluate a patient record or a FHIR R4 Bundle",
        response_class=Response,
        responses={200: either, **openapi.error_responses(404, body=True, fhir=True)},
        openapi_extra={**openapi.query_parameters(EvaluateWithQuery), **body},
    )
    async def evaluate(request: Request) -> Response:
        """Return what the rulebooks' sources report about such a record. For research use only.

        `Accept: application/fhir+json` returns a collection Bundle of DetectedIssue.
        """
        query = _parse_query(request, EvaluateWithQuery) if request.scope["query_string"] else NO_PARAMETERS
        return await answer(request, query, query.engines(service))

    @routes.post(
        "/v1/rulebooks/{rulebook}/evaluate",
        summary="Evaluate a patient record or a FHIR R4 Bundle with one rulebook",
        response_class=Response,
        responses={200: ok, **openapi.error_responses(404, body=True, fhir=True)},
        openapi_extra={**openapi.query_parameters(EvaluateQuery), **body},
    )
    async def evaluate_with(request: Request, rulebook: RulebookPath) -> Response:
        """Return what the rulebook's sources report about such a record. For research use only.

        `Accept: application/fhir+json` returns a collection Bundle of DetectedIssue.
        """
        engine = service.engine_of(rulebook)
        query = _parse_query(request, EvaluateQuery) if request.scope["query_string"] else NO_PARAMETERS
        return await answer(request, query, [engine])

    async def answer(request: Request, query: EvaluateQuery, engines: Sequence[Engine]) -> Response:
        """Return the evaluation of the body by ``engines``, or by the default one if there are none."""
        check_content_type(request.headers.get("content-type"), CONTENT_TYPES)
        data = await request.body()
        try:
            if len(data) < LARGE_BODY:
                result = service.evaluate(data, query.as_of, explain=query.explain, engines=engines)
            else:
                result = await service.in_background(
                    service.evaluate, data, query.as_of, explain=query.explain, engines=engines
                )
        except ProblemsError as error:
            raise body_error(error) from None
        answer_type = FHIR_TYPE if prefers_fhir(request.headers.get("accept", "")) else JSON_TYPE
        evaluated = answer_of(result, answer_type)
        headers = {}
        if service.ledger is not None:
            made = decisions(
                PATH,
                service.engines,
                data,
                result,
                evaluated,
                answer_type=answer_type,
                explain=query.explain,
            )
            headers[openapi.DECISION_ID] = ", ".join(await service.store(request.scope, list(made)))
        return Response(evaluated, headers=headers, media_type=answer_type)

    return routes


def _parse_query(request: Request, model: type[Q]) -> Q:
    """Return the query parameters; FastAPI would take about as long for them as a record takes to read."""
    given: dict[str, object] = dict(request.query_params)
    if RULEBOOK in model.model_fields and RULEBOOK in given:
        given[RULEBOOK] = request.query_params.getlist(RULEBOOK)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        errors = [{**details, "loc": ("query", *details["loc"])} for details in error.errors()]
        raise parameter_error(errors) from None


def _example_evaluation(service: Service, record: object) -> object:
    """Return the evaluation of an example record, for the OpenAPI document."""
    try:
        return json.loads(evaluate_document(service.engine, record, now()).to_json())
    except ProblemsError:
        return None


EXAMPLE_BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": {"resourceType": "Patient", "id": "example", "birthDate": "1970-01-01"}}],
}
