"""``/populations``: results of ``cds cohort evaluate``, the patients behind each figure, and comparisons.

An address never names a patient: a patient is opened by a POST that names the row of a file.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from cds_engine.cohort.report.formatting import percent, shade, share
from cds_engine.language.kleene import OUTCOMES
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cds_api.problems import ApiError
from cds_api.workbench.forms import read_form
from cds_api.workbench.login_page import SEE_OTHER
from cds_api.workbench.render import Pages
from cds_api.workbench.requests import page_of, text_of, with_rulebook
from cds_api.workbench.results import Results
from cds_api.workbench.views.populations import ResultView, outcome_groups, rule_changes

if TYPE_CHECKING:
    from cds_engine.cohort.find_record import FoundInput
    from cds_engine.cohort.result import Cell, FoundPatient, ResultFolder

PER_PAGE = 50
"""How many patients a page lists."""
FORMATS: dict[str, Any] = {"percent": percent, "share": share, "shade": shade, "outcomes": OUTCOMES}
"""What templates need to show figures."""


def router(pages: Pages) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()
    results = Results(pages)

    @routes.get("/populations")
    async def populations(request: Request) -> Response:
        names = results.paths(request)
        views = [ResultView(name, (await results.get(request, name)).summary) for name in names]
        return pages.render(request, "populations/list.html.j2", title="Populations", views=views)

    @routes.get("/populations/compare")
    async def compare(request: Request) -> Response:
        names = text_of(request, "a"), text_of(request, "b")
        if not any(names):
            return RedirectResponse(pages.address(request, "/populations#compare"), SEE_OTHER)
        before, after = [await results.get(request, name) for name in names]
        found = await results.compare(before, after)
        views = [
            ResultView(name, result.summary) for name, result in zip(names, (before, after), strict=True)
        ]
        titles = {row.name: row for view in views for row in view.rules}
        return pages.render(
            request,
            "populations/compare.html.j2",
            title="Comparison",
            a=views[0],
            b=views[1],
            found=found,
            changes=rule_changes(found.transitions, found.examples),
            titles=titles,
            **FORMATS,
        )

    @routes.get("/populations/{name}")
    async def population(request: Request, name: str) -> Response:
        result = await results.get(request, name)
        if elsewhere := with_rulebook(pages, request, result.summary["rulebook"]["id"]):
            return elsewhere
        view = ResultView(name, result.summary)
        return pages.render(
            request,
            "populations/result.html.j2",
            title=f"Population {name}",
            view=view,
            has_ages=result.has_ages,
            same=result.summary["rulebook"]["digest"] == pages.engine(request).rulebook.digest,
            families={
                key: family.title for key, family in pages.engine(request).rulebook.file.families.items()
            },
            **FORMATS,
        )

    @routes.get("/populations/{name}/patients")
    async def patients(request: Request, name: str) -> Response:
        result = await results.get(request, name)
        if elsewhere := with_rulebook(pages, request, result.summary["rulebook"]["id"]):
            return elsewhere
        cell, page = _cell(request, result), page_of(request)
        total = await asyncio.to_thread(result.count, cell)
        found = await asyncio.to_thread(result.patients, cell, (page - 1) * PER_PAGE, PER_PAGE)
        return pages.render(
            request,
            "populations/patients.html.j2",
            title="Patients",
            view=ResultView(name, result.summary),
            cell=cell,
            total=total,
            patients=found,
            page=page,
            pages=max(1, -(-total // PER_PAGE)),
            **FORMATS,
        )

    @routes.post("/populations/{name}/patient")
    async def patient(request: Request, name: str) -> Response:
        form = await read_form(request, pages.service.settings)
        result = await results.get(request, name)
        row = form.text("row")
        try:
            if not row.isdecimal():
                raise KeyError(row)
            who, outcomes = await asyncio.to_thread(result.outcomes, form.text("file"), int(row))
        except KeyError:
            raise ApiError(404, "The result has no such patient.") from None
        found = await asyncio.to_thread(_find, pages, request, result, who)
        return pages.render(
            request,
            "populations/patient.html.j2",
            title="Patient",
            view=ResultView(name, result.summary),
            patient=who,
            groups=outcome_groups(outcomes),
            found=found,
            switchable=False,
            **FORMATS,
        )

    return routes


def _cell(request: Request, result: ResultFolder) -> Cell:
    """Return the cell that an address names.

    Raises:
        ApiError: 404, if the result has no such cell.
    """
    from cds_engine.cohort.result import Cell

    rule, outcome, band = (text_of(request, name) for name in ("rule", "outcome", "band"))
    if rule not in result.rules:
        raise ApiError(404, "The result has no such rule.")
    if outcome not in OUTCOMES:
        raise ApiError(404, f"outcome: expected one of {', '.join(OUTCOMES)}.")
    if band and (band not in result.summary["ages"] or not result.has_ages):
        raise ApiError(404, "The result has no such age band.")
    return Cell(rule, outcome, band or None)


def _find(pages: Pages, request: Request, result: ResultFolder, who: FoundPatient) -> FoundInput:
    from cds_engine.cohort.find_record import find_input

    engines = pages.service.engines
    engine = engines.get(result.summary["rulebook"]["id"]) or pages.engine(request)
    return find_input(result.manifest, engine, who.patient_id, who.as_of)
