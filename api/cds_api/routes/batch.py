"""``POST /v1/evaluate/batch``: newline-delimited JSON in and out, streamed, in order, in bounded memory.

The answer begins before the body has ended, so a caller of a long batch must read while it writes. Nothing is
ever held but the line being read and the few lines being evaluated.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from cds_engine.errors import ProblemsError
from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from cds_api import openapi
from cds_api.routes.evaluate import EvaluateQuery
from cds_api.service import Service, check_content_type, refused_line, today

CONTENT_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
AT_ONCE = 16
"""Lines evaluated between two looks at the connection."""


class Lines:
    """Cuts chunks into numbered lines; of a line that is too long, only that it was is kept."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._number = 0
        self._rest = bytearray()
        self._overlong = False

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes | None]]:
        """Yield the lines that ``chunk`` ends; None stands for one that is too long."""
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._keep(chunk[start:end])
            start = end + 1
            yield from self.end()
        self._keep(chunk[start:])

    def end(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield the line that is being read, unless it is blank."""
        self._number += 1
        line = None if self._overlong else bytes(self._rest)
        self._rest.clear()
        self._overlong = False
        if line is None or line.strip():
            yield self._number, line

    def _keep(self, part: bytes) -> None:
        if self._overlong or len(self._rest) + len(part) > self.longest:
            self._overlong = True
            self._rest.clear()
        else:
            self._rest += part


class Stream(StreamingResponse):
    """A streamed answer whose reader must keep reading; one that stops is cut off."""

    def __init__(self, content: AsyncIterator[bytes], idle: float) -> None:
        super().__init__(content, media_type=CONTENT_TYPES[0])
        self.idle = idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer. Nothing else listens for a disconnect: the body is being read meanwhile."""

        async def in_time(message: Message) -> None:
            async with asyncio.timeout(self.idle):
                await send(message)

        await self.stream_response(in_time)


def router(service: Service) -> APIRouter:
    """Return the route for ``service``."""
    routes = APIRouter(tags=["evaluation"])
    settings = service.settings
    lines = "".join(f"{json.dumps(record)}\n" for record in service.examples.values())
    ndjson = {"schema": {"type": "string", "description": "One record or Bundle a line"}, "example": lines}
    answer = {"schema": {"type": "string", "description": "One evaluation, or one error, a line"}}

    @routes.post(
        "/v1/evaluate/batch",
        summary="Evaluate many records, one a line",
        response_class=StreamingResponse,
        responses={
            200: {"description": "One line for each line, in order", "content": {CONTENT_TYPES[0]: answer}},
            **openapi.errors(415, 422),
        },
        openapi_extra=openapi.body({CONTENT_TYPES[0]: ndjson}),
    )
    async def batch(request: Request, query: Annotated[EvaluateQuery, Query()]) -> Stream:
        """Stream newline-delimited JSON both ways, for a body of any length.

        A line that is no record gives `{"line": n, "errors": [{"pointer", "detail"}]}`, and the rest goes on.
        Read the answer while sending: it begins before the body has ended.
        """
        check_content_type(request.headers.get("content-type"), CONTENT_TYPES)
        return Stream(evaluated(request, query), settings.batch_idle_timeout)

    async def evaluated(request: Request, query: EvaluateQuery) -> AsyncIterator[bytes]:
        """Yield the answers to a few lines at a time."""
        reading = Lines(settings.max_line_bytes)
        day = query.as_of or today()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + settings.batch_timeout

        def answered(numbered: list[tuple[int, bytes | None]]) -> bytes:
            return b"".join(line_answer(number, line) for number, line in numbered)

        def line_answer(number: int, line: bytes | None) -> bytes:
            if line is None:
                too_long = f"longer than {settings.max_line_bytes} bytes"
                return _error_line(number, [{"pointer": "", "detail": too_long}])
            try:
                return service.evaluate(line, day, explain=query.explain).to_json().encode() + b"\n"
            except ProblemsError as error:
                return _error_line(number, refused_line(error))

        chunks = aiter(request.stream())
        waiting: list[tuple[int, bytes | None]] = []
        try:
            while True:
                async with asyncio.timeout_at(min(deadline, loop.time() + settings.batch_idle_timeout)):
                    chunk = await anext(chunks, None)
                for line in reading.end() if chunk is None else reading.feed(chunk):
                    waiting.append(line)
                    if len(waiting) == AT_ONCE:
                        yield await asyncio.to_thread(answered, waiting)
                        waiting = []
                    if loop.time() > deadline:
                        raise TimeoutError
                if waiting:
                    yield await asyncio.to_thread(answered, waiting)
                    waiting = []
                if chunk is None:
                    return
        except ClientDisconnect:
            return
        except TimeoutError:
            detail = "the batch took too long, or its next line did not arrive in time"
            yield _error_line(0, [{"pointer": "", "detail": detail}])

    return routes


def _error_line(number: int, errors: list[dict[str, str]]) -> bytes:
    return json.dumps({"line": number, "errors": errors}, ensure_ascii=False).encode() + b"\n"
