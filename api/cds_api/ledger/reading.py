"""Reads decisions: lists them, and gives one with its feedback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from cds_api.ledger import tables
from cds_api.ledger.proof import covering_checkpoint

BATCH = 200
"""Rows that are read from the database at a time."""
_SUMMARY = tuple(c for c in tables.entries.columns if c.name not in tables.BLOBS["entries"])
_FEEDBACK = ("id", "time", "caller", "card", "service", "rule", "outcome", "outcome_time", "reason")


def list_entries(
    connection: sa.Connection, *, since: str | None = None, before: str | None = None, limit: int
) -> list[dict[str, Any]]:
    """Return summaries of decisions, the newest first.

    Args:
        connection: the connection to the ledger.
        since: the smallest identifier to list.
        before: list only what has a smaller identifier.
        limit: the most decisions to list.
    """
    query = sa.select(*_SUMMARY).order_by(tables.entries.c.id.desc()).limit(limit)
    rows = connection.execute(_between(query, since, before)).mappings()
    return [summary(dict(row)) for row in rows]


def read_entries(
    connection: sa.Connection, *, since: str | None = None, before: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of decisions with their input and answer, the oldest first; needs a snapshot."""
    query = sa.select(tables.entries).order_by(tables.entries.c.id)
    streamed = _between(query, since, before).execution_options(yield_per=BATCH)
    yield from map(dict, connection.execute(streamed).mappings())


def count_entries(connection: sa.Connection, *, since: str | None = None, before: str | None = None) -> int:
    """Return the number of decisions."""
    query = sa.select(sa.func.count()).select_from(tables.entries)
    return int(connection.execute(_between(query, since, before)).scalar_one())


def find_entry(connection: sa.Connection, identifier: str) -> dict[str, Any] | None:
    """Return the row of a decision, or None if there is none with this identifier."""
    query = sa.select(tables.entries).where(tables.entries.c.id == identifier)
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def feedback_of(connection: sa.Connection, identifier: str) -> list[dict[str, Any]]:
    """Return the feedback on the cards of a decision, the oldest first."""
    columns = [tables.feedback.c[name] for name in _FEEDBACK]
    query = sa.select(*columns).where(tables.feedback.c.entry == identifier).order_by(tables.feedback.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def summary(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as people and programs read it, without input and answer."""
    if row["time"] is None:
        return {"id": row["id"], "pruned": True, "digest": row["digest"]}
    return {
        "id": row["id"],
        "pruned": False,
        "time": row["time"],
        "caller": row["caller"],
        "route": row["route"],
        "hook_instance": row["hook_instance"],
        "parameters": _parameters(row["parameters"]),
        "rulebooks": (row["rulebooks"] or "").split(),
        "engine": row["engine"],
        "input": {
            "digest": row["input_digest"],
            "kept": row["input_kept"],
            "kept_digest": row["input_kept_digest"],
        },
        "answer": {
            "digest": row["answer_digest"],
            "type": row["answer_type"],
            "kept_digest": row["answer_kept_digest"],
        },
        "digest": row["digest"],
    }


def decision_json(label: Mapping[str, Any], connection: sa.Connection, row: Mapping[str, Any]) -> bytes:
    """Return one decision as JSON: label, summary, feedback, checkpoint, and input and answer byte for byte.

    Input and answer are JSON themselves and stay exactly as they are stored, so that their digests can be
    checked.
    """
    checkpoint = covering_checkpoint(connection, row["chain"], row["sequence"])
    head = {
        **label,
        "decision": summary(row),
        "feedback": feedback_of(connection, row["id"]),
        "checkpoint": None if checkpoint is None else checkpoint[0],
    }
    text = json.dumps(head, ensure_ascii=False).encode()
    given, answer = (row[name] or b"null" for name in tables.BLOBS["entries"])
    return b'%s, "input": %s, "answer": %s}' % (text[:-1], given, answer)


def _parameters(text: str | None) -> dict[str, Any]:
    """Return stored parameters; none if they were changed to something else."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _between(query: sa.Select[Any], since: str | None, before: str | None) -> sa.Select[Any]:
    if since is not None:
        query = query.where(tables.entries.c.id >= since)
    return query if before is None else query.where(tables.entries.c.id < before)
