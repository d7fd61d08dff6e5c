"""``cds rules``: check, list, show, new, schema, docs."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from cds_engine.errors import EngineError, Problem, nearest
from cds_engine.evaluate import Engine
from cds_engine.rulebook import Rule, Rulebook, load_rulebook
from cds_engine.rulebook.authoring import new_feature, new_rule
from cds_engine.rulebook.check_units import check_units
from cds_engine.rulebook.docs import readme, rule_page
from cds_engine.rulebook.load import inspect_rulebook
from cds_engine.rulebook.schemas import schemas
from cds_engine.scenarios.mentions import mentions

from cds_api.cli.options import (
    FeaturesOption,
    RulebookOption,
    features_path,
    open_rulebook,
    rulebook_path,
    shown,
)
from cds_api.cli.output import print_problems
from cds_api.cli.sarif import sarif

EXAMPLES = """Examples:

\b
  cds rules check
  cds rules show monitoring.count-falling
  cds rules new dosing.my-first-rule
"""

app = typer.Typer(help="Check, list, show and write rules.", epilog=EXAMPLES, rich_markup_mode=None)


class CheckFormat(StrEnum):
    """How problems are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class ListFormat(StrEnum):
    """How rules are listed."""

    TEXT = "text"
    JSON = "json"


@app.command("check", epilog="Example: cds rules check rules/my-rulebook --format sarif > rules.sarif")
def check(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The rulebook's folder.")] = None,
    format_: Annotated[CheckFormat, typer.Option("--format")] = CheckFormat.TEXT,
    rulebook: RulebookOption = None,
) -> int:
    """Validate a rulebook and report every problem with file, line and column."""
    path = rulebook_path(folder or rulebook)
    loaded, problems = inspect(path)
    if format_ is CheckFormat.JSON:
        typer.echo(json.dumps([problem_json(problem) for problem in problems], indent=2))
    elif format_ is CheckFormat.SARIF:
        typer.echo(json.dumps(sarif(problems), indent=2))
    else:
        print_problems(problems)
        if loaded is not None and not problems:
            typer.echo(
                f"{loaded.id} {loaded.version}: {len(loaded.rules)} rules, "
                f"{len(loaded.parameters)} parameters, {len(loaded.facts)} facts, "
                f"{len(loaded.evidence.claims)} claims: no problem found"
            )
    if not path.is_dir():
        return 2
    return 1 if problems else 0


def inspect(path: Path) -> tuple[Rulebook | None, list[Problem]]:
    """Return the rulebook in ``path`` and everything that is wrong with it, its units included."""
    rulebook, problems = inspect_rulebook(path)
    if rulebook is None:
        return None, problems
    problems = [*problems, *check_units(rulebook)]
    if not problems:
        try:
            Engine(rulebook).edition(rulebook.first_day)
        except EngineError as error:
            problems = [Problem(path.as_posix(), str(error), code="engine")]
    return rulebook, problems


def problem_json(problem: Problem) -> dict[str, str | int | None]:
    """Return a problem as the JSON object that ``--format json`` lists."""
    return {
        "file": problem.source,
        "line": problem.line,
        "column": problem.column,
        "pointer": problem.pointer,
        "code": problem.code,
        "message": problem.message,
    }


@app.command("list", epilog="Example: cds rules list --format json")
def list_(
    format_: Annotated[ListFormat, typer.Option("--format")] = ListFormat.TEXT,
    rulebook: RulebookOption = None,
) -> None:
    """List the rules."""
    loaded = open_rulebook(rulebook)
    if format_ is ListFormat.JSON:
        typer.echo(json.dumps([rule_json(rule) for rule in loaded.rules.values()], indent=2))
        return
    width = max((len(name) for name in loaded.rules), default=0)
    for rule in loaded.rules.values():
        typer.echo(f"{rule.id:<{width}}  {rule.file.advisory.indicator:<8}  {rule.file.title}")


def rule_json(rule: Rule) -> dict[str, object]:
    """Return what ``cds rules list --format json`` says of one rule."""
    return {
        "id": rule.id,
        "family": rule.family,
        "version": rule.file.version,
        "status": rule.file.status,
        "title": rule.file.title,
        "indicator": rule.file.advisory.indicator,
        "summary": rule.file.advisory.summary,
        "path": rule.path,
    }


@app.command("show", epilog="Example: cds rules show monitoring.neutropenia-moderate")
def show(
    rule: Annotated[str, typer.Argument(metavar="ID")],
    rulebook: RulebookOption = None,
    features: FeaturesOption = None,
) -> None:
    """Show one rule in English, with resolved numbers, evidence, conflicts and its scenarios."""
    loaded = open_rulebook(rulebook)
    typer.echo(rule_page(loaded, known_rule(loaded, rule)))
    found = list(mentions(rule, features_path(features, rulebook)))
    if found:
        typer.echo("\nScenarios")
    for mention in found:
        typer.echo(f"  - {shown(mention.file)}:{mention.line}: {mention.scenario}")


def known_rule(rulebook: Rulebook, name: str) -> Rule:
    """Return the rule called ``name``, or a usage error that names the nearest one."""
    if name not in rulebook.rules:
        raise typer.BadParameter(f"no rule '{name}'{nearest(name, rulebook.rules)}")
    return rulebook.rules[name]


@app.command("new", epilog="Example: cds rules new dosing.my-first-rule")
def new(
    rule: Annotated[str, typer.Argument(metavar="ID")],
    rulebook: RulebookOption = None,
    features: FeaturesOption = None,
) -> None:
    """Write a new rule file and a feature for it; the rule is a draft until its status is 'active'."""
    path = rulebook_path(rulebook)
    loaded = load_rulebook(path)
    try:
        relative, text = new_rule(loaded, rule)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    target = path / relative
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")
    typer.echo(f"{target}: written as a draft; edit it, then run: cds rules check {path}")
    folder = features_path(features, rulebook)
    feature = folder / relative.parent / f"{relative.stem.partition('.')[2].replace('-', '_')}.feature"
    if folder.is_dir() and not feature.exists():
        feature.parent.mkdir(exist_ok=True)
        feature.write_text(new_feature(rule), encoding="utf-8")
        typer.echo(f"{feature}: written; fill in its scenarios, then run: cds scenarios {feature}")


Check = Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if a file on disk differs.")]


@app.command("schema", epilog="Example: cds rules schema --check")
def schema(check: Check = False, rulebook: RulebookOption = None) -> int:
    """Write the JSON Schemas that give editors completion, beside the rulebook's folder."""
    folder = rulebook_path(rulebook).parent / "schema"
    return _write({folder / name: text for name, text in schemas().items()}, check=check)


@app.command("docs", epilog="Example: cds rules docs --check")
def docs(check: Check = False, rulebook: RulebookOption = None) -> int:
    """Write the rulebook's README: its rules, parameters, evidence and conflicts."""
    path = rulebook_path(rulebook)
    return _write({path / "README.md": readme(load_rulebook(path))}, check=check)


def _write(texts: dict[Path, str], *, check: bool) -> int:
    """Write generated files, or with ``check`` report those that differ."""
    drifted = [
        path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in drifted:
        if check:
            typer.echo(f"{path}: not what is generated; run the command without --check", err=True)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
            typer.echo(f"{path}: written")
    return 1 if check and drifted else 0
