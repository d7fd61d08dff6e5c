"""What the workbench reads from a ledger: decisions that are searched for, and one with all about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from cds_engine.errors import EngineError
from cds_engine.evaluate import Engine
from cds_engine.record.json_text import parse_json

from cds_api.decisions import LedgerError, Replay, StoredDecision
from cds_api.ledger import tables
from cds_api.ledger.database import Database
from cds_api.ledger.proof import covering_checkpoint, entry_problems
from cds_api.ledger.reading import feedback_of, find_entry, summary
from cds_api.ledger.replay import Replayed, Replayer
from cds_api.ledger.rulebooks import unpack
from cds_api.ledger.search import FoundPage, Wanted, search


@dataclass(frozen=True, slots=True)
class CoveringCheckpoint:
    """The first checkpoint that covers a decision."""

    number: int
    time: str
    public_key: str


@dataclass(frozen=True, slots=True)
class OpenedDecision:
    """A stored decision with its feedback, its checkpoint and the engines of its rulebooks."""

    row: Mapping[str, Any]
    feedback: Sequence[Mapping[str, Any]]
    checkpoint: CoveringCheckpoint | None
    problems: Sequence[str]
    """How it was changed since it was stored."""
    engines: Mapping[str, Engine | None]
    """The engines of its rulebooks by digest; None if this version cannot load one."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """The decision as programs read it, without input and answer."""
        return summary(self.row)

    def record(self, replays: Mapping[str, Replay]) -> bytes | Mapping[str, Any] | None:
        """Return the record or the Bundle that was evaluated, or None if it is not kept.

        Of a hook call it is the native record that the call was read as; also of an input that is kept
        without identifiers.
        """
        row, engines = self.row, [engine for engine in self.engines.values() if engine is not None]
        if row["input"] is None or row["route"] not in replays or len(engines) != len(self.engines):
            return None
        read = replays[row["route"]].read_record
        try:
            if row["input_kept"] != "full":
                kept: Any = parse_json(row["input"], "input")
                found: Mapping[str, Any] = kept[0]["record"]
                return found
            if read is None:
                return bytes(row["input"])
            stored = StoredDecision(self.summary["parameters"], row["hook_instance"])
            return read(engines, row["input"], stored)
        except (EngineError, KeyError, ValueError, TypeError, IndexError, StopIteration):
            return None  # it was changed, or this version reads such calls no more


class LedgerBrowser:
    """Reads decisions of a ledger."""

    def __init__(self, database: Database, public_keys: Collection[str]) -> None:
        """Prepare to read.

        Args:
            database: the database of the ledger.
            public_keys: the keys that may have signed checkpoints; any key if there are none.
        """
        self._database = database
        self._public_keys = public_keys
        self._names: dict[str, str] = {}

    def search(self, wanted: Wanted, limit: int) -> FoundPage:
        """Return the newest decisions that are searched for.

        Raises:
            LedgerError: if the ledger cannot be read.
        """
        with self._database.connect() as connection:
            return search(connection, wanted, limit)

    def rulebooks(self) -> dict[str, str]:
        """Return the id and version of each stored rulebook by its digest, the newest version first.

        Of one that this version cannot load it is a part of the digest.

        Raises:
            LedgerError: if the ledger cannot be read.
        """
        with self._database.connect() as connection:
            digests = connection.execute(sa.select(tables.rulebooks.c.digest)).scalars().all()
            for digest in digests:
                if digest not in self._names:
                    self._names[digest] = _name(digest, _stored_engine(connection, digest))
        return {digest: self._names[digest] for digest in sorted(digests, key=self._names.__getitem__)}

    def open(self, identifier: str) -> OpenedDecision | None:
        """Return a decision, or None if there is none with this identifier.

        Raises:
            LedgerError: if the ledger cannot be read.
        """
        with self._database.connect() as connection:
            row = find_entry(connection, identifier)
            if row is None:
                return None
            covering = covering_checkpoint(connection, row["chain"], row["sequence"])
            checkpoint = None
            if covering is not None:
                number, found, _ = covering
                checkpoint = CoveringCheckpoint(number, str(found.fields["time"]), found.public_key)
            return OpenedDecision(
                row,
                feedback_of(connection, identifier),
                checkpoint,
                entry_problems(connection, row, self._public_keys),
                {digest: _stored_engine(connection, digest) for digest in (row["rulebooks"] or "").split()},
            )

    def replay(
        self, row: Mapping[str, Any], replays: Mapping[str, Replay], other: Engine | None = None
    ) -> Replayed:
        """Return what the replay of a decision shows.

        Args:
            row: the row of the decision.
            replays: how the decisions of each route are made again.
            other: the engine to use in place of the one for the same rulebook; only the advice is compared.

        Raises:
            LedgerError: if the ledger cannot be read.
        """
        with self._database.connect() as connection:
            return Replayer(connection, replays, other).replay_one(row)


def _stored_engine(connection: sa.Connection, digest: str) -> Engine | None:
    """Return the engine for a stored rulebook, or None if this version cannot load it."""
    query = sa.select(tables.rulebooks.c.content).where(tables.rulebooks.c.digest == digest)
    content = connection.execute(query).scalar()
    try:
        return None if content is None else unpack(bytes(content), digest)
    except LedgerError:
        return None


def _name(digest: str, engine: Engine | None) -> str:
    if engine is None:
        return f"rulebook {digest.partition(':')[2][:12]}"
    return f"{engine.rulebook.id} {engine.rulebook.version}"
