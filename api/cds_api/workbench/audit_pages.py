"""``/audit``: how well the scenarios cover the rules, what is proved, and running the audit again."""

from __future__ import annotations

from cds_engine.audit.report.shown_by import group_anchor
from cds_engine.rulebook.files import Claim
from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from cds_api.problems import ApiError
from cds_api.workbench.audit_run import AuditRuns
from cds_api.workbench.forms import read_form
from cds_api.workbench.render import Pages
from cds_api.workbench.requests import unknown
from cds_api.workbench.views.audit import issues, matrix, place_of
from cds_api.workbench.views.coverage import AuditReports
from cds_api.workbench.views.trace import (
    ShownDecision,
    claim_traces,
    scenario_views,
    shown_of_claim,
    shown_of_decision,
)

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
            anchor=group_anchor,
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
            traces=await pages.in_background(claim_traces, book, figures),
            has_features=book.features is not None,
        )

    def download(request: Request, ending: str) -> tuple[AuditReports, dict[str, str]]:
        """Return the reports of the latest audit, and the headers of a file with this ending."""
        book = pages.book(request)
        reports = None if book.figures is None else book.figures.reports
        if reports is None:
            raise ApiError(404, "Run the audit first: the file is made from it.")
        name = f"{book.rulebook.id}-{ending}"
        return reports, {"Content-Disposition": f'attachment; filename="{name}"'}

    @routes.get("/audit/traceability.csv")
    async def csv(request: Request) -> Response:
        reports, headers = download(request, "traceability.csv")
        return Response(reports.csv, headers=headers, media_type="text/csv; charset=utf-8")

    @routes.get("/audit/audit.xlsx")
    async def workbook(request: Request) -> Response:
        reports, headers = download(request, "audit.xlsx")
        return Response(reports.workbook, headers=headers, media_type=WORKBOOK_TYPE)

    def shown(
        request: Request,
        name: str,
        decisions: list[ShownDecision],
        detailed: bool,
        claim: Claim | None = None,
    ) -> Response:
        """Return the page of the scenarios of a claim, or else of a rule or finding."""
        return pages.render(
            request,
            "audit/shown.html.j2",
            switchable=False,
            title=f"Scenarios of {name}",
            claim=claim,
            name=name,
            decisions=decisions,
            scenarios=scenario_views(decisions),
            detailed=detailed,
        )

    @routes.get("/audit/evidence/{name}")
    async def scenarios_of_claim(request: Request, name: str) -> Response:
        book = pages.book(request)
        figures = book.figures
        try:
            decisions = await pages.in_background(shown_of_claim, book, figures, name)
        except KeyError:
            raise unknown("claim", name, book.rulebook.evidence.claims) from None
        detailed = figures is not None and figures.reports is not None
        return shown(request, name, decisions, detailed, book.rulebook.evidence.claims[name])

    @routes.get("/audit/shown/{name}")
    async def scenarios_of_decision(request: Request, name: str) -> Response:
        book = pages.book(request)
        if name not in book.rulebook.rules and name not in book.rulebook.facts:
            raise unknown("rule or finding", name, [*book.rulebook.rules, *book.rulebook.facts])
        found = await pages.in_background(shown_of_decision, book, book.figures, name)
        return shown(request, name, [] if found is None else [found], detailed=found is not None)

    return routes
