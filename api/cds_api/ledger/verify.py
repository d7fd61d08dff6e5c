"""Verifies a ledger: names entries that were changed, removed, moved or cut off, and forged checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from cds_api.ledger import chains, tables
from cds_api.ledger.canonical import canonical
from cds_api.ledger.checkpoints import Segment, segment_root
from cds_api.ledger.database import Database
from cds_api.ledger.findings import Finding, numbers
from cds_api.ledger.moved import MovedRows
from cds_api.ledger.reading import BATCH
from cds_api.ledger.verify_checkpoints import Signed, verify_checkpoints
from cds_api.ledger.verify_rows import References, row_problem

Advance = Callable[[int], None]


@dataclass(slots=True)
class Verification:
    """What was verified, and what was found."""

    entries: int = 0
    pruned: int = 0
    feedback: int = 0
    chains: int = 0
    checkpoints: int = 0
    uncovered: int = 0
    """Entries and feedback that no checkpoint covers yet: nothing shows if they are cut off."""
    last_checkpoint: str | None = None
    keys_given: bool = True
    """Whether public keys were given; otherwise whoever can write the ledger could have signed."""
    findings: list[Finding] = field(default_factory=list)


def verify(
    database: Database,
    public_keys: Collection[str] = (),
    published: Sequence[Mapping[str, Any]] = (),
    advance: Advance = lambda _: None,
) -> Verification:
    """Verify a ledger as it is now.

    Args:
        database: the database of the ledger.
        public_keys: the keys that may have signed checkpoints, in base64; any key if there are none.
        published: checkpoints that were published elsewhere.
        advance: called with the number of rows that were verified since it was last called.

    Raises:
        LedgerError: if the ledger cannot be read.
    """
    with database.snapshot() as connection:
        signed = verify_checkpoints(connection, public_keys, published)
        result = Verification(
            checkpoints=signed.count,
            last_checkpoint=signed.last_time,
            keys_given=bool(public_keys) or not signed.count,
            findings=signed.findings,
        )
        references = References(connection)
        result.findings += references.findings
        started = {row["chain"]: dict(row) for row in _all(connection, tables.chains)}
        moved = MovedRows()
        for chain, row in started.items():
            result.chains += 1
            verifier = _ChainVerifier(connection, row, signed, references, moved)
            verifier.verify(advance)
            if row["kind"] == "entries":
                result.entries += verifier.rows
            else:
                result.feedback += verifier.rows
            result.pruned += verifier.pruned
            result.uncovered += verifier.uncovered
            result.findings += verifier.findings
            signed.segments.pop(chain, None)
        result.findings += moved.findings()
        kinds = {chain: row["kind"] for chain, row in started.items()}
        result.findings += _without_start(connection, kinds)
        result.findings += [
            Finding("missing", f"chain {chain}", f"checkpoint {segments[0][0]} covers it")
            for chain, segments in sorted(signed.segments.items())
        ]
        result.findings += references.unused()
    return result


class _ChainVerifier:
    """Verifies one chain, row by row, and each segment that a checkpoint covers."""

    def __init__(
        self,
        connection: sa.Connection,
        start: dict[str, Any],
        signed: Signed,
        references: References,
        moved: MovedRows,
    ) -> None:
        self.rows = self.pruned = self.uncovered = 0
        self.findings: list[Finding] = []
        self._connection = connection
        self._chain: int = start["chain"]
        self._kind: str = start["kind"]
        self._start = chains.start_link(start, canonical)
        self._signed = signed
        self._segments = list(signed.segments.get(self._chain, ()))
        self._references = references
        self._moved = moved
        self._links: list[str] = []
        """The links of the segment that is being read."""
        self._suspect = False
        """Whether something was found in that segment."""

    def verify(self, advance: Advance) -> None:
        """Verify the chain."""
        previous: str | None = self._start
        expected = 0
        for row in _links(self._connection, self._kind, self._chain):
            if row["sequence"] != expected:
                self._missing(expected, row["sequence"] - 1)
                self._skip_segments(row["sequence"])
                previous, self._suspect = None, True
            self._verify_row(row, previous)
            self._links.append(row["link"])
            previous, expected = row["link"], row["sequence"] + 1
            self.rows += 1
            advance(1)
            if self._segments and expected >= self._segments[0][1].length:
                self._end_segment(*self._segments.pop(0))
        self.uncovered = len(self._links)
        if self._segments:
            number, last = self._segments[-1]
            message = f"it has {expected} rows; checkpoint {number} covers {last.length}"
            self.findings.append(Finding("truncated", f"chain {self._chain}", message))
            self.uncovered = 0

    def _verify_row(self, row: dict[str, Any], previous: str | None) -> None:
        place = f"{self._kind} {row['id']} (chain {self._chain}, {row['sequence']})"
        pruned = row["time"] is None
        self.pruned += pruned
        problem = row_problem(self._kind, row, self._signed.pruned_before)
        if problem is not None:
            self._suspect = True
            self.findings.append(Finding("changed", place, problem))
        self.findings += self._references.check(self._kind, row, place)
        if previous is None:
            self._moved.add_unconnected(self._kind, row)
        elif chains.link(row, previous, canonical) != row["link"]:
            self._suspect = True
            self._moved.add(self._kind, row, previous, place)

    def _missing(self, first: int, last: int) -> None:
        self.findings.append(
            Finding("missing", f"chain {self._chain}", f"{self._kind} {numbers(first, last)} of the chain")
        )

    def _skip_segments(self, sequence: int) -> None:
        """Leave out the segments that end before ``sequence``: they lack rows, which was found."""
        while self._segments and self._segments[0][1].length <= sequence:
            self._segments.pop(0)
            self._links.clear()

    def _end_segment(self, number: int, segment: Segment) -> None:
        """Compare the links that were read with what a checkpoint has signed."""
        if not self._suspect and (
            segment_root(self._links) != segment.root or self._links[-1] != segment.head
        ):
            message = (
                f"{self._kind} {numbers(segment.first, segment.length - 1)} agree with each other, but are "
                f"not those that checkpoint {number} covers"
            )
            self.findings.append(Finding("changed", f"chain {self._chain}", message))
        self._links.clear()
        self._suspect = False


def _links(connection: sa.Connection, kind: str, chain: int) -> Iterator[dict[str, Any]]:
    table = tables.LINK_TABLES[kind]
    query = sa.select(table).where(table.c.chain == chain).order_by(table.c.sequence)
    streamed = query.execution_options(yield_per=BATCH)
    yield from map(dict, connection.execute(streamed).mappings())


def _all(connection: sa.Connection, table: sa.Table) -> Iterator[sa.RowMapping]:
    primary = next(iter(table.primary_key.columns))
    yield from connection.execute(sa.select(table).order_by(primary)).mappings().all()


def _without_start(connection: sa.Connection, kinds: Mapping[int, str]) -> list[Finding]:
    """Return the chains that have rows of a kind but are not in the table of chains with this kind."""
    findings = []
    for kind, table in tables.LINK_TABLES.items():
        used = connection.execute(sa.select(table.c.chain).distinct().order_by(table.c.chain)).scalars()
        findings += [
            Finding("missing", f"chain {chain}", f"the start of a chain of {kind}")
            for chain in used
            if kinds.get(chain) != kind
        ]
    return findings
