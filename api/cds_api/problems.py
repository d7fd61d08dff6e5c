"""Error responses: RFC 9457 problem documents, or an OperationOutcome for FHIR clients.

An error names the place and what was expected there, never the value that was found. Responses pass through
proxies and logs, and the client has the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from cds_engine.errors import Problem, ProblemsError, pointer
from cds_engine.fhir import operation_outcome
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, field_validator
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Scope

PROBLEM_TYPE = "application/problem+json"
FHIR_TYPE = "application/fhir+json"
REQUEST_ID = "cds.request_id"
"""The key of the request id in the ASGI scope."""
MAX_POINTER = 200
"""Longer pointers are cut: the names of fields in them are the client's."""
_SUGGESTION = re.compile(r" \(did you mean '[^']*'\?\)$")
_FOUND = re.compile(r"(; |, )(found|but) .*", re.DOTALL)
"""What was found, to the end of the message; a suggestion after it is kept."""
_VALUES = re.compile(r" \d{4}-\d{2}-\d{2}\b([T ]\d{2}:\S*)?|: \S*\.\.\.$")
"""Other values in the engine's messages: a date in a comparison, the start of a long number."""


class ErrorItem(BaseModel):
    """One error and its place."""

    pointer: str = Field(
        description="RFC 6901 JSON pointer into the body, or the name of a query parameter after `?`"
    )
    detail: str = Field(description="What was expected")

    @field_validator("pointer")
    @classmethod
    def _cut(cls, value: str) -> str:
        return value if len(value) <= MAX_POINTER else value[:MAX_POINTER] + "..."


class ProblemDetails(BaseModel):
    """An error response, as described by RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    request_id: str | None = Field(None, description="The X-Request-ID of the response, also in the log")
    errors: list[ErrorItem] = []


class ApiError(Exception):
    """An error response to a request."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Iterable[ErrorItem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})

    def response(self, scope: Scope) -> Response:
        """Return the response to the request of an ASGI scope, in the format that its client reads."""
        if wants_fhir_error(scope):
            problems = [Problem("request", item.detail, item.pointer) for item in self.errors]
            outcome = operation_outcome(problems or [Problem("request", self.detail)])
            body, media_type = json.dumps(outcome), FHIR_TYPE
        else:
            problem = ProblemDetails(
                title=HTTPStatus(self.status).phrase,
                status=self.status,
                detail=self.detail,
                request_id=scope.get(REQUEST_ID),
                errors=self.errors,
            )
            body, media_type = problem.model_dump_json(), PROBLEM_TYPE
        return Response(body, self.status, self.headers, media_type)


def internal_error() -> ApiError:
    """Return the response for an exception that nothing else handles."""
    return ApiError(500, "Internal error; the log has details under the request id.")


class MalformedJsonError(ProblemsError):
    """A request body that is not well-formed JSON."""


def body_error(error: ProblemsError) -> ApiError:
    """Return the response to an invalid body: 400 if it is not well-formed JSON, else 422."""
    malformed = isinstance(error, MalformedJsonError)
    detail = "The body is not well-formed JSON." if malformed else "The body is not a record or a Bundle."
    return ApiError(400 if malformed else 422, detail, error_items(error))


def error_items(error: ProblemsError) -> list[ErrorItem]:
    """Return the problems of an error, without the values that were found."""
    return [ErrorItem(pointer=problem.pointer, detail=omit_values(problem)) for problem in error.problems]


def omit_values(problem: Problem) -> str:
    """Return the message of a problem without the values that it quotes from the input."""
    place = "" if problem.line is None else f"line {problem.line}, column {problem.column}: "
    return place + _without_values(problem.message)


def _without_values(message: str) -> str:
    """Return an engine's message without the values in it.

    The value that was found may contain anything, also what looks like a suggestion: only one at the very end
    of the message is one, because a quoted value ends with its quote.
    """
    suggestion = _SUGGESTION.search(message)
    kept = _VALUES.sub("", _FOUND.sub("", message))
    return kept + suggestion[0] if suggestion and not kept.endswith(suggestion[0]) else kept


def wants_fhir_error(scope: Scope) -> bool:
    """Return whether a client expects errors as FHIR: it accepts FHIR, or sent it and accepts anything."""
    if scope["path"].startswith("/cds-services"):
        return False
    accept = _header(scope, b"accept")
    if prefers_fhir(accept):
        return True
    content_type = _header(scope, b"content-type").partition(";")[0].strip().lower()
    return content_type == FHIR_TYPE and "json" not in accept


@lru_cache(maxsize=256)
def prefers_fhir(accept: str) -> bool:
    """Return whether an Accept header names FHIR with at least the quality of plain JSON."""
    quality = {"application/json": 0.0, FHIR_TYPE: 0.0}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name in quality:
            quality[name] = next((_quality(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    return 0 < quality[FHIR_TYPE] >= quality["application/json"]


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _header(scope: Scope, name: bytes) -> str:
    return b",".join(value for key, value in scope["headers"] if key == name).decode("latin-1")


def install_error_handlers(app: FastAPI) -> None:
    """Replace the framework's error responses with problem documents."""

    async def on_api_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        return error.response(request.scope)

    async def on_http_exception(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        details = {404: "There is nothing at this address.", 405: "This address does not allow this method."}
        detail = details.get(error.status_code, HTTPStatus(error.status_code).phrase)
        headers = dict(error.headers or {})
        if headers.get("Allow") == "GET":
            headers["Allow"] = "GET, HEAD"
        return ApiError(error.status_code, detail, headers=headers).response(request.scope)

    async def on_invalid_parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return parameter_error(error.errors()).response(request.scope)

    async def on_disconnect(request: Request, error: Exception) -> Response:
        return Response(status_code=499)  # nobody receives it

    async def on_error(request: Request, error: Exception) -> Response:
        return internal_error().response(request.scope)  # the framework raises it again, and it is logged

    app.add_exception_handler(Exception, on_error)
    app.add_exception_handler(ApiError, on_api_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_invalid_parameters)
    app.add_exception_handler(ClientDisconnect, on_disconnect)


def parameter_error(errors: Iterable[Any]) -> ApiError:
    """Return the response to pydantic's errors about query or path parameters."""
    return ApiError(422, "A parameter is invalid.", map(_parameter_item, errors))


def _parameter_item(details: Any) -> ErrorItem:
    """Return one of pydantic's errors about a query or path parameter as an error item."""
    name = str(details["loc"][-1])
    place = f"?{name}" if details["loc"][0] == "query" else pointer(name)
    if details["type"] == "extra_forbidden":
        return ErrorItem(pointer=place, detail="unknown parameter")
    message = _without_values(details["msg"]).partition(", unable to")[0]
    return ErrorItem(pointer=place, detail=message[:1].lower() + message[1:])
