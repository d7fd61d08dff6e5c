"""What was approved of the texts of rules, beside what the rules say now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cds_engine.approvals.check import check_approval, rendered
from cds_engine.approvals.files import Approval, approval_path, read_approval
from cds_engine.approvals.rendering import SECTIONS, sections_of
from cds_engine.errors import Problem, RecordError
from cds_engine.rulebook.model import Rule

from cds_api.workbench.views.book import Book

State = Literal["approved", "changed", "unreadable", "nobody", "not active", "not known"]
STATES: Mapping[State, str] = {
    "changed": "changed since the approval",
    "unreadable": "the approval cannot be read",
    "nobody": "approved by nobody",
    "approved": "approved as it is",
    "not active": "not active, needs no approval",
    "not known": "the features are not on this machine",
}
"""The states of approvals in words, in the order in which the page lists them."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section of an approved text, as it was approved and as it is now."""

    title: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the section differs."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """Whether the text of a rule is approved, by whom and when, and what differs."""

    rule: Rule
    state: State
    approval: Approval | None = None
    problems: tuple[Problem, ...] = ()
    sections: tuple[Section, ...] = ()
    fires: bool = True
    """Whether the rule still fires for the example record."""

    @property
    def text(self) -> str:
        """The state in words."""
        return STATES[self.state]

    @property
    def changed(self) -> tuple[Section, ...]:
        """The sections that differ from the approved text."""
        return tuple(section for section in self.sections if section.changed)

    @property
    def record(self) -> str:
        """The example record of the approval, as JSON text."""
        return "" if self.approval is None else json.dumps(dict(self.approval.record), indent=2)


def approval_view(book: Book, rule: Rule) -> ApprovalView:
    """Return the approval of a rule."""
    if book.features is None:
        return ApprovalView(rule, "not known")
    path = approval_path(book.features, rule.id)
    if not path.is_file():
        return ApprovalView(rule, "nobody" if rule.file.status == "active" else "not active")
    problems = tuple(check_approval(book.engine, path))
    try:
        approval = read_approval(path)
    except (ValueError, UnicodeDecodeError):
        return ApprovalView(rule, "unreadable", problems=problems)
    now = _now(book, rule, approval)
    before, after = sections_of(approval.rendering), sections_of(now or "")
    return ApprovalView(
        rule,
        "changed" if problems else "approved" if rule.file.status == "active" else "not active",
        approval,
        problems,
        tuple(
            Section(title, before.get(title, ""), after.get(title, ""))
            for title in SECTIONS
            if title in before or title in after
        ),
        fires=now is not None,
    )


def _now(book: Book, rule: Rule, approval: Approval) -> str | None:
    """Return what a rule says now about the example record of its approval; None if it does not fire."""
    try:
        return rendered(book.engine, rule, approval.record)
    except RecordError:
        return None


def approval_views(book: Book) -> dict[State, list[ApprovalView]]:
    """Return the approval of every rule by its state, those that need somebody first."""
    found: dict[State, list[ApprovalView]] = {}
    for rule in sorted(book.rulebook.rules.values(), key=lambda rule: rule.id):
        view = approval_view(book, rule)
        found.setdefault(view.state, []).append(view)
    return {state: found[state] for state in STATES if state in found}
