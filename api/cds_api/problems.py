"""Every error as RFC 9457 ``application/problem+json``, or as an OperationOutcome for FHIR callers.

A problem names the place and what was expected there, never the value that was found: answers pass through
proxies and logs, and the caller has the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from cds_engine.errors import Problem as EngineProblem
from cds_engine.errors import ProblemsError, pointer
from cds_engine.fhir import operation_outcome
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Scope

PROBLEM_TYPE = "application/problem+json"
FHIR_TYPE = "application/fhir+json"
REQUEST_ID = "cds.request_id"
_VALUES = re.compile(r", found .*?(?= \(did you mean '|$)| \d{4}-\d{2}-\d{2}\b|: \S*\.\.\.$", re.DOTALL)
"""In the engine's messages: what was found, a date compared with, the beginning of an overlong number."""


class ErrorItem(BaseModel):
    """One fault in one place."""

    pointer: str = Field(
        description="RFC 6901 JSON pointer into the body, or the name of a parameter after `?`"
    )
    detail: str


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    request_id: str | None = Field(None, description="The X-Request-ID of the answer; the log has the same")
    errors: list[ErrorItem] = []


class RefusedError(Exception):
    """A request that is answered with a problem."""

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
        """Return the answer to the request of ``scope``."""
        if speaks_fhir(scope):
            problems = [EngineProblem("request", item.detail, item.pointer) for item in self.errors]
            outcome = operation_outcome(problems or [EngineProblem("request", self.detail)])
            body, media_type = json.dumps(outcome), FHIR_TYPE
        else:
            problem = Problem(
                title=HTTPStatus(self.status).phrase,
                status=self.status,
                detail=self.detail,
                request_id=scope.get(REQUEST_ID),
                errors=self.errors,
            )
            body, media_type = problem.model_dump_json(), PROBLEM_TYPE
        return Response(body, self.status, self.headers, media_type)


class MalformedError(ProblemsError):
    """A body that is no JSON document."""


def refused_input(error: ProblemsError) -> RefusedError:
    """Return the answer to a body that the engine does not accept: 400 if it is no JSON, else 422."""
    malformed = isinstance(error, MalformedError)
    detail = "The body is not well-formed JSON." if malformed else "The body is not a record or a Bundle."
    return RefusedError(400 if malformed else 422, detail, error_items(error))


def error_items(error: ProblemsError) -> list[ErrorItem]:
    """Return the problems with place and expectation, without the values that were found."""
    return [ErrorItem(pointer=found.pointer, detail=without_values(found)) for found in error.problems]


def without_values(problem: EngineProblem) -> str:
    """Return what was expected, without quoting the input."""
    place = "" if problem.line is None else f"line {problem.line}, column {problem.column}: "
    return place + _VALUES.sub("", problem.message)


def speaks_fhir(scope: Scope) -> bool:
    """Return whether a caller wants FHIR: by Accept or, where that is silent, by what was sent."""
    if scope["path"].startswith("/cds-services"):
        return False
    accept = _header(scope, b"accept")
    if wants_fhir(accept):
        return True
    sent = _header(scope, b"content-type").partition(";")[0].strip().lower()
    return sent == FHIR_TYPE and "json" not in accept


def wants_fhir(accept: str) -> bool:
    """Return whether an Accept header names FHIR at least as eagerly as plain JSON."""
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


def install(app: FastAPI) -> None:
    """Answer with a problem wherever the framework would answer in a form of its own."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, RefusedError)
        return error.response(request.scope)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        details = {404: "There is nothing at this address.", 405: "This address does not take this method."}
        detail = details.get(error.status_code, HTTPStatus(error.status_code).phrase)
        return RefusedError(error.status_code, detail, headers=error.headers).response(request.scope)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        items = [_parameter_error(fault) for fault in error.errors()]
        return RefusedError(422, "A parameter is not as expected.", items).response(request.scope)

    async def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=499)  # nobody is there to read it

    app.add_exception_handler(RefusedError, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(ClientDisconnect, gone)


def _parameter_error(fault: Any) -> ErrorItem:
    name = str(fault["loc"][-1])
    where = f"?{name}" if fault["loc"][0] == "query" else pointer(name)
    if fault["type"] == "extra_forbidden":
        return ErrorItem(pointer=where, detail="unknown parameter")
    message = _VALUES.sub("", fault["msg"])
    return ErrorItem(pointer=where, detail=message[:1].lower() + message[1:])
