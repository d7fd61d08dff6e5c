"""What the routes share: the engine, the metrics, and how a request body becomes an evaluation."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, ParamSpec, TypeVar

from cds_engine.errors import ProblemsError, RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir import FhirEvaluation, evaluate_document
from cds_engine.record.json_text import parse_json

from cds_api.observability import Metrics
from cds_api.problems import ApiError, MalformedJsonError
from cds_api.settings import Settings

BODY = "body"
"""The name of a request body in problems."""
LARGE_BODY = 64 * 1024
"""Bodies of this size or more are evaluated in the background, so that other requests need not wait."""
T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True)
class Service:
    """The engine of one rulebook, with settings and metrics.

    It keeps no other state, so any number of workers can serve the same rulebook.
    """

    settings: Settings
    engine: Engine
    metrics: Metrics

    @property
    def engines(self) -> Mapping[str, Engine]:
        """The engines by the id of their rulebook; the first is the default."""
        return {self.engine.rulebook.id: self.engine}

    def evaluate(self, data: bytes, as_of: datetime.date | None, *, explain: bool = False) -> FhirEvaluation:
        """Evaluate the bytes of a record or of a FHIR Bundle.

        Args:
            data: the request body.
            as_of: the date to evaluate for, if the input has none; now (UTC) if None.
            explain: whether to trace every rule.

        Raises:
            ProblemsError: with every problem of the input.
        """
        document = parse_body(data)
        result = evaluate_document(self.engine, document, as_of or now(), explain=explain, source=BODY)
        self.metrics.count_evaluation(result.evaluation)
        return result

    async def in_background(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``work`` returns, without keeping other requests waiting.

        There is one thread: the memory that several large bodies take together is that of one, and other
        requests share the processor with one only.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._background, partial(work, *args, **kwargs))

    @cached_property
    def _background(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")

    @cached_property
    def examples(self) -> dict[str, Any]:
        """The example records of the rulebook, by name."""
        folder = self.engine.rulebook.root / "examples"
        return {path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}

    @cached_property
    def ready(self) -> bool:
        """Whether every example record of the rulebook can be evaluated."""
        for record in self.examples.values():
            try:
                evaluate_document(self.engine, record, now(), source=BODY)
            except ProblemsError:
                return False
        return True


def parse_body(data: bytes) -> object:
    """Return the JSON document in a request body.

    Raises:
        MalformedJsonError: if the body is not well-formed JSON.
    """
    try:
        return parse_json(data, BODY)
    except RecordError as error:
        raise MalformedJsonError(error.problems) from None


def now() -> datetime.datetime:
    """Return the time (UTC). No other function of the service reads the clock for an evaluation."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def check_content_type(header: str | None, accepted: tuple[str, ...]) -> None:
    """Check that a body has an accepted content type and is encoded in UTF-8.

    Raises:
        ApiError: 415, if it does not.
    """
    name, *parameters = (part.strip().lower() for part in (header or "").split(";"))
    charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if name not in accepted or charset not in ("utf-8", "utf8", "us-ascii"):
        raise ApiError(415, f"Send the body as {' or '.join(accepted)}, in UTF-8.")
