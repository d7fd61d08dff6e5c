"""YAML files as plain data plus the place of every value; duplicate keys and odd types are faults.

Only the composer of PyYAML is used: it builds no objects, so a rulebook can execute nothing. Scalars are
read by the YAML 1.2 core schema (``no`` and ``on`` are texts), numbers exactly, as decimals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from engine.errors import Problem, pointer

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,2})?")
_LITERALS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
MAX_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its name as reported, its data, its bytes, and line and column (from 1) by JSON pointer."""

    name: str
    data: Any
    raw: bytes = b""
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

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
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            problems.append(Problem(name, f"larger than {MAX_BYTES} bytes", code="yaml"))
            return None
        node = yaml.compose(raw.decode("utf-8"), Loader=_Loader)
    except OSError as error:
        problems.append(Problem(name, f"cannot be read: {error.strerror}", code="file"))
        return None
    except UnicodeDecodeError as error:
        problems.append(Problem(name, f"not UTF-8 at byte {error.start}", code="yaml"))
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problems.append(
            Problem(name, f"not YAML: {error.problem or error.context}", "", line, column, "yaml")
        )
        return None
    except (yaml.YAMLError, RecursionError) as error:
        problems.append(Problem(name, f"not YAML: {str(error).splitlines()[0]}", "", 1, 1, "yaml"))
        return None
    if node is None:
        problems.append(Problem(name, "empty", "", 1, 1, "yaml"))
        return None
    reader = _Reader(name, problems)
    before = len(problems)
    data = reader.build(node, "")
    return Document(name, data, raw, reader.places) if len(problems) == before else None


class _Reader:
    """Turns composed nodes into data, remembering where each value stands."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.problems = problems
        self.places: dict[str, tuple[int, int]] = {}
        self._open: set[int] = set()

    def build(self, node: yaml.Node, at: str) -> Any:
        self.places.setdefault(at, (node.start_mark.line + 1, node.start_mark.column + 1))
        if node.tag.startswith("!"):
            self._fault(node, at, f"tag '{node.tag}' is not allowed: a rulebook is plain data")
            return None
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            self._fault(node, at, "an alias that contains itself")
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(child, at + pointer(index)) for index, child in enumerate(node.value)]
            return self._mapping(node, at)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node, at: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(key_node, at, "a key must be a plain text")
                continue
            key = key_node.value
            here = at + pointer(key)
            if key in result:
                self._fault(key_node, here, f"duplicate key '{key}'")
                continue
            self.places[here] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            result[key] = self.build(value_node, here)
        return result

    def _fault(self, node: yaml.Node, at: str, message: str) -> None:
        mark = node.start_mark
        self.problems.append(Problem(self.name, message, at, mark.line + 1, mark.column + 1, "yaml"))


def _scalar(node: yaml.ScalarNode) -> str | bool | Decimal | None:
    text: str = node.value
    if node.style:  # quoted or block: always a text
        return text
    if text in _LITERALS:
        return _LITERALS[text]
    return Decimal(text) if _NUMBER.fullmatch(text) else text
