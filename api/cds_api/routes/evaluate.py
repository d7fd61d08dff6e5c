"""``POST /v1/evaluate``: one record or Bundle in, one evaluation out."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

from cds_engine.answer.models import Evaluation
from cds_engine.errors import ProblemsError
from cds_engine.fhir import FhirEvaluation, evaluate_document
from cds_engine.record.models import Date, Record
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds_api import openapi
from cds_api.problems import FHIR_TYPE, refused_input, wants_fhir
from cds_api.service import LARGE, Service, check_content_type, today

CONTENT_TYPES = ("application/json", FHIR_TYPE)


class EvaluateQuery(BaseModel):
    """How to evaluate."""

    model_config = ConfigDict(extra="forbid")

    explain: Annotated[
        bool, Field(description="Trace every condition of every rule, also of those that did not fire")
    ] = False
    as_of: Annotated[
        Date | None,
        Field(description="The day to evaluate for where the input has none; today (UTC) if omitted"),
    ] = None


def router(service: Service) -> APIRouter:
    """Return the route for ``service``."""
    routes = APIRouter(tags=["evaluation"])
    examples = {name: {"value": record} for name, record in service.examples.items()}
    first: object = next(iter(service.examples.values()), {})
    ok = openapi.json_answer("The evaluation", _example(service, first), model=Evaluation)
    ok["content"][FHIR_TYPE] = {"schema": {"type": "object", "description": "A Bundle of DetectedIssue"}}
    bundle = {"schema": {"type": "object", "description": "A FHIR R4 Bundle"}, "example": EXAMPLE_BUNDLE}

    @routes.post(
        "/v1/evaluate",
        summary="Evaluate a patient record or a FHIR R4 Bundle",
        response_class=Response,
        responses={200: ok, **openapi.errors(body=True, fhir=True)},
        openapi_extra={
            **openapi.query(EvaluateQuery),
            **openapi.body(
                {"application/json": {"schema": openapi.ref(Record), "examples": examples}, FHIR_TYPE: bundle}
            ),
        },
    )
    async def evaluate(request: Request) -> Response:
        """Say what the rulebook's sources report about such a record; for research use only.

        `Accept: application/fhir+json` gives a collection Bundle of DetectedIssue.
        """
        query = _query(request)
        check_content_type(request.headers.get("content-type"), CONTENT_TYPES)
        data = await request.body()
        try:
            if len(data) < LARGE:
                answer = service.evaluate(data, query.as_of, explain=query.explain)
            else:
                answer = await asyncio.to_thread(service.evaluate, data, query.as_of, explain=query.explain)
        except ProblemsError as error:
            raise refused_input(error) from None
        return _response(answer, request.headers.get("accept", ""))

    return routes


def _query(request: Request) -> EvaluateQuery:
    """Read the query; for the framework to read it takes about as long as to read a record."""
    try:
        return EvaluateQuery.model_validate(dict(request.query_params))
    except ValidationError as error:
        faults = [{**fault, "loc": ("query", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults) from None


def _response(found: FhirEvaluation, accept: str) -> Response:
    if wants_fhir(accept):
        return Response(found.to_fhir(), media_type=FHIR_TYPE)
    return Response(found.to_json(), media_type="application/json")


def _example(service: Service, record: object) -> object:
    """Return the evaluation of an example record, as the OpenAPI document shows it."""
    try:
        return json.loads(evaluate_document(service.engine, record, today()).to_json())
    except ProblemsError:
        return None


EXAMPLE_BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": {"resourceType": "Patient", "id": "example", "birthDate": "1970-01-01"}}],
}
