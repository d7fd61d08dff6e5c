"""``POST /v1/evaluate/batch``: evaluates newline-delimited JSON, streamed and in order.

The response begins before the body ends, so a client that sends a long batch must read while it writes. The
service holds only the line being read and the few lines being evaluated.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from cds_engine.errors import ProblemsError
from cds_engine.evaluate import Engine
from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from cds_api import openapi
from cds_api.decisions import Decision
from cds_api.problems import ApiError, ErrorItem, error_items
from cds_api.routes.evaluate import EvaluateQuery, EvaluateWithQuery, RulebookPath
from cds_api.routes.stored import JSON_TYPE, answer_of, decisions
from cds_api.service import Service, check_content_type, now

PATH = "/v1/evaluate/batch"
CONTENT_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
LINES_PER_CHUNK = 16
"""Lines evaluated together before their results are sent."""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """The result of one line of a batch: errors, or an answer and the decisions to store first."""

    number: int
    answer: bytes = b""
    errors: Sequence[ErrorItem] = ()
    decisions: Sequence[Decision] = ()

    def text(self) -> bytes:
        """Return the line of the response."""
        if not self.errors:
            return self.answer + b"\n"
        line = {"line": self.number, "errors": [error.model_dump() for error in self.errors]}
        return json.dumps(line, ensure_ascii=False).encode() + b"\n"


class LineSplitter:
    """Splits chunks of a body into numbered lines; discards the content of lines that are too long."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._number = 0
        self._line = bytearray()
        self._overlong = False

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes | None]]:
        """Yield the numbers and the content of the lines that end in ``chunk``; None for lines too long."""
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._append(chunk[start:end])
            start = end + 1
            yield from self.end()
        self._append(chunk[start:])

    def end(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield the current line, unless it is blank, and begin the next one."""
        self._number += 1
        line = None if self._overlong else bytes(self._line)
        self._line.clear()
        self._overlong = False
        if line is None or line.strip():
            yield self._number, line

    def _append(self, part: bytes) -> None:
        if self._overlong or len(self._line) + len(part) > self.max_bytes:
            self._overlong = True
            self._line.clear()
        else:
            self._line += part


class LineEvaluator:
    """Evaluates the lines of one batch, all as of the same moment."""

    def __init__(
        self, service: Service, query: EvaluateQuery, engines: Sequence[Engine], scope: Scope
    ) -> None:
        self.service = service
        self.engines = engines
        self.scope = scope
        self.explain = query.explain
        self.as_of = query.as_of or now()

    async def results(self, lines: list[tuple[int, bytes | None]]) -> bytes:
        """Return the results of lines. If there is a ledger, they are stored when this returns them."""
        found = await self.service.in_background(lambda: [self._evaluate(*line) for line in lines])
        made = [decision for line in found for decision in line.decisions]
        if made:
            try:
                await self.service.store(self.scope, made)
            except ApiError as error:
                refused = [ErrorItem(pointer="", detail=error.detail)]
                found = [
                    ResultLine(line.number, errors=refused) if line.decisions else line for line in found
                ]
        return b"".join(line.text() for line in found)

    def _evaluate(self, number: int, line: bytes | None) -> ResultLine:
        if line is None:
            detail = f"longer than {self.service.settings.max_line_bytes} bytes"
            return ResultLine(number, errors=[ErrorItem(pointer="", detail=detail)])
        try:
            result = self.service.evaluate(line, self.as_of, explain=self.explain, engines=self.engines)
        except ProblemsError as error:
            return ResultLine(number, errors=error_items(error))
        answer = answer_of(result, JSON_TYPE)
        if self.service.ledger is None:
            return ResultLine(number, answer)
        served, explain = self.service.engines, self.explain
        made = decisions(PATH, served, line, result, answer, answer_type=JSON_TYPE, explain=explain)
        return ResultLine(number, answer, decisions=list(made))


class TimedStreamingResponse(StreamingResponse):
    """A streamed response that is cut off if its client stops reading."""

    def __init__(self, content: AsyncIterator[bytes], idle_timeout: float) -> None:
        super().__init__(content, media_type=CONTENT_TYPES[0])
        self.idle_timeout = idle_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response. It does not listen for a disconnect, because the body is still being read."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self.idle_timeout):
                await send(message)

        await self.stream_response(send_in_time)


def router(service: Service) -> APIRouter:
    """Return the route for ``service``."""
    routes = APIRouter(tags=["evaluation"])
    settings = service.settings
    records = "".join(f"{json.dumps(record)}\n" for record in service.examples.values())
    request_lines = {"schema": {"type": "string", "description": "One record or Bundle per line"}}
    response_lines = {
        "schema": {"type": "string", "description": "One evaluation or one list of errors per line"}
    }

    ok = {
        "description": "One line for each line, in order",
        "content": {CONTENT_TYPES[0]: response_lines},
    }
    options: dict[str, Any] = {
        "response_class": StreamingResponse,
        "responses": {200: ok, **openapi.error_responses(404, 415, 422)},
        "openapi_extra": openapi.request_body({CONTENT_TYPES[0]: {**request_lines, "example": records}}),
    }

    @routes.post(PATH, summary="Evaluate many records, one per line", **options)
    async def batch(request: Request, query: Annotated[EvaluateWithQuery, Query()]) -> TimedStreamingResponse:
        """Stream newline-delimited JSON both ways, for a body of any length.

        An invalid line gives `{"line": n, "errors": [{"pointer", "detail"}]}` and does not stop the batch.
        Read the response while sending: it begins before the body ends.
        """
        return stream(request, query, query.engines(service))

    @routes.post(
        "/v1/rulebooks/{rulebook}/evaluate/batch",
        summary="Evaluate many records with one rulebook, one per line",
        **options,
    )
    async def batch_with(
        request: Request, rulebook: RulebookPath, query: Annotated[EvaluateQuery, Query()]
    ) -> TimedStreamingResponse:
        """Stream newline-delimited JSON both ways, for a body of any length.

        An invalid line gives `{"line": n, "errors": [{"pointer", "detail"}]}` and does not stop the batch.
        Read the response while sending: it begins before the body ends.
        """
        return stream(request, query, [service.engine_of(rulebook)])

    def stream(request: Request, query: EvaluateQuery, engines: Sequence[Engine]) -> TimedStreamingResponse:
        check_content_type(request.headers.get("content-type"), CONTENT_TYPES)
        return TimedStreamingResponse(evaluate_lines(request, query, engines), settings.batch_idle_timeout)

    async def evaluate_lines(
        request: Request, query: EvaluateQuery, engines: Sequence[Engine]
    ) -> AsyncIterator[bytes]:
        """Yield the results of a few lines at a time."""
        splitter = LineSplitter(settings.max_line_bytes)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + settings.batch_timeout

        evaluator = LineEvaluator(service, query, engines, request.scope)
        chunks = aiter(request.stream())
        waiting: list[tuple[int, bytes | None]] = []
        size = 0
        try:
            while True:
                async with asyncio.timeout_at(min(deadline, loop.time() + settings.batch_idle_timeout)):
                    chunk = await anext(chunks, None)
                for line in splitter.end() if chunk is None else splitter.feed(chunk):
                    waiting.append(line)
                    size += len(line[1] or b"")
                    if len(waiting) == LINES_PER_CHUNK or size >= settings.max_line_bytes:
                        yield await evaluator.results(waiting)
                        waiting, size = [], 0
                    if loop.time() > deadline:
                        raise TimeoutError
                if waiting:
                    yield await evaluator.results(waiting)
                    waiting, size = [], 0
                if chunk is None:
                    return
        except ClientDisconnect:
            return
        except TimeoutError:
            detail = "the batch took too long, or its next line did not arrive in time"
            yield ResultLine(0, errors=[ErrorItem(pointer="", detail=detail)]).text()

    return routes
