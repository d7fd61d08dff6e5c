"""Canonical JSON, identifiers and Merkle trees are what their standards say."""

from __future__ import annotations

import datetime
import hashlib
import uuid

import pytest
from cds_api.ledger import merkle
from cds_api.ledger.canonical import (
    Identifiers,
    canonical,
    canonical_texts,
    digest,
    first_identifier,
    keyed_digest,
    timestamp,
)
from hypothesis import given
from hypothesis import strategies as st

MOMENT = datetime.datetime(2026, 11, 23, 10, 15, 0, 123999, tzinfo=datetime.UTC)
MILLISECOND = datetime.timedelta(milliseconds=1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text("abcdefghijklmnopqrstuvwxyzABC_0123456789", min_size=1)


@given(st.dictionaries(NAMES, st.none() | TEXTS | st.integers(0, 2**53 - 1) | st.booleans()))
def test_the_fast_encoder_writes_canonical_json(value: dict[str, str | int | None]) -> None:
    assert canonical_texts(value) == canonical(value)


def test_digests() -> None:
    assert digest(b"abc") == "sha256:" + hashlib.sha256(b"abc").hexdigest()
    assert keyed_digest(b"abc", b"1") != keyed_digest(b"abc", b"2")
    assert keyed_digest(b"abc", b"1").startswith("hmac-sha256:")
    assert timestamp(MOMENT) == "2026-11-23T10:15:00.123Z"


def test_identifiers_are_uuids_of_version_7_that_increase() -> None:
    make = Identifiers().make
    moments = [MOMENT, MOMENT, MOMENT - datetime.timedelta(hours=1), MOMENT + MILLISECOND]
    found = [make(moment) for moment in moments]
    assert found == sorted(found)
    assert len(set(found)) == len(found)
    for identifier in found:
        assert uuid.UUID(identifier).version == 7
        assert uuid.UUID(identifier).variant == uuid.RFC_4122
    assert uuid.UUID(found[0]).int >> 80 == int(MOMENT.timestamp() * 1000)


def test_many_identifiers_of_one_millisecond() -> None:
    identifiers = Identifiers()
    found = [identifiers.make(MOMENT) for _ in range(10_000)]
    assert found == sorted(found)
    assert len(set(found)) == len(found)


def test_the_first_identifier_of_a_moment_divides_before_from_after() -> None:
    first = first_identifier(MOMENT)
    assert Identifiers().make(MOMENT - MILLISECOND) < first <= Identifiers().make(MOMENT)
    midnight = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
    assert first_identifier(datetime.date(2026, 11, 23)) == first_identifier(midnight)


def tree_hash(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962, section 2.1, defines it."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + tree_hash(leaves[:split]) + tree_hash(leaves[split:])).digest()


@pytest.mark.parametrize("size", [*range(1, 18), 33])
def test_merkle_trees(size: int) -> None:
    leaves = [f"leaf {number}".encode() for number in range(size)]
    root = merkle.root(leaves)
    assert root == tree_hash(leaves)
    for index, leaf in enumerate(leaves):
        beside = merkle.path(leaves, index)
        assert merkle.root_from_path(leaf, index, size, beside) == root
        assert merkle.root_from_path(b"another", index, size, beside) != root
        assert merkle.root_from_path(leaf, index, size, [*beside, root]) is None
        if beside:
            assert merkle.root_from_path(leaf, index, size, beside[:-1]) is None
        if size > 1:
            assert merkle.root_from_path(leaf, (index + 1) % size, size, beside) != root
    assert merkle.root_from_path(leaves[0], size, size, []) is None
    assert merkle.root_from_path(leaves[0], -1, size, []) is None
