"""What CDS clients send: hook requests and feedback, as the specification describes them."""

from __future__ import annotations

import datetime
import uuid
from typing import Annotated, Any, Literal, TypeVar

from cds_engine.errors import pointer
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from cds_api.problems import ErrorItem, RefusedError

Hook = Literal["patient-view", "order-select", "order-sign"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
M = TypeVar("M", bound=BaseModel)


def _absolute(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("expected an absolute URL")
    return url


def _utc(moment: datetime.datetime) -> datetime.datetime:
    if moment.utcoffset() != datetime.timedelta(0):
        raise ValueError("expected a time in UTC, as RFC 3339 writes it")
    return moment


Url = Annotated[Text, AfterValidator(_absolute)]


class Sent(BaseModel):
    """Open: clients may send fields and extensions that this service does not use."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Bundle(Sent):
    """A FHIR Bundle; its entries are read by the engine."""

    model_config = ConfigDict(extra="allow")

    resource_type: Literal["Bundle"] = Field(alias="resourceType")


class ViewContext(Sent):
    """The context of patient-view."""

    user_id: Text = Field(alias="userId")
    patient_id: Text = Field(alias="patientId", description="The FHIR id, also accepted as Patient/id")
    encounter_id: Text | None = Field(None, alias="encounterId")


class SignContext(ViewContext):
    """The context of order-sign."""

    draft_orders: Bundle = Field(alias="draftOrders")


class SelectContext(SignContext):
    """The context of order-select."""

    selections: list[Text]


class Authorization(Sent):
    """A token for the client's FHIR server; used for nothing but to fetch from it, if that is allowed."""

    access_token: Text
    token_type: Literal["Bearer"]
    expires_in: int
    scope: Text
    subject: Text


class HookRequest(Sent):
    """What every hook has in common."""

    hook: Hook
    hook_instance: uuid.UUID = Field(alias="hookInstance")
    fhir_server: Url | None = Field(None, alias="fhirServer")
    fhir_authorization: Authorization | None = Field(None, alias="fhirAuthorization")
    context: ViewContext
    prefetch: dict[str, dict[str, Any] | None] | None = None

    @model_validator(mode="after")
    def _server_for_token(self) -> HookRequest:
        if self.fhir_authorization is not None and self.fhir_server is None:
            raise ValueError("expected fhirServer, since there is fhirAuthorization")
        return self


class ViewRequest(HookRequest):
    """A call of patient-view."""

    hook: Literal["patient-view"]


class SelectRequest(HookRequest):
    """A call of order-select."""

    hook: Literal["order-select"]
    context: SelectContext


class SignRequest(HookRequest):
    """A call of order-sign."""

    hook: Literal["order-sign"]
    context: SignContext


REQUESTS: dict[Hook, type[HookRequest]] = {
    "patient-view": ViewRequest,
    "order-select": SelectRequest,
    "order-sign": SignRequest,
}


class Coding(Sent):
    """A code of a system."""

    code: Text
    system: Text
    display: Text | None = None


class OverrideReason(Sent):
    """Why a card was overridden; the comment is never stored or logged."""

    reason: Coding | None = None
    user_comment: Annotated[str, StringConstraints(max_length=10_000)] | None = Field(
        None, alias="userComment"
    )


class AcceptedSuggestion(Sent):
    """A suggestion that was followed."""

    id: Text


class Feedback(Sent):
    """What a user did with one card."""

    card: Text
    outcome: Literal["accepted", "overridden"]
    accepted_suggestions: list[AcceptedSuggestion] | None = Field(None, alias="acceptedSuggestions")
    override_reason: OverrideReason | None = Field(None, alias="overrideReason")
    outcome_timestamp: Annotated[datetime.datetime, AfterValidator(_utc)] = Field(alias="outcomeTimestamp")

    @model_validator(mode="after")
    def _fits_outcome(self) -> Feedback:
        if self.outcome == "accepted" and self.accepted_suggestions is None:
            raise ValueError("expected acceptedSuggestions, since the outcome is accepted")
        if self.outcome == "accepted" and self.override_reason is not None:
            raise ValueError("expected no overrideReason, since the outcome is accepted")
        return self


class FeedbackRequest(Sent):
    """Feedback on one or several cards."""

    feedback: Annotated[list[Feedback], Field(min_length=1, max_length=1000)]


def validated(model: type[M], value: object) -> M:
    """Return ``value`` as ``model``.

    Raises:
        RefusedError: 422, with every fault and its place, but without what was found there.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise RefusedError(422, "The body is not what CDS Hooks describes.", map(_item, faults)) from None


def _item(fault: Any) -> ErrorItem:
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"].startswith(("uuid", "datetime")):
        message = message.partition(",")[0]  # what follows quotes the input
    return ErrorItem(pointer=pointer(*fault["loc"]), detail=message[:1].lower() + message[1:])
