"""``/rules``: the list of rules with search and filters, and a page for each rule."""

from __future__ import annotations

import datetime

from cds_engine.errors import nearest
from cds_engine.language.expressions import Expression, resolve
from cds_engine.rulebook.prose import lines
from fastapi import APIRouter, Request, Response

from cds_api.workbench.render import Pages
from cds_api.workbench.requests import day_of_request, is_set, text_of, unknown
from cds_api.workbench.views.approvals import STATES, approval_views
from cds_api.workbench.views.book import Book
from cds_api.workbench.views.rule import line_notes, proved_statements, rule_details
from cds_api.workbench.views.rules import RuleFilter, rule_groups

_IN_USES = frozenset({"fact", "parameter"})
"""What the list of used parts names; sections of the page show the others."""


def router(pages: Pages) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()

    @routes.get("/rules")
    async def rules(request: Request) -> Response:
        book, as_of = pages.book(request), day_of_request(request)
        rulebook = book.rulebook
        wanted = RuleFilter(
            text=text_of(request, "text"),
            family=text_of(request, "family"),
            indicator=text_of(request, "indicator"),
            basis=text_of(request, "basis"),
            fact=text_of(request, "fact"),
            disputed=is_set(request, "disputed"),
            status=text_of(request, "status"),
        )
        groups = rule_groups(book, wanted, as_of)
        unknown_fact = wanted.fact and wanted.fact not in rulebook.facts
        return pages.render(
            request,
            "rules/list.html.j2",
            title="Rules",
            wanted=wanted,
            groups=groups,
            found=sum(len(group.rows) for group in groups),
            families=[(name, family.title) for name, family in rulebook.file.families.items()],
            bases=list(rulebook.file.bases),
            statuses=sorted({rule.file.status for rule in rulebook.rules.values()}),
            facts=list(rulebook.facts),
            unknown_fact=(nearest(wanted.fact, rulebook.facts) or ".") if unknown_fact else "",
            partitions=_partitions(book, as_of),
        )

    @routes.get("/rules/{name}")
    async def rule(request: Request, name: str) -> Response:
        book, as_of = pages.book(request), day_of_request(request)
        figures = book.figures
        try:
            details = rule_details(book, name, as_of, figures)
        except KeyError:
            raise unknown("rule", name, book.rulebook.rules) from None
        return pages.render(
            request,
            "rules/rule.html.j2",
            switchable=False,
            title=details.rule.file.title,
            details=details,
            family=book.rulebook.file.families[details.rule.family],
            figures=figures,
            has_features=book.features is not None,
            notes=line_notes(details.comparisons),
            proved=proved_statements(details, figures),
            uses=[link for link in book.uses("rule", name) if link.part.kind in _IN_USES],
        )

    @routes.get("/approvals")
    async def approvals(request: Request) -> Response:
        book = pages.book(request)
        views = await pages.in_background(approval_views, book)
        return pages.render(request, "rules/approvals.html.j2", title="Approvals", views=views, states=STATES)

    return routes


def _partitions(book: Book, as_of: datetime.date) -> list[dict[str, object]]:
    """Return the partitions with the patients and values for which they hold, in English."""
    values, facts = book.rulebook.values_at(as_of), book.rulebook.facts_at(as_of)

    def in_english(expression: Expression) -> list[str]:
        return lines(resolve(expression, values), facts)

    return [
        {
            "partition": partition,
            "given": in_english(partition.given),
            "silent": [] if partition.silent is None else in_english(partition.silent),
        }
        for partition in book.rulebook.partitions.values()
    ]
