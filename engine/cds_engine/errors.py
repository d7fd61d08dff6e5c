"""Errors for people: the place, what was expected, and the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One error in a file or record.

    ``pointer`` is an RFC 6901 JSON pointer into the document. ``line`` and ``column`` count from 1; they are
    None if there is no line (a record passed as an object, a file that cannot be opened).
    """

    source: str
    message: str
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    code: str = "invalid"

    def __str__(self) -> str:
        place = self.source
        if self.line is not None:
            place += f":{self.line}:{self.column}"
        if self.pointer:
            place += f": {self.pointer}"
        return f"{place}: {self.message}"


class ProblemsError(Exception):
    """All problems of one input, not just the first one."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RecordError(ProblemsError):
    """A patient record that cannot be evaluated."""


class RulebookError(ProblemsError):
    """A rulebook that cannot be used."""


class EngineError(Exception):
    """The inference engine and the reference logic disagree, or a limit of the engine was exceeded."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``" (did you mean 'x'?)"`` for the valid name closest to ``name``, or an empty string."""
    close = difflib.get_close_matches(name, list(valid), n=1, cutoff=0.6)
    return f" (did you mean '{close[0]}'?)" if close else ""


def pointer(*parts: str | int) -> str:
    """Join ``parts`` into an RFC 6901 JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def printable(text: str) -> str:
    """Return ``text`` on one line, with control characters and other unprintable ones escaped."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
