"""The requests of CDS clients: hook calls and feedback, as described by the specification."""

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

from cds_api.problems import ApiError, ErrorItem

Hook = Literal["patient-view", "order-select", "order-sign"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
M = TypeVar("M", bound=BaseModel)


def _absolute(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("expected an absolute URL")
    return url


def _utc(moment: datetime.datetime) -> datetime.datetime:
    if moment.utcoffset() != datetime.timedelta(0):
        raise ValueError("expected a time in UTC, in the format of RFC 3339")
    return moment


Url = Annotated[Text, AfterValidator(_absolute)]


class ClientModel(BaseModel):
    """Base of the models; clients may send fields and extensions that the service does not use."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Bundle(ClientModel):
    """A FHIR Bundle, whose entries the engine checks."""

    model_config = ConfigDict(extra="allow")

    resource_type: Literal["Bundle"] = Field(alias="resourceType")


class PatientViewContext(ClientModel):
    """The context of patient-view."""

    user_id: Text = Field(alias="userId")
    patient_id: Text = Field(alias="patientId", description="The FHIR id, also accepted as Patient/id")
    encounter_id: Text | None = Field(None, alias="encounterId")


class OrderSignContext(PatientViewContext):
    """The context of order-sign."""

    draft_orders: Bundle = Field(alias="draftOrders")


class OrderSelectContext(OrderSignContext):
    """The context of order-select."""

    selections: list[Text]


class FhirAuthorization(ClientModel):
    """A token for the client's FHIR server, used only to fetch missing prefetch data."""

    access_token: Text
    token_type: Literal["Bearer"]
    expires_in: int
    scope: Text
    subject: Text


class HookRequest(ClientModel):
    """The fields that the calls of all hooks share."""

    hook: Hook
    hook_instance: uuid.UUID = Field(alias="hookInstance")
    fhir_server: Url | None = Field(None, alias="fhirServer")
    fhir_authorization: FhirAuthorization | None = Field(None, alias="fhirAuthorization")
    context: PatientViewContext
    prefetch: dict[str, dict[str, Any] | None] | None = None

    @model_validator(mode="after")
    def _check_server(self) -> HookRequest:
        if self.fhir_authorization is not None and self.fhir_server is None:
            raise ValueError("expected fhirServer, because there is fhirAuthorization")
        return self


class PatientViewRequest(HookRequest):
    """A call of patient-view."""

    hook: Literal["patient-view"]


class OrderSelectRequest(HookRequest):
    """A call of order-select."""

    hook: Literal["order-select"]
    context: OrderSelectContext


class OrderSignRequest(HookRequest):
    """A call of order-sign."""

    hook: Literal["order-sign"]
    context: OrderSignContext


REQUESTS: dict[Hook, type[HookRequest]] = {
    "patient-view": PatientViewRequest,
    "order-select": OrderSelectRequest,
    "order-sign": OrderSignRequest,
}


class Coding(ClientModel):
    """A code of a code system."""

    code: Text
    system: Text
    display: Text | None = None


class OverrideReason(ClientModel):
    """The reason for overriding a card; the comment is never stored or logged."""

    reason: Coding | None = None
    user_comment: Annotated[str, StringConstraints(max_length=10_000)] | None = Field(
        None, alias="userComment"
    )


class AcceptedSuggestion(ClientModel):
    """A suggestion that the user accepted."""

    id: Text


class Feedback(ClientModel):
    """What a user did with one card."""

    card: Text
    outcome: Literal["accepted", "overridden"]
    accepted_suggestions: list[AcceptedSuggestion] | None = Field(None, alias="acceptedSuggestions")
    override_reason: OverrideReason | None = Field(None, alias="overrideReason")
    outcome_timestamp: Annotated[datetime.datetime, AfterValidator(_utc)] = Field(alias="outcomeTimestamp")

    @model_validator(mode="after")
    def _check_outcome(self) -> Feedback:
        if self.outcome == "accepted" and self.accepted_suggestions is None:
            raise ValueError("expected acceptedSuggestions, because the outcome is accepted")
        if self.outcome == "accepted" and self.override_reason is not None:
            raise ValueError("expected no overrideReason, because the outcome is accepted")
        return self


class FeedbackRequest(ClientModel):
    """Feedback on one or several cards."""

    feedback: Annotated[list[Feedback], Field(min_length=1, max_length=1000)]


def validate_body(model: type[M], value: object) -> M:
    """Return ``value`` as ``model``.

    Raises:
        ApiError: 422, with every error and its place, but without the values that were found.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False, include_context=False)
        raise ApiError(422, "The body is not a valid CDS Hooks request.", map(_error_item, errors)) from None


def _error_item(details: Any) -> ErrorItem:
    """Return one of pydantic's errors without the values that were found."""
    message = details["msg"].removeprefix("Value error, ")
    if details["type"].startswith(("uuid", "datetime")):
        message = message.partition(",")[0]  # the rest quotes the input
    return ErrorItem(pointer=pointer(*details["loc"]), detail=message[:1].lower() + message[1:])
