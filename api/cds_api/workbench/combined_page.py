"""The page at ``/`` for a record that several rulebooks evaluate, and which rulebooks a form selects."""

from __future__ import annotations

import datetime
from functools import partial

from fastapi import Request, Response

from cds_api.service import LARGE_BODY
from cds_api.workbench.evaluating.combined import ALONE, CombinedWorkspace, open_combined
from cds_api.workbench.evaluating.steps import record_text
from cds_api.workbench.evaluating.views import count_indicators, examples
from cds_api.workbench.forms import Form
from cds_api.workbench.render import RULEBOOK_PARAMETER, Pages
from cds_api.workbench.start_page import start_response


def selected_rulebooks(pages: Pages, request: Request, form: Form) -> list[str]:
    """Return the ids of the rulebooks that shall evaluate the record of a form, in the order of the service.

    They are those that the form selects, else those of the address. An example for several rulebooks is
    evaluated with these as well.

    Raises:
        ApiError: 404, if the form selects a rulebook that is not served.
    """
    given = () if form.text("do") == ALONE else form.all(RULEBOOK_PARAMETER)
    wanted = {pages.service.engine_of(name).rulebook.id for name in given}
    wanted = wanted or {engine.rulebook.id for engine in pages.engines(request)}
    shared = pages.shared_example(form.text("example"))
    if shared is not None:
        wanted |= set(shared.rulebooks)
    return [name for name in pages.service.engines if name in wanted]


async def combined_response(pages: Pages, request: Request, form: Form, moment: datetime.date) -> Response:
    """Return the page with the answer of several rulebooks to the record of a form, or with its problems."""
    engines = pages.engines(request)
    shared = pages.shared_example(form.text("example"))
    text = record_text(engines[0], form) if shared is None else shared.example.text
    work = partial(open_combined, engines, text, moment)
    opened = await pages.in_background(work) if len(text) >= LARGE_BODY else work()
    if not isinstance(opened, CombinedWorkspace):
        return start_response(pages, request, form=form, workspace=opened)
    for part in opened.parts.values():
        pages.service.metrics.count_evaluation(part.evaluation)
    return await pages.in_background(_page, pages, request, opened, form)


def _page(pages: Pages, request: Request, workspace: CombinedWorkspace, form: Form) -> Response:
    return pages.render(
        request,
        "evaluate/combined.html.j2",
        title="Evaluation with several rulebooks",
        switchable=None,
        workspace=workspace,
        evaluation=workspace.evaluation,
        as_of=form.text("as_of"),
        here=pages.here(request),
        selected=list(workspace.parts),
        link_in={name: partial(pages.address_in, [name]) for name in workspace.parts},
        counts=count_indicators(each.indicator for each in workspace.evaluation.advisories),
        alone=ALONE,
        examples=examples(pages.engine(request).rulebook),
        shared_examples=pages.shared_examples,
    )
