"""Stored decisions as the pages list them, and what a replay of one showed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cds_engine.answer.models import INDICATORS

from cds_api.workbench.evaluating.views import count_indicators
from cds_api.workbench.views.stored_answer import INDICATOR_OF

if TYPE_CHECKING:
    from cds_api.ledger.replay import Replayed
    from cds_api.ledger.search import FoundDecision

CHANGES = {"began": "only now", "ended": "only then", "changed": "different"}
"""How the advice of a rule differs between a stored answer and a replay."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in the list."""

    id: str
    pruned: bool
    time: str
    caller: str
    route: str
    hook: str
    rulebooks: tuple[str, ...]
    counts: Mapping[str, int]
    """The number of advisories or cards with each indicator."""
    feedback: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AdviceChange:
    """How the advice of one rule differs; ``then`` and ``now`` are its indicator and summary."""

    rule: str
    change: str
    then: tuple[str, str] | None
    now: tuple[str, str] | None


def decision_row(found: FoundDecision, names: Mapping[str, str]) -> DecisionRow:
    """Return a decision as a row.

    Args:
        found: the decision.
        names: the names of rulebooks by digest.
    """
    summary = found.summary
    if summary["pruned"]:
        return DecisionRow(summary["id"], True, "", "", "", "", (), {}, found.feedback)
    return DecisionRow(
        summary["id"],
        False,
        readable_time(summary["time"]),
        summary["caller"] or "",
        summary["route"],
        str(summary["parameters"].get("hook", "")),
        tuple(names.get(digest, digest[:19]) for digest in summary["rulebooks"]),
        count_indicators(map(_level, found.advice.values())),
        found.feedback,
    )


def readable_time(time: str) -> str:
    """Return a time of the ledger for people: to the millisecond, in UTC."""
    return f"{time[:10]} {time[11:23]} UTC"


def advice_changes(replayed: Replayed, answer: bytes) -> list[AdviceChange]:
    """Return how the advice of a replay differs from the one that was given.

    Args:
        replayed: the replay.
        answer: the stored answer.
    """
    from cds_api.ledger.differences import stored_advice

    then, now = stored_advice(answer), stored_advice(replayed.answer or b"null")
    return [
        AdviceChange(rule, CHANGES[change], _said(then.get(rule)), _said(now.get(rule)))
        for change, rules in replayed.rules.items()
        for rule in rules
    ]


def verification_report(output: str) -> Mapping[str, Any] | None:
    """Return the report in the output of ``cds ledger verify``, or None if there is none."""
    try:
        found = json.loads(output[output.index("{") : output.rindex("}") + 1])
    except ValueError:
        return None
    return found if isinstance(found, dict) and "findings" in found else None


def _said(advised: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return None if advised is None else (_level(advised), str(advised.get("summary") or ""))


def _level(advised: Mapping[str, Any]) -> str:
    """Return the indicator of an advisory, a card or a DetectedIssue."""
    indicator = advised.get("indicator") or INDICATOR_OF.get(str(advised.get("severity")))
    return indicator if indicator in INDICATORS else "info"
