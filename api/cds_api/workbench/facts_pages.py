"""``/facts`` and ``/parameters``: what rules ask of a record, and the numbers that they compare with."""

from __future__ import annotations

from cds_engine.errors import pointer
from cds_engine.rulebook.text import format_value
from fastapi import APIRouter, Request, Response

from cds_api.workbench.render import Pages
from cds_api.workbench.requests import day_of_request, is_set, text_of, unknown
from cds_api.workbench.views.facts import (
    FactFilter,
    fact_details,
    fact_rows,
    parameter_details,
    parameter_rows,
)
from cds_api.workbench.views.rule import cited_claims, line_notes


def router(pages: Pages) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()

    @routes.get("/facts")
    async def facts(request: Request) -> Response:
        wanted = FactFilter(
            text=text_of(request, "text"), origin=text_of(request, "origin"), used=is_set(request, "used")
        )
        rows = fact_rows(pages.book(request), wanted)
        return pages.render(request, "facts/list.html.j2", title="Facts", wanted=wanted, rows=rows)

    @routes.get("/facts/{name}")
    async def fact(request: Request, name: str) -> Response:
        book = pages.book(request)
        figures = book.figures
        try:
            details = fact_details(book, name, day_of_request(request), figures)
        except KeyError:
            raise unknown("fact", name, book.rulebook.facts) from None
        shown, unit = details.fact, details.fact.unit
        number = shown.kind == "number"
        direct = {link.part.name for link in details.used_by if link.part.kind == "rule"}
        return pages.render(
            request,
            "facts/fact.html.j2",
            switchable=False,
            title=shown.title,
            details=details,
            figures=figures,
            notes=line_notes(details.comparisons),
            range=f"{format_value(shown.minimum)} to {format_value(shown.maximum, unit)}" if number else "",
            step=format_value(shown.resolution, unit) if number else "",
            indirect=len(set(details.rules) - direct),
        )

    @routes.get("/parameters")
    async def parameters(request: Request) -> Response:
        text, as_of = text_of(request, "text"), day_of_request(request)
        rows = parameter_rows(pages.book(request), as_of, text)
        return pages.render(
            request, "facts/parameters.html.j2", title="Parameters", rows=rows, text=text, as_of=as_of
        )

    @routes.get("/parameters/{name}")
    async def parameter(request: Request, name: str) -> Response:
        book, as_of = pages.book(request), day_of_request(request)
        try:
            details = parameter_details(book, name, as_of)
        except KeyError:
            raise unknown("parameter", name, book.rulebook.parameters) from None
        conflicts = book.rulebook.evidence.conflicts
        return pages.render(
            request,
            "facts/parameter.html.j2",
            switchable=False,
            title=details.parameter.title,
            details=details,
            as_of=as_of,
            cited=next(cited_claims(book, (details.parameter.claim,))),
            conflicts=[(item, conflicts[item]) for item in details.parameter.conflicts],
            source=book.declaration("parameters.yaml", pointer("parameters", name)),
        )

    return routes
