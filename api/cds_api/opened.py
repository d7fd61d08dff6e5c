"""What ``cds open`` opened, and the key that only the person who opened it has.

Others may be able to connect to a loopback address: other users of the machine, and pages of other sites. The
key is in the address that the command prints; with it, the browser gets a cookie.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import Scope

COOKIE = "cds-opened"


@dataclass(frozen=True)
class Opened:
    """A record's file, or the folder of a population's result."""

    path: Path
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def address(self) -> str:
        """The address, within the service, that shows it."""
        return f"/open/{self.key}"

    def has_key(self, key: str) -> bool:
        """Return whether a key is the right one."""
        return hmac.compare_digest(key.encode("utf-8", "replace"), self.key.encode())

    def allows(self, scope: Scope) -> bool:
        """Return whether a request has the cookie of a browser that had the key."""
        header = "; ".join(Headers(scope=scope).getlist("cookie"))
        try:
            cookies = SimpleCookie(header)
        except CookieError:
            return False
        return self.cookie in cookies and self.has_key(cookies[self.cookie].value)

    @property
    def cookie(self) -> str:
        """The name of the cookie; several processes of one machine have cookies of their own."""
        return f"{COOKIE}-{self.key[:4]}"

    def cookie_headers(self) -> dict[str, str]:
        """Return the header that gives a browser the cookie, until it is closed."""
        return {"Set-Cookie": f"{self.cookie}={self.key}; Path=/; HttpOnly; SameSite=Strict"}
