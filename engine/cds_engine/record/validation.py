"""Validation of a patient record, with every error reported at once in plain words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cds_engine.errors import Problem, RecordError, nearest, pointer
from cds_engine.record.json_text import MAX_PROBLEMS
from cds_engine.record.messages import describe, expected
from cds_engine.record.models import (
    MAX_TEXT,
    UNEXPECTED,
    ConditionEntry,
    MedicationEntry,
    ObservationEntry,
    Patient,
    Record,
    RecordModel,
    SymptomEntry,
    ValueWithUnit,
    read_date,
)


def read_record(value: object, source: str, *, history_fields: Collection[str]) -> Record:
    """Return ``value``, a parsed JSON document, as a record.

    Args:
        value: the document, with numbers as ``Decimal``, ``int`` or ``float``.
        source: the record's name in errors.
        history_fields: the fields that ``history`` may have; the rulebook declares them.

    Raises:
        RecordError: with every error, each with a JSON pointer and what was expected.
    """
    errors: Iterable[ErrorDetails] = ()
    try:
        record = Record.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    found = chain(
        (_problem(source, error) for error in errors),
        _contradictions(source, value),
        _unknown_history(source, value, history_fields),
    )
    problems = list(islice(found, MAX_PROBLEMS))
    if problems:
        raise RecordError(problems)
    return record


_MODELS: Mapping[str | int, type[RecordModel]] = {
    "patient": Patient,
    "conditions": ConditionEntry,
    "medications": MedicationEntry,
    "daily_dose": ValueWithUnit,
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


def _problem(source: str, error: ErrorDetails) -> Problem:
    """Return one of pydantic's errors in words that require no knowledge of Python."""
    kind, place, found = error["type"], error["loc"], error["input"]
    at = pointer(*(place[:-1] if place[-1:] == ("[key]",) else place))
    if kind == UNEXPECTED:
        return Problem(source, error["msg"], at)
    if kind == "missing":
        return Problem(source, f"expected the field '{place[-1]}', found none", at, code="missing")
    if kind == "extra_forbidden":
        model = next((_MODELS[part] for part in reversed(place[:-1]) if part in _MODELS), Record)
        return _unknown_field(source, at, str(place[-1]), model.model_fields)
    if kind == "literal_error":
        return Problem(source, expected(error["ctx"]["expected"], found), at)
    if kind == "string_too_long":
        message = f"expected at most {error['ctx']['max_length']} characters, found {len(found):,}"
        return Problem(source, message, at)
    return Problem(source, expected(_EXPECTED.get(kind, "another value"), found), at)


def _unknown_field(source: str, at: str, name: str, valid: Collection[str]) -> Problem:
    what = f"one of the fields {', '.join(valid)}" if valid else "no field"
    message = expected(what, name) + nearest(name[:MAX_TEXT], valid)
    return Problem(source, message, at, code="unknown-field")


def _unknown_history(source: str, record: object, fields: Collection[str]) -> Iterator[Problem]:
    history = record.get("history") if isinstance(record, dict) else None
    if isinstance(history, dict):
        for name in history:
            if name not in fields:
                yield _unknown_field(source, pointer("history", name), str(name), fields)


def _contradictions(source: str, record: object) -> Iterator[Problem]:
    """Yield a problem for every two values that contradict each other, and for every missing unit.

    This reads the document rather than the model, because there is no model if the document has other errors.
    """
    if not isinstance(record, dict):
        return
    patient = record.get("patient")
    if isinstance(patient, dict):
        birth, as_of = patient.get("birth_date"), record.get("as_of")
        as_of = as_of[:10] if isinstance(as_of, str) else as_of
        if birth is not None and patient.get("age_years") is not None:
            message = "expected birth_date or age_years, found both"
            yield Problem(source, message, "/patient/age_years", code="conflict")
        if _is_later(birth, as_of):
            message = f"expected a date on or before as_of {as_of}, found {describe(birth)}"
            yield Problem(source, message, "/patient/birth_date", code="conflict")
        if _is_later(birth, patient.get("deceased_date")):
            yield _out_of_order(source, patient, "birth_date", "deceased_date", "/patient")
    for index, entry in _objects(record, "conditions"):
        if _is_later(entry.get("onset"), entry.get("resolved")):
            yield _out_of_order(source, entry, "onset", "resolved", f"/conditions/{index}")
    for index, entry in _objects(record, "medications"):
        if _is_later(entry.get("start"), entry.get("stop")):
            yield _out_of_order(source, entry, "start", "stop", f"/medications/{index}")
        dose = entry.get("daily_dose")
        if isinstance(dose, dict) and _lacks_unit(dose):
            yield _missing_unit(source, f"/medications/{index}/daily_dose")
    for index, entry in _objects(record, "observations"):
        if _lacks_unit(entry):
            yield _missing_unit(source, f"/observations/{index}")


def _out_of_order(source: str, entry: Mapping[str, Any], first: str, last: str, at: str) -> Problem:
    message = f"expected a date on or after {first} {entry[first]}, found {describe(entry[last])}"
    return Problem(source, message, f"{at}/{last}", code="conflict")


def _lacks_unit(quantity: Mapping[str, Any]) -> bool:
    return quantity.get("unit") is None and quantity.get("value") is not None


def _missing_unit(source: str, at: str) -> Problem:
    message = "expected a UCUM unit, because there is a value; found none"
    return Problem(source, message, f"{at}/unit", code="missing")


def _is_later(day: object, other: object) -> bool:
    """Return whether both are dates and ``day`` is after ``other``; ISO dates sort like their texts."""
    return (
        isinstance(day, str) and isinstance(other, str) and day > other and _is_date(day) and _is_date(other)
    )


def _is_date(text: str) -> bool:
    try:
        read_date(text)
    except PydanticCustomError:
        return False
    return True


def _objects(record: Mapping[str, Any], section: str) -> list[tuple[int, dict[str, Any]]]:
    """Return index and entry of each entry of a section that is an object."""
    entries = record.get(section)
    if not isinstance(entries, list | tuple):
        return []
    return [(index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]
