"""The page on which a record is entered, also with what is wrong with the one that was."""

from __future__ import annotations

import datetime

from cds_engine.record.moments import parse_moment
from fastapi import Request, Response

from cds_api.service import now
from cds_api.workbench.evaluating import views
from cds_api.workbench.evaluating.workspace import Workspace
from cds_api.workbench.forms import Form
from cds_api.workbench.render import Pages

NO_DAY = "The day of the evaluation is written YYYY-MM-DD, or as a timestamp with an offset."
NOTHING = "Paste a record, choose a file, or open an example."


def start_response(
    pages: Pages,
    request: Request,
    *,
    form: Form | None = None,
    workspace: Workspace | None = None,
    problem: str = "",
) -> Response:
    """Return the page. Its status is 200 also if the record has problems: the page is there to correct them.

    Args:
        pages: renders the page.
        request: the request.
        form: what was submitted.
        workspace: the record that was submitted, if it has problems.
        problem: what else is wrong with the form.
    """
    text = workspace.text if workspace is not None else form.text("record") if form is not None else ""
    return pages.render(
        request,
        "evaluate/start.html.j2",
        title="Evaluate",
        examples=views.examples(pages.engine(request).rulebook),
        text=text,
        as_of=form.text("as_of") if form is not None else "",
        workspace=workspace,
        problem=problem,
        here=pages.here(request),
        selected=[engine.rulebook.id for engine in pages.engines(request)],
        shared_examples=pages.shared_examples,
    )


def evaluation_moment(form: Form) -> datetime.date | None:
    """Return the day to evaluate for, if the record has none: the one in the form, else now (UTC).

    None if the form has something else there.
    """
    text = form.text("as_of")
    try:
        return parse_moment(text) if text else now()
    except ValueError:
        return None
