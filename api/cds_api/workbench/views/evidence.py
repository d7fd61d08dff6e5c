"""Claims, conflicts and sources, with what rests on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cds_engine.rulebook.files import Claim, Conflict, Source
from cds_engine.rulebook.references import Part

from cds_api.workbench.views.book import Book, Link


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What the listed claims have in common; an empty field filters nothing."""

    text: str = ""
    basis: str = ""
    source: str = ""
    disputed: bool = False
    """Only claims that take part in a conflict."""
    unused: bool = False
    """Only claims on which no rule rests."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim of the list."""

    name: str
    claim: Claim
    source: Source
    rules: int
    """How many rules rest on it, directly or through a number, a mechanism or a conflict."""
    disputed: bool


@dataclass(frozen=True)
class ClaimDetails:
    """What the page of one claim shows."""

    name: str
    claim: Claim
    source: Source
    references: tuple[tuple[str, Source], ...]
    used_by: tuple[Link, ...]
    conflicts: tuple[tuple[str, Conflict], ...]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class ConflictDetails:
    """What the page of one conflict shows."""

    name: str
    conflict: Conflict
    claims: tuple[ClaimRow, ...]
    used_by: tuple[Link, ...]


@dataclass(frozen=True)
class SourceDetails:
    """What the page of one source shows."""

    name: str
    source: Source
    claims: tuple[ClaimRow, ...]
    used_by: tuple[Link, ...]


def claim_rows(book: Book, wanted: ClaimFilter) -> list[ClaimRow]:
    """Return the claims that pass a filter, in the order of the rulebook."""
    rows = (_row(book, name) for name in book.rulebook.evidence.claims)
    return [row for row in rows if _passes(row, wanted)]


def _row(book: Book, name: str) -> ClaimRow:
    evidence = book.rulebook.evidence
    claim, part = evidence.claims[name], Part("claim", name)
    disputed = any(found.user.kind == "conflict" for found in book.references.used_by(part))
    rules = len(book.references.rules_depending_on(part))
    return ClaimRow(name, claim, evidence.sources[claim.source], rules, disputed)


def _passes(row: ClaimRow, wanted: ClaimFilter) -> bool:
    searched = " ".join((row.name, row.claim.statement, row.claim.locator, row.source.short)).casefold()
    return (
        all(word in searched for word in wanted.text.casefold().split())
        and wanted.basis in ("", row.claim.basis)
        and wanted.source in ("", row.claim.source)
        and (row.disputed or not wanted.disputed)
        and (row.rules == 0 or not wanted.unused)
    )


def claim_details(book: Book, name: str) -> ClaimDetails:
    """Return everything about one claim.

    Raises:
        KeyError: if there is no such claim.
    """
    evidence = book.rulebook.evidence
    claim = evidence.claims[name]
    used_by = book.used_by("claim", name)
    conflicts = [link.part.name for link in used_by if link.part.kind == "conflict"]
    return ClaimDetails(
        name=name,
        claim=claim,
        source=evidence.sources[claim.source],
        references=tuple((item, evidence.sources[item]) for item in claim.references),
        used_by=tuple(used_by),
        conflicts=tuple((item, evidence.conflicts[item]) for item in conflicts),
        rules=book.references.rules_depending_on(Part("claim", name)),
    )


def conflict_details(book: Book, name: str) -> ConflictDetails:
    """Return everything about one conflict.

    Raises:
        KeyError: if there is no such conflict.
    """
    conflict = book.rulebook.evidence.conflicts[name]
    claims = tuple(_row(book, item) for item in conflict.claims)
    return ConflictDetails(name, conflict, claims, tuple(book.used_by("conflict", name)))


def source_rows(book: Book) -> list[tuple[str, Source, int]]:
    """Return every source with the number of its claims."""
    evidence = book.rulebook.evidence
    claims = Counter(claim.source for claim in evidence.claims.values())
    return [(name, source, claims[name]) for name, source in evidence.sources.items()]


def source_details(book: Book, name: str) -> SourceDetails:
    """Return everything about one source.

    Raises:
        KeyError: if there is no such source.
    """
    source = book.rulebook.evidence.sources[name]
    claims = tuple(claim_rows(book, ClaimFilter(source=name)))
    stated = {row.name for row in claims}
    used_by = (
        link
        for link in book.used_by("source", name)
        if link.part.kind != "claim" or link.part.name not in stated
    )
    return SourceDetails(name, source, claims, tuple(used_by))
