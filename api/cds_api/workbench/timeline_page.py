"""``/timeline``: a record over time, with its advisories and what is due next."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cds_engine.record.moments import day_of
from cds_engine.timeline import Timeline, record_timeline
from cds_engine.timeline.picture import timeline_picture
from cds_engine.timeline.svg import timeline_svg
from cds_engine.timeline.table import timeline_tables
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from cds_api.workbench.evaluating.steps import record_text
from cds_api.workbench.evaluating.workspace import Workspace, open_workspace
from cds_api.workbench.forms import Form, read_form
from cds_api.workbench.login_page import SEE_OTHER
from cds_api.workbench.render import Pages
from cds_api.workbench.start_page import NO_DAY, evaluation_moment, start_response

LOGARITHMIC = "log"
SPANS = {
    "90 days": datetime.timedelta(days=90),
    "1 year": datetime.timedelta(days=365),
    "everything": None,
}


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
        return RedirectResponse(pages.address(request, "/"), SEE_OTHER)  # a record is entered there

    @routes.post("/timeline")
    async def show(request: Request) -> Response:
        form = await read_form(request, pages.service.settings)
        engine, moment = pages.engine(request), evaluation_moment(form)
        if moment is None:
            return start_response(pages, request, form=form, problem=NO_DAY)
        workspace = await pages.in_background(open_workspace, engine, record_text(engine, form), moment)
        if workspace.result is None:
            return start_response(pages, request, form=form, workspace=workspace)
        return await pages.in_background(_page, pages, request, workspace, form)

    return routes


def _page(pages: Pages, request: Request, workspace: Workspace, form: Form) -> Response:
    period = read_period(form, day_of(workspace.evaluation.as_of))
    try:
        timeline = _timeline(workspace, period)
    except ValueError as error:  # only one of the days was given, and it is on the wrong side of the other
        period = Period(None, None, str(error))
        timeline = _timeline(workspace, period)
    logarithmic = form.text("scale") == LOGARITHMIC
    picture = timeline_picture(workspace.engine, workspace.record, timeline)
    return pages.render(
        request,
        "evaluate/timeline.html.j2",
        title="Timeline",
        view="timeline",
        workspace=workspace,
        evaluation=workspace.evaluation,
        timeline=timeline,
        drawing=Markup(timeline_svg(picture, timeline, logarithmic=logarithmic)),  # its texts are escaped
        tables=timeline_tables(picture, timeline),
        period=period,
        spans=SPANS,
        logarithmic=logarithmic,
        as_of=form.text("as_of"),
    )


def _timeline(workspace: Workspace, period: Period) -> Timeline:
    return record_timeline(
        workspace.engine, workspace.record, workspace.moment, begin=period.begin, end=period.end
    )


def read_period(form: Form, today: datetime.date) -> Period:
    """Return the days in a form; the default ones if one is not a day, or if they are in the wrong order.

    A form may name one of :data:`SPANS` instead; it ends on ``today``, the day of the evaluation.
    """
    if form.text("span") in SPANS:
        length = SPANS[form.text("span")]
        return Period(None if length is None else today - length, None)
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
