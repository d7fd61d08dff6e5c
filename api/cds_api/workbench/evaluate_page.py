"""``/``: evaluates a record and explains the answer."""

from __future__ import annotations

import datetime
from typing import Any

from cds_engine.evaluate import Engine
from cds_engine.rulebook.text import unit_label
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cds_api.service import LARGE_BODY
from cds_api.workbench.combined_page import combined_response, selected_rulebooks
from cds_api.workbench.evaluating import views
from cds_api.workbench.evaluating.answering import NONE_OF_THESE, field_name
from cds_api.workbench.evaluating.record_form import record_of
from cds_api.workbench.evaluating.record_text import format_json
from cds_api.workbench.evaluating.steps import FIELDS, Result, open_form, take_steps
from cds_api.workbench.evaluating.workspace import Workspace
from cds_api.workbench.form_page import form_page
from cds_api.workbench.forms import Form, read_form
from cds_api.workbench.render import Pages
from cds_api.workbench.start_page import NO_DAY, NOTHING, evaluation_moment, start_response

SAME_FORM = 307
"""The status of a response that makes a browser send the same form to another address."""


def router(pages: Pages) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter()

    @routes.get("/")
    async def start(request: Request) -> Response:
        return start_response(pages, request)

    @routes.post("/")
    async def evaluate(request: Request) -> Response:
        form = await read_form(request, pages.service.settings)
        wanted = selected_rulebooks(pages, request, form)
        if wanted != [engine.rulebook.id for engine in pages.engines(request)]:
            return RedirectResponse(pages.address_in(wanted, "/"), SAME_FORM)
        return await evaluation_response(pages, request, form)

    return routes


async def evaluation_response(pages: Pages, request: Request, form: Form) -> Response:
    """Return the page with the evaluation of the record that a form holds, or with its problems."""
    service, engine = pages.service, pages.engine(request)
    moment = evaluation_moment(form)
    if moment is None or not holds_record(form):
        return start_response(pages, request, form=form, problem=NO_DAY if moment is None else NOTHING)
    if len(pages.engines(request)) > 1:
        return await combined_response(pages, request, form, moment)
    if "change" in form or form.size >= LARGE_BODY:
        workspace, result = await pages.in_background(evaluated, engine, form, moment)
    else:
        workspace, result = evaluated(engine, form, moment)
    if result is not None:
        service.metrics.count_evaluation(result.workspace.evaluation)
        return pages.render(
            request,
            "evaluate/result.html.j2",
            here=pages.here(request),
            shared_examples=pages.shared_examples,
            **result_context(result, form),
        )
    if form.text("do") == FIELDS:
        return form_page(pages, request, record_of(form), blank={}, problems=workspace.problems)
    return start_response(pages, request, form=form, workspace=workspace)


def holds_record(form: Form) -> bool:
    """Return whether a form holds a record in any way."""
    texts = any(form.text(name) for name in ("record", "example", "instead"))
    return texts or form.text("do") == FIELDS or bool(form.files.get("file"))


def evaluated(engine: Engine, form: Form, moment: datetime.date) -> tuple[Workspace, Result | None]:
    """Return the record of a form, and what to show about it if it has no problems."""
    workspace = open_form(engine, form, moment)
    return workspace, None if workspace.result is None else take_steps(workspace, form)


def result_context(result: Result, form: Form) -> dict[str, Any]:
    """Return what the page shows about a record that was evaluated."""
    return {
        "title": "Evaluation",
        "switchable": None,
        "result": result,
        "workspace": result.workspace,
        "evaluation": result.workspace.evaluation,
        "as_of": form.text("as_of"),
        "form": form,
        "counts": views.count_indicators(view.advisory.indicator for view in result.advisories),
        "outcome_texts": views.OUTCOME_TEXTS,
        "field_name": field_name,
        "none_of_these": NONE_OF_THESE,
        "view": "evaluation",
        "unit_label": unit_label,
        "format_json": format_json,
        "examples": views.examples(result.workspace.engine.rulebook),
    }
