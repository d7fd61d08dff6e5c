"""``POST /v1/timeline``: when each advisory of a record begins and ends."""

from __future__ import annotations

import json
from typing import Annotated

from cds_engine.errors import ProblemsError
from cds_engine.fhir import read_document
from cds_engine.record.models import Date, Moment, Record
from cds_engine.timeline import RangeError, Timeline, document_timeline
from cds_engine.timeline.svg import draw_timeline
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds_api import openapi
from cds_api.problems import FHIR_TYPE, ApiError, ErrorItem, body_error, parameter_error
from cds_api.routes.evaluate import CONTENT_TYPES, EXAMPLE_BUNDLE
from cds_api.service import BODY, Service, check_content_type, now, parse_body

SVG_TYPE = "image/svg+xml"
MODELS: list[type[BaseModel]] = [Timeline]


class TimelineQuery(BaseModel):
    """The query parameters of a timeline."""

    model_config = ConfigDict(extra="forbid")

    begin: Annotated[
        Date | None,
        Field(alias="from", description="The first day; if omitted, the first day of a drug or a result"),
    ] = None
    end: Annotated[
        Date | None, Field(alias="to", description="The last day; if omitted, the day of the evaluation")
    ] = None
    as_of: Annotated[
        Moment | None,
        Field(description="The date that the input is about, if it has none; now (UTC) if omitted"),
    ] = None


def router(service: Service) -> APIRouter:
    """Return the route for ``service``."""
    routes = APIRouter(tags=["evaluation"])
    examples = {name: {"value": record} for name, record in service.examples.items()}
    first: object = next(iter(service.examples.values()), {})
    ok = openapi.json_response("The timeline", _example(service, first), model=Timeline)
    ok["content"][SVG_TYPE] = {"schema": {"type": "string", "description": "A picture of the timeline"}}
    bundle = {"schema": {"type": "object", "description": "A FHIR R4 Bundle"}, "example": EXAMPLE_BUNDLE}

    @routes.post(
        "/v1/timeline",
        summary="When each advisory begins and ends, and what falls due next",
        response_class=Response,
        responses={200: ok, **openapi.error_responses(body=True, fhir=True)},
        openapi_extra={
            **openapi.query_parameters(TimelineQuery),
            **openapi.request_body(
                {
                    "application/json": {"schema": openapi.schema_ref(Record), "examples": examples},
                    FHIR_TYPE: bundle,
                }
            ),
        },
    )
    async def timeline(request: Request) -> Response:
        """Return the days on which each rule fires, with what the record knew on each day.

        For research use only. `Accept: image/svg+xml` returns a picture.
        """
        query = _parse_query(request)
        check_content_type(request.headers.get("content-type"), CONTENT_TYPES)
        draws = SVG_TYPE in request.headers.get("accept", "").lower()
        data = await request.body()
        try:
            text = await service.in_background(_timeline, service, data, query, draws=draws)
        except ProblemsError as error:
            raise body_error(error) from None
        except RangeError as error:
            items = [ErrorItem(pointer="?from", detail=str(error))]
            raise ApiError(422, "A parameter is invalid.", items) from None
        return Response(text, media_type=SVG_TYPE if draws else "application/json")

    return routes


def _parse_query(request: Request) -> TimelineQuery:
    try:
        return TimelineQuery.model_validate(dict(request.query_params))
    except ValidationError as error:
        errors = [{**details, "loc": ("query", *details["loc"])} for details in error.errors()]
        raise parameter_error(errors) from None


def _timeline(service: Service, data: bytes, query: TimelineQuery, *, draws: bool) -> str:
    document, as_of = parse_body(data), query.as_of or now()
    found = document_timeline(service.engine, document, as_of, begin=query.begin, end=query.end, source=BODY)
    if not draws:
        return found.to_json()
    record = service.engine.read(read_document(service.engine, document, as_of, source=BODY).record, BODY)
    return draw_timeline(service.engine, record, found)


def _example(service: Service, record: object) -> object:
    """Return the timeline of an example record, for the OpenAPI document."""
    try:
        found = document_timeline(service.engine, record, now())
    except ProblemsError:
        return None
    return json.loads(found.to_json())
