"""A strict JSON parser that keeps numbers exact and reports every error with its place.

Valid input takes one pass of the standard library's C scanner, with hooks that only detect that something is
wrong. A second, slower pass then finds out what is wrong and where.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import islice
from reprlib import Repr
from typing import Any

from cds_engine.errors import Problem, RecordError, pointer

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 1000
MAX_PROBLEMS = 1000
"""How many problems are listed: as many as a person can use, and no more than a response can hold."""

_BOM = b"\xef\xbb\xbf"
_SYNTAX = {
    "Expecting value": "expected a value, found {}",
    "Expecting property name enclosed in double quotes": "expected a key in double quotes, found {}",
    "Expecting ':' delimiter": "expected ':' after the key, found {}",
    "Expecting ',' delimiter": "expected ',' or a closing bracket, found {}",
    "Unterminated string starting at": "expected a double quote to end the text that starts here, found none",
    "Invalid control character at": "expected control characters inside a text to be escaped, found {}",
    "Invalid \\escape": "expected one of JSON's escapes after the backslash",
    "Invalid \\uXXXX escape": "expected four hexadecimal digits after '\\u'",
    "Extra data": "expected nothing after the end of the document, found {}",
}
"""Our message for each message of the standard library."""
_TRAILING_COMMA = "expected no comma before the closing bracket"

_QUOTE = Repr()
_QUOTE.maxstring = 40


def parse_json(data: bytes, source: str) -> object:
    """Return the JSON document ``data`` with every number as an exact ``Decimal``.

    NaN and the infinities, which are not JSON, are accepted here: validation of the record rejects them along
    with its other errors, each with a JSON pointer.

    Args:
        data: the text, UTF-8 without a byte order mark.
        source: the name of the document in errors.

    Raises:
        RecordError: with every error that can be found at once.
    """
    text = _decode(data, source)
    suspicious = "\\ud" in text or "\\uD" in text  # may be a lone surrogate
    try:
        value = _scan(text)
    except (_SuspectError, json.JSONDecodeError, InvalidOperation, RecursionError):
        suspicious = True
    else:
        # A document with few brackets cannot be deep, so most documents need no check.
        if data.count(b"{") + data.count(b"[") > MAX_DEPTH:
            suspicious = suspicious or _depth(value) > MAX_DEPTH
    if suspicious and (problems := list(islice(_problems(text, source), MAX_PROBLEMS))):
        raise RecordError(problems)
    return value


def write_json(value: object) -> str:
    """Return a document that :func:`parse_json` returned, or a part of it, as JSON with the same numbers."""
    match value:
        case Decimal():
            return str(value)
        case dict():
            members = (f"{json.dumps(str(key))}:{write_json(inner)}" for key, inner in value.items())
            return "{" + ",".join(members) + "}"
        case list() | tuple():
            return "[" + ",".join(map(write_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _decode(data: bytes, source: str) -> str:
    if len(data) > MAX_BYTES:
        message = f"expected at most {MAX_BYTES // 1024**2} MiB, found more"
        raise RecordError([Problem(source, message, code="size")])
    if data.startswith(_BOM):
        message = "expected UTF-8 without a byte order mark, found one"
        raise RecordError([Problem(source, message, line=1, column=1, code="encoding")])
    if not data or data.isspace():
        raise RecordError([Problem(source, "expected a JSON document, found nothing", code="empty")])
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"expected UTF-8, found the byte 0x{data[error.start]:02x} at offset {error.start}"
        raise RecordError([Problem(source, message, line=line, column=column, code="encoding")]) from None


# The fast pass


class _SuspectError(Exception):
    """Something is wrong; the slow pass finds out what."""


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _SuspectError
    return members


# Few different numbers occur, and a Decimal keeps the hash that was computed of it.
@lru_cache(maxsize=16384)
def _number(digits: str) -> Decimal:
    if len(digits) > MAX_NUMBER_LENGTH:
        raise _SuspectError
    return Decimal(digits)


_scan = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_number, parse_int=_number, parse_constant=Decimal
).decode


def _depth(value: object) -> int:
    """Return the number of levels of nested objects and lists."""
    depth = 0
    level: list[Any] = [value]
    while level := [part for part in level if type(part) is dict or type(part) is list]:
        depth += 1
        level = [part for parent in level for part in (parent.values() if type(parent) is dict else parent)]
    return depth


# The slow pass


class _Members(list[tuple[str, object]]):
    """The members of an object in their original order, with duplicate keys."""


class _Digits(str):
    """The original text of a number."""

    __slots__ = ()


_scan_verbatim = json.JSONDecoder(
    object_pairs_hook=_Members, parse_float=_Digits, parse_int=_Digits, parse_constant=Decimal
).decode


def _problems(text: str, source: str) -> Iterator[Problem]:
    """Yield the first error in the syntax of ``text`` or, if there is none, every error in its content."""
    try:
        document = _scan_verbatim(text)
    except json.JSONDecodeError as error:
        message, position = _syntax_error(error, text)
        line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
        yield Problem(source, message, line=line, column=column, code="syntax")
        return
    except RecursionError:
        yield Problem(source, f"expected at most {MAX_DEPTH} levels of nesting, found more", code="nesting")
        return
    pending: list[tuple[object, str, int]] = [(document, "", 1)]
    while pending:
        value, at, depth = pending.pop()
        for code, place, message in _value_errors(value, at, depth):
            yield Problem(source, message, place, code=code)
        if depth <= MAX_DEPTH:
            pending += [(part, at + step, depth + 1) for step, part in reversed(_parts(value))]


def _syntax_error(error: json.JSONDecodeError, text: str) -> tuple[str, int]:
    """Return message and position of an error, the same in every version of Python.

    Up to 3.12 the standard library reports a trailing comma as a missing key or value at the closing bracket;
    from 3.13 on it has a message of its own, with the position of the comma.
    """
    position = error.pos
    if error.msg.startswith("Illegal trailing comma"):
        return _TRAILING_COMMA, position
    if position >= len(text):
        found = "the end of the text"
    else:
        before = text[:position].rstrip(" \t\r\n")
        if text[position] in "]}" and before.endswith(","):
            return _TRAILING_COMMA, len(before) - 1
        found = _quoted(text[position])
    return _SYNTAX.get(error.msg, "expected JSON, found {}").format(found), position


def _parts(value: object) -> list[tuple[str, object]]:
    if isinstance(value, _Members):
        return [(_step(key), part) for key, part in value]
    if isinstance(value, list):
        return [(f"/{index}", part) for index, part in enumerate(value)]
    return []


def _value_errors(value: object, at: str, depth: int) -> Iterator[tuple[str, str, str]]:
    """Yield code, pointer and message of every error of ``value`` itself, but not of its parts."""
    if isinstance(value, list) and depth > MAX_DEPTH:
        yield "nesting", at, f"expected at most {MAX_DEPTH} levels of nesting, found more"
    elif isinstance(value, _Members):
        counts: dict[str, int] = {}
        for key, _ in value:
            counts[key] = counts.get(key, 0) + 1
        for key, count in counts.items():
            if count > 1:
                yield (
                    "duplicate",
                    at + _step(key),
                    f"expected the key {_quoted(key)} once, found it {count} times",
                )
            if not is_unicode(key):
                yield "surrogate", at, f"expected Unicode, found a lone surrogate in the key {_quoted(key)}"
    elif isinstance(value, _Digits):
        if not _is_readable(value):
            shown = _quoted(value).strip("'")
            yield "number", at, f"expected a number in fewer digits or with a smaller exponent, found {shown}"
    elif isinstance(value, str) and not is_unicode(value):
        yield "surrogate", at, f"expected Unicode, found a lone surrogate in the text {_quoted(value)}"


def _step(key: str) -> str:
    """Return the step of a pointer to ``key``; a very long key is shortened."""
    return pointer(key if len(key) <= 200 else key[:200] + "...")


def _is_readable(digits: str) -> bool:
    try:
        _number(digits)
    except (_SuspectError, InvalidOperation):
        return False
    return True


def is_unicode(text: str) -> bool:
    """Return whether a text can be stored: JSON may escape half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _quoted(text: str) -> str:
    return _QUOTE.repr(str(text))
