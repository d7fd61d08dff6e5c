"""``/copy``: a record as a command, a program and a scenario, to be used elsewhere."""

from __future__ import annotations

from cds_engine.scenarios.writing import record_feature
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cds_api.snippets import as_curl, as_python
from cds_api.workbench.evaluating.workspace import Workspace, open_workspace
from cds_api.workbench.forms import Form, read_form
from cds_api.workbench.login_page import SEE_OTHER
from cds_api.workbench.render import Pages
from cds_api.workbench.start_page import NO_DAY, evaluation_moment, start_response


def router(pages: Pages) -> APIRouter:
    """Return the route of the page."""
    routes = APIRouter()

    @routes.get("/copy")
    async def without_record(request: Request) -> Response:
        return RedirectResponse(pages.address(request, "/"), SEE_OTHER)  # a record is entered there

    @routes.post("/copy")
    async def show(request: Request) -> Response:
        form = await read_form(request, pages.service.settings)
        moment = evaluation_moment(form)
        if moment is None:
            return start_response(pages, request, form=form, problem=NO_DAY)
        workspace = await pages.in_background(
            open_workspace, pages.engine(request), form.text("record"), moment
        )
        if workspace.result is None:
            return start_response(pages, request, form=form, workspace=workspace)
        return await pages.in_background(_page, pages, request, workspace, form)

    return routes


def _page(pages: Pages, request: Request, workspace: Workspace, form: Form) -> Response:
    default = next(iter(pages.service.engines))
    used = workspace.engine.rulebook.id
    rulebook = None if used == default else used
    base = pages.service.settings.public_url or str(request.base_url).rstrip("/")
    return pages.render(
        request,
        "evaluate/copy.html.j2",
        title="Copy as code",
        view="copy",
        workspace=workspace,
        evaluation=workspace.evaluation,
        as_of=form.text("as_of"),
        options="" if rulebook is None else f" --rulebook {rulebook}",
        scenario=record_feature(workspace.engine, workspace.native.record, workspace.moment),
        curl=as_curl(workspace.document, url=base, rulebook=rulebook),
        python=as_python(workspace.document, rulebook=rulebook),
        authenticated=pages.service.settings.requires_authentication,
    )
