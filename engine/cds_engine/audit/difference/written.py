"""What is written differently in two versions of the same data."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from cds_engine.audit.difference.result import DataChange
from cds_engine.errors import pointer
from cds_engine.rulebook.files import FileModel
from cds_engine.rulebook.model import Rulebook

_FILES = {
    "rulebook.yaml": "file",
    "terminology": "terminology",
    "evidence.yaml": "evidence",
    "pharmacology.yaml": "pharmacology",
}


def written_changes(
    file: str, before: FileModel | None, after: FileModel | None, leave_out: Collection[str] = ()
) -> tuple[DataChange, ...]:
    """Return the values that differ, in the order of the file."""
    old, new = ({} if model is None else _data(model, leave_out) for model in (before, after))
    return tuple(_changes(file, "", old, new))


def other_changes(before: Rulebook, after: Rulebook) -> tuple[DataChange, ...]:
    """Return what differs outside of rules, facts and parameters."""
    return tuple(
        change
        for file, part in _FILES.items()
        for change in written_changes(file, getattr(before, part), getattr(after, part))
    )


def _data(model: FileModel, leave_out: Collection[str]) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=set(leave_out))


def _changes(file: str, at: str, before: Any, after: Any) -> Iterator[DataChange]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _changes(file, at + pointer(key), before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from _changes(file, at + pointer(index), *pair)
    elif _is_list_of_names(before) and _is_list_of_names(after):
        for index, value in enumerate(before):
            if value not in after:
                yield DataChange(file, at + pointer(index), value, None)
        for index, value in enumerate(after):
            if value not in before:
                yield DataChange(file, at + pointer(index), None, value)
    elif before != after:
        yield DataChange(file, at, as_text(before), as_text(after))


def _is_list_of_names(value: Any) -> bool:
    """Return whether a value is a list of names or codes, each of which says something on its own."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def as_text(value: Any) -> str | None:
    """Return a value as one line; None if there is none."""
    if value is None:
        return None
    return " ".join(value.split()) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
