"""What the programs say of themselves: commands, routes and the steps of scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from cds_api.app import create_app
from cds_api.cli.main import app
from cds_api.settings import Settings
from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import default_rulebook
from cds_engine.scenarios import steps as step_modules
from cds_engine.scenarios.listing import example_of
from cds_engine.scenarios.step_list import STEPS
from cds_engine.scenarios.template import TYPES, kinds

from tools.docs.text import markdown, table

WIDTH = 88


def commands() -> str:
    """Return the help of every command."""
    return "\n\n".join(_help(typer.main.get_command(app), "cds", None))


def _help(command: Any, name: str, parent: Any) -> Iterator[str]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=WIDTH)
    subcommands = getattr(command, "commands", {})
    if not subcommands:
        yield f"## {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```"
    for subname, subcommand in subcommands.items():
        yield from _help(subcommand, subname, context)


def routes() -> str:
    """Return a table of the routes of the service."""
    described = create_app(Settings()).openapi()
    rows = [
        (f"`{method.upper()} {path}`", operation["summary"])
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    return table(("route", "does"), rows)


def errors() -> str:
    """Return a table of the statuses with which the service answers what it refuses."""
    described = create_app(Settings()).openapi()
    found = {
        status: answer["description"].partition(": ")[2]
        for methods in described["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    }
    return table(("status", "means"), sorted(found.items()))


def steps() -> str:
    """Return the steps, group by group, with meaning and example, and how each parameter is written."""
    engine = Engine(load_rulebook(default_rulebook()))
    parts = []
    for module in step_modules.MODULES:
        group = module.__name__.rpartition(".")[2]
        heading = group.replace("_", " ").capitalize()
        entries = [
            f"`{step.keyword} {step.template}`\n\n:   {markdown(step.meaning)}\n\n"
            + _indented("".join(f"or `{synonym}`\n\n" for synonym in step.synonyms))
            + "\n\n"
            + _indented(f"```gherkin\n{step.keyword} {example_of(step, engine)}\n```")
            for step in STEPS
            if step.group == group
        ]
        parts.append(f"### {heading}\n\n{markdown(module.__doc__ or '')}\n\n" + "\n\n".join(entries))
    used = sorted({kind for step in STEPS for kind in kinds(step.template)})
    rows = ((f"`{{{kind}}}`", TYPES[kind][1]) for kind in used)
    return "\n\n".join([*parts, "### Parameters\n\n" + table(("parameter", "written as"), rows)])


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
