"""What the routes share: the engines, the metrics, and how a request body becomes an evaluation."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from cds_engine.combined import CombinedResult, engines_by_id, evaluate_with_all
from cds_engine.errors import ProblemsError, RecordError, nearest
from cds_engine.evaluate import Engine
from cds_engine.fhir import FhirEvaluation, evaluate_document
from cds_engine.record.json_text import parse_json
from cds_engine.rulebook import load_rulebook
from starlette.types import Scope

from cds_api.background import Background
from cds_api.decisions import Decision, LedgerError, LedgerUnavailableError
from cds_api.observability import CLIENT, Metrics
from cds_api.problems import ApiError, MalformedJsonError
from cds_api.settings import Settings

if TYPE_CHECKING:
    from cds_api.ledger.ledger import Ledger

BODY = "body"
"""The name of a request body in problems."""
LARGE_BODY = 64 * 1024
"""Bodies of this size or more are evaluated in the background, so that other requests need not wait."""
T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True)
class Service:
    """The engines of the rulebooks that are served, with settings, metrics and the ledger, if there is one.

    It keeps no other state, so any number of workers can serve the same rulebooks.
    """

    settings: Settings
    engines: Mapping[str, Engine]
    """The engines by the id of their rulebook; the first is the default."""
    metrics: Metrics
    ledger: Ledger | None = None

    @cached_property
    def engine(self) -> Engine:
        """The engine of the default rulebook."""
        return next(iter(self.engines.values()))

    def engine_of(self, rulebook: str) -> Engine:
        """Return the engine of a rulebook.

        Raises:
            ApiError: 404, if it is not served.
        """
        found = self.engines.get(rulebook)
        if found is None:
            raise ApiError(404, f"There is no rulebook '{rulebook}'{nearest(rulebook, self.engines)}.")
        return found

    def evaluate(
        self,
        data: bytes,
        as_of: datetime.date | None,
        *,
        explain: bool = False,
        engines: Sequence[Engine] = (),
    ) -> FhirEvaluation | CombinedResult:
        """Evaluate the bytes of a record or of a FHIR Bundle.

        Args:
            data: the request body.
            as_of: the date to evaluate for, if the input has none; now (UTC) if None.
            explain: whether to trace every rule.
            engines: the engines of the rulebooks that answer; that of the default one if there are none.

        Raises:
            ProblemsError: with every problem of the input.
        """
        document = parse_body(data)
        if len(engines) > 1:
            combined = evaluate_with_all(engines, document, as_of or now(), explain=explain, source=BODY)
            for part in combined.parts.values():
                self.metrics.count_evaluation(part.evaluation)
            return combined
        engine = engines[0] if engines else self.engine
        result = evaluate_document(engine, document, as_of or now(), explain=explain, source=BODY)
        self.metrics.count_evaluation(result.evaluation)
        return result

    @property
    def required_ledger(self) -> Ledger:
        """The ledger.

        Raises:
            ApiError: 404, if there is none.
        """
        if self.ledger is None:
            raise ApiError(404, "There is no decision ledger: CDS_LEDGER is not set.")
        return self.ledger

    async def store(self, scope: Scope, decisions: Sequence[Decision]) -> list[str]:
        """Store decisions in the ledger, which there must be; they are on disk when this returns their ids.

        Every route that evaluates calls this before it answers, if there is a ledger.

        Raises:
            ApiError: 503, if they could not be stored; they must not be answered then.
        """
        assert self.ledger is not None
        try:
            return await self.ledger.record(decisions, client_name(scope), clock())
        except LedgerUnavailableError as error:
            raise ledger_unavailable(error) from None

    async def in_background(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``work`` returns, without keeping other requests waiting."""
        return await self._background.run(work, *args, **kwargs)

    @cached_property
    def _background(self) -> Background:
        return Background("service")

    @cached_property
    def examples(self) -> dict[str, Any]:
        """The example records of the default rulebook, by name."""
        return _examples(self.engine)

    @cached_property
    def ready(self) -> bool:
        """Whether every example record of every rulebook can be evaluated."""
        for engine in self.engines.values():
            for record in _examples(engine).values():
                try:
                    evaluate_document(engine, record, now(), source=BODY)
                except ProblemsError:
                    return False
        return True


def open_served(settings: Settings) -> dict[str, Engine]:
    """Return engines for the rulebooks that the settings name, by id, the default one first.

    Raises:
        RulebookError: if one cannot be loaded, or if two have the same id.
    """
    return engines_by_id(Engine(load_rulebook(folder)) for folder in settings.rulebook_folders())


def _examples(engine: Engine) -> dict[str, Any]:
    folder = engine.rulebook.root / "examples"
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


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


def clock() -> datetime.datetime:
    """Return the time (UTC) at which something is stored."""
    return datetime.datetime.now(datetime.UTC)


def client_name(scope: Scope) -> str | None:
    """Return the name of the authenticated client of a request, if there is one."""
    return getattr(scope.get(CLIENT), "name", None)


def ledger_unavailable(error: LedgerUnavailableError) -> ApiError:
    """Return the response to a request whose answer could not be stored."""
    return ApiError(503, f"{error} Nothing was answered; try again.", headers={"Retry-After": "1"})


async def read_ledger(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what ``read`` reads from the ledger, without keeping other requests waiting.

    Raises:
        ApiError: 503, if the ledger cannot be read.
    """
    try:
        return await asyncio.to_thread(read, *args, **kwargs)
    except LedgerError:
        raise ledger_unreadable() from None


def ledger_unreadable() -> ApiError:
    """Return the response to a request that needs a ledger which cannot be read."""
    return ApiError(503, "The decision ledger cannot be read.", headers={"Retry-After": "1"})


@lru_cache(maxsize=256)
def check_content_type(header: str | None, accepted: tuple[str, ...]) -> None:
    """Check that a body has an accepted content type and is encoded in UTF-8.

    Raises:
        ApiError: 415, if it does not.
    """
    name, *parameters = (part.strip().lower() for part in (header or "").split(";"))
    charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if name not in accepted or charset not in ("utf-8", "utf8", "us-ascii"):
        raise ApiError(415, f"Send the body as {' or '.join(accepted)}, in UTF-8.")
