"""The key sets (JWKS) of trusted token issuers, checked before any of their keys is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from cds_api.observability import LOG

KEY_TYPES: Mapping[str, str] = {"ES384": "EC", "RS384": "RSA"}
"""The type of the keys of each accepted algorithm."""
MIN_RSA_BITS = 2048
_ALGORITHMS = {key_type: name for name, key_type in KEY_TYPES.items()}
_CURVE = "P-384"
"""The curve of ES384."""

Keys = dict[str, jwt.PyJWK]


class KeySetError(ValueError):
    """A key set that cannot be used; the message says why."""


def read_keys(document: object) -> Keys:
    """Return the keys of a JWKS by id.

    Keys of other types, curves or uses are left out, as RFC 7517 asks; a set may be empty, but not consist of
    such keys alone.

    Raises:
        KeySetError: if this is not a JWKS, or one of its keys is unusable.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise KeySetError("expected a key set: an object with a list of keys")
    keys: Keys = {}
    for number, given in enumerate(listed, 1):
        if not isinstance(given, dict):
            raise KeySetError(f"key {number} is not an object")
        if not _is_meant_for_tokens(given):
            continue
        kid = given.get("kid")
        if not isinstance(kid, str) or not kid or kid in keys:
            raise KeySetError(f"key {number} has no kid of its own")
        keys[kid] = _read_key(given, number)
    if listed and not keys:
        raise KeySetError(f"none of the keys is for {' or '.join(KEY_TYPES)}")
    return keys


def _is_meant_for_tokens(key: Mapping[str, object]) -> bool:
    """Return whether a key claims to be one that verifies the accepted algorithms."""
    if key.get("use") not in (None, "sig"):
        return False
    return key.get("kty") == "RSA" or (key.get("kty") == "EC" and key.get("crv", _CURVE) == _CURVE)


def _read_key(given: dict[str, object], number: int) -> jwt.PyJWK:
    try:
        key = jwt.PyJWK(given, _ALGORITHMS[str(given["kty"])])
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise KeySetError(f"key {number} is not a valid {given['kty']} key") from None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < MIN_RSA_BITS:
        raise KeySetError(f"key {number} has fewer than {MIN_RSA_BITS} bits")
    return key


class KeySet:
    """The keys of one issuer. A changed file is read again; while it is not valid, the old keys stay."""

    def __init__(self, given: Mapping[str, object] | str) -> None:
        self._path = Path(given) if isinstance(given, str) else None
        self._version = self._version_of_file()
        self._keys = read_keys(given) if self._path is None else _read_file(self._path)

    def __len__(self) -> int:
        return len(self._keys)

    def key(self, kid: str) -> jwt.PyJWK | None:
        """Return the key with the id ``kid``, if there is one."""
        self._refresh()
        return self._keys.get(kid)

    def _refresh(self) -> None:
        version = self._version_of_file()
        if self._path is None or version is None or version == self._version:
            return
        self._version = version
        try:
            self._keys = _read_file(self._path)
        except KeySetError as error:
            LOG.warning("a changed key set is not used", extra={"fields": {"reason": str(error)}})

    def _version_of_file(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            state = self._path.stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_size


def _read_file(path: Path) -> Keys:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise KeySetError("expected a file with a key set in JSON") from None
    return read_keys(document)
