"""Canonical JSON (RFC 8785), digests, and identifiers that sort by time."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import os
import threading
import uuid
from collections.abc import Mapping

import rfc8785

SHA256 = "sha256:"
HMAC = "hmac-sha256:"
_MILLISECOND = datetime.timedelta(milliseconds=1)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
Texts = Mapping[str, str | int | None]


def canonical(value: object) -> bytes:
    """Return ``value`` as canonical JSON."""
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def canonical_texts(value: Texts) -> bytes:
    """Return an object of texts and small whole numbers as canonical JSON, five times as fast.

    The names must be ASCII. For such objects the standard library's encoder writes the bytes of RFC 8785; the
    ledger is verified with :func:`canonical`.
    """
    return _encode(value).encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 of ``data``, as ``sha256:`` and hexadecimal digits."""
    return SHA256 + hashlib.sha256(data).hexdigest()


def keyed_digest(data: bytes, secret: bytes) -> str:
    """Return the HMAC-SHA-256 of ``data``: without the secret, nobody can test a guess of the data."""
    return HMAC + hmac.new(secret, data, hashlib.sha256).hexdigest()


def timestamp(moment: datetime.datetime) -> str:
    """Return a moment as text: UTC, with milliseconds."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Identifiers:
    """Makes UUIDs of version 7 (RFC 9562), each greater than the one before, also if the clock goes back."""

    def __init__(self) -> None:
        self._last = (0, 0)
        self._lock = threading.Lock()

    def make(self, moment: datetime.datetime) -> str:
        """Return a new identifier for something that happens at ``moment``."""
        with self._lock:
            milliseconds, counter = (moment - _EPOCH) // _MILLISECOND, 0
            if milliseconds <= self._last[0]:
                milliseconds, counter = self._last[0], self._last[1] + 1
                if counter >= 1 << 12:
                    milliseconds, counter = milliseconds + 1, 0
            self._last = (milliseconds, counter)
        return _uuid7(milliseconds, counter, int.from_bytes(os.urandom(8)) & (1 << 62) - 1)


def first_identifier(moment: datetime.date) -> str:
    """Return the smallest identifier of a moment or a day, so that all made before it are smaller."""
    return _uuid7(max(0, (instant(moment) - _EPOCH) // _MILLISECOND), 0, 0)


def instant(moment: datetime.date) -> datetime.datetime:
    """Return a moment with a time as it is, and a day as its beginning (UTC)."""
    if isinstance(moment, datetime.datetime):
        return moment
    return datetime.datetime(moment.year, moment.month, moment.day, tzinfo=datetime.UTC)


def _uuid7(milliseconds: int, counter: int, random: int) -> str:
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | counter << 64 | 2 << 62 | random))
