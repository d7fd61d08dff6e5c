"""Evaluates the record of a scenario in-process or over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, TypeAlias

from cds_engine.answer.models import Evaluation
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine
from cds_engine.record.validation import read_record
from cds_engine.scenarios.problems import ScenarioError

Evaluator: TypeAlias = Callable[[dict[str, Any]], Evaluation]
SOURCE = "record"
TIMEOUT = 30.0


def in_process(engine: Engine) -> Evaluator:
    """Return a function that evaluates a record with ``engine``, with the trace."""

    def evaluate(record: dict[str, Any]) -> Evaluation:
        read = read_record(record, SOURCE, history_fields=engine.history_fields)
        return engine.evaluate(read, explain=True, source=SOURCE)

    return evaluate


def over_http(url: str) -> Evaluator:
    """Return a function that evaluates a record with the API at ``url``, with the trace."""
    address = f"{url.rstrip('/')}/v1/evaluate?explain=true"
    headers = {"Content-Type": "application/json", "Accept": "application/json"}

    def evaluate(record: dict[str, Any]) -> Evaluation:
        request = urllib.request.Request(address, json.dumps(record).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                return Evaluation.model_validate_json(response.read())
        except urllib.error.HTTPError as error:
            raise _refused(error) from None
        except OSError as error:
            raise ScenarioError(f"no answer from {address}: {error}") from None

    return evaluate


def _refused(error: urllib.error.HTTPError) -> Exception:
    """Return an error with the problems that the API found in the record, or with the HTTP status."""
    try:
        problems = json.loads(error.read()).get("errors")
    except (ValueError, AttributeError):
        problems = None
    if error.code == 422 and problems:
        return RecordError(
            Problem(SOURCE, problem.get("detail", ""), problem.get("pointer", "")) for problem in problems
        )
    return ScenarioError(f"{error.url}: HTTP {error.code} {error.reason}")
