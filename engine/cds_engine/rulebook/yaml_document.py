"""YAML files as plain data with the line and column of every value; duplicate keys and tags are errors.

Only PyYAML's parser is used. It creates no objects, so a rulebook cannot execute code. Scalars follow the
YAML 1.2 core schema (``no`` and ``on`` are texts); numbers become exact decimals. Nesting and the number of
values (with aliases expanded) are limited, so that no file exhausts memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from cds_engine.errors import Problem, pointer

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,2})?")
_LITERALS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 40
MAX_VALUES = 50_000
Places = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One file: its name in errors, its data, its bytes, and line and column (from 1) by JSON pointer."""

    name: str
    data: Any
    raw: bytes = b""
    places: Places = field(default_factory=dict)

    def problem(self, at: str, message: str, code: str) -> Problem:
        """Return a problem at pointer ``at``, with the line of the nearest parent that is in the file."""
        place = at
        while place and place not in self.places:
            place = place.rpartition("/")[0]
        line, column = self.places.get(place, (1, 1))
        return Problem(self.name, message, at, line, column, code)


def read_bytes(path: Path, name: str, most: int, code: str, problems: list[Problem]) -> bytes | None:
    """Return the content of a file of at most ``most`` bytes; else add why not to ``problems``."""
    if path.exists() and not path.is_file():
        problems.append(Problem(name, "not a regular file", code="file"))  # reading a pipe would wait
        return None
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        problems.append(Problem(name, f"cannot be read: {error.strerror}", code="file"))
        return None
    if len(raw) > most:
        problems.append(Problem(name, f"larger than {most} bytes", code=code))
        return None
    return raw


def read_yaml(path: Path, name: str, problems: list[Problem]) -> YamlDocument | None:
    """Return the YAML file at ``path``; if it has errors, add them to ``problems`` and return None."""
    raw = read_bytes(path, name, MAX_BYTES, "yaml", problems)
    if raw is None:
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start)
        problems.append(Problem(name, f"not UTF-8 at byte {error.start}", "", line, column, "yaml"))
        return None
    builder = _DataBuilder(name)
    try:
        data = builder.build(yaml.parse(text, Loader=_Loader))
    except _StopError:
        data = None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"not YAML: {error.problem or error.context}"
        builder.problems.append(Problem(name, message, "", line, column, "yaml"))
    except yaml.YAMLError as error:
        message = f"not YAML: {str(error).splitlines()[0]}"
        builder.problems.append(Problem(name, message, "", 1, 1, "yaml"))
    if builder.problems:
        problems += builder.problems
        return None
    return YamlDocument(name, data, raw, builder.places)


def places_in(text: str) -> Places:
    """Return the places of the values of a text that is known to be YAML or JSON, as far as limits allow."""
    builder = _DataBuilder("")
    with suppress(_StopError, yaml.YAMLError):
        builder.build(yaml.parse(text, Loader=_Loader))
    return builder.places


class _StopError(Exception):
    """The rest of the file cannot be read."""


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value that aliases may repeat, with the places of its parts by pointer within it."""

    data: Any
    depth: int
    places: Places


class _DataBuilder:
    """Builds data from the parser's events and records the place of each value."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.places: Places = {}
        self._anchors: dict[str, _Anchored | None] = {}  # None while the value is being read
        self._events: Iterator[yaml.Event] = iter(())
        self._deepest = 0

    def build(self, events: Iterator[yaml.Event]) -> Any:
        self._events = events
        next(events)  # the start of the stream
        if isinstance(next(events), yaml.StreamEndEvent):
            self._error(None, "", "empty")
            return None
        data = self._value(next(events), "", 0)
        next(events)  # the end of the document
        after = next(events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._error(after, "", "a second document; expected only one in a file")
            return None
        if data is None and not self.problems:
            self._error(None, "", "empty")
        return data

    def _value(self, event: yaml.Event, at: str, depth: int) -> Any:
        self._place(at, event)
        if depth > MAX_DEPTH:
            self._error(event, at, f"nested more than {MAX_DEPTH} levels deep")
            raise _StopError
        self._deepest = max(self._deepest, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, at, depth)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.tag is not None:
            self._error(event, at, f"tag '{event.tag}' is not allowed; a rulebook is plain data")
        if event.anchor is None:
            return self._node(event, at, depth)
        deepest, self._deepest = self._deepest, depth
        before = len(self.places)
        self._anchors[event.anchor] = None
        data = self._node(event, at, depth)
        inside = {place[len(at) :]: mark for place, mark in islice(self.places.items(), before, None)}
        self._anchors[event.anchor] = _Anchored(data, self._deepest - depth, inside)
        self._deepest = max(deepest, self._deepest)
        return data

    def _node(self, event: yaml.Event, at: str, depth: int) -> Any:
        match event:
            case yaml.ScalarEvent():
                return _scalar(event)
            case yaml.SequenceStartEvent():
                items: list[Any] = []
                while not isinstance(child := next(self._events), yaml.SequenceEndEvent):
                    items.append(self._value(child, at + pointer(len(items)), depth + 1))
                return items
            case _:
                return self._mapping(at, depth)

    def _mapping(self, at: str, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._error(event, at, "expected a plain text as the key")
                raise _StopError
            key = event.value
            here = at + pointer(key)
            if event.tag is not None or event.anchor is not None:
                self._error(event, here, "expected a plain text as the key")
            if key in result:
                self._error(event, here, f"duplicate key '{key}'")
                self._value(next(self._events), here, depth + 1)
                continue
            self._place(here, event)
            result[key] = self._value(next(self._events), here, depth + 1)
        return result

    def _alias(self, event: yaml.AliasEvent, at: str, depth: int) -> Any:
        if event.anchor not in self._anchors:
            self._error(event, at, f"alias '*{event.anchor}' has no anchor above it")
            raise _StopError
        anchored = self._anchors[event.anchor]
        if anchored is None:
            self._error(event, at, "an alias that contains itself")
            raise _StopError
        if depth + anchored.depth > MAX_DEPTH:
            self._error(event, at, f"nested more than {MAX_DEPTH} levels deep")
            raise _StopError
        self._deepest = max(self._deepest, depth + anchored.depth)
        self._bound(len(anchored.places), event, at)
        for inside, mark in anchored.places.items():
            self.places.setdefault(at + inside, mark)
        return anchored.data

    def _place(self, at: str, event: yaml.Event) -> None:
        """Record the place of ``at``; the place of a key's value is that of the key."""
        self._bound(1, event, at)
        self.places.setdefault(at, _where(event))

    def _bound(self, more: int, event: yaml.Event, at: str) -> None:
        if len(self.places) + more > MAX_VALUES:
            self._error(event, at, f"more than {MAX_VALUES} values with aliases expanded")
            raise _StopError

    def _error(self, event: yaml.Event | None, at: str, message: str) -> None:
        self.problems.append(Problem(self.name, message, at, *_where(event), "yaml"))


def _where(event: yaml.Event | None) -> tuple[int, int]:
    mark = event.start_mark if event is not None else None
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _scalar(event: yaml.ScalarEvent) -> str | bool | Decimal | None:
    text: str = event.value
    if event.style:  # quoted and block scalars are always texts
        return text
    if text in _LITERALS:
        return _LITERALS[text]
    return Decimal(text) if _NUMBER.fullmatch(text) else text
