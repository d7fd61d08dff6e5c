"""Signed tokens (JWT) of trusted issuers: ES384 or RS384, for this service, in time, and only once."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import jwt

from cds_api.problems import RefusedError
from cds_api.settings import Settings

ALGORITHMS = ("ES384", "RS384")
"""The two that CDS Hooks recommends. Neither ``none`` nor a symmetric algorithm can ever be chosen."""
_REQUIRED = ("iss", "aud", "exp", "iat", "jti")
_LEEWAY = 10
_MAX_TEXT = 256
_KINDS = {"ES384": "EC", "RS384": "RSA"}


class KeySet:
    """The public keys of one issuer; a file is read again when it has changed, so keys can be rotated."""

    def __init__(self, given: dict[str, Any] | str) -> None:
        self._path = Path(given) if isinstance(given, str) else None
        self._read_at = 0
        self._keys: dict[str, jwt.PyJWK] = {}
        if isinstance(given, dict):
            self._keys = _keys(given)
        else:
            self._refresh()

    def key(self, kid: str) -> jwt.PyJWK | None:
        """Return the key called ``kid``, if the issuer has it."""
        self._refresh()
        return self._keys.get(kid)

    def _refresh(self) -> None:
        if self._path is None:
            return
        try:
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._read_at:
                self._keys = _keys(json.loads(self._path.read_text(encoding="utf-8")))
                self._read_at = changed_at
        except (OSError, ValueError, jwt.PyJWTError):
            if not self._read_at:
                raise ValueError(f"no readable key set in '{self._path}'") from None


def _keys(given: dict[str, Any]) -> dict[str, jwt.PyJWK]:
    """Return the keys by id; those of other kinds than the two algorithms need are left out."""
    usable = [key for key in given["keys"] if key.get("kid") and key.get("kty") in _KINDS.values()]
    algorithm = {kind: name for name, kind in _KINDS.items()}
    return {key["kid"]: jwt.PyJWK(key, algorithm[key["kty"]]) for key in usable}


class UsedTokens:
    """The tokens seen until they expire, in a small database that the workers of one machine share."""

    def __init__(self, folder: Path | None) -> None:
        path = ":memory:" if folder is None else str(folder / "tokens.sqlite")
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, timeout=2, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS used (issuer TEXT, jti TEXT, until REAL, PRIMARY KEY (issuer, jti))"
        )

    def use(self, issuer: str, jti: str, until: float) -> bool:
        """Note a token as used; False if it had been used before."""
        with self._lock:
            self._database.execute("DELETE FROM used WHERE until < ?", (time.time(),))
            done = self._database.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?)", (issuer, jti, until))
            return done.rowcount == 1


class Tokens:
    """Verifies the tokens of the configured issuers."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.base_url
        self._audiences = [self._base, *settings.jwt_audiences]
        self._lifetime = settings.jwt_max_lifetime
        self._issuers = {issuer: KeySet(keys) for issuer, keys in settings.jwt_issuers.items()}
        self._used = UsedTokens(settings.state_dir) if self._issuers else None

    def verify(self, token: str, path: str) -> str:
        """Return the issuer of a token that is good for a request to ``path``.

        Raises:
            RefusedError: 401, with what is wrong.
        """
        try:
            claims = self._claims(token, path)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise _refused(_reason(error)) from None
        issuer, jti, expires, issued = (claims[name] for name in ("iss", "jti", "exp", "iat"))
        if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_TEXT:
            raise _refused("jti is not a short text")
        if not isinstance(expires, int | float) or not isinstance(issued, int | float):
            raise _refused("exp and iat are not numbers")
        if expires - issued > self._lifetime:
            raise _refused(f"it is valid for more than {self._lifetime} seconds")
        assert self._used is not None
        if not self._used.use(issuer, jti, expires + _LEEWAY):
            raise _refused("it has been used before")
        return f"issuer {issuer}"

    def _claims(self, token: str, path: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        keys = self._issuers.get(issuer) if isinstance(issuer, str) else None
        if keys is None:
            raise jwt.InvalidIssuerError
        key = keys.key(kid) if isinstance(kid, str) else None
        if key is None or key.key_type != _KINDS[algorithm]:
            raise jwt.InvalidKeyError
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=[*self._audiences, self._base + path],
            issuer=issuer,
            leeway=_LEEWAY,
            options={"require": list(_REQUIRED)},
        )


def _reason(error: Exception) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return "it has expired"
        case jwt.ImmatureSignatureError() | jwt.InvalidIssuedAtError():
            return "it is not valid yet"
        case jwt.InvalidAudienceError():
            return "it is for another audience"
        case jwt.InvalidIssuerError():
            return "its issuer is not trusted"
        case jwt.InvalidAlgorithmError():
            return f"it is not signed with {' or '.join(ALGORITHMS)}"
        case jwt.InvalidKeyError():
            return "its issuer has no such key"
        case jwt.MissingRequiredClaimError():
            return f"it has no {error.claim}"
        case jwt.InvalidSignatureError():
            return "its signature is wrong"
    return "it cannot be read"


def _refused(reason: str) -> RefusedError:
    challenge = {"WWW-Authenticate": 'Bearer realm="cds", error="invalid_token"'}
    return RefusedError(401, f"The token is not accepted: {reason}.", headers=challenge)
