"""The ``cds`` command: its subcommands, and how every error becomes one line and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from cds_api.cli import (
    audit,
    cohort,
    evaluate,
    ledger,
    open,
    rulebook,
    rules,
    scenarios,
    schema,
    serve,
    terminology,
    timeline,
)
from cds_api.extras import MissingExtraError

EXAMPLES = """Examples:

\b
  cds evaluate patient.json
  cds rules list
  cds rules check rules/my-rulebook
  cds --version
"""

app = typer.Typer(
    name="cds",
    epilog=EXAMPLES,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"mianserin-cds {version('mianserin-cds')}")
        raise typer.Exit


@app.callback()
def cds(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Evaluate patient records, and check, test and audit the rules. For research use only."""


app.command("evaluate", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command("timeline", epilog=timeline.EXAMPLES)(timeline.timeline)
app.add_typer(rules.app, name="rules")
app.add_typer(rulebook.app, name="rulebook")
app.command("scenarios", epilog=scenarios.EXAMPLES)(scenarios.scenarios)
app.command("audit", epilog=audit.EXAMPLES)(audit.audit)
app.add_typer(cohort.app, name="cohort")
app.add_typer(terminology.app, name="terminology")
app.add_typer(ledger.app, name="ledger")
app.command("serve", epilog=serve.EXAMPLES)(serve.serve)
app.command("open", epilog=open.EXAMPLES)(open.open_)
app.command("schema", epilog=schema.EXAMPLES)(schema.schema)


def main() -> None:
    """Run ``cds`` and exit: 0 done, 1 a check failed, 2 bad input or usage."""
    _write_utf8()
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as error:  # such as `cds rules list | head`
        # Typer turns a pipe that closed early into exit code 1, which here means that a check failed.
        if not isinstance(error.__context__ or error, BrokenPipeError):
            raise
        _discard_stdout()
        code = 0
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run ``cds`` with ``arguments`` and return its exit code; errors go to stderr, one line each."""
    try:
        result = app(arguments or ["--help"], prog_name="cds", standalone_mode=False)
    except Abort:
        typer.echo("cds: stopped", err=True)
        return 130
    except MissingExtraError as error:
        typer.echo(str(error), err=True)
        return 2
    except TyperException as error:
        from cds_api.commands.output import print_error_line

        print_error_line(_usage_message(error))
        return 2
    except BrokenPipeError:
        raise
    except Exception as error:
        # The engine defines its errors, so this import loads it.
        from cds_api.commands.output import print_expected_error

        if not print_expected_error(error):
            raise
        return 2
    return result if isinstance(result, int) else 0


def _usage_message(error: TyperException) -> str:
    """Return what is wrong with the arguments, and which help explains them, in one line."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "cds"
    message = " ".join(error.format_message().split())
    return f"{command}: {message} (try '{command} --help')"


def _write_utf8() -> None:
    """Make the output UTF-8 in every locale: JSON is UTF-8, and no character may end the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")


def _discard_stdout() -> None:
    """Discard the rest of stdout, because its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
