"""Verification of signed tokens (JWT): trusted issuer, ES384 or RS384, audience, lifetime, single use."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import jwt
from cds_engine.record.json_text import is_unicode

from cds_api.key_sets import KEY_TYPES, KeySet
from cds_api.problems import ApiError
from cds_api.settings import Settings

ALGORITHMS = tuple(KEY_TYPES)
"""The two algorithms that CDS Hooks recommends; ``none`` and symmetric algorithms are never accepted."""
_REQUIRED = ("iss", "aud", "exp", "iat", "jti")
_LEEWAY = 10
"""Tolerated difference between clocks, in seconds."""
_MAX_JTI_LENGTH = 256


class UsedTokens:
    """The tokens used until they expire, in a small database that the workers of one machine share."""

    def __init__(self, folder: Path | None) -> None:
        path = ":memory:" if folder is None else str(folder / "tokens.sqlite")
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, timeout=2, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS used (issuer TEXT, jti TEXT, until REAL, PRIMARY KEY (issuer, jti))"
        )

    def use(self, issuer: str, jti: str, until: float) -> bool:
        """Record a token as used; return False if it was used before."""
        with self._lock:
            self._database.execute("DELETE FROM used WHERE until < ?", (time.time(),))
            insert = "INSERT OR IGNORE INTO used VALUES (?, ?, ?)"
            return self._database.execute(insert, (issuer, jti, until)).rowcount == 1


class TokenVerifier:
    """Verifies the tokens of the configured issuers."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.base_url
        self._audiences = [self._base, *settings.jwt_audiences]
        self._max_lifetime = settings.jwt_max_lifetime
        self._issuers = {issuer: KeySet(keys) for issuer, keys in settings.jwt_issuers.items()}
        self._used = UsedTokens(settings.state_dir) if self._issuers else None

    def verify(self, token: str, path: str) -> str:
        """Return the issuer of a token that is valid for a request to ``path``.

        Raises:
            ApiError: 401, with the reason.
        """
        try:
            claims = self._claims(token, path)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise _token_error(_reason(error)) from None
        issuer, jti, expires, issued = (claims[name] for name in ("iss", "jti", "exp", "iat"))
        if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI_LENGTH or not is_unicode(jti):
            raise _token_error(f"jti is not a text of 1 to {_MAX_JTI_LENGTH} characters")
        if not isinstance(expires, int | float) or not isinstance(issued, int | float):
            raise _token_error("exp and iat are not numbers")
        if expires - issued > self._max_lifetime:
            raise _token_error(f"it is valid for more than {self._max_lifetime} seconds")
        assert self._used is not None
        if not self._used.use(issuer, jti, expires + _LEEWAY):
            raise _token_error("it has been used before")
        return f"issuer {issuer}"

    def _claims(self, token: str, path: str) -> dict[str, Any]:
        """Return the claims of a token after verifying its issuer, signature, audience and times."""
        header = jwt.get_unverified_header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        keys = self._issuers.get(issuer) if isinstance(issuer, str) else None
        if keys is None:
            raise jwt.InvalidIssuerError
        key = keys.key(kid) if isinstance(kid, str) else None
        if key is None or key.key_type != KEY_TYPES[algorithm]:
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


def _token_error(reason: str) -> ApiError:
    challenge = {"WWW-Authenticate": 'Bearer realm="cds", error="invalid_token"'}
    return ApiError(401, f"The token is not accepted: {reason}.", headers=challenge)
