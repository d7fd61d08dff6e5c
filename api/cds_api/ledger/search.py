"""Searches the ledger for decisions, page by page, at a limited cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cds_api.ledger import tables
from cds_api.ledger.differences import Advice, stored_advice
from cds_api.ledger.reading import list_entries

MOST_EXAMINED = 10_000
"""How many decisions one search examines at most. The next search continues after them."""
FIRST_BATCH, BATCH = 50, 400
"""Decisions that are examined first, and then at a time; the answers of so many are in memory at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What decisions are searched for; None and empty texts mean any."""

    since: str | None = None
    """The smallest identifier."""
    before: str | None = None
    """All identifiers are smaller than this one."""
    caller: str = ""
    route: str = ""
    rulebook: str = ""
    """The digest of a rulebook."""
    rule: str = ""
    """A rule that fired."""

    def accepts(self, summary: Mapping[str, Any]) -> bool:
        """Return whether the summary of a decision is that of one that is searched for."""
        if summary["pruned"]:
            return not (self.caller or self.route or self.rulebook or self.rule)
        return (
            (not self.caller or summary["caller"] == self.caller)
            and (not self.route or summary["route"] == self.route)
            and (not self.rulebook or self.rulebook in summary["rulebooks"])
        )


@dataclass(frozen=True, slots=True)
class FoundDecision:
    """A decision that was found: its summary, its advice by rule, and how often which feedback was given."""

    summary: Mapping[str, Any]
    advice: Mapping[str, Advice]
    feedback: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """The decisions that were found, the newest first.

    ``next`` is the identifier before which the search can go on, None if it has reached the oldest decision.
    """

    decisions: Sequence[FoundDecision]
    next: str | None


def search(connection: sa.Connection, wanted: Wanted, limit: int) -> FoundPage:
    """Return the newest decisions that are searched for.

    Args:
        connection: the connection to the ledger.
        wanted: what is searched for.
        limit: the most decisions to return.
    """
    found: list[FoundDecision] = []
    before, examined = wanted.before, 0
    while examined < MOST_EXAMINED:
        size = BATCH if examined else FIRST_BATCH
        batch = list_entries(connection, since=wanted.since, before=before, limit=size)
        found += _matching(connection, batch, wanted)
        if len(found) > limit:
            return FoundPage(found[:limit], found[limit - 1].summary["id"])
        if len(batch) < size:
            return FoundPage(found, None)
        before, examined = batch[-1]["id"], examined + size
    return FoundPage(found, before)


def _matching(
    connection: sa.Connection, summaries: Sequence[Mapping[str, Any]], wanted: Wanted
) -> list[FoundDecision]:
    """Return those of some decisions that are searched for."""
    accepted = {summary["id"]: summary for summary in summaries if wanted.accepts(summary)}
    if not accepted:
        return []
    advised = _advice(connection, accepted, wanted.rule)
    feedback = _feedback(connection, advised)
    return [
        FoundDecision(summary, advised[name], feedback.get(name, {}))
        for name, summary in accepted.items()
        if name in advised
    ]


def _advice(connection: sa.Connection, names: Collection[str], rule: str) -> dict[str, Mapping[str, Advice]]:
    """Return the advice of decisions by their identifiers; of those that advise by ``rule``, if it is one."""
    columns = tables.entries.c
    query = sa.select(columns.id, columns.answer).where(columns.id.in_(names))
    mark = f'"{rule}"'.encode()  # reading JSON takes much longer than looking for a text in it
    answers = {row.id: row.answer or b"null" for row in connection.execute(query)}
    advised = {name: stored_advice(answer) for name, answer in answers.items() if not rule or mark in answer}
    return {name: found for name, found in advised.items() if not rule or rule in found}


def _feedback(connection: sa.Connection, names: Collection[str]) -> dict[str, Counter[str]]:
    """Return how often which feedback was given on decisions, by their identifiers."""
    columns = tables.feedback.c
    query = sa.select(columns.entry, columns.outcome).where(columns.entry.in_(names))
    found: dict[str, Counter[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.entry, Counter())[row.outcome] += 1
    return found
