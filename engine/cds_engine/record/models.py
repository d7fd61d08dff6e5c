"""The patient record as submitted: its shape, and all that is wrong with one that does not have it.

A section that was omitted is None, which is not the same as an empty one: omitted is unknown, empty means
looked for and none found. Only the form is settled here; what codes and units mean is the rulebook's affair.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain, islice
from reprlib import Repr
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from cds_engine.errors import Problem, RecordError, nearest, pointer
from cds_engine.quantities.numbers import LARGEST, SIGNIFICANT_DIGITS, SMALLEST, canonical, in_bounds, plain
from cds_engine.record.json_text import MAX_PROBLEMS

MAX_ENTRIES = 5000
"""How many entries a list may have: far more than one patient needs, and all that one answer can treat."""
MAX_TEXT = 200
FIRST_YEAR, LAST_YEAR = 1850, 2200
OLDEST = 150

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LARGEST = int(LARGEST)  # comparing a Decimal with a whole number of a million digits takes seconds
_RANGE = f"0, or a number of magnitude {plain(SMALLEST)} to below {LARGEST:,f}"
_QUOTE = Repr()
_QUOTE.maxstring = _QUOTE.maxother = 40


# Values


def _date(value: object) -> datetime.date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _misfit("a date written YYYY-MM-DD", value)
    try:
        day = datetime.date.fromisoformat(value)
    except ValueError:
        raise _misfit("a date that the calendar has", value) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _misfit(f"a date from {FIRST_YEAR} to {LAST_YEAR}", value)
    return day


def _moment(value: object) -> datetime.date:
    """Return a date, or the datetime of a timestamp with an offset; a datetime is a date to Python, too."""
    if isinstance(value, str) and _TIMESTAMP.fullmatch(value):
        try:
            moment = datetime.datetime.fromisoformat(value.replace("Z", "+00:00").replace("z", "+00:00"))
        except ValueError:
            raise _misfit("a valid timestamp", value) from None
        _date(value[:10])
        return moment
    try:
        return _date(value)
    except PydanticCustomError:
        if isinstance(value, str) and _DATE.fullmatch(value):
            raise
        raise _misfit("a date written YYYY-MM-DD, or a timestamp with an offset", value) from None


def _number(value: object) -> Decimal:
    """Return a number within the limits of :mod:`cds_engine.quantities.numbers`."""
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise _misfit("a number", value)
    elif isinstance(value, float):
        number = Decimal(float.__repr__(value))
    elif abs(value) < _LARGEST:
        number = Decimal(value)
    else:
        raise _misfit(_RANGE, value)
    if not in_bounds(number):
        raise _misfit(_RANGE if number.is_finite() else "a finite number", number)
    stored = canonical(number)
    if stored != number:
        raise _misfit(f"a number of at most {SIGNIFICANT_DIGITS} significant digits", number)
    return stored


def _whole(expected: str, maximum: Decimal = LARGEST) -> Callable[[object], Decimal]:
    def validate(value: object) -> Decimal:
        number = _number(value)
        if not 0 <= number <= maximum or number != number.to_integral_value():
            raise _misfit(expected, value)
        return number

    return validate


def _entries(value: object) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise _misfit("a list", value)
    if len(value) > MAX_ENTRIES:
        message = f"expected at most {MAX_ENTRIES:,} entries, found {len(value):,}"
        raise PydanticCustomError("misfit", "{message}", {"message": message})
    return tuple(value)


def _misfit(expected: str, found: object) -> PydanticCustomError:
    return PydanticCustomError("misfit", "{message}", {"message": _expected(expected, found)})


def _expected(what: str, found: object) -> str:
    return f"expected {what}, found {_shown(found)}"


def _shown(value: object) -> str:
    """Return how a value is shown to people: as in JSON, and in short."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 128:
        return "a longer number"
    if isinstance(value, str):
        return _QUOTE.repr(str(value))
    if isinstance(value, int | float | Decimal):
        return _QUOTE.repr(str(value)).strip("'")
    return f"a Python {type(value).__name__}"


Date = Annotated[datetime.date, PlainValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
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
    PlainValidator(_whole(f"a whole number from 0 to {OLDEST}", Decimal(OLDEST))),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": OLDEST}),
]
Count = Annotated[
    Decimal,
    PlainValidator(_whole("a whole number, 0 or more")),
    WithJsonSchema({"type": "integer", "minimum": 0}),
]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Entry = TypeVar("Entry")
Entries = Annotated[tuple[Entry, ...], Field(max_length=MAX_ENTRIES), BeforeValidator(_entries)]


# Shapes


