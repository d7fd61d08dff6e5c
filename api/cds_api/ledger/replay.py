"""Replays stored decisions: evaluates their inputs again and compares the answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from cds_engine.errors import EngineError, ProblemsError
from cds_engine.evaluate import Engine
from cds_engine.record.json_text import parse_json

from cds_api.decisions import LedgerError, Replay, StoredDecision
from cds_api.ledger import tables
from cds_api.ledger.canonical import digest
from cds_api.ledger.differences import advice_differences, places
from cds_api.ledger.rulebooks import unpack

Status = Literal["identical", "different", "not attempted"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the replay of one decision showed."""

    id: str
    status: Status
    reason: str | None = None
    """Why it was not attempted."""
    rules: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The rules whose advice began, ended or changed."""
    places: Sequence[str] = ()
    """Where the answers differ."""
    answer: bytes | None = None
    """The answer of the replay, if there is one."""

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        found: dict[str, Any] = {"id": self.id, "status": self.status}
        if self.status == "not attempted":
            found["reason"] = self.reason
        if self.status == "different":
            found |= {"rules": dict(self.rules), "places": list(self.places)}
        return found


@dataclass(slots=True)
class Totals:
    """How many decisions had which result, and how often the advice of each rule differed."""

    statuses: Counter[Status] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rules: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, replayed: Replayed) -> None:
        """Count one decision."""
        self.statuses[replayed.status] += 1
        if replayed.reason is not None:
            self.reasons[replayed.reason] += 1
        for change, rules in replayed.rules.items():
            for rule in rules:
                self.rules.setdefault(rule, Counter())[change] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the totals as JSON values."""
        statuses: tuple[Status, ...] = ("identical", "different", "not attempted")
        return {
            "totals": {status: self.statuses[status] for status in statuses},
            "not_attempted": dict(sorted(self.reasons.items())),
            "rules": {
                rule: {change: counts[change] for change in ("began", "ended", "changed")}
                for rule, counts in sorted(self.rules.items())
            },
        }


class Replayer:
    """Replays decisions with the rulebooks that the ledger has stored, or with another one."""

    def __init__(
        self,
        connection: sa.Connection,
        replays: Mapping[str, Replay],
        other: Engine | None = None,
    ) -> None:
        """Prepare to replay.

        Args:
            connection: the connection to the ledger.
            replays: how the decisions of each route are made again.
            other: the engine to use in place of the one for the same rulebook; only the advice is compared.
        """
        self._connection = connection
        self._replays = replays
        self._other = other
        self._engines: dict[str, Engine | LedgerError] = {}

    def replay(self, rows: Iterator[dict[str, Any]]) -> Iterator[Replayed]:
        """Yield the result for each row of entries."""
        for row in rows:
            yield self.replay_one(row)

    def replay_one(self, row: Mapping[str, Any]) -> Replayed:
        """Return the result for one row of entries."""
        try:
            answer = self._answer(row)
        except _NotAttemptedError as error:
            return Replayed(row["id"], "not attempted", str(error))
        if self._other is None and answer == row["answer"]:
            return Replayed(row["id"], "identical", answer=answer)
        try:
            before, after = json.loads(row["answer"]), json.loads(answer)
        except (ValueError, TypeError):
            return Replayed(row["id"], "different", places=["the stored answer is not JSON"], answer=answer)
        rules = advice_differences(before, after)
        if self._other is not None and not any(rules.values()):
            return Replayed(row["id"], "identical", answer=answer)
        where = places(before, after) if self._other is None else ()
        return Replayed(row["id"], "different", rules=rules, places=where, answer=answer)

    def _answer(self, row: Mapping[str, Any]) -> bytes:
        if row["time"] is None:
            raise _NotAttemptedError("pruned")
        if row["input"] is None:
            raise _NotAttemptedError("only the digest of the input is kept")
        replay = self._replays.get(row["route"])
        if replay is None:
            raise _NotAttemptedError(f"decisions of {row['route']} cannot be replayed")
        if digest(row["input"]) != row["input_kept_digest"]:
            raise _NotAttemptedError("the stored input was changed")
        stored = StoredDecision(json.loads(row["parameters"]), row["hook_instance"])
        engines = {name: self._engine(name) for name in (row["rulebooks"] or "").split()}
        if self._other is not None and self._other not in engines.values():
            raise _NotAttemptedError("it was made with other rulebooks")
        try:
            if row["input_kept"] == "full":
                return replay.from_input(list(engines.values()), row["input"], stored)
            return replay.from_records(_records(row["input"], engines), stored)
        except ProblemsError as error:
            problem = error.problems[0]
            reason = f"the input is not valid any more: {problem.pointer}: {problem.message}"
            raise _NotAttemptedError(reason) from None
        except (EngineError, KeyError, ValueError, TypeError, StopIteration) as error:
            raise _NotAttemptedError(f"it cannot be evaluated: {type(error).__name__} {error}") from None

    def _engine(self, name: str) -> Engine:
        """Return the engine for a stored rulebook, or the other engine if that has the same rulebook."""
        if name not in self._engines:
            query = sa.select(tables.rulebooks.c.content).where(tables.rulebooks.c.digest == name)
            content = self._connection.execute(query).scalar()
            try:
                if content is None:
                    raise LedgerError(f"the rulebook {name} is not stored")
                engine = unpack(content, name)
                same = self._other is not None and self._other.rulebook.id == engine.rulebook.id
                self._engines[name] = self._other if self._other is not None and same else engine
            except LedgerError as error:
                self._engines[name] = error
        found = self._engines[name]
        if isinstance(found, LedgerError):
            raise _NotAttemptedError(str(found))
        return found


class _NotAttemptedError(Exception):
    """A decision that cannot be replayed, and why."""


def _records(data: bytes, engines: Mapping[str, Engine]) -> list[tuple[Engine, object]]:
    """Return the records of an input that is kept without identifiers, each with its engine."""
    found: Any = parse_json(data, "input")
    return [(engines[item["rulebook"]], item["record"]) for item in found]
