"""The names by which a service without authentication may be reached.

A page of another site can make its own name lead to this machine (DNS rebinding). The browser then takes the
service for a part of that site, and lets the page read its answers. Only the Host header shows it.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import Scope

from cds_api.problems import ApiError
from cds_api.settings import PREFIX, Settings

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]*)?", re.ASCII | re.IGNORECASE)
_KEPT = 256
"""How many different Host headers are remembered."""


class HostCheck:
    """Rejects requests to other names than those of this machine, if nothing else keeps others out.

    With keys or issuers, a page of another site has no credentials. Who binds to another address without them
    has allowed everybody.
    """

    def __init__(self, settings: Settings) -> None:
        public = urlsplit(settings.public_url or "").hostname or "localhost"
        self._names = {_plain(name) for name in ("localhost", settings.host, public)}
        self.required = settings.loopback and not settings.requires_authentication
        self._is_own = lru_cache(_KEPT)(self._check_header)

    def check(self, scope: Scope) -> None:
        """Check the name that a request was sent to.

        Raises:
            ApiError: 421, if it is not one of this service.
        """
        if not self.allows(scope):
            raise ApiError(
                421,
                "Without API keys, this service answers to localhost only. If clients reach it by another "
                f"name, set {PREFIX}PUBLIC_URL.",
            )

    def allows(self, scope: Scope) -> bool:
        """Return whether a request was sent to a name of this service, or names none, as no browser does."""
        return not self.required or all(
            self._is_own(value) for name, value in scope["headers"] if name == b"host"
        )

    def _check_header(self, header: bytes) -> bool:
        match = _HOST.fullmatch(header.decode("latin-1"))
        if match is None:
            return False
        name = _plain(match["name"])
        if name in self._names or name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


def _plain(name: str) -> str:
    """Return a host name or an address in the way in which names are compared."""
    return name.lower().strip("[]").removesuffix(".")
