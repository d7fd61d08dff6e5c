"""``/scenarios``: the features of a rulebook, and an editor that runs a feature.

The text of a feature is data: the steps that it may use are fixed, and it runs in a process of its own with
limits on time and memory.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

from cds_engine.rulebook.authoring import example_feature
from fastapi import APIRouter, Request, Response

from cds_api.problems import ApiError
from cds_api.workbench.forms import read_form
from cds_api.workbench.processes import run_python
from cds_api.workbench.render import Pages
from cds_api.workbench.requests import text_of, unknown
from cds_api.workbench.views.book import Book
from cds_api.workbench.views.features import (
    FeatureRun,
    feature_rows,
    feature_texts,
    read_run,
)
from cds_api.workbench.views.source_lines import source_lines

MOST_TEXT = 64 * 1024
"""The longest feature that is run, in characters."""
SECONDS = 20
"""How long a feature may run."""
MOST_WAITING = 4
"""How many runs may wait for the one that is running."""


class Runner:
    """Runs features, one at a time in each process of the service."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0

    async def run(self, text: str, book: Book) -> FeatureRun:
        """Run the text of a feature.

        Raises:
            ApiError: 413, if it is too long; 503, if too many wait.
        """
        if len(text) > MOST_TEXT:
            raise ApiError(413, f"The feature is longer than {MOST_TEXT} characters.")
        if self._waiting >= MOST_WAITING:
            raise ApiError(503, "Other features are running; try again.", headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            async with self._lock:
                return await _run(text, book.rulebook.root.absolute())
        finally:
            self._waiting -= 1


async def _run(text: str, rulebook: Path) -> FeatureRun:
    with tempfile.TemporaryDirectory(prefix="cds-scenario-") as name:
        folder = Path(name)
        feature, output = folder / "scenario.feature", folder / "result.json"
        feature.write_text(text, encoding="utf-8")
        arguments = [str(feature), str(rulebook), str(output), str(SECONDS)]
        module = "cds_engine.scenarios.run_file"
        finished = await run_python(module, arguments, seconds=2 * SECONDS, folder=folder)
        if finished.code == 0 and output.is_file():
            return read_run(json.loads(output.read_bytes()), text)
    slow = f"the feature took longer than {SECONDS} seconds of processor time, or too much memory"
    return FeatureRun(((1, slow),), (), {})


def router(pages: Pages) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()
    runner = Runner()

    def editor(request: Request, book: Book, text: str, run: FeatureRun | None = None) -> Response:
        """Return the editor with a text, and the result of its run."""
        from cds_api.workbench.views.steps import names_to_complete, placeholder_rows, step_rows

        return pages.render(
            request,
            "scenarios/editor.html.j2",
            title="Write a scenario",
            text=text,
            run=run,
            lines=() if run is None else source_lines(text, "gherkin"),
            steps=step_rows(book.engine),
            placeholders=placeholder_rows(),
            names=names_to_complete(book.engine),
            most=MOST_TEXT,
        )

    @routes.get("/scenarios")
    async def scenarios(request: Request) -> Response:
        book = pages.book(request)
        rows = feature_rows(book)
        folders: dict[str, list[object]] = {}
        for row in rows:
            folders.setdefault(row.folder, []).append(row)
        return pages.render(
            request,
            "scenarios/list.html.j2",
            title="Scenarios",
            folders=folders,
            features=len(rows),
            scenarios=sum(row.scenarios for row in rows),
        )

    @routes.get("/scenarios/features/{path:path}")
    async def feature(request: Request, path: str) -> Response:
        book = pages.book(request)
        texts = feature_texts(book)
        if path not in texts:
            raise unknown("feature", path, texts)
        row = next(found for found in feature_rows(book) if found.path == path)
        lines = source_lines(texts[path], "gherkin")
        return pages.render(
            request, "scenarios/feature.html.j2", title=row.title, row=row, lines=lines, switchable=False
        )

    @routes.get("/scenarios/new")
    async def new(request: Request) -> Response:
        book, path = pages.book(request), text_of(request, "feature")
        texts = feature_texts(book) if path else {}
        if path and path not in texts:
            raise unknown("feature", path, texts)
        return editor(request, book, texts[path] if path else example_feature(book.rulebook))

    @routes.post("/scenarios/new")
    async def edit(request: Request) -> Response:
        form = await read_form(request, pages.service.settings)
        return editor(request, pages.book(request), form.text("text"))

    @routes.post("/scenarios/run")
    async def run(request: Request) -> Response:
        form = await read_form(request, pages.service.settings)
        book, text = pages.book(request), form.text("text")
        if not text:
            return editor(request, book, text)
        return editor(request, book, text, await runner.run(text, book))

    @routes.post("/scenarios/download")
    async def download(request: Request) -> Response:
        form = await read_form(request, pages.service.settings)
        headers = {"Content-Disposition": 'attachment; filename="scenario.feature"'}
        return Response(form.text("text") + "\n", headers=headers, media_type="text/x-gherkin")

    return routes
