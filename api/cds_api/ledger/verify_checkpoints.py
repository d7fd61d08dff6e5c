"""Verifies the checkpoints: their signatures, their order, and that they are those published elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from cds_api.ledger import tables
from cds_api.ledger.canonical import canonical, digest
from cds_api.ledger.checkpoints import Checkpoint, Segment, read_checkpoints
from cds_api.ledger.findings import Finding, numbers
from cds_api.ledger.signing import is_signed


@dataclass(slots=True)
class Signed:
    """What the checkpoints say that can be trusted, and what is wrong with them."""

    count: int = 0
    segments: dict[int, list[tuple[int, Segment]]] = field(default_factory=dict)
    """The segments of each chain in order, each with the number of its checkpoint."""
    pruned_before: str = ""
    """Content of smaller identifiers may have been removed."""
    last_time: str | None = None
    findings: list[Finding] = field(default_factory=list)


def verify_checkpoints(
    connection: sa.Connection,
    public_keys: Collection[str],
    published: Sequence[Mapping[str, Any]] = (),
) -> Signed:
    """Return what the checkpoints say.

    Args:
        connection: the connection to the ledger.
        public_keys: the keys that may have signed; any key if there are none.
        published: checkpoints that were published elsewhere, which the ledger must still have.
    """
    signed = Signed()
    previous: str | None = None
    expected = 1
    stored: dict[int, Checkpoint] = {}
    for number, checkpoint in read_checkpoints(connection):
        if number != expected:
            place = f"checkpoint {numbers(expected, number - 1)}"
            signed.findings.append(Finding("missing", place, "the number is skipped"))
            previous = None
        follows = previous if number == expected else "unknown"
        problem = _problem(number, checkpoint, follows, public_keys)
        if problem is None:
            _accept(signed, number, checkpoint)
        else:
            signed.findings.append(problem)
        stored[number] = checkpoint
        signed.count += 1
        previous, expected = digest(checkpoint.content.encode()), number + 1
    signed.findings += _unpublished(stored, published)
    signed.findings += _wrong_coverage(connection, signed)
    return signed


def _problem(
    number: int, checkpoint: Checkpoint, previous: str | None, public_keys: Collection[str]
) -> Finding | None:
    """Return what is wrong with a checkpoint; ``previous`` is "unknown" if the one before is missing."""
    place = f"checkpoint {number}"
    if public_keys and checkpoint.public_key not in public_keys:
        return Finding("forged", place, "it is not signed with a key that was given")
    if not is_signed(checkpoint.content.encode(), checkpoint.signature, checkpoint.public_key):
        return Finding("forged", place, "the signature does not fit the content")
    try:
        fields = checkpoint.fields
        written = canonical(fields).decode() == checkpoint.content and bool(checkpoint.segments is not None)
    except ValueError:
        written = False
    if not written:
        return Finding("changed", place, "the content is not that of a checkpoint")
    if fields["number"] != number:
        return Finding("reordered", place, f"it was signed as checkpoint {fields['number']}")
    if previous != "unknown" and fields["previous"] != previous:
        return Finding("changed", place, "it does not follow the checkpoint before it")
    return None


def _accept(signed: Signed, number: int, checkpoint: Checkpoint) -> None:
    fields = checkpoint.fields
    signed.last_time = fields["time"]
    signed.pruned_before = max(signed.pruned_before, fields["pruned_before"] or "")
    for segment in checkpoint.segments:
        signed.segments.setdefault(segment.chain, []).append((number, segment))


def _unpublished(stored: Mapping[int, Checkpoint], published: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Return the published checkpoints that the ledger does not have as they were published."""
    findings = []
    for document in published:
        content = canonical(document["checkpoint"]).decode()
        number = document["checkpoint"]["number"]
        place = f"checkpoint {number}"
        if number not in stored:
            message = "it was published, and the ledger ends before it"
            findings.append(Finding("truncated", place, message))
        elif stored[number].content != content:
            findings.append(Finding("changed", place, "another one was published with this number"))
    return findings


def _wrong_coverage(connection: sa.Connection, signed: Signed) -> list[Finding]:
    """Return where the index of checkpoints by chain is not what the checkpoints say."""
    if signed.findings:
        return []
    stated = {
        (segment.chain, segment.length, number)
        for segments in signed.segments.values()
        for number, segment in segments
    }
    table = tables.coverage.c
    found = {tuple(row) for row in connection.execute(sa.select(table.chain, table.length, table.checkpoint))}
    return [
        Finding("changed", f"coverage of chain {chain}", f"checkpoint {number} does not agree with it")
        for chain, _, number in sorted(stated ^ found)
    ]
