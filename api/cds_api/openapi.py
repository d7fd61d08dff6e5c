"""The OpenAPI document: models that no route names in its signature, examples, and who may call what."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cds_engine.answer.models import Evaluation
from cds_engine.record.models import Record
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cds_api.problems import FHIR_TYPE, PROBLEM_TYPE, Problem
from cds_api.security import is_public

Responses = dict[int | str, dict[str, Any]]
MODELS: list[type[BaseModel]] = [Record, Evaluation, Problem]
_REASONS = {
    400: "Not well-formed JSON",
    401: "No known API key or token",
    403: "The key or token is not for this",
    404: "No such thing",
    408: "The body did not arrive in time",
    412: "Data that is needed was not sent",
    413: "The body is too large",
    414: "The address is too long",
    415: "Not a content type that is accepted, or compressed",
    422: "Well-formed, but not as expected; `errors` lists every fault",
    429: "Too many requests; see Retry-After",
    431: "The request head is too large",
    500: "A fault of the service; its log has the request id",
    503: "Not ready",
}
_PUBLIC = (414, 429, 431, 500)
_GUARDED = (401, 403, *_PUBLIC)
_BODY = (400, 408, 413, 415, 422)


def ref(model: type[BaseModel] | str) -> dict[str, str]:
    """Return a reference to a model in the document."""
    name = model if isinstance(model, str) else model.__name__
    return {"$ref": f"#/components/schemas/{name}"}


def errors(*statuses: int, public: bool = False, body: bool = False, fhir: bool = False) -> Responses:
    """Return the errors of a route: those of every route, those that ``body`` brings, and its own."""
    content = {PROBLEM_TYPE: {"schema": ref(Problem)}}
    if fhir:
        content[FHIR_TYPE] = {"schema": {"type": "object"}}
    every = {*statuses, *(_PUBLIC if public else _GUARDED), *(_BODY if body else ())}
    return {
        status: {"description": f"{HTTPStatus(status).phrase}: {_REASONS[status]}", "content": content}
        for status in sorted(every)
    }


def json_answer(description: str, example: Any = None, *, model: type[BaseModel]) -> dict[str, Any]:
    """Return the description of a successful answer that a route writes itself."""
    content: dict[str, Any] = {"schema": ref(model)}
    if example is not None:
        content["example"] = example
    return {"description": description, "content": {"application/json": content}}


def query(model: type[BaseModel]) -> dict[str, Any]:
    """Return the description of a query that a route reads itself."""
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


def body(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a request body that a route reads itself."""
    return {"requestBody": {"required": True, "content": dict(content)}}


def install(app: FastAPI, models: list[type[BaseModel]], *, guarded: bool) -> None:
    """Let ``app`` describe itself, with ``models`` beside those of its routes."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, [*MODELS, *models], guarded)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, models: list[type[BaseModel]], guarded: bool) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    _, extra = models_json_schema(
        [(model, "serialization" if model is Evaluation else "validation") for model in models],
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
                operation["security"] = [{"key": []}, {"bearer": []}] if guarded else []
    return document
