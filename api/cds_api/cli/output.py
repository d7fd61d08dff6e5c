"""What goes to the terminal: one line a fault, and nothing in it that a terminal would obey."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import typer
from cds_engine.errors import Problem, printable


def print_problems(problems: Iterable[Problem]) -> None:
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


def write_out(text: str, output: Path | None) -> None:
    """Write ``text`` to a file, or to stdout where none is named."""
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
