"""The models of a patient record as submitted.

An omitted section is None, which differs from an empty one: omitted means unknown, empty means that none was
found. The models check only the form of a record; the meaning of codes and units depends on the rulebook.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from cds_engine.quantities.numbers import LARGEST, SIGNIFICANT_DIGITS, SMALLEST, canonical, in_bounds, plain
from cds_engine.record.messages import expected
from cds_engine.record.moments import DATE, TIMESTAMP, parse_moment

MAX_ENTRIES = 5000
"""How many entries a list may have: far more than one patient needs."""
MAX_TEXT = 200
FIRST_YEAR, LAST_YEAR = 1850, 2200
OLDEST = 150
_DATE_LENGTH = 10
UNEXPECTED = "unexpected"
"""The type of the errors that the fields here raise; their messages need no translation."""

_LARGEST = int(LARGEST)  # comparing a Decimal with a whole number of a million digits takes seconds
_RANGE = f"0, or a number of magnitude {plain(SMALLEST)} to below {LARGEST:,f}"


# Fields


def read_date(value: object) -> datetime.date:
    """Return the date written as ``value``, ``YYYY-MM-DD``.

    Raises:
        PydanticCustomError: if it is not a valid date in the supported range.
    """
    day = _calendar_date(value) if isinstance(value, str) and len(value) == _DATE_LENGTH else None
    if day is None:
        raise _unexpected("a date written YYYY-MM-DD", value)
    return day


# Few different days occur, and a record has many of them.
@lru_cache(maxsize=16384)
def _calendar_date(text: str) -> datetime.date | None:
    """Return the date that ``text`` is in the form ``YYYY-MM-DD``; None if it has another form."""
    if not DATE.fullmatch(text):
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise _unexpected("a valid calendar date", text) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _unexpected(f"a date from {FIRST_YEAR} to {LAST_YEAR}", text)
    return day


def _moment(value: object) -> datetime.date:
    """Return a date, or the ``datetime`` (which is a date to Python) of a timestamp with an offset."""
    if isinstance(value, str):
        day = _calendar_date(value) if len(value) == _DATE_LENGTH else None
        if day is not None:
            return day
        if TIMESTAMP.fullmatch(value):
            return _timestamp(value)
    raise _unexpected("a date written YYYY-MM-DD, or a timestamp with an offset", value)


def _timestamp(text: str) -> datetime.date:
    try:
        moment = parse_moment(text)
    except ValueError:
        raise _unexpected("a valid timestamp", text) from None
    read_date(text[:_DATE_LENGTH])
    return moment


def _number(value: object) -> Decimal:
    """Return ``value`` as a number within the limits of :mod:`cds_engine.quantities.numbers`."""
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise _unexpected("a number", value)
    elif isinstance(value, float):
        number = Decimal(float.__repr__(value))
    elif abs(value) < _LARGEST:
        number = Decimal(value)
    else:
        raise _unexpected(_RANGE, value)
    if not in_bounds(number):
        raise _unexpected(_RANGE if number.is_finite() else "a finite number", number)
    stored = canonical(number)
    if stored != number:
        raise _unexpected(f"a number of at most {SIGNIFICANT_DIGITS} significant digits", number)
    return stored


def _whole_number(description: str, maximum: Decimal = LARGEST) -> Callable[[object], Decimal]:
    def validate(value: object) -> Decimal:
        number = _number(value)
        if not 0 <= number <= maximum or number != number.to_integral_value():
            raise _unexpected(description, value)
        return number

    return validate


def _entries(value: object) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise _unexpected("a list", value)
    if len(value) > MAX_ENTRIES:
        message = f"expected at most {MAX_ENTRIES:,} entries, found {len(value):,}"
        raise PydanticCustomError(UNEXPECTED, "{message}", {"message": message})
    return tuple(value)


def _unexpected(what: str, found: object) -> PydanticCustomError:
    return PydanticCustomError(UNEXPECTED, "{message}", {"message": expected(what, found)})


Date = Annotated[
    datetime.date, PlainValidator(read_date), WithJsonSchema({"type": "string", "format": "date"})
]
Moment = Annotated[
    datetime.date,
    PlainValidator(_moment),
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    ),
]
"""A date, or a timestamp with an offset (then a ``datetime``)."""
Number = Annotated[Decimal, PlainValidator(_number), WithJsonSchema({"type": "number"})]
Age = Annotated[
    Decimal,
    PlainValidator(_whole_number(f"a whole number from 0 to {OLDEST}", Decimal(OLDEST))),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": OLDEST}),
]
Count = Annotated[
    Decimal,
    PlainValidator(_whole_number("a whole number, 0 or more")),
    WithJsonSchema({"type": "integer", "minimum": 0}),
]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Entry = TypeVar("Entry")
Entries = Annotated[tuple[Entry, ...], Field(max_length=MAX_ENTRIES), BeforeValidator(_entries)]


# Models


class RecordModel(BaseModel):
    """Base of the models: immutable, no unknown fields, no conversion between types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Patient(RecordModel):
    """Who the record is about."""

    id: Text | None = Field(
        default=None, description="The patient's id; it is returned unchanged and not used."
    )
    birth_date: Date | None = Field(default=None, description="Date of birth; this or `age_years`, not both.")
    age_years: Age | None = Field(
        default=None, description="Completed years of age; this or `birth_date`, not both."
    )
    sex: Literal["male", "female", "other", "unknown"] | None = Field(
        default=None, description="Administrative sex."
    )
    deceased_date: Date | None = Field(default=None, description="Date of death.")


