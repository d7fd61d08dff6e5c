"""The patient record as submitted: pydantic models, and every fault at once with its JSON pointer.

A section that is omitted (None) is unknown; an empty one says that it was looked for and none was found.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from engine.errors import Problem, RecordError, nearest, pointer
from engine.numbers import SIGNIFICANT_DIGITS, canonical, in_bounds, significant_digits

MAX_ENTRIES = 5000
"""The longest list a record may hold."""
MAX_TEXT = 200
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST, _LAST = datetime.date(1850, 1, 1), datetime.date(2200, 12, 31)


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("expected", "{message}", {"message": message})


def _read_date(value: object) -> datetime.date:
    day = value if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime) else None
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = datetime.date.fromisoformat(value)
        except ValueError:
            day = None
    if day is None or not _FIRST <= day <= _LAST:
        raise _fault(f"expected a date written YYYY-MM-DD, found {_shown(value)}")
    return day


def _read_number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _fault(f"expected a number, found {_shown(value)}")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not in_bounds(number):
        span = "zero, or from 0.000001 to below 1000000000000 in magnitude"
        raise _fault(f"expected a number that is {span}, found {_shown(value)}")
    if significant_digits(number) > SIGNIFICANT_DIGITS:
        raise _fault(f"expected a number of at most {SIGNIFICANT_DIGITS} digits, found {_shown(value)}")
    return canonical(number)


def _read_count(value: object) -> Decimal:
    number = _read_number(value)
    if number != int(number) or number < 0:
        raise _fault(f"expected a whole number of at least 0, found {_shown(value)}")
    return number


def _read_truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise _fault(f"expected true or false, found {_shown(value)}")
    return value


def _read_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _fault(f"expected a text that is not empty, found {_shown(value)}")
    if len(value) > MAX_TEXT:
        raise _fault(f"expected at most {MAX_TEXT} characters, found {len(value)}")
    return value


def _one_of(*choices: str) -> Callable[[object], object]:
    def read(value: object) -> object:
        if value not in choices:
            hint = nearest(value, choices) if isinstance(value, str) else ""
            raise _fault(f"expected one of {', '.join(choices)}, found {_shown(value)}{hint}")
        return value

    return read


def _read_list(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise _fault(f"expected a list, found {_shown(value)}")
    if len(value) > MAX_ENTRIES:
        raise _fault(f"expected at most {MAX_ENTRIES} entries, found {len(value)}")
    return value


def _shown(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{value}'" if len(value) <= 40 else f"a text of {len(value)} characters"
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


Date = Annotated[
    datetime.date, BeforeValidator(_read_date), WithJsonSchema({"type": "string", "format": "date"})
]
Number = Annotated[Decimal, BeforeValidator(_read_number), WithJsonSchema({"type": "number"})]
Count = Annotated[Decimal, BeforeValidator(_read_count), WithJsonSchema({"type": "integer", "minimum": 0})]
Truth = Annotated[bool, BeforeValidator(_read_truth)]
Text = Annotated[str, BeforeValidator(_read_text), StringConstraints(min_length=1, max_length=MAX_TEXT)]
SEXES = ("male", "female", "other", "unknown")
SEVERITIES = ("mild", "moderate", "severe")
STATUSES = ("final", "amended", "corrected", "preliminary", "entered-in-error", "cancelled")
Sex = Annotated[Literal["male", "female", "other", "unknown"], BeforeValidator(_one_of(*SEXES))]
Severity = Annotated[Literal["mild", "moderate", "severe"], BeforeValidator(_one_of(*SEVERITIES))]
Status = Annotated[
    Literal["final", "amended", "corrected", "preliminary", "entered-in-error", "cancelled"],
    BeforeValidator(_one_of(*STATUSES)),
]


class RecordPart(BaseModel):
    """Closed and immutable; a field that the contract does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Patient(RecordPart):
    """Who the record is about; ``birth_date`` or ``age_years``, not both."""

    id: Annotated[Text | None, Field(description="An identifier; echoed, never interpreted")] = None
    birth_date: Date | None = None
    age_years: Annotated[Count | None, Field(description="Completed years at as_of")] = None
    sex: Sex | None = None
    deceased_date: Date | None = None


class Quantity(RecordPart):
    """A value and its UCUM unit."""

    value: Number | None = None
    unit: Annotated[Text | None, Field(description="A UCUM unit, such as mg/d")] = None


class ConditionEntry(RecordPart):
    """A condition of the problem list."""

    code: Annotated[Text, Field(description="A concept of the terminology, or system|code")]
    present: Annotated[Truth | None, Field(description="false: asserted absent; null: not known")] = True
    onset: Date | None = None
    resolved: Date | None = None


class MedicationEntry(RecordPart):
    """A drug that is or was taken."""

    drug: Annotated[Text, Field(description="A concept of the terminology, or system|code")]
    daily_dose: Quantity | None = None
    start: Date | None = None
    stop: Annotated[Date | None, Field(description="The first day on which it is no longer taken")] = None
    indication: Text | None = None


