"""Reads the answers to questions from a form, and puts them into the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from cds_engine.errors import Problem, RecordError
from cds_engine.explain import Field, Question, answer_question, questions
from cds_engine.quantities.numbers import in_bounds, to_json

from cds_api.workbench.evaluating.workspace import SOURCE, Workspace
from cds_api.workbench.forms import Form

NONE_OF_THESE = "-none-"
"""The value of the box that says that a list is empty."""


def field_name(question: Question, field: Field) -> str:
    """Return the name of a question's field in the form."""
    return f"answer {question.id} {field.name}"


def open_questions(workspace: Workspace) -> tuple[Question, ...]:
    """Return the questions about a record, those that would settle most rules first."""
    return questions(workspace.engine, workspace.native.record, workspace.moment, source=SOURCE)


def has_answers(form: Form) -> bool:
    """Return whether a form has an answer to any question."""
    return any(name.startswith("answer ") and any(map(str.strip, form.all(name))) for name in form.fields)


def answer(workspace: Workspace, asked: Sequence[Question], form: Form) -> Mapping[str, Any]:
    """Return the native record with every answer of the form in it.

    Raises:
        RecordError: with every answer that does not fit its question; pointers name the question's field.
    """
    record: Mapping[str, Any] = workspace.native.record
    problems: list[Problem] = []
    for question in asked:
        try:
            values = dict(_values(question, form))
            if values:
                record = answer_question(dict(record), question, values)
        except RecordError as error:
            problems += [
                Problem(question.text, each.message, each.pointer, code=each.code) for each in error.problems
            ]
    if problems:
        raise RecordError(problems)
    workspace.engine.read(record, SOURCE)
    return record


def _values(question: Question, form: Form) -> Iterator[tuple[str, Any]]:
    for field in question.fields:
        given = [text for each in form.all(field_name(question, field)) if (text := each.strip())]
        if given:
            yield field.name, _value(field, given)


def _value(field: Field, given: Sequence[str]) -> Any:
    match field.kind:
        case "choices":
            return [each for each in given if each != NONE_OF_THESE]
        case "yes_no":
            return {"yes": True, "no": False}.get(given[0])
        case "number":
            return _number(field, given[0])
    return given[0]


def _number(field: Field, text: str) -> int | float:
    """Return the number that a person wrote, with a decimal point or a decimal comma."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not in_bounds(number):
        message = f"expected a number, found '{text[:40]}'"
        raise RecordError([Problem("answer", message, f"/{field.name}")])
    return to_json(number)
