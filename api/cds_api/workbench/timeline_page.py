"""``/timeline``: a record over time, with its advisories and what is due next."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cds_engine.timeline import Timeline, record_timeline
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cds_api.workbench.evaluating.workspace import Workspace, open_workspace
from cds_api.workbench.forms import Form, read_form
from cds_api.workbench.login_page import SEE_OTHER
from cds_api.workbench.render import Pages
from cds_api.workbench.start_page import NO_DAY, evaluation_moment, start_response

LOGARITHMIC = "log"


@dataclass(frozen=True)
class Period:
    """The days that a timeline shall show, as written in the form, and what is wrong with them."""

    begin: datetime.date | None
    end: datetime.date | None
    problem: str = ""


def router(pages: Pages) -> APIRouter:
    """Return the route of the page."""
    routes = APIRouter()

    @routes.get("/timeline")
    async def without_record(request: Request) -> Response:
        return RedirectResponse("/", SEE_OTHER)  # a record is entered there

    @routes.post("/timeline")
    async def show(request: Request) -> Response:
        form = await read_form(request, pages.service.settings)
        engine, moment = pages.engine(request), evaluation_moment(form)
        if moment is None:
            return start_response(pages, request, form=form, problem=NO_DAY)
        workspace = await pages.service.in_background(open_workspace, engine, form.text("record"), moment)
        if workspace.result is None:
            return start_response(pages, request, form=form, workspace=workspace)
        return await pages.service.in_background(_page, pages, request, workspace, form)

    return routes


def _page(pages: Pages, request: Request, workspace: Workspace, form: Form) -> Response:
    period = read_period(form)
    try:
        timeline = _timeline(workspace, period)
    except ValueError as error:  # only one of the days was given, and it is on the wrong side of the other
        period = Period(None, None, str(error))
        timeline = _timeline(workspace, period)
    logarithmic = form.text("scale") == LOGARITHMIC
    return pages.render(
        request,
        "evaluate/timeline.html.j2",
        title="Timeline",
        view="timeline",
        workspace=workspace,
        evaluation=workspace.evaluation,
        timeline=timeline,
        period=period,
        logarithmic=logarithmic,
        as_of=form.text("as_of"),
    )


def _timeline(workspace: Workspace, period: Period) -> Timeline:
    return record_timeline(
        workspace.engine, workspace.record, workspace.moment, begin=period.begin, end=period.end
    )


def read_period(form: Form) -> Period:
    """Return the days in a form; the default ones if one is not a day, or if they are in the wrong order."""
    days: dict[str, datetime.date | None] = {"from": None, "to": None}
    for name in days:
        try:
            days[name] = datetime.date.fromisoformat(form.text(name)) if form.text(name) else None
        except ValueError:
            return Period(None, None, f"expected a day written YYYY-MM-DD, found '{form.text(name)[:20]}'")
    begin, end = days["from"], days["to"]
    if begin is not None and end is not None and begin > end:
        return Period(None, None, "expected the first day not to be after the last")
    return Period(begin, end)
