"""The workbench: pages for reading, trying and writing rules in a browser.

Pages are rendered here and readable without JavaScript. Patient data is sent in bodies only, and the pages
store nothing of it.
"""

from __future__ import annotations

from fastapi import APIRouter

from cds_api.security import Authenticator
from cds_api.workbench import (
    audit_pages,
    cases_pages,
    copy_page,
    decisions_pages,
    difference_pages,
    evaluate_page,
    evidence_pages,
    facts_pages,
    form_page,
    login_page,
    open_page,
    populations_pages,
    rules_pages,
    scenarios_pages,
    static_routes,
    terminology_pages,
    timeline_page,
)
from cds_api.workbench.render import Pages


def router(pages: Pages, authenticator: Authenticator) -> APIRouter:
    """Return the routes of every page."""
    routes = APIRouter(include_in_schema=False)
    for group in (
        evaluate_page,
        form_page,
        open_page,
        timeline_page,
        copy_page,
        rules_pages,
        facts_pages,
        evidence_pages,
        terminology_pages,
        cases_pages,
        audit_pages,
        difference_pages,
        scenarios_pages,
        populations_pages,
        decisions_pages,
    ):
        routes.include_router(group.router(pages))
    routes.include_router(login_page.router(pages, authenticator))
    routes.include_router(static_routes.router())
    return routes
