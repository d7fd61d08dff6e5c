"""``/form``: a record as a form, for those who do not write JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cds_engine.errors import Problem
from cds_engine.evaluate import Engine
from fastapi import APIRouter, Request, Response

from cds_api.service import now
from cds_api.workbench.evaluating.record_form import (
    COLUMNS,
    MAX_ENTRIES,
    PATIENT,
    SECTIONS,
    concepts,
    patient_texts,
    record_of,
    sections,
)
from cds_api.workbench.evaluating.workspace import open_workspace
from cds_api.workbench.forms import Form, read_form
from cds_api.workbench.render import Pages

NEW = dict.fromkeys(SECTIONS, 1)
"""How many blank rows the form of a new record has."""
TITLES = {
    "medications": "Drugs",
    "observations": "Results and scores",
    "conditions": "Conditions",
    "symptoms": "Symptoms",
}
ONE = {"medications": "drug", "observations": "result", "conditions": "condition", "symptoms": "symptom"}


def router(pages: Pages) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter()

    @routes.get("/form")
    async def blank(request: Request) -> Response:
        return form_page(pages, request, {}, blank=NEW)

    @routes.post("/form")
    async def fill(request: Request) -> Response:
        engine = pages.engine(request)
        form = await read_form(request, pages.service.settings)
        if "add" in form:
            more = {form.text("add"): 1}
            return form_page(pages, request, record_of(form), blank=more, focus=form.text("add"))
        return _of_text(pages, request, engine, form)

    return routes


def _of_text(pages: Pages, request: Request, engine: Engine, form: Form) -> Response:
    """Return the form of a record that is given as text."""
    workspace = open_workspace(engine, form.text("record"), now())
    if workspace.result is None:
        problem = "The record has problems, so it cannot be shown as a form. Correct its text first."
        return form_page(pages, request, {}, blank=NEW, said=problem)
    record: Mapping[str, Any] = workspace.native.record
    if sum(len(record.get(name) or ()) for name in SECTIONS) > MAX_ENTRIES:
        problem = f"The record has more than {MAX_ENTRIES} entries. Edit it as text."
        return form_page(pages, request, {}, blank=NEW, said=problem)
    return form_page(pages, request, record, blank={})


def form_page(  # noqa: PLR0913 - what the page shows
    pages: Pages,
    request: Request,
    record: Mapping[str, Any],
    *,
    blank: Mapping[str, int],
    problems: Iterable[Problem] = (),
    said: str = "",
    focus: str = "",
) -> Response:
    """Return the page with the form of a record.

    Args:
        pages: renders the page.
        request: the request.
        record: the native record.
        blank: how many blank rows each section has at its end.
        problems: what is wrong with the record.
        said: a sentence above the form.
        focus: the section in whose new row the cursor is.
    """
    rulebook = pages.engine(request).rulebook
    listed = list(problems)
    errors = {problem.pointer: problem.message for problem in listed}
    return pages.render(
        request,
        "evaluate/form.html.j2",
        title="Record form",
        record=record,
        patient=patient_texts(record),
        patient_columns=PATIENT,
        sections=list(sections(record, blank)),
        columns=COLUMNS,
        titles=TITLES,
        one=ONE,
        concepts=concepts(rulebook),
        history_fields=rulebook.history_fields,
        history=record.get("history") or {},
        problems=listed,
        errors=errors,
        said=said,
        focus=focus,
    )
