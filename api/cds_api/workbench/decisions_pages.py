"""``/decisions``: what the ledger has stored, each decision as it was given, and its replay.

An address names a decision by its identifier, never a patient.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cds_api.decisions import LedgerError
from cds_api.problems import ApiError
from cds_api.replays import REPLAYS
from cds_api.service import ledger_unreadable, read_ledger
from cds_api.workbench.evaluating.record_text import format_json, readable
from cds_api.workbench.forms import read_form
from cds_api.workbench.ledger_check import COMMAND, LedgerCheck
from cds_api.workbench.login_page import SEE_OTHER
from cds_api.workbench.render import Pages
from cds_api.workbench.requests import day_of, text_of, with_rulebook
from cds_api.workbench.views.decisions import advice_changes, decision_row, readable_time
from cds_api.workbench.views.stored_answer import input_lines, stored_answer

if TYPE_CHECKING:
    from cds_api.ledger.browsing import LedgerBrowser, OpenedDecision
    from cds_api.ledger.search import Wanted

PATH = "/decisions"
PER_PAGE = 25
"""How many decisions a page lists."""
MOST_ANSWER = 256 * 1024
"""The longest answer that a page shows as JSON, in characters."""


def router(pages: Pages) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()
    service = pages.service
    check = LedgerCheck(service.settings)

    def browser() -> LedgerBrowser:
        return service.required_ledger.browser

    async def opened(decision_id: str) -> OpenedDecision:
        try:
            identifier = str(uuid.UUID(decision_id))
        except ValueError:
            identifier = ""
        found = await read_ledger(browser().open, identifier)
        if found is None:
            raise ApiError(404, "The ledger has no such decision.")
        return found

    @routes.get(PATH)
    async def decisions(request: Request) -> Response:
        if service.ledger is None:
            return pages.render(request, "decisions/off.html.j2", title="Decisions")
        wanted = _wanted(request)
        names = await read_ledger(browser().rulebooks)
        found = await read_ledger(browser().search, wanted, PER_PAGE)
        filters = {name: text_of(request, name) for name in FILTERS}
        return pages.render(
            request,
            "decisions/list.html.j2",
            title="Decisions",
            rows=[decision_row(each, names) for each in found.decisions],
            following=found.next,
            is_full=len(found.decisions) == PER_PAGE,
            is_first=not text_of(request, "before"),
            filters=filters,
            kept={name: text for name, text in filters.items() if text},
            routes=sorted(REPLAYS),
            names=names,
            rules=sorted({name for engine in service.engines.values() for name in engine.rulebook.rules}),
            has_key=service.settings.ledger_key_file is not None,
        )

    @routes.get(PATH + "/verify")
    async def without_form(request: Request) -> Response:
        return RedirectResponse(pages.address(request, f"{PATH}#verify"), SEE_OTHER)

    @routes.post(PATH + "/verify")
    async def verify(request: Request) -> Response:
        await read_form(request, service.settings)
        browser()  # there must be a ledger
        checked = await check.run()
        return pages.render(
            request,
            "decisions/verify.html.j2",
            title="Verification",
            report=checked.report,
            problem=checked.problem,
            command=COMMAND,
            readable_time=readable_time,
        )

    @routes.get(PATH + "/{decision_id}")
    async def decision(request: Request, decision_id: str) -> Response:
        found = await opened(decision_id)
        book = _rulebook_id(found)
        if book is not None and (elsewhere := with_rulebook(pages, request, book)):
            return elsewhere
        may_evaluate = pages.allows(request, "/")
        shown = await pages.in_background(_shown, found, may_evaluate=may_evaluate)
        return pages.render(
            request,
            "decisions/decision.html.j2",
            title="Decision",
            switchable=False,
            served=_is_served(pages, found),
            most_answer=MOST_ANSWER,
            **shown,
        )

    @routes.post(PATH + "/{decision_id}/replay")
    async def replay(request: Request, decision_id: str) -> Response:
        await read_form(request, service.settings)
        found = await opened(decision_id)
        try:
            shown = await pages.in_background(read_replays, found)
        except LedgerError:
            raise ledger_unreadable() from None
        return pages.render(
            request, "decisions/replay.html.j2", title="Replay", switchable=False, found=found, **shown
        )

    def read_replays(found: OpenedDecision) -> Mapping[str, Any]:
        """Return what the replays with the stored rulebook and with the one loaded now show."""
        stored = browser().replay(found.row, REPLAYS)
        answer = found.row["answer"] or b"null"
        other = service.engines.get(_rulebook_id(found) or "")
        now = None
        if other is not None and other.rulebook.digest not in found.engines:
            now = browser().replay(found.row, REPLAYS, other)
        return {
            "stored": stored,
            "changes": advice_changes(stored, answer),
            "other": other,
            "now": now,
            "now_changes": [] if now is None else advice_changes(now, answer),
            "time": readable_time(found.row["time"]) if found.row["time"] else "",
            "names": _names(found),
        }

    return routes


FILTERS = ("from", "to", "caller", "route", "digest", "rule")
"""The parameters that narrow the list; ``before`` leads to older decisions."""


def _wanted(request: Request) -> Wanted:
    """Return what an address searches for.

    Raises:
        ApiError: 422, if a parameter is invalid.
    """
    from cds_api.ledger.canonical import first_identifier
    from cds_api.ledger.search import Wanted

    first, last = day_of(request, "from"), day_of(request, "to")
    bounds = []
    if last is not None and last < datetime.date.max:
        bounds.append(first_identifier(last + datetime.timedelta(days=1)))
    if before := text_of(request, "before"):
        try:
            bounds.append(str(uuid.UUID(before)))
        except ValueError:
            raise ApiError(422, "before: expected the id of a decision.") from None
    return Wanted(
        since=None if first is None else first_identifier(first),
        before=min(bounds, default=None),
        caller=text_of(request, "caller"),
        route=text_of(request, "route"),
        rulebook=text_of(request, "digest"),
        rule=text_of(request, "rule"),
    )


def _shown(found: OpenedDecision, *, may_evaluate: bool) -> Mapping[str, Any]:
    """Return what the page of a decision shows."""
    row = found.row
    given = None if row["input"] is None else row["input"].decode("utf-8", "replace")
    lines = None if given is None else input_lines(given, row["answer"])
    engine = next(iter(found.engines.values()), None)
    record = found.record(REPLAYS) if may_evaluate else None
    return {
        "found": found,
        "row": row,
        "time": readable_time(row["time"]) if row["time"] else "",
        "checkpoint_time": readable_time(found.checkpoint.time) if found.checkpoint else "",
        "parameters": found.summary.get("parameters", {}),
        "names": _names(found),
        "answer": None if row["answer"] is None else stored_answer(row["answer"], engine, lines),
        "input": lines,
        "record": record if record is None else _record_text(record),
        "by_card": {item["card"]: item for item in found.feedback},
        "readable_time": readable_time,
    }


def _record_text(record: bytes | Mapping[str, Any]) -> str:
    return (
        readable(record.decode("utf-8", "replace"))
        if isinstance(record, bytes)
        else format_json(dict(record))
    )


def _names(found: OpenedDecision) -> Mapping[str, str]:
    """Return the rulebooks of a decision by digest, with id and version."""
    return {
        digest: "a rulebook that cannot be loaded"
        if engine is None
        else f"{engine.rulebook.id} {engine.rulebook.version}"
        for digest, engine in found.engines.items()
    }


def _rulebook_id(found: OpenedDecision) -> str | None:
    return next((engine.rulebook.id for engine in found.engines.values() if engine is not None), None)


def _is_served(pages: Pages, found: OpenedDecision) -> bool:
    served = {engine.rulebook.digest for engine in pages.service.engines.values()}
    return served >= found.engines.keys()
