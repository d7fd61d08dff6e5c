"""``POST /v1/evaluate``: evaluates one record or Bundle."""

from __future__ import annotations

import json
from typing import Annotated

from cds_engine.answer.models import Evaluation
from cds_engine.errors import ProblemsError
from cds_engine.fhir import FhirEvaluation, evaluate_document
from cds_engine.record.models import Moment, Record
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds_api import openapi
from cds_api.problems import FHIR_TYPE, body_error, parameter_error, prefers_fhir
from cds_api.service import LARGE_BODY, Service, check_content_type, now

CONTENT_TYPES = ("application/json", FHIR_TYPE)


class EvaluateQuery(BaseModel):
    """The query parameters of an evaluation."""

    model_config = ConfigDict(extra="forbid")

    explain: Annotated[
        bool, Field(description="Trace every condition of every rule, also of rules that did not fire")
    ] = False
    as_of: Annotated[
        Moment | None,
        Field(description="The date to evaluate for, if the input has none; now (UTC) if omitted"),
    ] = None


NO_PARAMETERS = EvaluateQuery()


def router(service: Service) -> APIRouter:
    """Return the route for ``service``."""
    routes = APIRouter(tags=["evaluation"])
    examples = {name: {"value": record} for name, record in service.examples.items()}
    first: object = next(iter(service.examples.values()), {})
    ok = openapi.json_response("The evaluation", _example_evaluation(service, first), model=Evaluation)
    ok["content"][FHIR_TYPE] = {"schema": {"type": "object", "description": "A Bundle of DetectedIssue"}}
    bundle = {"schema": {"type": "object", "description": "A FHIR R4 Bundle"}, "example": EXAMPLE_BUNDLE}

    @routes.post(
        "/v1/evaluate",
        summary="Evaluate a patient record or a FHIR R4 Bundle",
        response_class=Response,
        responses={200: ok, **openapi.error_responses(body=True, fhir=True)},
        openapi_extra={
            **openapi.query_parameters(EvaluateQuery),
            **openapi.request_body(
                {
                    "application/json": {"schema": openapi.schema_ref(Record), "examples": examples},
                    FHIR_TYPE: bundle,
                }
            ),
        },
    )
    async def evaluate(request: Request) -> Response:
        """Return what the rulebook's sources report about such a record. For research use only.

        `Accept: application/fhir+json` returns a collection Bundle of DetectedIssue.
        """
        query = _parse_query(request)
        check_content_type(request.headers.get("content-type"), CONTENT_TYPES)
        data = await request.body()
        try:
            if len(data) < LARGE_BODY:
                result = service.evaluate(data, query.as_of, explain=query.explain)
            else:
                result = await service.in_background(
                    service.evaluate, data, query.as_of, explain=query.explain
                )
        except ProblemsError as error:
            raise body_error(error) from None
        return _response(result, request.headers.get("accept", ""))

    return routes


def _parse_query(request: Request) -> EvaluateQuery:
    """Return the query parameters; FastAPI would take about as long for them as a record takes to read."""
    if not request.scope["query_string"]:
        return NO_PARAMETERS
    try:
        return EvaluateQuery.model_validate(dict(request.query_params))
    except ValidationError as error:
        errors = [{**details, "loc": ("query", *details["loc"])} for details in error.errors()]
        raise parameter_error(errors) from None


def _response(result: FhirEvaluation, accept: str) -> Response:
    if prefers_fhir(accept):
        return Response(result.to_fhir(), media_type=FHIR_TYPE)
    return Response(result.to_json(), media_type="application/json")


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
