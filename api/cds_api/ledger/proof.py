"""Proofs that one decision is in the ledger, which say nothing about the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from cds_api.decisions import LABEL, LedgerError
from cds_api.ledger import chains, merkle, tables
from cds_api.ledger.canonical import canonical, digest
from cds_api.ledger.checkpoints import Checkpoint, Segment, read_checkpoint, read_links
from cds_api.ledger.signing import is_signed
from cds_api.ledger.verify_rows import row_problem


def covering_checkpoint(
    connection: sa.Connection, chain: int, sequence: int
) -> tuple[int, Checkpoint, Segment] | None:
    """Return the first checkpoint that covers a link, with its number and segment; None if there is none."""
    table = tables.coverage.c
    query = sa.select(table.checkpoint).where(table.chain == chain, table.length > sequence)
    number = connection.execute(query.order_by(table.length)).scalar()
    checkpoint = None if number is None else read_checkpoint(connection, number)
    if number is None or checkpoint is None:
        return None
    for segment in checkpoint.segments:
        if segment.chain == chain and segment.first <= sequence < segment.length:
            return number, checkpoint, segment
    return None


def make_proof(connection: sa.Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the proof that a decision is in the ledger.

    It has what the ledger notes of the decision, without input and answer, of which it has digests.

    Raises:
        LedgerError: if no checkpoint covers it, or the ledger was changed so that there is no proof.
    """
    found = covering_checkpoint(connection, row["chain"], row["sequence"])
    if found is None:
        raise LedgerError(f"no checkpoint covers {row['id']} yet")
    _, checkpoint, segment = found
    links = read_links(connection, "entries", segment.chain, segment.first, segment.length)
    index = row["sequence"] - segment.first
    if len(links) != segment.length - segment.first or links[index] != row["link"]:
        raise LedgerError(f"the ledger was changed: there is no proof for {row['id']}")
    place = {name: row[name] for name in ("chain", "sequence", "id", "digest")}
    return {
        **LABEL,
        "content": None if row["time"] is None else chains.content("entries", row),
        "place": {**place, "previous": _previous_link(connection, row)},
        "index": index,
        "size": len(links),
        "path": [found.hex() for found in merkle.path([link.encode() for link in links], index)],
        **checkpoint.as_json(),
    }


def entry_problems(
    connection: sa.Connection, row: Mapping[str, Any], public_keys: Collection[str] = ()
) -> list[str]:
    """Return how a decision was changed since it was stored, or nothing if it was not.

    Verified are its digests, its link and, if a checkpoint covers it, its proof: everything about this
    decision alone. Whether a checkpoint records that it was pruned shows only when the ledger is verified.

    Args:
        connection: the connection to the ledger.
        row: the row of the decision.
        public_keys: the keys that may have signed the checkpoint; any key if there are none.
    """
    try:
        problem = None if row["time"] is None else row_problem("entries", row, "")
        if problem is not None:
            return [problem]
        if chains.link(row, _previous_link(connection, row), canonical) != row["link"]:
            return ["its link does not cover its digest, its place and the link before it"]
        if covering_checkpoint(connection, row["chain"], row["sequence"]) is None:
            return []
        return proof_problems(make_proof(connection, row), public_keys)
    except (LedgerError, ValueError) as error:
        return [str(error)]


def proof_problems(proof: Mapping[str, Any], public_keys: Collection[str]) -> list[str]:
    """Return why a proof does not hold, or nothing if it does.

    Args:
        proof: a proof as :func:`make_proof` returns it.
        public_keys: the keys that may have signed the checkpoint; any key if there are none.
    """
    try:
        return _problems(proof, public_keys)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"this is not a proof: {type(error).__name__} {error}"]


def _problems(proof: Mapping[str, Any], public_keys: Collection[str]) -> list[str]:
    problems = []
    place, signed = proof["place"], canonical(proof["checkpoint"])
    if public_keys and proof["public_key"] not in public_keys:
        problems.append("the checkpoint is not signed with a key that was given")
    if not is_signed(signed, proof["signature"], proof["public_key"]):
        problems.append("the signature of the checkpoint is wrong")
    if proof["content"] is not None:
        stated = digest(canonical({"kind": "entries", **proof["content"]}))
        if stated != place["digest"]:
            problems.append("the content is not what the digest covers")
    link = digest(canonical(place))
    segments = Checkpoint(signed.decode(), "", "").segments
    root = merkle.root_from_path(
        link.encode(), proof["index"], proof["size"], [bytes.fromhex(part) for part in proof["path"]]
    )
    covered = any(
        segment.chain == place["chain"]
        and segment.first + proof["index"] == place["sequence"]
        and segment.length - segment.first == proof["size"]
        and root is not None
        and segment.root == root.hex()
        for segment in segments
    )
    if not covered:
        problems.append("the decision is not among those that the checkpoint covers")
    return problems


def _previous_link(connection: sa.Connection, row: Mapping[str, Any]) -> str:
    """Return the link before that of a row."""
    if row["sequence"] == 0:
        query = sa.select(tables.chains).where(tables.chains.c.chain == row["chain"])
        chain = connection.execute(query).mappings().first()
        if chain is None:
            raise LedgerError(f"the ledger was changed: chain {row['chain']} is missing")
        return chains.start_link(dict(chain))
    before = read_links(connection, "entries", row["chain"], row["sequence"] - 1, row["sequence"])
    if not before:
        raise LedgerError(f"the ledger was changed: there is no entry before {row['id']} in its chain")
    return before[0]
