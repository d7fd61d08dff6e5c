"""What all routes share: the engine, the metrics, and the way from bytes to an evaluation."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cds_engine.errors import ProblemsError, RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir import FhirEvaluation, evaluate_document
from cds_engine.record.json_text import parse_json

from cds_api.observability import Metrics
from cds_api.problems import MalformedError, RefusedError, error_items
from cds_api.settings import Settings

SOURCE = "body"
LARGE = 64 * 1024
"""Bodies from here on are evaluated in a thread of their own, so that others are answered meanwhile."""


@dataclass(frozen=True)
class Service:
    """One rulebook at work; stateless apart from its metrics, so any number of workers can run it."""

    settings: Settings
    engine: Engine
    metrics: Metrics

    def evaluate(self, data: bytes, as_of: datetime.date | None, *, explain: bool = False) -> FhirEvaluation:
        """Evaluate the bytes of a record or of a FHIR Bundle, as of today (UTC) where nothing says the day.

        Raises:
            ProblemsError: with everything that is wrong with the input.
        """
        document = parsed(data)
        found = evaluate_document(self.engine, document, as_of or today(), explain=explain, source=SOURCE)
        self.metrics.count(found.evaluation)
        return found

    @cached_property
    def examples(self) -> dict[str, Any]:
        """The records that come with the rulebook, by name."""
        folder = self.engine.rulebook.root / "examples"
        return {path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}

    @cached_property
    def ready(self) -> bool:
        """Whether every example that comes with the rulebook can be evaluated; found out once."""
        for record in self.examples.values():
            try:
                evaluate_document(self.engine, record, today(), source=SOURCE)
            except ProblemsError:
                return False
        return True


def parsed(data: bytes) -> object:
    """Return the JSON document that a body is.

    Raises:
        MalformedError: if it is none.
    """
    try:
        return parse_json(data, SOURCE)
    except RecordError as error:
        raise MalformedError(error.problems) from None


def refused_line(error: ProblemsError) -> list[dict[str, str]]:
    """Return what is said of one bad line of a batch."""
    return [item.model_dump() for item in error_items(error)]


def today() -> datetime.date:
    """Return the day it is (UTC); the one place of the service that reads the clock for an evaluation."""
    return datetime.datetime.now(datetime.UTC).date()


def check_content_type(header: str | None, accepted: tuple[str, ...]) -> None:
    """Refuse a body of another type than those ``accepted``, or in another encoding than UTF-8."""
    name, *parameters = (part.strip().lower() for part in (header or "").split(";"))
    charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if name not in accepted or charset not in ("utf-8", "utf8", "us-ascii"):
        raise RefusedError(415, f"Send the body as {' or '.join(accepted)}, in UTF-8.")
