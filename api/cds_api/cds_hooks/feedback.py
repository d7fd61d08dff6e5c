"""``POST /cds-services/{id}/feedback``: counts what users did with cards, by rule."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from cds_engine.errors import ProblemsError
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from cds_api import openapi
from cds_api.cds_hooks.cards import CardBuilder
from cds_api.cds_hooks.requests import Feedback, FeedbackRequest, validate_body
from cds_api.decisions import CardFeedback, LedgerUnavailableError
from cds_api.observability import LOG
from cds_api.problems import REQUEST_ID, body_error
from cds_api.service import (
    Service,
    check_content_type,
    client_name,
    clock,
    ledger_unavailable,
    parse_body,
)

_EXAMPLE = {
    "feedback": [
        {
            "card": "0a1b2c3d-4e5f-8a6b-8c7d-0e1f2a3b4c5d",
            "outcome": "overridden",
            "outcomeTimestamp": "2026-11-23T10:15:00Z",
        }
    ]
}


class FeedbackResponse(BaseModel):
    """The number of outcomes that were counted."""

    received: int = Field(ge=0)


def add_feedback_route(
    routes: APIRouter,
    service: Service,
    cards_of: Callable[[str], CardBuilder],
    path_parameter: dict[str, Any],
) -> None:
    """Add the route to ``routes``.

    Args:
        routes: the router.
        service: the service.
        cards_of: returns what makes the cards of a service id, or raises an error for an unknown id.
        path_parameter: the description of the service id in the path.
    """

    @routes.post(
        "/cds-services/{service_id}/feedback",
        summary="Report what users did with cards",
        responses=openapi.error_responses(404, body=True),
        openapi_extra={
            **openapi.request_body(
                {"application/json": {"schema": openapi.schema_ref(FeedbackRequest), "example": _EXAMPLE}}
            ),
            "parameters": [path_parameter],
        },
    )
    async def feedback(request: Request, service_id: str) -> FeedbackResponse:
        """Count outcomes by rule, and store them if there is a ledger.

        Comments are neither stored nor logged.
        """
        cards = cards_of(service_id)
        check_content_type(request.headers.get("content-type"), ("application/json",))
        try:
            body = parse_body(await request.body())
        except ProblemsError as error:
            raise body_error(error) from None
        items = validate_body(FeedbackRequest, body).feedback
        if service.ledger is not None:
            given = [card_feedback(item, service_id, cards) for item in items]
            try:
                await service.ledger.record_feedback(given, client_name(request.scope), clock())
            except LedgerUnavailableError as error:
                raise ledger_unavailable(error) from None
        for item in items:
            count(item, request.scope[REQUEST_ID], service_id, cards)
        return FeedbackResponse(received=len(items))

    def card_feedback(item: Feedback, service_id: str, cards: CardBuilder) -> CardFeedback:
        """Return one outcome as the ledger stores it, without free text."""
        return CardFeedback(
            card=cards.card_uuid(item.card),
            service=service_id,
            rule=cards.rule_of_card(item.card) or "unknown",
            outcome=item.outcome,
            outcome_time=item.outcome_timestamp.isoformat(),
            reason=reason_code(item, cards),
        )

    def reason_code(item: Feedback, cards: CardBuilder) -> str | None:
        """Return the reason for overriding a card, if cards offer it."""
        reason = item.override_reason.reason if item.override_reason else None
        offered = reason is not None and cards.is_override_reason(reason.system, reason.code)
        return reason.code if reason is not None and offered else None

    def count(item: Feedback, request_id: str, service_id: str, cards: CardBuilder) -> None:
        """Count and log one outcome, without free text; only reasons that cards offer are logged."""
        rule = cards.rule_of_card(item.card) or "unknown"
        service.metrics.feedback.labels(cards.rulebook.id, rule, item.outcome).inc()
        fields = {
            "request_id": request_id,
            "service": service_id,
            "rule": rule,
            "outcome": item.outcome,
            "reason": reason_code(item, cards),
        }
        LOG.log(logging.INFO, "feedback", extra={"fields": fields})
