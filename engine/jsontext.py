"""JSON text to data, strictly: exact numbers, no duplicate keys, bounded in size and depth."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from engine.errors import Problem, RecordError, pointer

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 32
_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Repeated(dict[str, Any]):
    """An object in which some key stood more than once."""

    repeated: tuple[str, ...] = ()


def parse_json(data: bytes, source: str) -> Any:
    """Return what the JSON document ``data`` says; every number is a Decimal.

    NaN and the infinities, which are not JSON, are read too: whoever reads the data refuses them by their
    place, together with everything else that is wrong.

    Raises:
        RecordError: with what is wrong and where; ``source`` names the document in it.
    """
    text = _decode(data, source)
    repeated: list[_Repeated] = []

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) == len(pairs):
            return built
        marked = _Repeated(built)
        seen: set[str] = set()
        marked.repeated = tuple(dict.fromkeys(k for k, _ in pairs if k in seen or seen.add(k)))  # type: ignore[func-returns-value]
        repeated.append(marked)
        return marked

    try:
        parsed = json.loads(
            text, object_pairs_hook=build, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal
        )
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise _error(source, message, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise _error(source, f"nested more than {MAX_DEPTH} levels deep") from None
    _check_depth(parsed, source)
    if repeated:
        raise RecordError(
            Problem(source, f"key '{key}' stands more than once", at + pointer(key), code="json")
            for at, found in _objects(parsed)
            if isinstance(found, _Repeated)
            for key in found.repeated
        )
    return parsed


def _decode(data: bytes, source: str) -> str:
    if len(data) > MAX_BYTES:
        raise _error(source, f"larger than {MAX_BYTES // 1024 // 1024} MiB")
    if data.startswith(_BOM):
        raise _error(source, "begins with a byte order mark; save it as UTF-8 without one")
    if not data.strip():
        raise _error(source, "empty; expected a JSON object")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _error(source, f"not UTF-8 at byte {error.start}") from None
    if "\\u" in text and _SURROGATE.search(_unescaped(text)):
        raise _error(source, "a \\u escape that is half of a character")
    return text


def _unescaped(text: str) -> str:
    """Return the characters that the escapes of ``text`` stand for, with surrogate pairs joined."""
    escapes = re.findall(r"(?:\\u[0-9a-fA-F]{4})+", text)
    joined = "".join(re.sub(r"\\u(....)", lambda m: chr(int(m[1], 16)), run) for run in escapes)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _check_depth(parsed: Any, source: str) -> None:
    """Refuse nesting deeper than :data:`MAX_DEPTH`, level by level, so that nothing here recurses."""
    level = [parsed]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise _error(source, f"nested more than {MAX_DEPTH} levels deep")


def _objects(value: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield at, value
        for key, child in value.items():
            yield from _objects(child, at + pointer(key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _objects(child, at + pointer(index))


def _error(source: str, message: str, *, line: int | None = None, column: int | None = None) -> RecordError:
    return RecordError([Problem(source, message, "", line, column, "json")])
