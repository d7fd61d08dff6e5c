"""Whether a resource is valid FHIR R4, as the library fhir.resources finds.

Checking each took half of the time of reading a Bundle of results, and most resources of a patient differ
from an earlier one in nothing but a date, a number or the target of a reference. What was found valid is
remembered without these.
"""

from __future__ import annotations

import re
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from cds_engine.errors import pointer
from cds_engine.fhir.values import Json, objects
from cds_engine.quantities.numbers import in_bounds

_NOT_READ = ("id", "meta", "text", "language")
"""Elements that are not read: an error in them does not matter."""
_LONGEST_MESSAGE = 200
MAX_FORMS = 10_000
"""How many forms are remembered; each takes a hundred bytes."""

# What is replaced in a form is valid in the same places, whatever it is. Days after the 28th and years far
# away are left as they are, because not every month or time zone has them.
_DAY = r"[1-8][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
_MOMENT = re.compile(f"{_DAY}(T{_TIME})?")
_TARGET = re.compile(r"([A-Z][A-Za-z]*/|urn:uuid:)[A-Za-z0-9.-]{1,64}")

valid_forms: set[bytes] = set()
"""The forms of resources that were found valid."""


def invalidity(kind: str, resource: Json) -> str | None:
    """Return why a resource is not valid R4; None if it is, as far as it is read.

    Of the contained resources only Medications are read, so only they are validated.

    Args:
        kind: the type of the resource.
        resource: the resource.
    """
    body = {name: value for name, value in resource.items() if name not in _NOT_READ}
    contained = [
        inner for inner in objects(body.pop("contained", None)) if inner.get("resourceType") == "Medication"
    ]
    if contained:
        body["contained"] = contained
    form = form_of(kind, body)
    if form in valid_forms:
        return None
    try:
        model_of(kind).model_validate(body)
    except Exception as error:  # the library also lets KeyError and others escape
        return f"is not valid FHIR R4 ({_error_message(error)})"
    if len(valid_forms) >= MAX_FORMS:
        valid_forms.clear()
    valid_forms.add(form)
    return None


def form_of(kind: str, body: Json) -> bytes:
    """Return a digest that resources share if they differ only in moments, amounts and targets."""
    return blake2b(repr((kind, _form(body, ""))).encode(), digest_size=32).digest()


def _form(value: object, name: str) -> object:
    """Return a JSON value with a tuple, which JSON does not have, in place of what varies."""
    match value:
        case dict():
            return {inner: _form(part, inner) for inner, part in value.items()}
        case list():
            return [_form(part, name) for part in value]
        case str():
            if name == "reference" and (target := _TARGET.fullmatch(value)):
                return (target[1],)
            if value[4:5] == "-" and (moment := _MOMENT.fullmatch(value)):
                return ("day" if moment[1] is None else "time",)
        case Decimal() if name == "value" and in_bounds(value):
            return ()
    return value


def model_of(kind: str) -> Any:
    """Return the library's R4B model; R4B did not change these resources.

    The import takes a tenth of a second, so it waits until a Bundle needs it.
    """
    from fhir.resources.R4B import get_fhir_model_class

    return get_fhir_model_class(kind)


def _error_message(error: Exception) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return type(error).__name__
    first = errors()[0]
    at = pointer(*(part for part in first["loc"] if part != "root"))
    message = str(first["msg"]).removeprefix("Value error, ")
    return (f"at {at}: {message}" if at else message)[:_LONGEST_MESSAGE]
