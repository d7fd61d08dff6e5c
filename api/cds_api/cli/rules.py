"""The options of ``cds rules`` and its subcommands."""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cds_api.cli.options import (
    AsOfOption,
    FeaturesOption,
    OutputOption,
    RulebookOption,
    RulebooksOption,
    evaluation_day,
)
from cds_api.extras import require_extra

EXAMPLES = """Examples:

\b
  cds rules check
  cds rules show monitoring.count-falling
  cds rules show patient.age_years
  cds rules new dosing.my-first-rule
"""

app = typer.Typer(help="Check, list, show and write rules.", epilog=EXAMPLES, rich_markup_mode=None)


class CheckFormat(StrEnum):
    """The output formats of ``cds rules check``."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class ListFormat(StrEnum):
    """The output formats of ``cds rules list``."""

    TEXT = "text"
    JSON = "json"


class DiffFormat(StrEnum):
    """The output formats of ``cds rules diff``."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


RuleArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The rule's id, such as dosing.my-first-rule.")
]
NameArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The id of a rule or a fact, such as dosing.my-first-rule.")
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit with 1 if a file on disk differs.")
]


@app.command("check", epilog="Example: cds rules check rules/my-rulebook --format sarif > rules.sarif")
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME|DIR...]", help="Rulebooks, and folders of shared terminologies."),
    ] = None,
    format_: Annotated[
        CheckFormat, typer.Option("--format", help="text for people, json and sarif for programs.")
    ] = CheckFormat.TEXT,
    rulebook: RulebooksOption = None,
) -> int:
    """Validate rulebooks.

    Reports every problem with file, line and column.
    """
    from cds_api.commands.rules import check_rules

    return check_rules([*(names or []), *(rulebook or [])], format_.value)


@app.command("list", epilog="Example: cds rules list --format json")
def list_(
    format_: Annotated[
        ListFormat, typer.Option("--format", help="text for people, json for programs.")
    ] = ListFormat.TEXT,
    rulebook: RulebookOption = None,
) -> None:
    """List the rules."""
    from cds_api.commands.rules import list_rules

    list_rules(rulebook, format_.value)


@app.command("show", epilog="Example: cds rules show monitoring.neutropenia-moderate")
def show(name: NameArgument, rulebook: RulebookOption = None, features: FeaturesOption = None) -> None:
    """Show one rule or one fact in English.

    Of a rule: its resolved numbers, evidence, conflicts and scenarios. Of a fact: how it follows from a
    record.
    """
    from cds_api.commands.rules import show_rule_or_fact

    show_rule_or_fact(name, rulebook, features)


@app.command("new", epilog="Example: cds rules new dosing.my-first-rule")
def new(rule: RuleArgument, rulebook: RulebookOption = None, features: FeaturesOption = None) -> None:
    """Write a new rule file and its feature.

    The rule is a draft until its status is 'active'.
    """
    from cds_api.commands.rules import write_new_rule

    write_new_rule(rule, rulebook, features)


@app.command("schema", epilog="Example: cds rules schema --check")
def schema(check: CheckOption = False, rulebook: RulebookOption = None) -> int:
    """Write the JSON Schemas of rulebook files.

    Editors use them for completion. They are written beside the rulebook's folder.
    """
    from cds_api.commands.rules import write_schemas

    return write_schemas(rulebook, check=check)


@app.command("docs", epilog="Example: cds rules docs --check")
def docs(check: CheckOption = False, rulebook: RulebooksOption = None) -> int:
    """Write the rulebook's README.

    It lists rules, parameters, evidence and conflicts.
    """
    from cds_api.commands.rules import write_readmes

    return write_readmes(rulebook or [], check=check)


@app.command("diff", epilog="Example: cds rules diff rules/one rules/another --format markdown")
def diff(  # noqa: PLR0913, PLR0917 - one argument per option
    before: Annotated[str, typer.Argument(metavar="A", help="The name or folder of one rulebook.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The name or folder of the other.")],
    format_: Annotated[
        DiffFormat,
        typer.Option("--format", help="text for people, json for programs, markdown for pull requests."),
    ] = DiffFormat.TEXT,
    output: OutputOption = None,
    features: Annotated[
        list[Path] | None,
        typer.Option(
            "--features", metavar="PATH", help="Feature files or folders to run. [default: those of A]"
        ),
    ] = None,
    scenarios: Annotated[bool, typer.Option(help="Run scenarios with both rulebooks.")] = True,
    population: Annotated[
        list[str] | None,
        typer.Option(
            "--population",
            metavar="INPUT",
            help="Records, facts or a folder of tables: how many patients change.",
        ),
    ] = None,
    as_of: AsOfOption = None,
) -> None:
    """Show what differs in meaning between two rulebooks.

    Each rule and fact is proved equal for every record, or shown to be narrower, wider or different with a
    record that the engine treats so. Shows the texts side by side and the scenarios that change.
    """
    if population:
        require_extra("cohort", "cds rules diff --population")
    from cds_api.commands.difference import DifferenceOptions, show_difference

    options = DifferenceOptions(features or [], scenarios, population or [], evaluation_day(as_of))
    show_difference(before, after, options, format_.value, output)


@app.command("approve", epilog='Example: cds rules approve dosing.my-first-rule --by "A. Name"')
def approve(
    rules: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help="The ids of the rules to approve.")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who approves them.")] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a rule is not approved as it is.")
    ] = False,
    rulebook: RulebookOption = None,
    features: FeaturesOption = None,
) -> int:
    """Record who approved what a rule says.

    Writes the rule's text for an example record into the folder approvals of the features. Until the text is
    approved again, 'cds rules check' fails if it changes.
    """
    if check == bool(rules) or check == bool(by.strip()):
        raise typer.BadParameter("expected the ids of rules and --by NAME, or --check alone")
    from cds_api.commands import approvals

    if check:
        return approvals.check(rulebook, features)
    today = datetime.datetime.now(datetime.UTC).date()
    return approvals.approve_rules(rules or [], " ".join(by.split()), today, rulebook, features)


@app.command("lock", epilog="Example: cds rules lock --check")
def lock(check: CheckOption = False, rulebook: RulebooksOption = None) -> int:
    """Write the version lock, rulebook.lock.

    It keeps what each rule, fact and parameter means; the lock of a shared terminology, what each concept
    means. Nothing is written while a meaning has changed and its version has not.
    """
    from cds_api.commands.rules import write_locks

    return write_locks(rulebook or [], check=check)