class ConditionEntry(RecordModel):
    """A condition that the patient has, had or does not have."""

    code: Code = Field(description="A concept of the rulebook, or `system|code`.")
    present: bool | None = Field(default=True, description="False means absent; null means unknown.")
    onset: Date | None = Field(default=None, description="When it began.")
    resolved: Date | None = Field(default=None, description="When it ended; from this day on it is absent.")


class ValueWithUnit(RecordModel):
    """A number and its unit."""

    value: Number | None = Field(default=None, description="The number; null if unknown.")
    unit: Text | None = Field(default=None, description="A UCUM unit, such as `mg/d`; required with a value.")


class MedicationEntry(RecordModel):
    """A course of a drug."""

    drug: Code = Field(description="A concept of the rulebook, or `system|code`.")
    daily_dose: ValueWithUnit | None = Field(default=None, description="How much is taken a day.")
    start: Date | None = Field(
        default=None, description="The first day; if it is missing, the drug counts as started."
    )
    stop: Date | None = Field(default=None, description="The first day on which it is no longer taken.")
    indication: Code | None = Field(default=None, description="The condition it is taken for.")
    taken: bool | None = Field(
        default=True,
        description="False if it was not taken: the entry is ignored. Null if that is not known.",
    )
    stopped: bool = Field(default=False, description="True if it was stopped; the day may be unknown.")


class ObservationEntry(ValueWithUnit):
    """A measurement or a score."""

    code: Code = Field(description="A concept of the rulebook, or `system|code`.")
    date: Moment | None = Field(
        default=None, description="The day of the result, or its time as a timestamp with an offset."
    )
    status: Literal["final", "amended", "corrected", "preliminary", "entered-in-error", "cancelled"] = Field(
        "final", description="The status of the result."
    )


class SymptomEntry(RecordModel):
    """A symptom that the patient has or does not have."""

    code: Code = Field(description="A concept of the rulebook, or `system|code`.")
    present: bool | None = Field(default=True, description="False means absent; null means unknown.")
    severity: Literal["mild", "moderate", "severe"] | None = Field(
        default=None, description="How severe it is."
    )


SectionName = Literal["conditions", "medications", "observations", "symptoms"]


class Record(RecordModel):
    """A patient record. Everything is optional; an omitted section is unknown, an empty one means none."""

    patient: Patient | None = Field(default=None, description="Who the record is about.")
    as_of: Moment | None = Field(
        default=None, description="The day or the instant to evaluate for; now (UTC) if omitted."
    )
    conditions: Entries[ConditionEntry] | None = Field(default=None, description="Diagnoses and states.")
    medications: Entries[MedicationEntry] | None = Field(
        default=None, description="Current and former drugs."
    )
    observations: Entries[ObservationEntry] | None = Field(
        default=None, description="Laboratory values and scores."
    )
    symptoms: Entries[SymptomEntry] | None = Field(default=None, description="Current symptoms.")
    incomplete: Entries[SectionName] = Field(
        default=(), description="The sections that may contain more than they list."
    )
    history: Mapping[str, Count | None] | None = Field(
        default=None, description="Numbers about the past, named as the rulebook declares."
    )
