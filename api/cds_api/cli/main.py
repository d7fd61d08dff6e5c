"""The ``cds`` command: its sub-commands, and how every error becomes one line and an exit code."""

from __future__ import annotations

import sys

import typer
from cds_engine.errors import EngineError, ProblemsError, printable
from typer.exceptions import Abort, TyperException

from cds_api.cli import audit, cohort, evaluate, rules, scenarios, serve
from cds_api.cli.output import drop_stdout, print_problems, use_utf8

EXAMPLES = """Examples:

\b
  cds evaluate patient.json
  cds rules list
  cds rules check rules/my-rulebook
"""

app = typer.Typer(
    name="cds",
    help="Research-only clinical decision support: evaluate patient records, check and audit the rules.",
    epilog=EXAMPLES,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("evaluate", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.add_typer(rules.app, name="rules")
app.add_typer(cohort.app, name="cohort")
app.command("audit", epilog=audit.EXAMPLES)(audit.audit)
app.command("serve", epilog=serve.EXAMPLES)(serve.serve)
app.command("scenarios", epilog=scenarios.EXAMPLES)(scenarios.scenarios)


def main() -> None:
    """Run ``cds`` and exit: 0 done, 1 a check failed, 2 bad input or usage."""
    use_utf8()
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as error:  # such as `cds rules list | head`
        # typer turns a pipe that closed early into exit code 1, which here means that a check failed.
        if not isinstance(error.__context__ or error, BrokenPipeError):
            raise
        drop_stdout()
        code = 0
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run ``cds`` with ``arguments`` and return its exit code; errors go to stderr, one line each."""
    try:
        result = app(arguments or ["--help"], prog_name="cds", standalone_mode=False)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else "cds"
        message = " ".join(error.format_message().split())
        typer.echo(printable(f"{where}: {message} (try '{where} --help')"), err=True)
        return 2
    except Abort:
        typer.echo("cds: stopped", err=True)
        return 130
    except ProblemsError as error:
        print_problems(error.problems)
        return 2
    except BrokenPipeError:
        raise
    except (EngineError, OSError) as error:
        typer.echo(printable(f"cds: {error}"), err=True)
        return 2
    return result if isinstance(result, int) else 0
