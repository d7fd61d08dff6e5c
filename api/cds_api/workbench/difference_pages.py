"""``/differences``: compares the meaning of two rulebooks, of two editions, or of uploaded files."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from cds_api.workbench.difference_run import DifferenceRuns, Side
from cds_api.workbench.forms import Form, read_form
from cds_api.workbench.render import Pages
from cds_api.workbench.uploads import MOST_FILES, UploadError, changed_rulebook, read_uploads
from cds_api.workbench.views.difference import VERDICTS, difference_view

SAME = "Choose two different rulebooks, two days, or files: these are the same."


@dataclass(frozen=True)
class Question:
    """What a form asks for, as it is written there."""

    before: str
    after: str
    before_on: str = ""
    after_on: str = ""
    scenarios: bool = True


class QuestionError(ValueError):
    """A form that does not say what to compare."""


def router(pages: Pages) -> APIRouter:
    """Return the routes of the page."""
    routes = APIRouter()
    runs = DifferenceRuns()

    def page(request: Request, question: Question, *, problem: str = "", **context: Any) -> Response:
        served = pages.service.engines
        return pages.render(
            request,
            "audit/differences.html.j2",
            title="Compare rulebooks",
            switchable=None,
            question=question,
            problem=problem,
            served=[(name, f"{name} {engine.rulebook.version}") for name, engine in served.items()],
            **{"problems": [], "found": None, "sides": (), "verdicts": VERDICTS, **context},
        )

    @routes.get("/differences")
    async def form(request: Request) -> Response:
        name = pages.engine(request).rulebook.id
        return page(request, Question(name, name))

    @routes.post("/differences")
    async def compare(request: Request) -> Response:
        form = await read_form(request, pages.service.settings, most_files=MOST_FILES)
        default = pages.engine(request).rulebook.id
        question = Question(
            form.text("before", default),
            form.text("after", default),
            form.text("before_on"),
            form.text("after_on"),
            "scenarios" in form,
        )
        try:
            before, after = await pages.in_background(sides, pages, question, form)
        except (UploadError, QuestionError) as error:
            return page(request, question, problem=str(error))
        dated = before.on is not None or after.on is not None
        answer = await runs.run(before, after, scenarios=question.scenarios and not dated)
        if "problems" in answer:
            return page(request, question, problems=answer["problems"])
        return page(
            request,
            question,
            found=difference_view(before.book, answer),
            sides=(before, after),
            features=before.book.features is not None,
            to_before=pages.address_in([before.book.rulebook.id], "/"),
            to_after=None if after.files is not None else pages.address_in([after.book.rulebook.id], "/"),
            link_before=lambda path: pages.address_in([before.book.rulebook.id], path),
            dated=dated,
        )

    return routes


def sides(pages: Pages, question: Question, form: Form) -> tuple[Side, Side]:
    """Return the two rulebooks that a form names.

    Raises:
        ApiError: 404, if a rulebook is not served.
        QuestionError: if a day is none, or if both are the same.
        UploadError: if the files are no rulebook.
    """
    before = Side(pages.book_of(question.before), on=_day(question.before_on))
    base = pages.book_of(question.after)
    uploads = read_uploads(form.uploads)
    files = changed_rulebook(base.rulebook, uploads) if uploads else None
    after = Side(base, files, _day(question.after_on))
    if files is None and (before.book, before.on) == (after.book, after.on):
        raise QuestionError(SAME)
    return before, after


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise QuestionError(f"Expected a day written YYYY-MM-DD, found '{text[:20]}'.") from None
