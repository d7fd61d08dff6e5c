"""``/evidence``, ``/conflicts``, ``/sources``, ``/pharmacology``: what the rulebook rests on."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from cds_api.workbench.render import Pages
from cds_api.workbench.requests import is_set, text_of, unknown
from cds_api.workbench.views.evidence import (
    ClaimFilter,
    claim_details,
    claim_rows,
    conflict_details,
    source_details,
    source_rows,
)
from cds_api.workbench.views.rule import cited_claims


def router(pages: Pages) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()

    @routes.get("/evidence")
    async def evidence(request: Request) -> Response:
        book = pages.book(request)
        wanted = ClaimFilter(
            text=text_of(request, "text"),
            basis=text_of(request, "basis"),
            source=text_of(request, "source"),
            disputed=is_set(request, "disputed"),
            unused=is_set(request, "unused"),
        )
        sources = book.rulebook.evidence.sources
        return pages.render(
            request,
            "evidence/list.html.j2",
            title="Evidence",
            wanted=wanted,
            rows=claim_rows(book, wanted),
            bases=list(book.rulebook.file.bases),
            sources=[(name, source.short) for name, source in sources.items()],
        )

    @routes.get("/evidence/{name}")
    async def claim(request: Request, name: str) -> Response:
        book = pages.book(request)
        try:
            details = claim_details(book, name)
        except KeyError:
            raise unknown("claim", name, book.rulebook.evidence.claims) from None
        return pages.render(
            request,
            "evidence/claim.html.j2",
            switchable=False,
            title=f"Claim {name}",
            details=details,
            use=None if book.figures is None else book.figures.claim_use(name),
        )

    @routes.get("/conflicts")
    async def conflicts(request: Request) -> Response:
        book = pages.book(request)
        found = [conflict_details(book, name) for name in book.rulebook.evidence.conflicts]
        return pages.render(request, "evidence/conflicts.html.j2", title="Conflicts", conflicts=found)

    @routes.get("/conflicts/{name}")
    async def conflict(request: Request, name: str) -> Response:
        book = pages.book(request)
        try:
            details = conflict_details(book, name)
        except KeyError:
            raise unknown("conflict", name, book.rulebook.evidence.conflicts) from None
        title = details.conflict.title
        return pages.render(
            request, "evidence/conflict.html.j2", title=title, details=details, switchable=False
        )

    @routes.get("/sources")
    async def sources(request: Request) -> Response:
        sources = source_rows(pages.book(request))
        return pages.render(request, "evidence/sources.html.j2", title="Sources", sources=sources)

    @routes.get("/sources/{name}")
    async def source(request: Request, name: str) -> Response:
        book = pages.book(request)
        try:
            details = source_details(book, name)
        except KeyError:
            raise unknown("source", name, book.rulebook.evidence.sources) from None
        title = details.source.short
        return pages.render(
            request, "evidence/source.html.j2", title=title, details=details, switchable=False
        )

    @routes.get("/pharmacology")
    async def pharmacology(request: Request) -> Response:
        book = pages.book(request)
        content = book.rulebook.pharmacology
        return pages.render(
            request,
            "evidence/pharmacology.html.j2",
            title="Pharmacology",
            targets=[
                (name, target, book.used_by("target", name), list(cited_claims(book, target.claims)))
                for name, target in content.targets.items()
            ],
            assays=[
                (name, assay, list(cited_claims(book, assay.claims)))
                for name, assay in content.assays.items()
            ],
        )

    return routes