class ObservationEntry(RecordPart):
    """One result; ``value`` null means taken, with the result not known."""

    code: Annotated[Text, Field(description="A concept of the terminology, or system|code")]
    value: Number | None = None
    unit: Text | None = None
    date: Date | None = None
    status: Status = "final"


class SymptomEntry(RecordPart):
    """A symptom or sign."""

    code: Annotated[Text, Field(description="A concept of the terminology, or system|code")]
    present: Annotated[Truth | None, Field(description="false: asserted absent; null: not known")] = True
    severity: Severity | None = None


class Record(RecordPart):
    """A patient record; everything is optional, and what is omitted is unknown."""

    patient: Patient | None = None
    as_of: Annotated[Date | None, Field(description="The day to evaluate for; today (UTC) if omitted")] = None
    conditions: Annotated[tuple[ConditionEntry, ...], BeforeValidator(_read_list)] | None = None
    medications: Annotated[tuple[MedicationEntry, ...], BeforeValidator(_read_list)] | None = None
    observations: Annotated[tuple[ObservationEntry, ...], BeforeValidator(_read_list)] | None = None
    symptoms: Annotated[tuple[SymptomEntry, ...], BeforeValidator(_read_list)] | None = None
    history: dict[Text, Count | None] | None = None


def read_record(value: object, source: str, *, history_fields: Collection[str]) -> Record:
    """Return the record that ``value`` (parsed JSON) is.

    Args:
        value: an object as :func:`engine.jsontext.parse_json` or :mod:`json` returns it.
        source: the record's name in errors.
        history_fields: the fields that ``history`` may have, which the rulebook declares.

    Raises:
        RecordError: with every fault, each with its JSON pointer and what was expected.
    """
    try:
        record = Record.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise RecordError(_explain(fault, source) for fault in faults) from None
    problems = [Problem(source, message, at) for at, message in _contradictions(record, history_fields)]
    if problems:
        raise RecordError(problems)
    return record


def _contradictions(record: Record, history_fields: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield pointer and message of what no single field shows."""
    patient = record.patient
    if patient is not None:
        if patient.birth_date is not None and patient.age_years is not None:
            yield "/patient/age_years", "expected birth_date or age_years, not both"
        yield from _after(patient.birth_date, record.as_of, "/patient/birth_date", "as_of")
        yield from _after(patient.birth_date, patient.deceased_date, "/patient/birth_date", "deceased_date")
        if patient.age_years is not None and patient.age_years > 150:
            yield "/patient/age_years", f"expected at most 150 years, found {patient.age_years}"
    for index, condition in enumerate(record.conditions or ()):
        yield from _after(condition.onset, condition.resolved, f"/conditions/{index}/onset", "resolved")
    for index, medication in enumerate(record.medications or ()):
        at = f"/medications/{index}"
        yield from _after(medication.start, medication.stop, f"{at}/start", "stop")
        dose = medication.daily_dose
        if dose is not None and dose.value is not None and dose.unit is None:
            yield f"{at}/daily_dose/unit", "expected a UCUM unit, since there is a value"
    for index, observation in enumerate(record.observations or ()):
        if observation.value is not None and observation.unit is None:
            yield f"/observations/{index}/unit", "expected a UCUM unit, since there is a value"
    for name in record.history or ():
        if name not in history_fields:
            yield pointer("history", name), f"unknown field '{name}'{nearest(name, history_fields)}"


def _after(
    first: datetime.date | None, second: datetime.date | None, at: str, other: str
) -> Iterator[tuple[str, str]]:
    if first is not None and second is not None and first > second:
        yield at, f"expected a date on or before {other} {second}, found {first}"


def _explain(fault: Any, source: str) -> Problem:
    """Translate one of pydantic's faults into a problem for people."""
    location = [part for part in fault["loc"] if part != "[key]"]
    at = pointer(*location)
    match fault["type"]:
        case "extra_forbidden":
            fields = _fields(location[:-1])
            message = f"unknown field '{location[-1]}'{nearest(str(location[-1]), fields)}"
        case "missing":
            message = f"expected a field '{location[-1]}'"
        case "model_type" | "model_attributes_type" | "dict_type":
            message = f"expected an object, found {_shown(fault['input'])}"
        case "expected":
            message = fault["ctx"]["message"]
        case _:
            message = fault["msg"][:1].lower() + fault["msg"][1:]
    return Problem(source, message, at)


def _fields(location: list[str | int]) -> Collection[str]:
    """Return the fields that an object at ``location`` may have."""
    models: dict[tuple[str, ...], type[RecordPart]] = {
        (): Record,
        ("patient",): Patient,
        ("conditions",): ConditionEntry,
        ("medications",): MedicationEntry,
        ("medications", "daily_dose"): Quantity,
        ("observations",): ObservationEntry,
        ("symptoms",): SymptomEntry,
    }
    return list(models[tuple(str(part) for part in location if not isinstance(part, int))].model_fields)
