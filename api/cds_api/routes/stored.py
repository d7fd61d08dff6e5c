"""Evaluations of records and Bundles as the decision ledger stores them, and how they are made again."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from cds_engine.combined import CombinedResult
from cds_engine.evaluate import Engine
from cds_engine.fhir import FhirEvaluation, evaluate_document, read_document
from cds_engine.record.moments import parse_moment

from cds_api.decisions import (
    Decision,
    KeptRecord,
    Pseudonyms,
    Replay,
    StoredDecision,
    WithoutIdentifiers,
    evaluation_without_identifiers,
)
from cds_api.problems import FHIR_TYPE
from cds_api.service import BODY, parse_body

JSON_TYPE = "application/json"


def answer_of(result: FhirEvaluation | CombinedResult, answer_type: str) -> bytes:
    """Return an evaluation in the content type that was asked for."""
    return (result.to_fhir() if answer_type == FHIR_TYPE else result.to_json()).encode()


def decisions(  # noqa: PLR0913 - everything that the ledger stores
    route: str,
    engines: Mapping[str, Engine],
    body: bytes,
    result: FhirEvaluation | CombinedResult,
    answer: bytes,
    *,
    answer_type: str,
    explain: bool,
) -> Iterator[Decision]:
    """Yield the decisions of an answer: one for each rulebook that evaluated.

    Args:
        route: the path template of the route.
        engines: the engines that are served, by the id of their rulebook.
        body: the body of the request, or the line of a batch.
        result: the evaluation with one rulebook or with several.
        answer: the answer, as :func:`answer_of` returns it.
        answer_type: the content type of the answer.
        explain: whether the rules were traced.
    """
    parts = result.parts.values() if isinstance(result, CombinedResult) else (result,)
    for part in parts:
        engine = engines[part.evaluation.rulebook.id]
        yield Decision(
            route=route,
            body=body,
            answer=answer if part is result else answer_of(part, answer_type),
            answer_type=answer_type,
            engines=(engine,),
            parameters={"as_of": part.evaluation.as_of.isoformat(), "explain": explain, "type": answer_type},
            without_identifiers=partial(_without_identifiers, engine, body, part),
        )


def _without_identifiers(
    engine: Engine, body: bytes, result: FhirEvaluation, pseudonyms: Pseudonyms
) -> WithoutIdentifiers:
    evaluation = result.evaluation
    record = read_document(engine, parse_body(body), evaluation.as_of, source=BODY).record
    kept = KeptRecord(engine.rulebook.digest, pseudonyms.record(engine, record))
    answer = evaluation_without_identifiers(evaluation, pseudonyms.patient(evaluation.patient_id))
    return WithoutIdentifiers([kept], answer.to_json().encode())


def _replay_input(engines: Sequence[Engine], data: bytes, stored: StoredDecision) -> bytes:
    """Return the answer to a stored body."""
    [engine] = engines
    as_of, explain, answer_type = _parameters(stored)
    result = evaluate_document(engine, parse_body(data), as_of, explain=explain, source=BODY)
    return answer_of(result, answer_type)


def _replay_records(records: Sequence[tuple[Engine, object]], stored: StoredDecision) -> bytes:
    """Return the answer to a record without identifiers."""
    [(engine, record)] = records
    as_of, explain, _ = _parameters(stored)
    evaluation = engine.evaluate(engine.read(record, BODY), as_of, explain=explain, source=BODY)
    return evaluation_without_identifiers(evaluation, evaluation.patient_id).to_json().encode()


def _parameters(stored: StoredDecision) -> tuple[datetime.date, bool, str]:
    given = stored.parameters
    return parse_moment(str(given["as_of"])), bool(given["explain"]), str(given["type"])


REPLAY = Replay(_replay_input, _replay_records)
