"""``/terminology``: concepts with their codes and units, and what a code means."""

from __future__ import annotations

from cds_engine.rulebook.text import format_value
from cds_engine.rulebook.vocabulary import SECTIONS
from fastapi import APIRouter, Request, Response

from cds_api.workbench.render import Pages
from cds_api.workbench.requests import text_of, unknown
from cds_api.workbench.views.book import Book
from cds_api.workbench.views.terminology import (
    SECTION_TITLES,
    concept_details,
    concept_rows,
    range_text,
    search_code,
)

MOST_SHOWN = 40
"""Lists of more codes are folded."""


def router(pages: Pages) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()

    @routes.get("/terminology")
    async def terminology(request: Request) -> Response:
        book = pages.book(request)
        return pages.render(
            request,
            "terminology/list.html.j2",
            title="Terminology",
            search=search_code(book, text_of(request, "code")),
            example=_example(book),
            sections=concept_rows(book),
            titles=SECTION_TITLES,
        )

    @routes.get("/terminology/{name}")
    async def concept(request: Request, name: str) -> Response:
        book = pages.book(request)
        terms = book.rulebook.terminology
        sections = [section for section in SECTIONS if name in getattr(terms, section)]
        if not sections:
            names = [found for section in SECTIONS for found in getattr(terms, section)]
            raise unknown("concept", name, names)
        cases = await pages.in_background(lambda: book.cases.of(name))
        concepts = [concept_details(book, section, name) for section in sections]
        measured = {found.section: found.quantity for found in concepts if found.quantity is not None}
        return pages.render(
            request,
            "terminology/concept.html.j2",
            switchable=False,
            title=concepts[0].coded.title,
            name=name,
            concepts=concepts,
            ranges={
                found.section: range_text(found.plausible, found.quantity.unit)
                for found in concepts
                if found.plausible is not None and found.quantity is not None
            },
            steps={
                section: format_value(quantity.resolution, quantity.unit)
                for section, quantity in measured.items()
            },
            titles=SECTION_TITLES,
            most=MOST_SHOWN,
            cases=cases,
            has_cases=bool(book.cases.files),
        )

    return routes


def _example(book: Book) -> str:
    """Return a code of the rulebook with its system, as an example of what to look up."""
    terms = book.rulebook.terminology
    for section in reversed(SECTIONS):
        for coded in getattr(terms, section).values():
            for system, lists in coded.codes.items():
                for code in lists.is_:
                    return f"{system}|{code}"
    return next(iter(terms.conditions), "a name")
