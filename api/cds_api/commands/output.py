"""Output of the commands: results to stdout or a file, errors to stderr, one line each.

Errors are escaped, so that text from a record or a file name cannot control the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import typer
from cds_engine.errors import EngineError, Problem, ProblemsError, printable

from cds_api.decisions import LedgerError
from cds_api.terminology.source import ImportFailedError


def print_error_line(text: str) -> None:
    """Print one line to stderr."""
    typer.echo(printable(text), err=True)


def print_problems(problems: Iterable[Problem]) -> None:
    """Print each problem to stderr, one line each."""
    for problem in problems:
        print_error_line(str(problem))


def print_expected_error(error: Exception) -> bool:
    """Print an error that the user can act on; return False for any other error."""
    match error:
        case ProblemsError():
            print_problems(error.problems)
        case EngineError() | ImportFailedError() | LedgerError() | OSError():
            print_error_line(f"cds: {error}")
        case _:
            return False
    return True


def write_output(text: str, output: Path | None) -> None:
    """Write ``text`` to a file, or to stdout if ``output`` is None."""
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def tool_version() -> str:
    """Return the version of this program."""
    return version("mianserin-cds")
