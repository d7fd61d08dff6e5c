"""Inputs and answers are stored compressed with Zstandard, because most of an answer is the rules' texts.

An answer of 24 kB takes 5 kB, so that much less has to be written. Digests cover what was compressed.
"""

from __future__ import annotations

import threading

import zstandard
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

LEVEL = 1
"""For an answer, level 3 takes a quarter longer and saves 3 % of the room; level -1 needs a quarter more."""
SMALL = 1024
"""Less is not compressed: beside an answer, it would save little room."""
MAX_BYTES = 1 << 30
"""What claims to be larger was not stored by the ledger."""
_MAGIC = zstandard.FRAME_HEADER


class Compressed(TypeDecorator[bytes]):
    """A column of compressed bytes, read as they were.

    The writer inserts many rows with one statement, past SQLAlchemy's types, so what it inserts is compressed
    where rows are made.
    """

    impl = LargeBinary
    cache_ok = True

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Return what was stored."""
        return decompress(value) if isinstance(value, bytes) else value


class _OfThread(threading.local):
    """The compressor of a thread: making one takes almost half as long as compressing an answer."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL)


_of_thread = _OfThread()


def compress(data: bytes) -> bytes:
    """Return ``data`` as it is stored."""
    if len(data) < SMALL and not data.startswith(_MAGIC):
        return data
    return _of_thread.compressor.compress(data)


def decompress(stored: bytes) -> bytes:
    """Return what was stored.

    What cannot be decompressed is returned as it is: what is small or was stored by an earlier version is not
    compressed, and what was changed later has another digest than the row states.
    """
    if not stored.startswith(_MAGIC):
        return stored
    try:
        if not 0 <= zstandard.get_frame_parameters(stored).content_size <= MAX_BYTES:
            return stored
        return zstandard.decompress(stored)
    except zstandard.ZstdError:
        return stored
