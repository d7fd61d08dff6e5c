"""``/``: evaluates a record and explains the answer."""

from __future__ import annotations

import datetime
from typing import Any

from cds_engine.evaluate import Engine
from cds_engine.record.moments import parse_moment
from cds_engine.rulebook.text import unit_label
from fastapi import APIRouter, Request, Response

from cds_api.service import LARGE_BODY, now
from cds_api.workbench.evaluating import views
from cds_api.workbench.evaluating.answering import NONE_OF_THESE, field_name
from cds_api.workbench.evaluating.record_form import record_of
from cds_api.workbench.evaluating.record_text import format_json
from cds_api.workbench.evaluating.steps import FIELDS, Result, open_form, take_steps
from cds_api.workbench.evaluating.workspace import Workspace
from cds_api.workbench.form_page import form_page
from cds_api.workbench.forms import Form, read_form
from cds_api.workbench.render import Pages

UNPROCESSABLE = 422


def router(pages: Pages) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter()

    @routes.get("/")
    async def start(request: Request) -> Response:
        engine = pages.engine(request)
        return pages.render(request, "evaluate/start.html.j2", **start_context(engine))

    @routes.post("/")
    async def evaluate(request: Request) -> Response:
        return await evaluation_response(pages, request, await read_form(request, pages.service.settings))

    return routes


async def evaluation_response(pages: Pages, request: Request, form: Form) -> Response:
    """Return the page with the evaluation of the record that a form holds, or with its problems."""
    service, engine = pages.service, pages.engine(request)
    moment = evaluation_moment(form)
    if not holds_record(form):
        context = start_context(engine) | {"nothing_given": True}
        return pages.render(request, "evaluate/start.html.j2", status=UNPROCESSABLE, **context)
    if "change" in form or form.size >= LARGE_BODY:
        workspace, result = await service.in_background(evaluated, engine, form, moment)
    else:
        workspace, result = evaluated(engine, form, moment)
    if result is None and form.text("do") == FIELDS:
        return form_page(pages, request, record_of(form), blank={}, problems=workspace.problems)
    if result is None:
        context = start_context(engine) | {"workspace": workspace, "as_of": form.text("as_of")}
        return pages.render(request, "evaluate/start.html.j2", status=UNPROCESSABLE, **context)
    service.metrics.count_evaluation(result.workspace.evaluation)
    return pages.render(request, "evaluate/result.html.j2", **result_context(result, form))


def holds_record(form: Form) -> bool:
    """Return whether a form holds a record in any way."""
    texts = any(form.text(name) for name in ("record", "example", "instead"))
    return texts or form.text("do") == FIELDS or bool(form.files.get("file"))


def evaluated(engine: Engine, form: Form, moment: datetime.date) -> tuple[Workspace, Result | None]:
    """Return the record of a form, and what to show about it if it has no problems."""
    workspace = open_form(engine, form, moment)
    return workspace, None if workspace.result is None else take_steps(workspace, form)


def evaluation_moment(form: Form) -> datetime.date:
    """Return the day to evaluate for, if the record has none: the one given, else now (UTC)."""
    try:
        return parse_moment(form.text("as_of"))
    except ValueError:
        return now()


def start_context(engine: Engine) -> dict[str, Any]:
    """Return what the page shows before there is a record that can be evaluated."""
    return {
        "title": "Evaluate",
        "examples": views.examples(engine.rulebook),
        "workspace": None,
        "as_of": "",
        "nothing_given": False,
    }


def result_context(result: Result, form: Form) -> dict[str, Any]:
    """Return what the page shows about a record that was evaluated."""
    indicators = [view.advisory.indicator for view in result.advisories]
    return {
        "title": "Evaluation",
        "result": result,
        "workspace": result.workspace,
        "evaluation": result.workspace.evaluation,
        "as_of": form.text("as_of"),
        "form": form,
        "counts": {name: indicators.count(name) for name in ("critical", "warning", "info")},
        "outcome_texts": views.OUTCOME_TEXTS,
        "field_name": field_name,
        "none_of_these": NONE_OF_THESE,
        "view": "evaluation",
        "unit_label": unit_label,
        "format_json": format_json,
        "lines_of": lambda pointers: views.lines_of(result.workspace, pointers),
        "examples": views.examples(result.workspace.engine.rulebook),
    }
