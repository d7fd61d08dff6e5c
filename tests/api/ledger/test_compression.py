"""What the ledger compresses is read as it was, and whatever else is in the column is read as it is."""

from __future__ import annotations

import json

import pytest
import zstandard
from cds_api.ledger import compression
from cds_api.ledger.compression import SMALL, compress, decompress
from hypothesis import given
from hypothesis import strategies as st


@given(st.binary(max_size=3000))
def test_what_was_stored_is_read_as_it_was(data: bytes) -> None:
    assert decompress(compress(data)) == data
    assert decompress(compress(compress(data))) == compress(data)


def test_only_what_is_small_is_not_compressed() -> None:
    below, at = bytes(SMALL - 1), bytes(SMALL)
    assert compress(below) == below
    assert len(compress(at)) < 100


@given(st.recursive(st.none() | st.floats(allow_nan=False) | st.text(), st.lists))
def test_json_that_was_not_compressed_is_read_as_it_is(value: object) -> None:
    data = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert decompress(data) == data


@given(st.binary(min_size=1, max_size=200))
def test_what_cannot_be_decompressed_is_read_as_it_is(rest: bytes) -> None:
    data = zstandard.FRAME_HEADER + b"\xff" + rest
    assert decompress(data) == data


def test_what_claims_to_be_too_large_is_not_decompressed(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = compress(bytes(2000)), compress(bytes(2001))
    monkeypatch.setattr(compression, "MAX_BYTES", 2000)
    assert decompress(small) == bytes(2000)
    assert decompress(large) == large
