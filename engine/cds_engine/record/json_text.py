"""Strict JSON text to Python values, with every number exact.

Good input takes one pass of the standard library's C scanner, with hooks that only notice that something is
wrong. What exactly, and where, is found out by a second and slower reading that keeps everything as written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice
from reprlib import Repr
from typing import Any

from cds_engine.errors import Problem, RecordError, pointer

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 1000
MAX_PROBLEMS = 1000
"""How many problems are listed: as many as a person can use, and no more than an answer can carry."""

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
    "Illegal trailing comma before end of object": "expected no comma before the closing bracket",
    "Illegal trailing comma before end of array": "expected no comma before the closing bracket",
    "Extra data": "expected nothing after the end of the document, found {}",
}
"""What the standard library says is wrong, in words about what was expected."""

_QUOTE = Repr()
_QUOTE.maxstring = 40


def parse_json(data: bytes, source: str) -> object:
    """Return the JSON document ``data`` with every number, whole ones too, as an exact ``Decimal``.

    NaN and the infinities, which JSON does not have, are read too: whoever reads the document refuses them in
    their place, together with everything else that is wrong there.

    Args:
        data: the text, UTF-8 without a byte order mark.
        source: the name of the document in errors.

    Raises:
        RecordError: with everything that can be known to be wrong at once.
    """
    text = _decode(data, source)
    suspicious = "\\ud" in text or "\\uD" in text  # may be half of a character
    try:
        value = _scan(text)
    except (_SuspectError, json.JSONDecodeError, InvalidOperation, RecursionError):
        suspicious = True
    else:
        # A document with few brackets cannot be deep, so most are spared the walk.
        if data.count(b"{") + data.count(b"[") > MAX_DEPTH:
            suspicious = suspicious or _depth(value) > MAX_DEPTH
    if suspicious and (problems := list(islice(_problems(text, source), MAX_PROBLEMS))):
        raise RecordError(problems)
    return value


def _decode(data: bytes, source: str) -> str:
    if len(data) > MAX_BYTES:
        message = f"expected at most {MAX_BYTES // 1024**2} MiB, found more"
        raise RecordError([Problem(source, message, code="size")])
    if data.startswith(_BOM):
        message = "expected UTF-8 without a byte order mark, found one"
        raise RecordError([Problem(source, message, line=1, column=1, code="encoding")])
    if not data.strip():
        raise RecordError([Problem(source, "expected a JSON document, found nothing", code="empty")])
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"expected UTF-8, found the byte 0x{data[error.start]:02x} at offset {error.start}"
        raise RecordError([Problem(source, message, line=line, column=column, code="encoding")]) from None


# The fast reading


class _SuspectError(Exception):
    """Something is wrong; the slow reading finds out what."""


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _SuspectError
    return members


def _number(digits: str) -> Decimal:
    if len(digits) > MAX_NUMBER_LENGTH:
        raise _SuspectError
    return Decimal(digits)


_scan = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_number, parse_int=_number, parse_constant=Decimal
).decode


def _depth(value: object) -> int:
    """Return how many objects and lists are nested in one another, going down level by level."""
    depth = 0
    level: list[Any] = [value]
    while level := [part for part in level if type(part) is dict or type(part) is list]:
        depth += 1
        level = [part for whole in level for part in (whole.values() if type(whole) is dict else whole)]
    return depth


# The slow reading


class _Members(list[tuple[str, object]]):
    """The members of an object in the order written, duplicates included."""


class _Digits(str):
    """A number as written."""

    __slots__ = ()


_scan_as_written = json.JSONDecoder(
    object_pairs_hook=_Members, parse_float=_Digits, parse_int=_Digits, parse_constant=Decimal
).decode


def _problems(text: str, source: str) -> Iterator[Problem]:
    """Yield what is wrong with ``text``: the one fault of its syntax, or every fault of its content."""
    try:
        document = _scan_as_written(text)
    except json.JSONDecodeError as error:
        found = _quoted(text[error.pos]) if error.pos < len(text) else "the end of the text"
        message = _SYNTAX.get(error.msg, "expected JSON, found {}").format(found)
        yield Problem(source, message, line=error.lineno, column=error.colno, code="syntax")
        return
    except RecursionError:
        yield Problem(source, f"expected at most {MAX_DEPTH} levels of nesting, found more", code="nesting")
        return
    waiting: list[tuple[object, str, int]] = [(document, "", 1)]
    while waiting:
        value, at, depth = waiting.pop()
        for code, where, message in _faults(value, at, depth):
            yield Problem(source, message, where, code=code)
        if depth <= MAX_DEPTH:
            waiting += [(part, at + step, depth + 1) for step, part in reversed(_parts(value))]


def _parts(value: object) -> list[tuple[str, object]]:
    if isinstance(value, _Members):
        return [(_step(key), part) for key, part in value]
    if isinstance(value, list):
        return [(f"/{index}", part) for index, part in enumerate(value)]
    return []


def _faults(value: object, at: str, depth: int) -> Iterator[tuple[str, str, str]]:
    """Yield code, pointer and message of what is wrong with ``value`` itself, not with its parts."""
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
            if not _is_unicode(key):
                yield "surrogate", at, f"expected Unicode, found a lone surrogate in the key {_quoted(key)}"
    elif isinstance(value, _Digits):
        if not _is_readable(value):
            shown = _quoted(value).strip("'")
            yield "number", at, f"expected a number in fewer digits or with a smaller exponent, found {shown}"
    elif isinstance(value, str) and not _is_unicode(value):
        yield "surrogate", at, f"expected Unicode, found a lone surrogate in the text {_quoted(value)}"


def _step(key: str) -> str:
    """Return the step of a pointer to ``key``, shortened where only mischief makes it long."""
    return pointer(key if len(key) <= 200 else key[:200] + "...")


def _is_readable(digits: str) -> bool:
    try:
        _number(digits)
    except (_SuspectError, InvalidOperation):
        return False
    return True


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _quoted(text: str) -> str:
    return _QUOTE.repr(str(text))
