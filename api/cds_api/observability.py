"""What operators see of each request: one line of JSON in the log, and metrics for Prometheus.

Neither holds patient data. Routes are logged by their template, never by the address that was called, and of
an error only its kind and the lines of code are logged, since its message may quote the input.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cds_engine.answer.models import Evaluation
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_api.problems import REQUEST_ID, RefusedError

LOG = logging.getLogger("cds")
CALLER = "cds.caller"
_TRACE_ID = re.compile(rb"[0-9A-Fa-f-]{16,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ROOT = Path(__file__).parents[1]


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what a record carries under ``fields`` stands beside time, level and event."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for ``record``; a traceback is reduced to its kind and lines of code."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= described(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def described(error: BaseException) -> dict[str, Any]:
    """Return what may be logged of an error: its kind and where it arose, not its message."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "exception": type(error).__name__,
        "at": [f"{_relative(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _relative(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])


def log_config(level: str) -> dict[str, Any]:
    """Return the configuration of :mod:`logging` for the service and for uvicorn."""
    handler = {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "cds_api.observability.JsonFormatter"}},
        "handlers": {"stderr": handler},
        "loggers": {
            name: {"handlers": ["stderr"], "level": level.upper(), "propagate": False}
            for name in ("cds", "uvicorn.error")
        },
    }


class Metrics:
    """The service's metrics; with several workers they live in files that any worker can sum up."""

    def __init__(self, shared: Path | None = None) -> None:
        self._shared = shared
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "cds_http_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "cds_http_request_seconds",
            "Time from the head of a request to the end of its answer",
            ["route"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )
        self.evaluations = Counter("cds_evaluations", "Records evaluated", registry=registry)
        self.advisories = Counter(
            "cds_advisories", "Advisories given", ["rule", "indicator"], registry=registry
        )
        self.not_evaluable = Counter(
            "cds_not_evaluable", "Rules left open because facts were unknown", ["rule"], registry=registry
        )
        self.feedback = Counter(
            "cds_feedback", "Cards on which users gave feedback", ["rule", "outcome"], registry=registry
        )
        # A rulebook has few rules, and the library takes longer to find a counter than to count.
        self._given = cache(self.advisories.labels)
        self._left_open = cache(self.not_evaluable.labels)

    def count(self, evaluation: Evaluation) -> None:
        """Count what one evaluation says."""
        self.evaluations.inc()
        for advisory in evaluation.advisories:
            self._given(advisory.rule, advisory.indicator).inc()
        for open_rule in evaluation.not_evaluable:
            self._left_open(open_rule.rule).inc()

    def exposition(self) -> bytes:
        """Return the metrics of all workers in Prometheus' text format."""
        registry = self._registry
        if self._shared is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._shared))  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class Observed:
    """ASGI middleware, the outermost: request id, log, metrics, and 500 for what nobody caught."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID] = _request_id(scope["headers"])
        began = time.perf_counter()
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        failure: dict[str, Any] = {}
        try:
            await self.app(scope, receive, observed)
        except OSError as error:  # the caller went away while it was being answered
            failure = described(error)
        except Exception as error:
            failure = described(error)
            if not status:
                answer = RefusedError(500, "The service failed; its log says where, under the request id.")
                await answer.response(scope)(scope, receive, observed)
            status = 500
        finally:
            self._record(scope, status, time.perf_counter() - began, failure)

    def _record(self, scope: Scope, status: int, seconds: float, failure: Mapping[str, Any]) -> None:
        route = getattr(scope.get("route"), "path", None) or "none"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.metrics.requests.labels(method, route, str(status)).inc()
        self.metrics.seconds.labels(route).observe(seconds)
        fields = {
            "request_id": scope[REQUEST_ID],
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "caller": getattr(scope.get(CALLER), "name", None),
            **failure,
        }
        LOG.log(logging.ERROR if status >= 500 else logging.INFO, "request", extra={"fields": fields})


def _request_id(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the caller's own request id if it looks like a generated one, else a new one."""
    for name, value in headers:
        if name == b"x-request-id" and _TRACE_ID.fullmatch(value):
            return value.decode()
    return uuid.uuid4().hex
