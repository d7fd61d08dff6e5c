"""The request log, as one line of JSON per request, and metrics for Prometheus.

Neither holds patient data. The log names the template of a route, never the address of a request. Of an
exception it has the type and lines of code, never the message, which may quote the input.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
import secrets
import threading
import time
import traceback
from collections import Counter as Tally
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cds_engine.answer.models import Evaluation
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from pydantic_core import PydanticSerializationError, to_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_api.problems import REQUEST_ID, internal_error

LOG = logging.getLogger("cds")
CLIENT = "cds.client"
"""The key of the authenticated client in the ASGI scope."""
_REQUEST_ID = re.compile(rb"[0-9A-Fa-f-]{16,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MAX_EVENT = 500
"""Longer messages of libraries are cut."""
_ROOT = Path(__file__).parents[1]


_encode_with_surrogates = json.JSONEncoder(ensure_ascii=False).encode


def log_event(event: str, level: int, fields: Mapping[str, Any]) -> None:
    """Log an event with its fields, without looking up the line of code that does."""
    if LOG.isEnabledFor(level):
        record = {"name": LOG.name, "msg": event, "levelno": level, "levelname": logging.getLevelName(level)}
        LOG.handle(logging.makeLogRecord({**record, "fields": fields}))


class JsonFormatter(logging.Formatter):
    """Formats log records as one JSON object per line: time, level, event, and the record's ``fields``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for ``record``; an exception is reduced to its type and lines of code."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage()[:MAX_EVENT],
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= describe_error(record.exc_info[1])
        return _encode(line)


def _encode(line: Mapping[str, Any]) -> str:
    """Return a line of the log; pydantic is faster, but refuses lone surrogates."""
    try:
        return to_json(line).decode()
    except PydanticSerializationError:
        return _encode_with_surrogates(line)


class RepeatFilter(logging.Filter):
    """Logs a message of a library once in ten seconds, so that a repeated failure cannot fill the log."""

    SECONDS = 10
    MAX_MESSAGES = 100

    def __init__(self) -> None:
        super().__init__()
        self._logged_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log ``record``."""
        text = str(record.msg)
        if record.created - self._logged_at.get(text, 0) < self.SECONDS:
            return False
        if len(self._logged_at) >= self.MAX_MESSAGES:
            self._logged_at.clear()
        self._logged_at[text] = record.created
        return True


def describe_error(error: BaseException) -> dict[str, Any]:
    """Return what may be logged of an exception: its type and lines of code, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "exception": type(error).__name__,
        "at": [f"{_relative(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _relative(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])


def skip_unused_log_details() -> None:
    """Keep :mod:`logging` from looking up the thread, process and task of every record: no line has them."""
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if hasattr(logging, "logAsyncioTasks"):  # Python 3.12
        logging.logAsyncioTasks = False


def log_config(level: str) -> dict[str, Any]:
    """Return the configuration of :mod:`logging` for the service and uvicorn."""
    handler = {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "cds_api.observability.JsonFormatter"}},
        "filters": {"repeats": {"()": "cds_api.observability.RepeatFilter"}},
        "handlers": {"stderr": handler, "limited": {**handler, "filters": ["repeats"]}},
        "loggers": {
            "cds": {"handlers": ["stderr"], "level": level.upper(), "propagate": False},
            "uvicorn.error": {"handlers": ["limited"], "level": level.upper(), "propagate": False},
        },
        "root": {"handlers": ["limited"], "level": "WARNING"},
    }


class Metrics:
    """The metrics of the service.

    Several workers keep theirs in files in a shared folder, so that each worker can report the sums. Each has
    to count what it has noted every now and then, because any of them may be asked.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "cds_http_requests", "Requests handled", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "cds_http_request_seconds",
            "Time from the head of a request to the end of its response",
            ["route"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )
        self.evaluations = Counter("cds_evaluations", "Records evaluated", ["rulebook"], registry=registry)
        self.advisories = Counter(
            "cds_advisories", "Advisories given", ["rulebook", "rule", "indicator"], registry=registry
        )
        self.not_evaluable = Counter(
            "cds_not_evaluable",
            "Rules not evaluable because facts were unknown",
            ["rulebook", "rule"],
            registry=registry,
        )
        self.feedback = Counter(
            "cds_feedback",
            "Cards on which users gave feedback",
            ["rulebook", "rule", "outcome"],
            registry=registry,
        )
        # An evaluation counts many rules, which takes long in files. They are noted, and counted together.
        self._noted: Tally[tuple[Any, ...]] = Tally()
        self._noting = threading.Lock()
        self._request_counter = cache(self.requests.labels)
        self._request_timer = cache(self.seconds.labels)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request: ``method`` and ``route`` are names of the service, never the client's."""
        self._request_counter(method, route, str(status)).inc()
        self._request_timer(route).observe(seconds)

    def count_evaluation(self, evaluation: Evaluation) -> None:
        """Count an evaluation, its advisories and its rules that are not evaluable."""
        rulebook = evaluation.rulebook.id
        counted: list[tuple[Any, ...]] = [(self.evaluations, rulebook)]
        for advisory in evaluation.advisories:
            counted.append((self.advisories, rulebook, advisory.rule, advisory.indicator))
        for entry in evaluation.not_evaluable:
            counted.append((self.not_evaluable, rulebook, entry.rule))
        with self._noting:
            self._noted.update(counted)

    def count_noted(self) -> None:
        """Count what was noted of evaluations."""
        with self._noting:
            noted, self._noted = self._noted, Tally()
        for (counter, *labels), times in noted.items():
            counter.labels(*labels).inc(times)

    def exposition(self) -> bytes:
        """Return the metrics of all workers in the text format of Prometheus."""
        self.count_noted()
        registry = self._registry
        if self._folder is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class ObservabilityMiddleware:
    """The outermost ASGI middleware: sets the request id, logs, counts, and answers exceptions with 500."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID] = _request_id(scope["headers"])
        started = time.perf_counter()
        status = 0

        async def send_with_request_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        failure: dict[str, Any] = {}
        method = scope["method"]
        if method == "HEAD":  # the server leaves the body out, so that routes need to know GET only
            scope = {**scope, "method": "GET"}
        try:
            await self.app(scope, receive, send_with_request_id)
        except OSError as error:  # the client disconnected during the response
            failure = describe_error(error)
        except Exception as error:
            failure = describe_error(error)
            if not status:
                await internal_error().response(scope)(scope, receive, send_with_request_id)
            status = 500
        finally:
            self._record(scope, method, status, time.perf_counter() - started, failure)

    def _record(
        self, scope: Scope, method: str, status: int, seconds: float, failure: Mapping[str, Any]
    ) -> None:
        route = getattr(scope.get("route"), "path", None) or "none"
        method = method if method in _METHODS else "other"
        self.metrics.count_request(method, route, status, seconds)
        fields = {
            "request_id": scope[REQUEST_ID],
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "client": getattr(scope.get(CLIENT), "name", None),
            **failure,
        }
        log_event("request", logging.ERROR if status >= 500 else logging.INFO, fields)


def _request_id(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the request id of the client if it looks like a generated one, else a new one."""
    for name, value in headers:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return value.decode()
    return secrets.token_hex(16)
