"""The OpenAPI document: parts that FastAPI cannot derive from the signatures of the routes.

Most routes read and write JSON themselves, for speed. Their models, examples, errors and authentication are
described here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from cds_engine.answer.combined import CombinedEvaluation
from cds_engine.answer.models import Evaluation
from cds_engine.record.models import Record
from cds_engine.timeline import Timeline
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cds_api.problems import FHIR_TYPE, PROBLEM_TYPE, ProblemDetails
from cds_api.security import is_public

DECISION_ID = "X-Decision-ID"
"""The header with the identifier under which the ledger stores the answer."""
Responses = dict[int | str, dict[str, Any]]
MODELS: list[type[BaseModel]] = [Record, Evaluation, CombinedEvaluation, ProblemDetails]
WRITTEN = (Evaluation, CombinedEvaluation, Timeline)
"""The models that the service writes and never reads."""
_REASONS = {
    400: "Not well-formed JSON",
    401: "No valid API key or token",
    403: "The key or token does not allow this route",
    404: "Not found",
    408: "The body did not arrive in time",
    412: "Required prefetch data is missing",
    413: "The body is too large",
    414: "The URL is too long",
    415: "The content type is not accepted, or the body is compressed",
    421: "Another host name than this machine's, without authentication",
    422: "Well-formed JSON with invalid content; `errors` lists every error",
    429: "Too many requests; see Retry-After",
    431: "The request head is too large",
    500: "Internal error; the log has details under the request id",
    503: "Not ready, busy with large bodies, or the decision ledger cannot be used; see Retry-After",
}
_PUBLIC_ERRORS = (414, 421, 429, 431, 500)
_AUTHENTICATED_ERRORS = (401, 403, *_PUBLIC_ERRORS)
_BODY_ERRORS = (400, 408, 413, 415, 422, 503)


def schema_ref(model: type[BaseModel] | str) -> dict[str, str]:
    """Return a reference to the schema of a model."""
    name = model if isinstance(model, str) else model.__name__
    return {"$ref": f"#/components/schemas/{name}"}


def error_responses(
    *statuses: int, public: bool = False, body: bool = False, fhir: bool = False
) -> Responses:
    """Return the error responses of a route.

    Args:
        statuses: the errors of this route only.
        public: whether the route needs no authentication.
        body: whether it reads a body.
        fhir: whether its errors can be FHIR.
    """
    content = {PROBLEM_TYPE: {"schema": schema_ref(ProblemDetails)}}
    if fhir:
        content[FHIR_TYPE] = {"schema": {"type": "object"}}
    listed = {
        *statuses,
        *(_PUBLIC_ERRORS if public else _AUTHENTICATED_ERRORS),
        *(_BODY_ERRORS if body else ()),
    }
    return {
        status: {"description": f"{HTTPStatus(status).phrase}: {_REASONS[status]}", "content": content}
        for status in sorted(listed)
    }


def json_response(
    description: str, example: Any = None, *, model: type[BaseModel], others: Sequence[type[BaseModel]] = ()
) -> dict[str, Any]:
    """Return the description of a successful response; ``others`` are further models that it may be."""
    schemas = [schema_ref(each) for each in (model, *others)]
    content: dict[str, Any] = {"schema": {"anyOf": schemas} if others else schemas[0]}
    if example is not None:
        content["example"] = example
    return {"description": description, "content": {"application/json": content}}


def stored_response(description: str, example: Any = None, *, model: type[BaseModel]) -> dict[str, Any]:
    """Return the description of a successful response that the decision ledger stores, if there is one."""
    header = {
        "description": "The id of the stored decision, if there is a ledger",
        "schema": {"type": "string"},
    }
    return {**json_response(description, example, model=model), "headers": {DECISION_ID: header}}


def query_parameters(model: type[BaseModel]) -> dict[str, Any]:
    """Return the description of the query parameters in a model."""
    schema = model.model_json_schema()
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": field,
                "description": field["description"],
            }
            for name, field in schema["properties"].items()
        ]
    }


def request_body(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a request body."""
    return {"requestBody": {"required": True, "content": dict(content)}}


def install(app: FastAPI, models: list[type[BaseModel]], *, authenticated: bool) -> None:
    """Make ``app`` serve this document, with ``models`` in addition to those of its routes."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, [*MODELS, *models], authenticated)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, models: list[type[BaseModel]], authenticated: bool) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    _, extra = models_json_schema(
        [(model, "serialization" if model in WRITTEN else "validation") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    components = document.setdefault("components", {})
    components["schemas"] = {**extra["$defs"], **components.get("schemas", {})}
    components["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a signed token (JWT)."},
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not is_public(method.upper(), path):
                operation["security"] = [{"key": []}, {"bearer": []}] if authenticated else []
    return document
