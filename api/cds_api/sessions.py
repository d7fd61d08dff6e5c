"""Sessions of browsers: who logged in with a key or a token, in a signed cookie that any worker can read.

A browser sends no Authorization header by itself. The cookie holds the client's name and areas and nothing
else; scripts cannot read it, and other sites cannot make a browser send it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from cds_api.problems import ApiError
from cds_api.settings import Settings

LIFETIME = 8 * 3600
"""The longest lifetime of a session, in seconds: a working day."""
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Client:
    """An authenticated client, and the areas that it may use."""

    name: str
    areas: frozenset[str]


class Sessions:
    """Writes and reads the cookies of sessions.

    Args:
        settings: the configuration, with the key that all workers sign with.
        clock: returns the seconds since 1970.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._key = settings.session_key or secrets.token_hex(32)
        self._clock = clock
        # Browsers do not separate cookies by port, so services on one machine need names of their own.
        self.cookie = f"cds-session-{settings.port}"

    def login_headers(self, client: Client, lifetime: int, *, secure: bool) -> dict[str, str]:
        """Return the header that starts a session of ``lifetime`` seconds for ``client``."""
        import jwt  # takes long to import, and only browsers need it

        lifetime = min(lifetime, LIFETIME)
        claims = {
            "sub": client.name,
            "areas": sorted(client.areas),
            "exp": int(self._clock()) + lifetime,
        }
        return self._header(jwt.encode(claims, self._key, _ALGORITHM), lifetime, secure=secure)

    def logout_headers(self, *, secure: bool) -> dict[str, str]:
        """Return the header that ends a session."""
        return self._header("", 0, secure=secure)

    def _header(self, value: str, lifetime: int, *, secure: bool) -> dict[str, str]:
        attributes = f"Path=/; Max-Age={lifetime}; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}"
        return {"Set-Cookie": f"{self.cookie}={value}; {attributes}"}

    def client(self, scope: Scope) -> Client | None:
        """Return the client of the session that a request belongs to, or None."""
        value = _cookies(scope).get(self.cookie)
        if not value:
            return None
        import jwt

        try:
            claims = jwt.decode(
                value,
                self._key,
                algorithms=[_ALGORITHM],
                options={"require": ["sub", "exp"], "verify_exp": False},
            )
        except jwt.PyJWTError:
            return None
        if claims["exp"] <= self._clock():
            return None
        return Client(claims["sub"], frozenset(claims["areas"]))


def _cookies(scope: Scope) -> dict[str, str]:
    header = "; ".join(Headers(scope=scope).getlist("cookie"))
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def check_same_origin(scope: Scope, public_url: str | None = None) -> None:
    """Check that a page of this service sent a request, and not a page of another site.

    Raises:
        ApiError: 403, if another site sent it, or if the browser does not say who did.
    """
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        own = [
            f"{scope['scheme']}://{headers.get('host', '')}",
            *_origins([public_url] if public_url else []),
        ]
        allowed = origin is not None and origin in own
    if not allowed:
        raise ApiError(403, "Only pages of this service may send this request.")


def _origins(urls: Iterable[str]) -> list[str]:
    return [f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, urls)]
