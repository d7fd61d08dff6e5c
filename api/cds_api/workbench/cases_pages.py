"""``/cases``: the terminology cases of a rulebook, what they cover, and what has no case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cds_engine.rulebook.vocabulary import SECTIONS
from fastapi import APIRouter, Request, Response

from cds_api.workbench.render import Pages
from cds_api.workbench.requests import unknown
from cds_api.workbench.views.book import Book
from cds_api.workbench.views.source_lines import source_lines

if TYPE_CHECKING:
    from cds_api.workbench.views.cases import CasesFile


def router(pages: Pages) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()

    @routes.get("/cases")
    async def cases(request: Request) -> Response:
        book = pages.book(request)
        return await pages.in_background(_list, pages, request, book)

    @routes.get("/cases/{name:path}")
    async def file(request: Request, name: str) -> Response:
        book = pages.book(request)
        return await pages.in_background(_file, pages, request, book, name)

    return routes


def _list(pages: Pages, request: Request, book: Book) -> Response:
    cases = book.cases
    figures = book.figures
    totals = [] if figures is None else [total for total in figures.totals() if total.kind == "terminology"]
    return pages.render(
        request,
        "terminology/cases.html.j2",
        title="Terminology cases",
        files=list(cases.files.values()),
        in_general=cases.in_general(),
        concepts={name for section in SECTIONS for name in getattr(book.rulebook.terminology, section)},
        figures=figures,
        total=next(iter(totals), None),
        missing={} if figures is None else figures.terminology_without_case(),
    )


def _file(pages: Pages, request: Request, book: Book, name: str) -> Response:
    files = book.cases.files
    if name not in files:
        raise unknown("file of terminology cases", name, files)
    return pages.render(
        request,
        "terminology/cases_file.html.j2",
        switchable=False,
        title=name,
        file=files[name],
        lines=source_lines(files[name].text, "text"),
        notes=_notes(files[name]),
    )


def _notes(file: CasesFile) -> dict[int, tuple[str, list[str]]]:
    """Return the state of each line on which a case begins."""
    notes: dict[int, tuple[str, list[str]]] = {case.line: ("full", []) for case in file.cases}
    for line in file.unreviewed:
        notes[line] = ("part", ["nobody has reviewed it, so it covers nothing"])
    for line, problem in file.problems.items():
        notes[line] = ("missing", [problem])
    return notes
