"""Evaluates the record of a scenario in-process or over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from cds_engine.answer.combined import CombinedEvaluation
from cds_engine.answer.models import Evaluation
from cds_engine.combined import evaluate_with_all
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine
from cds_engine.record.moments import parse_moment
from cds_engine.record.validation import read_record
from cds_engine.scenarios.problems import ScenarioError
from cds_engine.scenarios.several import with_named_rules

Evaluator: TypeAlias = Callable[[dict[str, Any]], Evaluation]
SOURCE = "record"
TIMEOUT = 30.0


def in_process(engines: Sequence[Engine]) -> Evaluator:
    """Return a function that evaluates a record with one or several rulebooks, with the trace."""
    engine, *others = engines

    def evaluate(record: dict[str, Any]) -> Evaluation:
        read = read_record(record, SOURCE, history_fields=engine.history_fields)
        return engine.evaluate(read, explain=True, source=SOURCE)

    def evaluate_all(record: dict[str, Any]) -> Evaluation:
        moment = parse_moment(record["as_of"])
        found = evaluate_with_all(engines, record, moment, explain=True, source=SOURCE)
        return with_named_rules(found.evaluation)

    return evaluate_all if others else evaluate


def over_http(url: str, rulebooks: Sequence[str] = ()) -> Evaluator:
    """Return a function that evaluates a record with the API at ``url``, with the trace.

    Without ``rulebooks``, the API evaluates with its default one.
    """
    asked = "".join(f"&rulebook={quote(rulebook)}" for rulebook in rulebooks)
    address = f"{url.rstrip('/')}/v1/evaluate?explain=true{asked}"
    headers = {"Content-Type": "application/json", "Accept": "application/json"}

    def evaluate(record: dict[str, Any]) -> Evaluation:
        request = urllib.request.Request(address, json.dumps(record).encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                answer = response.read()
        except urllib.error.HTTPError as error:
            raise _refused(error) from None
        except OSError as error:
            raise ScenarioError(f"no answer from {address}: {error}") from None
        if len(rulebooks) > 1:
            return with_named_rules(CombinedEvaluation.model_validate_json(answer))
        return Evaluation.model_validate_json(answer)

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
