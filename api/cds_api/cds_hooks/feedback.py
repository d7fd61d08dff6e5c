"""``POST /cds-services/{id}/feedback``: what users did with cards, counted by rule."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from cds_engine.errors import ProblemsError
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from cds_api import openapi
from cds_api.cds_hooks.cards import Cards
from cds_api.cds_hooks.requests import Feedback, FeedbackRequest, Hook, validated
from cds_api.observability import LOG
from cds_api.problems import REQUEST_ID, refused_input
from cds_api.service import Service, check_content_type, parsed

_EXAMPLE = {
    "feedback": [
        {
            "card": "0a1b2c3d-4e5f-8a6b-8c7d-0e1f2a3b4c5d",
            "outcome": "overridden",
            "outcomeTimestamp": "2026-11-23T10:15:00Z",
        }
    ]
}


class FeedbackAnswer(BaseModel):
    """How many outcomes were counted."""

    received: int = Field(ge=0)


def add(
    routes: APIRouter,
    service: Service,
    cards: Cards,
    hook_of: Callable[[str], Hook],
    in_path: dict[str, Any],
) -> None:
    """Add the route to ``routes``; ``hook_of`` refuses a service that does not exist."""

    @routes.post(
        "/cds-services/{service_id}/feedback",
        summary="Say what users did with cards",
        responses=openapi.errors(404, body=True),
        openapi_extra={
            **openapi.body(
                {"application/json": {"schema": openapi.ref(FeedbackRequest), "example": _EXAMPLE}}
            ),
            "parameters": [in_path],
        },
    )
    async def feedback(request: Request, service_id: str) -> FeedbackAnswer:
        """Count outcomes by rule; comments are neither stored nor logged."""
        hook_of(service_id)
        check_content_type(request.headers.get("content-type"), ("application/json",))
        try:
            body = parsed(await request.body())
        except ProblemsError as error:
            raise refused_input(error) from None
        given = validated(FeedbackRequest, body).feedback
        for item in given:
            note(item, request.scope[REQUEST_ID], service_id)
        return FeedbackAnswer(received=len(given))

    def note(item: Feedback, request_id: str, name: str) -> None:
        """Count one outcome and log it without its free text; only codes that cards offer are logged."""
        rule = cards.rule_of(item.card) or "unknown"
        service.metrics.feedback.labels(rule, item.outcome).inc()
        reason = item.override_reason.reason if item.override_reason else None
        fields = {
            "request_id": request_id,
            "service": name,
            "rule": rule,
            "outcome": item.outcome,
            "reason": cards.reason(reason.system, reason.code) if reason else None,
        }
        LOG.log(logging.INFO, "feedback", extra={"fields": fields})
