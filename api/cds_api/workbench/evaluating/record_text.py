"""The text of a record: written for people, and read for the line of each of its values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from cds_engine.errors import pointer

WIDTH = 100
"""A list or an object that fits into this many characters is written on one line."""
LONGEST_LINE = 400
"""A text with a longer line is written anew, because nobody can read it as it is."""
_TOKEN = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)?|[{}\[\],]|[^\s{}\[\],:"]+')


def format_json(value: object, indent: int = 0) -> str:
    """Return a JSON value as text: what fits on a line is on one, as in the examples of a rulebook."""
    flat = _flat(value)
    if not isinstance(value, dict | list) or not value or (indent and len(flat) + indent <= WIDTH):
        return flat
    margin = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{_flat(key)}: {format_json(part, indent + 2)}" for key, part in value.items()]
    else:
        parts = [format_json(part, indent + 2) for part in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{margin}" + f",\n{margin}".join(parts) + f"\n{' ' * indent}{closing}"


def _flat(value: object) -> str:
    """Return a JSON value on one line; a Decimal keeps its digits."""
    match value:
        case Decimal():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{_flat(key)}: {_flat(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flat, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def readable(text: str) -> str:
    """Return a JSON text as it is, or written anew if it has a line that is too long to read."""
    if max(map(len, text.splitlines()), default=0) <= LONGEST_LINE:
        return text
    try:
        return format_json(json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal))
    except (ValueError, ArithmeticError, RecursionError):
        return text  # it is not JSON, and its evaluation says so


def value_lines(text: str) -> Mapping[str, int]:
    """Return the line on which each value of a valid JSON text is, by its pointer; lines count from 1."""
    return dict(_value_lines(text))


def _value_lines(text: str) -> Iterator[tuple[str, int]]:
    path: list[str | int] = []
    line, counted = 1, 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match["colon"]:
            path[-1] = json.loads(match["text"])
        elif token in ("}", "]"):
            path.pop()
        elif token == ",":
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else last
        else:
            line += text.count("\n", counted, match.start())
            counted = match.start()
            yield pointer(*path), line
            if token in ("{", "["):
                path.append("" if token == "{" else 0)
