"""Compares the texts of a rulebook with those that were approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cds_engine.approvals.files import FOLDER, Approval, approval_path, read_approval
from cds_engine.approvals.rendering import SECTIONS, digest_of, first_difference, rendering
from cds_engine.errors import Problem, RecordError, nearest
from cds_engine.evaluate import Engine
from cds_engine.rulebook.model import Rule

LONGEST = 160
"""How much of a changed line a message shows."""


def check_approvals(engine: Engine, features: Path) -> list[Problem]:
    """Return a problem for each approved text that is no longer what its rule says.

    A rule without an approval has none; see :func:`unapproved`.
    """
    paths = sorted((features / FOLDER).glob("*.md"))
    return [problem for path in paths for problem in check_approval(engine, path)]


def check_approval(engine: Engine, path: Path) -> Iterator[Problem]:
    """Yield a problem if the text that the file at ``path`` approves is no longer what its rule says."""
    try:
        approval = read_approval(path)
    except (ValueError, UnicodeDecodeError) as error:
        message = f"{error}; restore it, or delete it and approve the rule again"
        yield Problem(path.as_posix(), message, line=1, column=1, code="approval")
        return
    if approval.rulebook == engine.rulebook.id:
        yield from _check(engine, approval, path)


def unapproved(engine: Engine, features: Path) -> list[Problem]:
    """Return a problem for each active rule whose text nobody has approved."""
    return [
        engine.rulebook.problem(
            rule, "/id", f"nobody has approved the text of '{rule.id}'; {_again(rule.id)}", "approval"
        )
        for rule in engine.rulebook.active_rules
        if not approval_path(features, rule.id).is_file()
    ]


def rendered(engine: Engine, rule: Rule, record: object) -> str | None:
    """Return what ``rule`` says about ``record``; None if it does not fire.

    Raises:
        RecordError: if the record cannot be evaluated.
    """
    evaluation = engine.evaluate(engine.read(record, "example record"), source="example record")
    advisory = next((found for found in evaluation.advisories if found.rule == rule.id), None)
    return None if advisory is None else rendering(rule, advisory)


def _check(engine: Engine, approval: Approval, path: Path) -> Iterator[Problem]:
    rule = engine.rulebook.rules.get(approval.rule)
    if rule is None:
        hint = nearest(approval.rule, engine.rulebook.rules)
        message = f"approves the unknown rule '{approval.rule}'{hint}; delete the file if the rule is gone"
        yield Problem(path.as_posix(), message, line=2, column=1, code="approval")
        return
    if rule.file.status != "active":
        return
    try:
        now = rendered(engine, rule, approval.record)
    except RecordError as error:
        message = f"the example record cannot be evaluated: {error}; {_again(rule.id)}"
        yield Problem(path.as_posix(), message, line=1, column=1, code="approval")
        return
    since = f"since {approval.by} approved it on {approval.on}"
    if now is None:
        message = f"'{rule.id}' no longer fires for the example record of its approval; {_again(rule.id)}"
        yield engine.rulebook.problem(rule, "/when", message, "approval")
    elif now != approval.rendering:
        section, before, after = first_difference(approval.rendering, now)
        change = f"'{_short(before)}' is now '{_short(after)}'"
        message = f"'{section}' of '{rule.id}' changed {since}: {change}; {_again(rule.id)}"
        yield engine.rulebook.problem(rule, SECTIONS[section], message, "approval")
    elif digest_of(rule, now) != approval.digest:
        message = f"the text of '{rule.id}', or what its braces stand for, changed {since}; {_again(rule.id)}"
        yield engine.rulebook.problem(rule, "/advisory", message, "approval")


def _again(rule: str) -> str:
    return f'read it, then run: cds rules approve {rule} --by "YOUR NAME"'


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
