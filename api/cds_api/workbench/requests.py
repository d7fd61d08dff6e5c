"""Reads the parameters of pages, and says what is wrong with one."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from cds_engine.errors import nearest
from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from cds_api.problems import ApiError
from cds_api.service import now
from cds_api.workbench.login_page import SEE_OTHER
from cds_api.workbench.render import RULEBOOK_PARAMETER, Pages

LONGEST_SEARCH = 200
"""The longest text that is searched for."""


def day_of_request(request: Request) -> datetime.date:
    """Return the day of ``?as_of=``, else today (UTC).

    Raises:
        ApiError: 422, if it is not a date.
    """
    return day_of(request, "as_of") or now().date()


def day_of(request: Request, name: str) -> datetime.date | None:
    """Return the day that a parameter of the address gives, or None without it.

    Raises:
        ApiError: 422, if it is not a date.
    """
    text = request.query_params.get(name, "")
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise ApiError(422, f"{name}: expected a date such as 2026-11-23.") from None


def text_of(request: Request, name: str) -> str:
    """Return a parameter of the address without spaces around it, or an empty text."""
    return request.query_params.get(name, "").strip()[:LONGEST_SEARCH]


def is_set(request: Request, name: str) -> bool:
    """Return whether a checkbox is set."""
    return bool(request.query_params.get(name))


def page_of(request: Request) -> int:
    """Return the page of ``?page=``, from 1.

    Raises:
        ApiError: 422, if it is not a number from 1.
    """
    text = request.query_params.get("page", "1")
    if not text.isdecimal() or not 1 <= int(text) <= 10_000_000:
        raise ApiError(422, "page: expected a number from 1.")
    return int(text)


def with_rulebook(pages: Pages, request: Request, rulebook: str) -> Response | None:
    """Return the way to the same page with another rulebook, if the address names none and it is served."""
    if RULEBOOK_PARAMETER in request.query_params or rulebook not in pages.service.engines:
        return None
    if pages.engine(request).rulebook.id == rulebook:
        return None
    address = request.url.include_query_params(**{RULEBOOK_PARAMETER: rulebook})
    return RedirectResponse(f"{address.path}?{address.query}", SEE_OTHER)


def unknown(what: str, name: str, names: Iterable[str]) -> ApiError:
    """Return the error that the rulebook has no part of this name."""
    return ApiError(404, f"The rulebook has no {what} '{name[:LONGEST_SEARCH]}'{nearest(name, list(names))}.")
