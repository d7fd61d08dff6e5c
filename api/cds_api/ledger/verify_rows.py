"""Verifies single rows: their digests, and what they refer to in other tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from cds_api.ledger import tables
from cds_api.ledger.canonical import canonical, digest
from cds_api.ledger.chains import content_digest
from cds_api.ledger.findings import Finding
from cds_api.ledger.rulebooks import packed_digest


def row_problem(kind: str, row: Mapping[str, Any], pruned_before: str) -> str | None:
    """Return how a row was changed, or None if its digest covers what it has.

    Args:
        kind: the kind of the row.
        row: the row.
        pruned_before: the smallest identifier whose content no checkpoint allows to be removed.
    """
    removable = (*tables.CONTENT[kind], *tables.BLOBS[kind])
    if row["time"] is None:
        if any(row[name] is not None for name in removable):
            return "a part of its content was removed"
        pruned = row["id"] < pruned_before
        return None if pruned else "its content was removed, and no checkpoint records that it was pruned"
    if kind == "entries":
        for name in tables.BLOBS[kind]:
            kept = row[name]
            stated = row[f"{name}_kept_digest"]
            if (None if kept is None else digest(kept)) != stated:
                return f"its {name} is not what was stored"
    if content_digest(kind, row, canonical) != row["digest"]:
        return "its digest does not cover its content"
    return None


class References:
    """What rows refer to: rulebooks, entries and cards."""

    def __init__(self, connection: sa.Connection) -> None:
        """Read the rulebooks, and verify each by its digest."""
        self.findings: list[Finding] = []
        self._connection = connection
        self._rulebooks: set[str] = set()
        table = tables.rulebooks.c
        for name, content in connection.execute(sa.select(table.digest, table.content)):
            self._rulebooks.add(name)
            if packed_digest(content) != name:
                message = "its files do not have this digest"
                self.findings.append(Finding("changed", f"rulebook {name}", message))
        self._reported: set[str] = set()
        self._card_rows = 0

    def check(self, kind: str, row: Mapping[str, Any], place: str) -> list[Finding]:
        """Return what a row refers to and the ledger does not have."""
        if row["time"] is None:
            return []
        if kind == "feedback":
            return self._check_feedback(row, place)
        used = set((row["rulebooks"] or "").split())
        missing = used - self._rulebooks - self._reported
        self._reported |= missing
        findings = [Finding("missing", f"rulebook {name}", f"{place} used it") for name in sorted(missing)]
        return findings + self._check_cards(row, place)

    def unused(self) -> list[Finding]:
        """Return the rows of the index of cards that no entry has."""
        total = self._connection.execute(sa.select(sa.func.count()).select_from(tables.cards)).scalar_one()
        if total == self._card_rows:
            return []
        return [Finding("changed", "the index of cards", "it has cards that no entry has")]

    def _check_feedback(self, row: Mapping[str, Any], place: str) -> list[Finding]:
        entry = row["entry"]
        query = sa.select(tables.entries.c.id).where(tables.entries.c.id == entry)
        if entry is None or self._connection.execute(query).first() is not None:
            return []
        return [Finding("missing", f"entries {entry}", f"{place} is feedback on it")]

    def _check_cards(self, row: Mapping[str, Any], place: str) -> list[Finding]:
        """Compare the cards of an answer with the index; only answers to hook calls have cards."""
        if row["hook_instance"] is None:
            return []
        query = sa.select(tables.cards.c.card).where(tables.cards.c.entry == row["id"])
        found = set(self._connection.execute(query).scalars())
        self._card_rows += len(found)
        if found == set(cards_in(row["answer"])):
            return []
        return [Finding("changed", "the index of cards", f"it does not have the cards of {place}")]


def cards_in(answer: bytes | None) -> Iterable[str]:
    """Return the UUIDs of the cards in the answer to a hook call."""
    try:
        found = json.loads(answer or b"{}")
        return [card["uuid"] for card in found["cards"]]
    except (ValueError, KeyError, TypeError):
        return []
