"""Reads whether a Condition or AllergyIntolerance states that something is present."""

from __future__ import annotations

import datetime
from enum import Enum

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Reader, codes
from cds_engine.fhir.values import Moment, moment

PRESENT = frozenset({"active", "recurrence", "relapse"})
ABSENT = frozenset({"inactive", "resolved"})
REMISSION = "remission"
"""R4 does not say whether a condition in remission is present."""
UNCONFIRMED = frozenset({"unconfirmed", "provisional", "differential"})


def is_present(reader: Reader, item: Item, what: str) -> bool | None:
    """Return whether a Condition or AllergyIntolerance states that ``what`` is present; None: unknown.

    An end after the evaluation outweighs the clinical status, which is that of the day of recording.
    """
    verified, clinical = codes(item.body.get("verificationStatus")), codes(item.body.get("clinicalStatus"))
    if "refuted" in verified:
        return False
    ended = _ended(item, reader.as_of)
    unread = "clinicalStatus" in item.body and not clinical & (PRESENT | ABSENT | {REMISSION})
    over = bool(clinical & ABSENT) or (ended is _Ended.OVER and REMISSION not in clinical)
    contradictory = over and bool(clinical & PRESENT)
    if over and ended is not _Ended.LATER and not contradictory and not unread:
        return False
    if unconfirmed := verified & UNCONFIRMED:
        unknown = ", ".join(sorted(unconfirmed))
    elif ended is _Ended.LATER:
        return True
    elif contradictory:
        unknown = f"clinical status '{min(clinical & PRESENT)}' of something that has ended"
    elif ended is _Ended.UNCLEAR:
        unknown = "the day on which it ended is not clear"
    elif REMISSION in clinical:
        unknown = "in remission"
    elif clinical & PRESENT:
        return True
    else:
        unknown = "no clinical status" if not clinical else "unknown clinical status"
    reader.notes.add_grouped(f"{unknown}; whether it is present is not known", item.pointer, what)
    return None


def is_withdrawn(item: Item) -> bool:
    """Return whether a resource was entered in error and must be ignored."""
    status = item.body.get("status"), *codes(item.body.get("verificationStatus"))
    return item.flaw is None and "entered-in-error" in status


def is_refuted(item: Item) -> bool:
    """Return whether a resource certainly states an absence."""
    return item.flaw is None and "refuted" in codes(item.body.get("verificationStatus"))


def abatement(item: Item) -> tuple[Moment | None, str]:
    """Return when a condition ended, if it is dated, and where the resource says so."""
    period = item.body.get("abatementPeriod")
    if isinstance(period, dict):
        start, end = moment(period.get("start")), moment(period.get("end"))
        known = Moment(start.first, end.last) if start is not None and end is not None else None
        return known, f"{item.pointer}/abatementPeriod"
    return moment(item.body.get("abatementDateTime")), f"{item.pointer}/abatementDateTime"


class _Ended(Enum):
    """What a resource says about the end of a condition."""

    NOT_STATED = "not stated"
    OVER = "over"
    LATER = "later"
    UNCLEAR = "perhaps over"


def _ended(item: Item, as_of: datetime.date) -> _Ended:
    """Return whether a condition has ended. An age or a text says that it has."""
    stated = {name for name in item.body if name.startswith("abatement")}
    if not stated:
        return _Ended.NOT_STATED
    if not stated & {"abatementDateTime", "abatementPeriod"}:
        return _Ended.OVER
    end, _ = abatement(item)
    if end is None or end.first <= as_of < end.last:
        return _Ended.UNCLEAR
    return _Ended.LATER if end.first > as_of else _Ended.OVER
