"""Hook calls as the decision ledger stores them, and how they are answered again."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import partial
from typing import Any

from cds_engine.evaluate import Engine
from cds_engine.fhir import Drafts, read_bundle_record
from cds_engine.record.json_text import write_json
from cds_engine.record.moments import day_of, parse_moment

from cds_api.cds_hooks.cards import CardBuilder
from cds_api.cds_hooks.handler import HookCall, HookHandler, HookResponse
from cds_api.cds_hooks.prefetch import hook_data
from cds_api.cds_hooks.requests import REQUESTS, HookRequest
from cds_api.decisions import (
    Decision,
    KeptRecord,
    Pseudonyms,
    Replay,
    StoredDecision,
    WithoutIdentifiers,
    evaluation_without_identifiers,
)
from cds_api.problems import ApiError
from cds_api.service import BODY

PATH = "/cds-services/{service_id}"
_SECRETS = {"fhir_authorization", "fhir_server"}
"""The fields of a call that are never stored: the token for the client's FHIR server, and its address."""


def hook_decision(handler: HookHandler, call: HookCall, body: bytes, response: HookResponse) -> Decision:
    """Return the answer to a hook call as the ledger stores it.

    Args:
        handler: the handler that answered.
        call: the call with the data that was fetched for it.
        body: the body of the request as received.
        response: the answer.
    """
    request = call.request
    fetched_or_secret = request.fhir_server is not None or request.fhir_authorization is not None
    return Decision(
        route=PATH,
        body=body,
        input=_call_without_secrets(request) if fetched_or_secret else None,
        answer=response.body,
        answer_type="application/json",
        engines=(handler.engine,),
        parameters={
            "as_of": call.as_of.isoformat(),
            "base_url": handler.cards.base_url,
            "default": handler.cards.default,
            "hook": request.hook,
            "report_missing": handler.cards.report_missing,
            "service": call.service_id,
        },
        without_identifiers=partial(_without_identifiers, handler, call, response),
        hook_instance=str(request.hook_instance),
        cards=[card.uuid for card in response.cards],
    )


def _call_without_secrets(request: HookRequest) -> bytes:
    """Return a call as JSON, with the data that was fetched for it."""
    call = request.model_dump(by_alias=True, exclude=_SECRETS)
    return write_json({**call, "hookInstance": str(request.hook_instance)}).encode()


def _without_identifiers(
    handler: HookHandler, call: HookCall, response: HookResponse, pseudonyms: Pseudonyms
) -> WithoutIdentifiers:
    engine = handler.engine
    records = [_read_record(engine, call, evaluation.as_of) for evaluation in response.evaluations]
    evaluations = [
        evaluation_without_identifiers(evaluation, pseudonyms.patient(evaluation.patient_id))
        for evaluation in response.evaluations
    ]
    kept = [KeptRecord(engine.rulebook.digest, pseudonyms.record(engine, record)) for record in records]
    answer = handler.response(evaluations, call.service_id, str(call.request.hook_instance))
    return WithoutIdentifiers(kept, answer.body)


def _read_record(engine: Engine, call: HookCall, as_of: datetime.date) -> dict[str, Any]:
    """Return the native record that a call is read as, for an evaluation as of some day."""
    data = hook_data(call.request)
    return read_bundle_record(
        engine,
        data.bundle,
        as_of,
        source=BODY,
        drafts=Drafts(data.drafts, day_of(call.as_of)),
        patient=call.request.context.patient_id,
        searched=data.searched,
        unknown=data.unknown,
    ).record


def _replay_input(engines: Sequence[Engine], data: bytes, stored: StoredDecision) -> bytes:
    """Return the answer to a stored call."""
    [engine] = engines
    handler = _handler(engine, stored)
    try:
        return handler.respond(_stored_call(handler, data, stored)).body
    except ApiError as error:
        raise ValueError(error.detail) from None


def _read_input(engines: Sequence[Engine], data: bytes, stored: StoredDecision) -> dict[str, Any]:
    """Return the native record that a stored call was read as, without the data of later days."""
    [engine] = engines
    try:
        call = _stored_call(_handler(engine, stored), data, stored)
    except ApiError as error:
        raise ValueError(error.detail) from None
    return _read_record(engine, call, call.as_of)


def _stored_call(handler: HookHandler, data: bytes, stored: StoredDecision) -> HookCall:
    hook = next(hook for hook in REQUESTS if hook == stored.parameters["hook"])
    request = handler.parse(data, hook)
    as_of = parse_moment(str(stored.parameters["as_of"]))
    return HookCall(str(stored.parameters["service"]), request, as_of)


def _replay_records(records: Sequence[tuple[Engine, object]], stored: StoredDecision) -> bytes:
    """Return the answer to the records of a call without identifiers."""
    handler = _handler(records[0][0], stored)
    as_of = parse_moment(str(stored.parameters["as_of"]))
    found = [engine.evaluate(engine.read(record, BODY), as_of, source=BODY) for engine, record in records]
    evaluations = [evaluation_without_identifiers(evaluation, evaluation.patient_id) for evaluation in found]
    service_id = str(stored.parameters["service"])
    return handler.response(evaluations, service_id, str(stored.hook_instance)).body


def _handler(engine: Engine, stored: StoredDecision) -> HookHandler:
    given = stored.parameters
    cards = CardBuilder(
        engine.rulebook,
        str(given["base_url"]),
        report_missing=bool(given["report_missing"]),
        default=bool(given["default"]),
    )
    return HookHandler(engine, cards)


REPLAY = Replay(_replay_input, _replay_records, _read_input)
