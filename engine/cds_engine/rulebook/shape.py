"""Where a file of a rulebook differs in form from its model: pydantic's errors as problems for people."""

from __future__ import annotations

import re
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from cds_engine.errors import Problem, nearest, pointer
from cds_engine.rulebook.files import FileModel
from cds_engine.rulebook.files.facts import SELECTION_TAGS
from cds_engine.rulebook.yaml_document import YamlDocument

M = TypeVar("M", bound=FileModel)
_EXPECTED = {
    "missing": "missing key",
    "string_type": "expected a text (put it in quotes)",
    "string_too_short": "expected a text that is not empty",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "dict_type": "expected keys and values",
    "model_type": "expected keys and values",
    "list_type": "expected a list",
    "too_short": "expected more entries",
    "string_pattern_mismatch": "not written as expected",
}


def read_model(
    document: YamlDocument, model: type[M], problems: list[Problem], data: Any = None, root: str = ""
) -> M | None:
    """Return a document as ``model``; if its form differs, add every problem and return None.

    ``data`` is the value at the JSON pointer ``root``, if only a part of the document is meant.
    """
    try:
        return model.model_validate(data if root else document.data)
    except ValidationError as error:
        problems += [_problem(document, model, found, root) for found in error.errors(include_url=False)]
        return None


def _problem(document: YamlDocument, model: type[FileModel], error: Any, root: str) -> Problem:
    at = root + pointer(*(error["loc"] if root else _location(document.data, error["loc"])))
    kind, context = error["type"], error.get("ctx", {})
    key = str(error["loc"][-1]) if error["loc"] else ""
    match kind:
        case "extra_forbidden":
            message = f"unknown key '{key}'{nearest(key, _keys(model, error['loc'][:-1]))}"
            return document.problem(at, message, "unknown-key")
        case "missing":
            return document.problem(at.rpartition("/")[0], f"missing key '{key}'", "missing-key")
        case "literal_error":
            found, valid = str(error["input"]), re.findall(r"'([^']*)'", context["expected"])
            message = f"expected {context['expected']}, found '{found}'{nearest(found, valid)}"
        case "string_pattern_mismatch":
            message = f"'{error['input']}' does not match {context['pattern']}"
        case "value_error":
            message = str(context["error"])
        case _:
            message = _EXPECTED.get(kind, error["msg"][:1].lower() + error["msg"][1:])
    return document.problem(at, message, "shape")


def _location(data: Any, loc: tuple[str | int, ...]) -> list[str | int]:
    """Return ``loc`` without the tags that pydantic inserts for the members of a union."""
    location: list[str | int] = []
    for index, part in enumerate(loc):
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int)):
            data = data[part]  # type: ignore[index]
        elif index < len(loc) - 1 or part in SELECTION_TAGS:
            continue
        location.append(part)
    return location


def _keys(model: type[FileModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the valid keys of the object at ``loc`` in a file of ``model``."""
    found: Any = model
    for part in loc:
        found = _within(found, part)
    return list(_fields(found)) if _is_model(found) else []


def _within(found: Any, part: str | int) -> Any:
    """Return the type of the value under ``part`` in a value of the type ``found``, or None."""
    if _is_model(found):
        declared = _fields(found).get(str(part))
        return None if declared is None else _bare(declared.annotation)
    arguments = get_args(found)
    if get_origin(found) in (Union, UnionType):
        return next((option for option in map(_bare, arguments) if _is_model(option)), None)
    return _bare(arguments[-1]) if arguments else None


def _fields(model: type[FileModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the key under which a file gives them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _bare(annotation: Any) -> Any:
    """Return a type without annotations and without ``None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    options = [option for option in get_args(annotation) if option is not type(None)]
    optional = get_origin(annotation) in (Union, UnionType) and len(options) == 1
    return _bare(options[0]) if optional else annotation


def _is_model(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, FileModel)
