"""What one submission of the Evaluate page does: changes the record, evaluates it, and compares a change."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine
from cds_engine.explain import Question
from cds_engine.language.kleene import Outcome

from cds_api.workbench.evaluating import views
from cds_api.workbench.evaluating.answering import answer, has_answers, open_questions
from cds_api.workbench.evaluating.combined import ALONE, text_for
from cds_api.workbench.evaluating.record_form import record_of
from cds_api.workbench.evaluating.record_text import format_json
from cds_api.workbench.evaluating.what_if import Difference, Group, apply_change, compare, groups
from cds_api.workbench.evaluating.workspace import Workspace, open_workspace
from cds_api.workbench.forms import Form

if TYPE_CHECKING:
    from cds_engine.audit.smallest_change import ChangeSearch

FIELDS = "form"
"""What a form asks for whose fields are the record."""
SEARCH_SECONDS = 10.0
"""The time limit for the search for a smallest change."""


@dataclass(frozen=True)
class WhatIf:
    """A change that is tried: the place, the new text, and what it would change or what is wrong with it."""

    pointer: str = ""
    text: str = ""
    difference: Difference | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Result:
    """Everything that the page shows about a record that could be evaluated."""

    workspace: Workspace
    advisories: tuple[views.AdvisoryView, ...]
    rules: Mapping[Outcome, tuple[views.RuleView, ...]]
    questions: tuple[Question, ...]
    answer_problems: tuple[Problem, ...]
    places: tuple[Group, ...]
    what_if: WhatIf
    change: ChangeSearch | None
    said: str
    """What the submission did, in a sentence, if it changed the record."""


def open_form(engine: Engine, form: Form, moment: datetime.date) -> Workspace:
    """Return the record that a form holds, evaluated.

    Args:
        engine: the engine.
        form: the form.
        moment: the day or the time to evaluate for, if the record has none.
    """
    return open_workspace(engine, record_text(engine, form), moment)


def record_text(engine: Engine, form: Form) -> str:
    """Return the record that a form holds as a text, a file, fields or the name of an example."""
    text = form.text("record")
    examples = {each.name: each.text for each in views.examples(engine.rulebook)} if "example" in form else {}
    if form.text("do") == FIELDS:
        return format_json(record_of(form))
    if form.text("do") == ALONE:
        return text_for(engine, text)
    if form.text("example") in examples:
        return examples[form.text("example")]
    if form.text("instead"):
        return form.text("instead")
    if form.files.get("file"):
        return form.files["file"].decode("utf-8", "replace")
    return text


def take_steps(workspace: Workspace, form: Form) -> Result:
    """Do what a form asks for with a record that was evaluated without problems."""
    said = ""
    problems: tuple[Problem, ...] = ()
    asked = open_questions(workspace)
    if has_answers(form):
        workspace, said, problems = _answered(workspace, asked, form)
        asked = open_questions(workspace)
    what_if = WhatIf(form.text("place"), form.text("value"))
    if what_if.pointer:
        workspace, what_if, kept = _try_change(workspace, what_if, form)
        said = kept or said
    return Result(
        workspace,
        views.advisories(workspace),
        views.rules(workspace),
        asked,
        problems,
        tuple(groups(workspace.native.record)),
        what_if,
        search(workspace, form.text("change")),
        said,
    )


def _answered(
    workspace: Workspace, asked: Sequence[Question], form: Form
) -> tuple[Workspace, str, tuple[Problem, ...]]:
    try:
        changed = workspace.changed(answer(workspace, asked, form))
    except RecordError as error:
        return workspace, "", error.problems
    if changed.result is None:
        return workspace, "", changed.problems
    return changed, _said("The answers are", workspace), ()


def _try_change(workspace: Workspace, wanted: WhatIf, form: Form) -> tuple[Workspace, WhatIf, str]:
    """Return the workspace, what the change does, and what was said if the change was kept."""
    try:
        record = apply_change(workspace.native.record, wanted.pointer, wanted.text)
        changed = workspace.changed(record)
    except RecordError as error:
        return workspace, WhatIf(wanted.pointer, wanted.text, problems=error.problems), ""
    if changed.result is None:
        return workspace, WhatIf(wanted.pointer, wanted.text, problems=changed.problems), ""
    if form.text("do") == "keep":
        return changed, WhatIf(), _said("The change is", workspace)
    difference = compare(workspace.evaluation, changed.evaluation)
    return workspace, WhatIf(wanted.pointer, wanted.text, difference), ""


def _said(what: str, before: Workspace) -> str:
    """Return the sentence that says what was put into the record; a Bundle became a native record by it."""
    converted = " The Bundle became a native record." if before.is_bundle else ""
    return f"{what} in the record, and it was evaluated again.{converted}"


def search(workspace: Workspace, rule: str) -> ChangeSearch | None:
    """Return the smallest change that would make a rule fire, or silence it if it fires.

    None if no rule is named, or none of this name is active.
    """
    outcome = workspace.evaluation.outcomes.by_rule.get(rule)
    if outcome is None:
        return None
    from cds_engine.audit.smallest_change import smallest_change  # imports Z3

    record: dict[str, Any] = dict(workspace.native.record)
    return smallest_change(
        workspace.engine,
        record,
        rule,
        workspace.moment,
        fires=outcome != "fired",
        seconds=SEARCH_SECONDS,
    )
