"""``cds rules approve``: records who approved what a rule says."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import typer
from cds_engine.approvals.approve import approve, example_records
from cds_engine.approvals.check import check_approvals, unapproved
from cds_engine.approvals.files import approval_path, approval_text
from cds_engine.errors import nearest
from cds_engine.evaluate import Engine
from cds_engine.rulebook.model import Rule
from cds_engine.scenarios.mentions import mentions
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Recording

from cds_api.commands.output import print_error_line, print_problems
from cds_api.commands.rulebooks import features_folder, open_engine


def check(given: str | None, features: Path | None) -> int:
    """Print each active rule whose text is not approved as it is; return 1 if there is one."""
    engine = open_engine(given)
    folder = features_folder(features, engine.rulebook)
    problems = [*check_approvals(engine, folder), *unapproved(engine, folder)]
    print_problems(problems)
    return 1 if problems else 0


def approve_rules(
    names: Sequence[str], by: str, on: datetime.date, given: str | None, features: Path | None
) -> int:
    """Write the approvals of rules and print what was approved; return 1 if a rule has no example.

    Raises:
        typer.BadParameter: if there is no such active rule; the message suggests the closest name.
    """
    engine = open_engine(given)
    folder = features_folder(features, engine.rulebook)
    rules = [_rule(engine, name) for name in names]
    recording = _run(rules, engine.rulebook.root, folder)
    code = 0
    for rule in rules:
        approval = approve(engine, rule, example_records(rule, folder, recording), by, on)
        if approval is None:
            print_error_line(
                f"{rule.id}: no reviewed scenario expects it to fire; write one, then approve it"
            )
            code = 1
            continue
        path = approval_path(folder, rule.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(approval_text(approval), encoding="utf-8", newline="\n")
        typer.echo(f"{path}: approved by {by}\n\n{approval.rendering}")
    return code


def _rule(engine: Engine, name: str) -> Rule:
    active = {rule.id: rule for rule in engine.rulebook.active_rules}
    if name not in active:
        raise typer.BadParameter(f"no active rule '{name}'{nearest(name, active)}")
    return active[name]


def _run(rules: Sequence[Rule], rulebook: Path, features: Path) -> Recording:
    """Return a run of the features that mention one of the rules."""
    files = {mention.file for rule in rules for mention in mentions(rule.id, features)}
    return run_features(sorted(files), rulebook) if files else Recording()
