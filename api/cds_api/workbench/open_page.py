"""``/open/{key}``: what ``cds open`` opened."""

from __future__ import annotations

from pathlib import Path

from cds_engine.cohort.result_folders import result_folders
from cds_engine.record.json_text import MAX_BYTES
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cds_api.problems import ApiError
from cds_api.workbench.evaluate_page import evaluation_response
from cds_api.workbench.forms import Form
from cds_api.workbench.login_page import SEE_OTHER
from cds_api.workbench.render import Pages

FOLDER_PAGE = "/populations"


def router(pages: Pages) -> APIRouter:
    """Return the route of the page."""
    routes = APIRouter()

    @routes.get("/open/{key}")
    async def show(request: Request, key: str) -> Response:
        opened = pages.opened
        if opened is None or not opened.has_key(key):
            raise ApiError(404, "Nothing was opened at this address.")
        if opened.path.is_dir():
            alone = result_folders(opened.path) == [opened.path]
            page = f"{FOLDER_PAGE}/opened" if alone else FOLDER_PAGE
            return RedirectResponse(page, SEE_OTHER, opened.cookie_headers())
        form = Form({}, {"file": _read(opened.path)})
        response = await evaluation_response(pages, request, form)
        response.headers.update(opened.cookie_headers())
        return response

    return routes


def _read(path: Path) -> bytes:
    """Return the content of a file as it is now, cut off just above the size that the parser rejects."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ApiError(404, f"The file cannot be read any more: {error.strerror}.") from None
