"""What goes to the terminal: one line a fault, and nothing in it that a terminal would obey."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import typer

from engine.errors import Problem


def printable(text: str) -> str:
    """Return ``text`` on one line, with control characters, which a record may hold, written as escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def complain(problems: Iterable[Problem]) -> None:
    """Write each problem to stderr, one line each."""
    for problem in problems:
        typer.echo(printable(str(problem)), err=True)


def use_utf8() -> None:
    """Write UTF-8 whatever the locale says: JSON is UTF-8, and a name must not end a program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")


def drop_stdout() -> None:
    """Send the rest of stdout nowhere, once its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
