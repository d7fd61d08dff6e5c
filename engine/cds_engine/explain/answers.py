"""Putting the answer to a question into a native record."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from cds_engine.errors import Problem, RecordError, nearest
from cds_engine.explain.fields import Field
from cds_engine.explain.questions import Question
from cds_engine.record.editing import Json, add_entry, complete_section


def answer_question(record: Mapping[str, Any], question: Question, values: Mapping[str, Any]) -> Json:
    """Return ``record`` with the answer to a question put into it; the record itself is not changed.

    A section that was not given, and in which an answer states only single entries, stays incomplete.

    Args:
        record: the native record that the question is about.
        question: the question.
        values: the answer: values by the names of the question's fields. A number is in the field's unit, or
            an object of ``value`` and ``unit``. A field that is left out, or None, is not known.

    Raises:
        RecordError: with every value that does not fit its field.
    """
    known = {name: value for name, value in values.items() if value is not None}
    fields = {field.name: field for field in question.fields}
    problems = [
        Problem("answer", message, f"/{name}")
        for name, value in known.items()
        if (message := _mistake(fields, name, value)) is not None
    ]
    if problems:
        raise RecordError(problems)
    changed: Json = copy.deepcopy(dict(record))
    if not known:
        return changed
    match question.action:
        case "set":
            changed[question.section] = {**(changed.get(question.section) or {}), **known}
            if question.section == "patient":
                _one_age(changed["patient"], known)
        case "list":
            _list(changed, question, known)
        case "state":
            _state(changed, question, known)
        case "complete":
            _entry(changed, question).update(_fields(question, known))
        case "identify":
            _identify(changed, question, known)
        case "add":
            _add(changed, question, known)
    return changed


def _mistake(fields: Mapping[str, Field], name: str, value: Any) -> str | None:
    field = fields.get(name)
    if field is None:
        return f"expected one of the fields {', '.join(fields)}, found '{name}'{nearest(name, fields)}"
    codes = [choice.value for choice in field.choices]
    expected = None
    match field.kind:
        case "number":
            number = value.get("value") if isinstance(value, Mapping) else value
            if isinstance(number, bool) or not isinstance(number, int | float):
                expected = "a number"
        case "date":
            expected = None if isinstance(value, str) else "a date written YYYY-MM-DD"
        case "yes_no":
            expected = None if isinstance(value, bool) else "true or false"
        case "choice":
            expected = None if value in codes else f"one of {', '.join(codes)}"
        case "choices":
            if not isinstance(value, list | tuple) or any(each not in codes for each in value):
                expected = f"a list of some of {', '.join(codes)}"
    return None if expected is None else f"expected {expected}, found {json.dumps(value, default=str)}"


def _one_age(patient: Json, known: Mapping[str, Any]) -> None:
    """Keep the birth date or the age, whichever was answered; the birth date if both were."""
    if "birth_date" in known:
        patient.pop("age_years", None)
    elif "age_years" in known:
        patient.pop("birth_date", None)


def _list(record: Json, question: Question, known: Mapping[str, Any]) -> None:
    complete_section(record, question.section)
    key = "drug" if question.section == "medications" else "code"
    for field in question.fields:
        for concept in known.get(field.name, ()):
            stopped = {"stopped": True} if field.name == "former" else {}
            record[question.section].append({key: concept, **stopped})


def _state(record: Json, question: Question, known: Mapping[str, Any]) -> None:
    chosen = known["present"]
    for concept in question.concepts:
        present = chosen if isinstance(chosen, bool) else concept in chosen
        add_entry(record, question.section, {"code": concept, "present": present})


def _entry(record: Json, question: Question) -> Json:
    assert question.pointer is not None
    _, section, index = question.pointer.split("/")
    entry: Json = record[section][int(index)]
    return entry


def _fields(question: Question, known: Mapping[str, Any]) -> Json:
    """Return the fields of an entry that an answer states."""
    units = {field.name: field.unit for field in question.fields if field.kind == "number"}
    written: Json = {}
    for name, value in known.items():
        if name not in units:
            written[name] = value
            continue
        stated = {"value": value} if not isinstance(value, Mapping) else dict(value)
        stated.setdefault("unit", units[name])
        written |= stated if name == "value" else {name: stated}
    return written


def _identify(record: Json, question: Question, known: Mapping[str, Any]) -> None:
    key = "drug" if question.section == "medications" else "code"
    _entry(record, question)[key] = known["concept"]


def _add(record: Json, question: Question, known: Mapping[str, Any]) -> None:
    concept = known.get("concept", question.concepts[0])
    key = "drug" if question.section == "medications" else "code"
    stated = {name: value for name, value in known.items() if name != "concept"}
    add_entry(record, question.section, {key: concept, **_fields(question, stated)})
