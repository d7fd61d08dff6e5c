"""YAML files as plain data plus the place of every value; duplicate keys and odd types are faults.

Only the parser of PyYAML is used: it builds no objects, so a rulebook can execute nothing; tags are faults.
Scalars are read by the YAML 1.2 core schema (``no`` and ``on`` are texts), numbers exactly, as decimals.
Nesting and the number of values, aliases written out, are bounded, so that no file exhausts the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
class Document:
    """One file: its name as reported, its data, its bytes, and line and column (from 1) by JSON pointer."""

    name: str
    data: Any
    raw: bytes = b""
    places: Places = field(default_factory=dict)

    def problem(self, at: str, message: str, code: str) -> Problem:
        """Return a problem at pointer ``at``, or at its nearest parent that stands in the file."""
        place = at
        while place and place not in self.places:
            place = place.rpartition("/")[0]
        line, column = self.places.get(place, (1, 1))
        return Problem(self.name, message, at, line, column, code)


def read_document(path: Path, name: str, problems: list[Problem]) -> Document | None:
    """Read one YAML file; faults are added to ``problems`` and make the result None."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            problems.append(Problem(name, f"larger than {MAX_BYTES} bytes", code="yaml"))
            return None
        text = raw.decode("utf-8")
    except OSError as error:
        problems.append(Problem(name, f"cannot be read: {error.strerror}", code="file"))
        return None
    except UnicodeDecodeError as error:
        line, column = raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start)
        problems.append(Problem(name, f"not UTF-8 at byte {error.start}", "", line, column, "yaml"))
        return None
    reader = _Reader(name)
    try:
        data = reader.read(yaml.parse(text, Loader=_Loader))
    except _StopError:
        data = None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        fault = f"not YAML: {error.problem or error.context}"
        reader.problems.append(Problem(name, fault, "", line, column, "yaml"))
    except yaml.YAMLError as error:
        fault = f"not YAML: {str(error).splitlines()[0]}"
        reader.problems.append(Problem(name, fault, "", 1, 1, "yaml"))
    if reader.problems:
        problems += reader.problems
        return None
    return Document(name, data, raw, reader.places)


class _StopError(Exception):
    """The rest of the file is not worth reading."""


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value that aliases may repeat, and where its parts stand, by pointer within it."""

    data: Any
    depth: int
    places: Places


class _Reader:
    """Turns the parser's events into data, remembering where each value stands."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.places: Places = {}
        self._anchors: dict[str, _Anchored | None] = {}  # None while the value is being read
        self._events: Iterator[yaml.Event] = iter(())
        self._deepest = 0

    def read(self, events: Iterator[yaml.Event]) -> Any:
        self._events = events
        next(events)  # the start of the stream
        if isinstance(next(events), yaml.StreamEndEvent):
            self._fault(None, "", "empty")
            return None
        data = self._value(next(events), "", 0)
        next(events)  # the end of the document
        after = next(events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._fault(after, "", "a second document; a file holds one")
            return None
        if data is None and not self.problems:
            self._fault(None, "", "empty")
        return data

    def _value(self, event: yaml.Event, at: str, depth: int) -> Any:
        self._place(at, event)
        if depth > MAX_DEPTH:
            self._fault(event, at, f"nested more than {MAX_DEPTH} levels deep")
            raise _StopError
        self._deepest = max(self._deepest, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, at, depth)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.tag is not None:
            self._fault(event, at, f"tag '{event.tag}' is not allowed: a rulebook is plain data")
        if event.anchor is None:
            return self._plain(event, at, depth)
        deepest, self._deepest = self._deepest, depth
        before = len(self.places)
        self._anchors[event.anchor] = None
        data = self._plain(event, at, depth)
        inside = {place[len(at) :]: mark for place, mark in islice(self.places.items(), before, None)}
        self._anchors[event.anchor] = _Anchored(data, self._deepest - depth, inside)
        self._deepest = max(deepest, self._deepest)
        return data

    def _plain(self, event: yaml.Event, at: str, depth: int) -> Any:
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
                self._fault(event, at, "a key must be a plain text")
                raise _StopError
            key = event.value
            here = at + pointer(key)
            if event.tag is not None or event.anchor is not None:
                self._fault(event, here, "a key must be a plain text")
            if key in result:
                self._fault(event, here, f"duplicate key '{key}'")
                self._value(next(self._events), here, depth + 1)
                continue
            self._place(here, event)
            result[key] = self._value(next(self._events), here, depth + 1)
        return result

    def _alias(self, event: yaml.AliasEvent, at: str, depth: int) -> Any:
        if event.anchor not in self._anchors:
            self._fault(event, at, f"alias '*{event.anchor}' stands for nothing above it")
            raise _StopError
        anchored = self._anchors[event.anchor]
        if anchored is None:
            self._fault(event, at, "an alias that contains itself")
            raise _StopError
        if depth + anchored.depth > MAX_DEPTH:
            self._fault(event, at, f"nested more than {MAX_DEPTH} levels deep")
            raise _StopError
        self._deepest = max(self._deepest, depth + anchored.depth)
        self._bound(len(anchored.places), event, at)
        for inside, mark in anchored.places.items():
            self.places.setdefault(at + inside, mark)
        return anchored.data

    def _place(self, at: str, event: yaml.Event) -> None:
        """Note where ``at`` stands; the value of a key stands where its key does."""
        self._bound(1, event, at)
        self.places.setdefault(at, _where(event))

    def _bound(self, more: int, event: yaml.Event, at: str) -> None:
        if len(self.places) + more > MAX_VALUES:
            self._fault(event, at, f"more than {MAX_VALUES} values once aliases are written out")
            raise _StopError

    def _fault(self, event: yaml.Event | None, at: str, message: str) -> None:
        self.problems.append(Problem(self.name, message, at, *_where(event), "yaml"))


def _where(event: yaml.Event | None) -> tuple[int, int]:
    mark = event.start_mark if event is not None else None
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _scalar(event: yaml.ScalarEvent) -> str | bool | Decimal | None:
    text: str = event.value
    if event.style:  # quoted or block: always a text
        return text
    if text in _LITERALS:
        return _LITERALS[text]
    return Decimal(text) if _NUMBER.fullmatch(text) else text
