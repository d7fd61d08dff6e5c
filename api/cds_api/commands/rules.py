"""``cds rules``: checks, lists, shows and writes rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import typer
from cds_engine.approvals.check import check_approvals
from cds_engine.audit.audit_file import specification
from cds_engine.errors import EngineError, Problem, nearest
from cds_engine.evaluate import Engine
from cds_engine.rulebook import Rule, Rulebook, load_rulebook
from cds_engine.rulebook.authoring import new_feature, new_rule
from cds_engine.rulebook.check_numbers import check_numbers
from cds_engine.rulebook.check_texts import check_texts
from cds_engine.rulebook.check_units import check_units
from cds_engine.rulebook.docs import readme, rule_page
from cds_engine.rulebook.fact_prose import fact_page
from cds_engine.rulebook.load import inspect_rulebook
from cds_engine.rulebook.lock import FILE as LOCK
from cds_engine.rulebook.lock import check_lock, lock_text
from cds_engine.rulebook.schemas import schemas
from cds_engine.rulebook.shared_check import check_shared
from cds_engine.rulebook.shared_folder import is_shared, open_shared
from cds_engine.rulebook.shared_lock import FILE as SHARED_LOCK
from cds_engine.rulebook.shared_lock import check_shared_lock, shared_lock_text
from cds_engine.scenarios.mentions import mentions

from cds_api.commands.output import print_error_line, print_problems, tool_version
from cds_api.commands.rulebooks import features_folder, open_rulebook, rulebook_folder, rulebook_folders
from cds_api.commands.sarif import to_sarif


def check_rules(given: Sequence[str], format_: Literal["text", "json", "sarif"]) -> int:
    """Print every problem of rulebooks and shared terminologies; return 1 if there is one, else 0.

    Raises:
        RulebookError: if a name is neither a shipped rulebook nor a folder.
    """
    problems: list[Problem] = []
    for folder in rulebook_folders(given):
        found, sizes = _check(folder)
        problems += found
        if format_ == "text":
            print_problems(found)
            if not found:
                typer.echo(f"{sizes}: no problem found")
    if format_ == "json":
        typer.echo(json.dumps([_problem_json(problem) for problem in problems], indent=2))
    elif format_ == "sarif":
        typer.echo(json.dumps(to_sarif(problems, tool_version()), indent=2))
    return 1 if problems else 0


def _check(folder: Path) -> tuple[list[Problem], str]:
    """Return the problems of a rulebook or a shared terminology, and how large it is if there are none."""
    if is_shared(folder):
        shared, problems = check_shared(folder)
        return problems, f"{shared.id} {shared.version}" if shared is not None else ""
    rulebook, problems = check_rulebook(folder)
    if rulebook is None:
        return problems, ""
    return problems, (
        f"{rulebook.id} {rulebook.version}: {len(rulebook.rules)} rules, {len(rulebook.parameters)} "
        f"parameters, {len(rulebook.facts)} facts, {len(rulebook.evidence.claims)} claims"
    )


def check_rulebook(folder: Path) -> tuple[Rulebook | None, list[Problem]]:
    """Return the rulebook in ``folder``, if it can be loaded, and all its problems.

    Checks more than loading does: units, what the texts say, the version lock, whether the inference engine
    accepts the rules, and whether the texts that were approved are still the same.
    """
    rulebook, problems = inspect_rulebook(folder)
    if rulebook is None:
        return None, problems
    problems = [*problems, *check_units(rulebook)]
    if problems:  # what a rule with mistakes means or says is not known
        return rulebook, problems
    engine = Engine(rulebook)
    try:
        engine.edition(rulebook.first_day)
    except EngineError as error:
        return rulebook, [Problem(folder.as_posix(), str(error), code="engine")]
    approvals = check_approvals(engine, rulebook.features)
    said = [*check_texts(rulebook), *check_numbers(rulebook)]
    return rulebook, [*said, *check_lock(rulebook, specification(rulebook)), *approvals]


def _problem_json(problem: Problem) -> dict[str, str | int | None]:
    return {
        "file": problem.source,
        "line": problem.line,
        "column": problem.column,
        "pointer": problem.pointer,
        "code": problem.code,
        "message": problem.message,
    }


def list_rules(given: str | None, format_: Literal["text", "json"]) -> None:
    """Print the rules of a rulebook."""
    rules = open_rulebook(given).rules
    if format_ == "json":
        typer.echo(json.dumps([_rule_json(rule) for rule in rules.values()], indent=2))
        return
    width = max((len(name) for name in rules), default=0)
    for rule in rules.values():
        typer.echo(f"{rule.id:<{width}}  {rule.file.advisory.indicator:<8}  {rule.file.title}")


def _rule_json(rule: Rule) -> dict[str, object]:
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


def show_rule_or_fact(name: str, given: str | None, features: Path | None) -> None:
    """Print one rule in English with the scenarios that mention it, or one fact in English.

    Raises:
        typer.BadParameter: if there is no such rule or fact; the message suggests the closest name.
    """
    rulebook = open_rulebook(given)
    if name in rulebook.facts:
        typer.echo(fact_page(rulebook, rulebook.facts[name]))
        return
    if name not in rulebook.rules:
        hint = nearest(name, [*rulebook.rules, *rulebook.facts])
        raise typer.BadParameter(f"no rule or fact '{name}'{hint}")
    typer.echo(rule_page(rulebook, rulebook.rules[name]))
    found = list(mentions(name, features_folder(features, rulebook)))
    if found:
        typer.echo("\nScenarios")
    for mention in found:
        typer.echo(f"  - {_relative(mention.file)}:{mention.line}: {mention.scenario}")


def _relative(path: Path) -> Path:
    """Return a path relative to the working folder, if it is below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def write_new_rule(name: str, given: str | None, features: Path | None) -> None:
    """Write the file of a new rule, and a feature for it if there is a folder of features.

    Raises:
        typer.BadParameter: if ``name`` is not a valid id, or there is such a rule already.
    """
    rulebook = open_rulebook(given)
    folder = rulebook.root
    try:
        relative, text = new_rule(rulebook, name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    file = folder / relative
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    typer.echo(f"{file}: written as a draft; edit it, then run: cds rules check {folder}")
    scenarios = features_folder(features, rulebook)
    feature = scenarios / relative.parent / f"{relative.stem.partition('.')[2].replace('-', '_')}.feature"
    if scenarios.is_dir() and not feature.exists():
        feature.parent.mkdir(exist_ok=True)
        feature.write_text(new_feature(name), encoding="utf-8")
        typer.echo(f"{feature}: written; fill in its scenarios, then run: cds scenarios {feature}")


def write_schemas(given: str | None, *, check: bool) -> int:
    """Write the JSON Schemas of rulebook files beside the rulebook's folder; return the exit code."""
    folder = rulebook_folder(given).parent / "schema"
    return _write_generated({folder / name: text for name, text in schemas().items()}, check=check)


def write_readmes(given: Sequence[str], *, check: bool) -> int:
    """Write the READMEs of rulebooks; return the exit code."""
    rulebooks = [load_rulebook(folder) for folder in rulebook_folders(given)]
    return _write_generated({book.root / "README.md": readme(book) for book in rulebooks}, check=check)


def write_locks(given: Sequence[str], *, check: bool) -> int:
    """Write the version locks, unless a meaning changed without its version; return the exit code."""
    return max(_write_lock(folder, check=check) for folder in rulebook_folders(given))


def _write_lock(folder: Path, *, check: bool) -> int:
    if is_shared(folder):
        return _write_shared_lock(folder, check=check)
    rulebook = load_rulebook(folder)
    proofs = specification(rulebook)
    problems = check_lock(rulebook, proofs)
    print_problems(problems)
    return 1 if problems else _write_generated({folder / LOCK: lock_text(rulebook, proofs)}, check=check)


def _write_shared_lock(folder: Path, *, check: bool) -> int:
    problems: list[Problem] = []
    shared = open_shared(folder, problems)
    if shared is not None:
        problems += check_shared_lock(folder, shared)
    print_problems(problems)
    if shared is None or problems:
        return 1
    return _write_generated({folder / SHARED_LOCK: shared_lock_text(shared)}, check=check)


def _write_generated(texts: Mapping[Path, str], *, check: bool) -> int:
    """Write the files that differ from ``texts``; with ``check``, only report them and return 1."""
    outdated = [
        path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in outdated:
        if check:
            print_error_line(f"{path}: out of date; run the command without --check")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
            typer.echo(f"{path}: written")
    return 1 if check and outdated else 0