class _Shape(BaseModel):
    """Closed and immutable; nothing is taken for what it is not."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Patient(_Shape):
    """Who the record is about."""

    id: Text | None = Field(
        default=None, description="The patient's id; it is echoed and means nothing here."
    )
    birth_date: Date | None = Field(default=None, description="Date of birth; this or `age_years`, not both.")
    age_years: Age | None = Field(
        default=None, description="Completed years of age; this or `birth_date`, not both."
    )
    sex: Literal["male", "female", "other", "unknown"] | None = Field(
        default=None, description="Administrative sex."
    )
    deceased_date: Date | None = Field(default=None, description="Date of death.")


class ConditionEntry(_Shape):
    """A condition that the patient has, had or is known not to have."""

    code: Code = Field(description="A concept of the rulebook, or `system|code`.")
    present: bool | None = Field(
        default=True, description="False asserts absence; null says that it is not known."
    )
    onset: Date | None = Field(default=None, description="When it began.")
    resolved: Date | None = Field(default=None, description="When it ended; absent from this day on.")


class Quantity(_Shape):
    """A number and its unit."""

    value: Number | None = Field(default=None, description="The number; null if it is not known.")
    unit: Text | None = Field(default=None, description="A UCUM unit, such as `mg/d`; needed with a value.")


class MedicationEntry(_Shape):
    """A course of a drug."""

    drug: Code = Field(description="A concept of the rulebook, or `system|code`.")
    daily_dose: Quantity | None = Field(default=None, description="How much is taken a day.")
    start: Date | None = Field(
        default=None, description="The first day; without it, the drug counts as started."
    )
    stop: Date | None = Field(default=None, description="The day from which it is no longer taken.")
    indication: Code | None = Field(default=None, description="The condition it is taken for.")
    taken: bool | None = Field(
        default=True,
        description="False if it was not taken: the entry is ignored. Null if that is not known.",
    )
    stopped: bool = Field(default=False, description="True if it was stopped; the day may be unknown.")


class ObservationEntry(Quantity):
    """A measurement or a score."""

    code: Code = Field(description="A concept of the rulebook, or `system|code`.")
    date: Moment | None = Field(
        default=None, description="The day of the result, or its time as a timestamp with an offset."
    )
    status: Literal["final", "amended", "corrected", "preliminary", "entered-in-error", "cancelled"] = Field(
        "final", description="How far the result can be relied on."
    )


class SymptomEntry(_Shape):
    """A symptom that the patient has or is known not to have."""

    code: Code = Field(description="A concept of the rulebook, or `system|code`.")
    present: bool | None = Field(
        default=True, description="False asserts absence; null says that it is not known."
    )
    severity: Literal["mild", "moderate", "severe"] | None = Field(
        default=None, description="How severe it is."
    )


SectionName = Literal["conditions", "medications", "observations", "symptoms"]


class Record(_Shape):
    """A patient record. Everything is optional; a section left out is unknown, an empty one means none."""

    patient: Patient | None = Field(default=None, description="Who the record is about.")
    as_of: Moment | None = Field(
        default=None, description="The day or the instant to evaluate for; now (UTC) if left out."
    )
    conditions: Entries[ConditionEntry] | None = Field(default=None, description="Diagnoses and states.")
    medications: Entries[MedicationEntry] | None = Field(default=None, description="Drugs, now and earlier.")
    observations: Entries[ObservationEntry] | None = Field(
        default=None, description="Laboratory values and scores."
    )
    symptoms: Entries[SymptomEntry] | None = Field(default=None, description="Symptoms at the time.")
    incomplete: Entries[SectionName] = Field(
        default=(), description="The sections that may contain more than they list."
    )
    history: Mapping[str, Count | None] | None = Field(
        default=None, description="Numbers about the past, under the names that the rulebook declares."
    )


# Reading


def read_record(value: object, source: str, *, history_fields: Collection[str]) -> Record:
    """Return the record that ``value``, a parsed JSON document, is.

    Args:
        value: the document, with numbers as ``Decimal``, ``int`` or ``float``.
        source: the record's name in errors.
        history_fields: the names that its ``history`` may have; the rulebook declares them.

    Raises:
        RecordError: with everything that is wrong with it, each with a JSON pointer and what was expected.
    """
    misfits: Iterable[ErrorDetails] = ()
    try:
        record = Record.model_validate(value)
    except ValidationError as error:
        misfits = error.errors(include_url=False)
    problems = chain(
        map(_translated, misfits), _contradictions(value), _unknown_history(value, history_fields)
    )
    listed = [Problem(source, text, at, code=code) for code, at, text in islice(problems, MAX_PROBLEMS)]
    if listed:
        raise RecordError(listed)
    return record


Fault = tuple[str, str, str]
"""Code, JSON pointer and message of something that is wrong."""

_SHAPES: Mapping[str | int, type[_Shape]] = {
    "patient": Patient,
    "conditions": ConditionEntry,
    "medications": MedicationEntry,
    "daily_dose": Quantity,
    "observations": ObservationEntry,
    "symptoms": SymptomEntry,
}
_EXPECTED = {
    "model_type": "an object",
    "dict_type": "an object",
    "string_type": "a text",
    "string_unicode": "a text in Unicode",
    "string_too_short": "a text that is not empty",
    "bool_type": "true, false or null",
    "invalid_key": "the name of a field",
}


def _translated(error: ErrorDetails) -> Fault:
    """Return an error of pydantic's in words that need no knowledge of Python."""
    kind, place, found = error["type"], error["loc"], error["input"]
    at = pointer(*(place[:-1] if place[-1:] == ("[key]",) else place))
    if kind == "misfit":
        return "invalid", at, error["msg"]
    if kind == "missing":
        return "missing", at, f"expected the field '{place[-1]}', found none"
    if kind == "extra_forbidden":
        shape = next((_SHAPES[part] for part in reversed(place[:-1]) if part in _SHAPES), Record)
        return _unknown_field(at, str(place[-1]), shape.model_fields)
    if kind == "literal_error":
        return "invalid", at, _expected(error["ctx"]["expected"], found)
    if kind == "string_too_long":
        text = f"expected at most {error['ctx']['max_length']} characters, found {len(found):,}"
        return "invalid", at, text
    return "invalid", at, _expected(_EXPECTED.get(kind, "another value"), found)


