"""A record as numbered lines, with what the evaluation says about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cds_engine.notices import Notice

from cds_api.workbench.evaluating.record_text import value_lines

MAX_LINES = 3000
"""Longer records are cut: a browser shows no more at once in good time."""
_PARTS = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d[\d.eE+-]*)'
    r"|(?P<word>\b(?:true|false|null)\b)"
)


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said about a place of the record; ``kind`` is problem, ignored or used."""

    kind: str
    text: str
    pointer: str = ""
    line: int | None = None


def remarks_of(notices: Iterable[Notice], used: Iterable[str]) -> list[Remark]:
    """Return what an evaluation says about its record: what was ignored, and the values that were used."""
    ignored = [Remark("ignored", notice.message, notice.pointer) for notice in notices]
    return [*ignored, *(Remark("used", "", pointer) for pointer in used)]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its parts with the kind of each (key, text, number, word or none), and its remarks."""

    number: int
    parts: tuple[tuple[str, str], ...]
    remarks: tuple[Remark, ...]

    @property
    def kinds(self) -> str:
        """The kinds of its remarks, as names of CSS classes."""
        return " ".join(dict.fromkeys(remark.kind for remark in self.remarks))


class Lines:
    """The lines of a record.

    Args:
        text: the record.
        remarks: what is said about it.
        valid: whether the text is JSON, so that pointers lead to lines.
    """

    def __init__(self, text: str, remarks: Iterable[Remark] = (), *, valid: bool = True) -> None:
        self._places: Mapping[str, int] = value_lines(text) if valid else {}
        self._remarks: dict[int, list[Remark]] = {}
        self._texts = text.rstrip("\n").split("\n")
        for remark in remarks:
            number = remark.line or self.of(remark.pointer)
            if number is not None:
                self._remarks.setdefault(number, []).append(remark)

    def of(self, pointer: str) -> int | None:
        """Return the line of the value at a pointer, or of the nearest value around it."""
        while pointer not in self._places:
            if not pointer:
                return None
            pointer = pointer.rpartition("/")[0]
        return self._places[pointer]

    def of_all(self, pointers: Iterable[str]) -> tuple[int, ...]:
        """Return the lines of the values at some pointers, each once, from the top."""
        found = (self.of(pointer) for pointer in pointers)
        return tuple(sorted({line for line in found if line is not None}))

    @property
    def cut(self) -> int:
        """How many lines are not shown."""
        return max(0, len(self._texts) - MAX_LINES)

    def __iter__(self) -> Iterator[Line]:
        for number, text in enumerate(self._texts[:MAX_LINES], 1):
            yield Line(number, tuple(_parts(text)), tuple(self._remarks.get(number, ())))


def _parts(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    for match in _PARTS.finditer(text):
        if match.start() > end:
            yield "", text[end : match.start()]
        yield match.lastgroup or "", match[0]
        end = match.end()
    if end < len(text):
        yield "", text[end:]
