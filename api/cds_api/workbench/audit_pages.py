"""``/audit``: how well the scenarios cover the rules, what is proved, and running the audit again."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from cds_api.problems import ApiError
from cds_api.workbench.audit_run import AuditRuns
from cds_api.workbench.forms import read_form
from cds_api.workbench.render import Pages
from cds_api.workbench.views.audit import claim_traces, issues, matrix, place_of


def router(pages: Pages) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()
    runs = AuditRuns()

    @routes.get("/audit")
    async def audit(request: Request) -> Response:
        book = pages.book(request)
        figures = book.figures
        headings, rows = ([], []) if figures is None else matrix(figures)
        faults = [] if figures is None else figures.data.get("faults", [])
        return pages.render(
            request,
            "audit/audit.html.j2",
            title="Audit",
            figures=figures,
            run=runs.of(book),
            can_run=book.features is not None,
            headings=headings,
            rows=rows,
            issues=[] if figures is None else issues(figures),
            faults=[(fault, place_of(book, f"{fault['feature']}:{fault['line']}")) for fault in faults],
        )

    @routes.post("/audit")
    async def run(request: Request) -> Response:
        await read_form(request, pages.service.settings)
        book = pages.book(request)
        if book.features is None:
            raise ApiError(404, "The features of this rulebook are not on this machine, so it has no audit.")
        runs.start(book)
        return RedirectResponse(pages.address(request, "/audit"), 303)

    @routes.get("/audit/state")
    async def state(request: Request) -> Response:
        run = runs.of(pages.book(request))
        return JSONResponse({"running": run is not None and run.running})

    @routes.get("/audit/evidence")
    async def evidence(request: Request) -> Response:
        book = pages.book(request)
        figures = book.figures
        return pages.render(
            request,
            "audit/evidence.html.j2",
            title="Claims, rules and scenarios",
            figures=figures,
            traces=claim_traces(book, figures),
            has_features=book.features is not None,
        )

    return routes