def _unknown_field(at: str, name: str, valid: Collection[str]) -> Fault:
    what = f"one of the fields {', '.join(valid)}" if valid else "no field"
    return "unknown-field", at, _expected(what, name) + nearest(name[:MAX_TEXT], valid)


def _unknown_history(record: object, fields: Collection[str]) -> Iterator[Fault]:
    history = record.get("history") if isinstance(record, dict) else None
    if isinstance(history, dict):
        for name in history:
            if name not in fields:
                yield _unknown_field(pointer("history", name), str(name), fields)


def _contradictions(record: object) -> Iterator[Fault]:
    """Yield where parts of a record cannot both hold.

    This reads the document, not the model, because there is no model while anything else is wrong.
    """
    if not isinstance(record, dict):
        return
    patient = record.get("patient")
    if isinstance(patient, dict):
        birth, as_of = patient.get("birth_date"), record.get("as_of")
        as_of = as_of[:10] if isinstance(as_of, str) else as_of
        if birth is not None and patient.get("age_years") is not None:
            yield "conflict", "/patient/age_years", "expected birth_date or age_years, found both"
        if _is_later(birth, as_of):
            text = f"expected a date on or before as_of {as_of}, found {_shown(birth)}"
            yield "conflict", "/patient/birth_date", text
        yield from _out_of_order(patient, "birth_date", "deceased_date", "/patient")
    for index, entry in _objects(record, "conditions"):
        yield from _out_of_order(entry, "onset", "resolved", f"/conditions/{index}")
    for index, entry in _objects(record, "medications"):
        yield from _out_of_order(entry, "start", "stop", f"/medications/{index}")
        if _lacks_unit(entry.get("daily_dose")):
            yield _unit_missing(f"/medications/{index}/daily_dose")
    for index, entry in _objects(record, "observations"):
        if _lacks_unit(entry):
            yield _unit_missing(f"/observations/{index}")


def _out_of_order(entry: Mapping[str, Any], first: str, last: str, at: str) -> list[Fault]:
    begin, end = entry.get(first), entry.get(last)
    if not _is_later(begin, end):
        return []
    return [("conflict", f"{at}/{last}", f"expected a date on or after {first} {begin}, found {_shown(end)}")]


def _is_later(day: object, other: object) -> bool:
    """Return whether ``day`` is after ``other``, both being dates; ISO dates sort as their texts do."""
    return (
        isinstance(day, str) and isinstance(other, str) and day > other and _is_date(day) and _is_date(other)
    )


def _is_date(text: str) -> bool:
    try:
        _date(text)
    except PydanticCustomError:
        return False
    return True


def _lacks_unit(quantity: object) -> bool:
    return isinstance(quantity, dict) and quantity.get("value") is not None and quantity.get("unit") is None


def _unit_missing(at: str) -> Fault:
    return "missing", f"{at}/unit", "expected a UCUM unit, because there is a value; found none"


def _objects(record: Mapping[str, Any], section: str) -> list[tuple[int, dict[str, Any]]]:
    """Return place and entry of each entry of a section that is an object."""
    entries = record.get(section)
    if not isinstance(entries, list | tuple):
        return []
    return [(index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]
