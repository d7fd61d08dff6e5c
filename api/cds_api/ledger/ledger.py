"""What the service calls: stores decisions and feedback, and reads them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa

from cds_api.decisions import LABEL, CardFeedback, Decision, LedgerError, LedgerUnavailableError
from cds_api.ledger import reading, tables
from cds_api.ledger.browsing import LedgerBrowser
from cds_api.ledger.canonical import (
    Identifiers,
    canonical_texts,
    digest,
    first_identifier,
    keyed_digest,
    timestamp,
)
from cds_api.ledger.checkpoints import Checkpointer
from cds_api.ledger.compression import compress
from cds_api.ledger.database import Database, transaction
from cds_api.ledger.gathering import Row
from cds_api.ledger.pseudonyms import KeyedPseudonyms, read_secret
from cds_api.ledger.rulebooks import pack
from cds_api.ledger.signing import SigningKey
from cds_api.ledger.writer import UNAVAILABLE, Writer
from cds_api.settings import Settings

LARGE = 256 * 1024
"""Decisions of this many bytes or more are prepared in the background."""
STORE_SECONDS = 20
"""How long a request waits until its decision is stored."""
SALT_BYTES = 16


class Ledger:
    """The ledger of one process of the service."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        """Open the ledger of the settings; create its tables if there are none.

        Args:
            settings: the configuration.
            clock: returns the time.

        Raises:
            LedgerError: if the ledger cannot be opened, or a file that the settings name cannot be used.
        """
        assert settings.ledger is not None
        self.database = Database(settings.ledger)
        self.kept = settings.ledger_input
        self._clock = clock
        self._secret: bytes | None = None
        if self.kept != "full":
            assert settings.ledger_secret_file is not None
            self._secret = read_secret(settings.ledger_secret_file)
        key = SigningKey(settings.ledger_key_file) if settings.ledger_key_file is not None else None
        self.database.create_or_upgrade()
        self.browser = LedgerBrowser(self.database, () if key is None else (key.public_key,))
        self._engine_version = version("mianserin-cds")
        self._identifiers = Identifiers()
        self._packed: dict[str, bytes] = {}
        self._writer = Writer(self.database, self._engine_version, clock)
        self._checkpointer = None
        if key is not None:
            self._checkpointer = Checkpointer(self.database, key, settings.ledger_checkpoint_seconds, clock)
            self._checkpointer.start()

    async def record(self, decisions: Sequence[Decision], caller: str | None, at: datetime) -> list[str]:
        """Store decisions; they are on disk when this returns their identifiers.

        Args:
            decisions: what was decided.
            caller: who asked: the name of an API key or of the issuer of a token.
            at: the time.

        Raises:
            LedgerUnavailableError: if they could not be stored.
        """
        size = sum(len(decision.body) + len(decision.answer) for decision in decisions)
        if self._secret is None and size < LARGE:
            rows = [self._row(decision, caller, at) for decision in decisions]
        else:
            rows = await asyncio.to_thread(
                lambda: [self._row(decision, caller, at) for decision in decisions]
            )
        await self._store(rows)
        return [row.values["id"] for row in rows]

    async def record_feedback(
        self, feedback: Sequence[CardFeedback], caller: str | None, at: datetime
    ) -> None:
        """Store what users did with cards, linked to the decisions that gave the cards.

        Raises:
            LedgerUnavailableError: if it could not be stored.
        """
        try:
            entries = await asyncio.to_thread(
                self._entries_of_cards, {item.card for item in feedback if item.card is not None}
            )
        except LedgerError:
            raise LedgerUnavailableError(UNAVAILABLE) from None
        rows = [
            Row(
                "feedback",
                {
                    "id": self._identifiers.make(at),
                    "time": timestamp(at),
                    "caller": caller,
                    "entry": entries.get(item.card or ""),
                    "card": item.card,
                    "service": item.service,
                    "rule": item.rule,
                    "outcome": item.outcome,
                    "outcome_time": item.outcome_time,
                    "reason": item.reason,
                    "salt": os.urandom(SALT_BYTES).hex(),
                },
            )
            for item in feedback
        ]
        await self._store(rows)

    def list_decisions(self, *, since: date | None, before: str | None, limit: int) -> list[dict[str, Any]]:
        """Return summaries of decisions, the newest first.

        Args:
            since: the first day or moment.
            before: list only what has a smaller identifier.
            limit: the most decisions to list.

        Raises:
            LedgerError: if the ledger cannot be read.
        """
        first = None if since is None else first_identifier(since)
        with self.database.connect() as connection:
            return reading.list_entries(connection, since=first, before=before, limit=limit)

    def find_decision(self, identifier: str) -> bytes | None:
        """Return a decision as JSON, or None if there is none with this identifier.

        Raises:
            LedgerError: if the ledger cannot be read.
        """
        with self.database.connect() as connection:
            row = reading.find_entry(connection, identifier)
            return None if row is None else reading.decision_json(LABEL, connection, row)

    async def is_writable(self) -> bool:
        """Return whether the ledger can be written; after a failure, try it."""
        return not self._writer.failing or await asyncio.to_thread(self._try_to_write)

    def close(self) -> None:
        """Store what waits, write a last checkpoint, and close the database."""
        self._writer.close()
        if self._checkpointer is not None:
            self._checkpointer.close()
        self.database.close()

    async def _store(self, rows: Sequence[Row]) -> None:
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self._writer.store(rows)
        except TimeoutError:
            raise LedgerUnavailableError(UNAVAILABLE) from None

    def _row(self, decision: Decision, caller: str | None, at: datetime) -> Row:
        """Return the row of a decision, without its place in a chain."""
        kept, answer = self._kept(decision)
        kept_digest: str | None
        input_digest = self._digest(decision.body)
        if self._secret is None:  # what is kept is what was received and given, unless a route says otherwise
            answer_digest = answer_kept_digest = digest(answer)
            kept_digest = input_digest if kept is decision.body else digest(kept or b"")
        else:
            answer_digest, answer_kept_digest = self._digest(decision.answer), digest(answer)
            kept_digest = None if kept is None else digest(kept)
        books = {engine.rulebook.digest: engine.rulebook for engine in decision.engines}
        for name, rulebook in books.items():
            if name not in self._packed:
                self._packed[name] = pack(rulebook)
        values = {
            "id": self._identifiers.make(at),
            "time": timestamp(at),
            "caller": caller,
            "route": decision.route,
            "hook_instance": decision.hook_instance,
            "parameters": canonical_texts(decision.parameters).decode(),
            "rulebooks": " ".join(books),
            "engine": self._engine_version,
            "input_digest": input_digest,
            "input_kept": self.kept,
            "input_kept_digest": kept_digest,
            "answer_digest": answer_digest,
            "answer_type": decision.answer_type if self._secret is None else "application/json",
            "answer_kept_digest": answer_kept_digest,
            "salt": os.urandom(SALT_BYTES).hex(),
            "input": None if kept is None else compress(kept),
            "answer": compress(answer),
        }
        return Row("entries", values, {name: self._packed[name] for name in books}, decision.cards)

    def _kept(self, decision: Decision) -> tuple[bytes | None, bytes]:
        """Return the input and the answer as they are stored."""
        if self._secret is None:
            return decision.body if decision.input is None else decision.input, decision.answer
        found = decision.without_identifiers(KeyedPseudonyms(self._secret))
        if self.kept == "digest":
            return None, found.answer
        records = [{"rulebook": item.rulebook, "record": item.record} for item in found.records]
        return json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode(), found.answer

    def _digest(self, data: bytes) -> str:
        return digest(data) if self._secret is None else keyed_digest(data, self._secret)

    def _entries_of_cards(self, wanted: set[str]) -> dict[str, str]:
        """Return the last entry that gave each card."""
        if not wanted:
            return {}
        table = tables.cards.c
        query = sa.select(table.card, sa.func.max(table.entry)).where(table.card.in_(wanted))
        with self.database.connect() as connection:
            rows = connection.execute(query.group_by(table.card)).all()
        return {row[0]: row[1] for row in rows}

    def _try_to_write(self) -> bool:
        """Return whether a transaction can begin; it writes nothing."""
        try:
            self.database.check()
            with self.database.connect() as connection, transaction(connection):
                connection.execute(sa.delete(tables.chains).where(tables.chains.c.chain < 0))
        except LedgerError:
            return False
        return True
