"""What a client did not prefetch, from its FHIR server: only from one that the configuration names.

The token that comes with a call goes to that server and nowhere else. What does not arrive in time, is too
large or is not what was asked for is left out; whether the call can be answered without it is decided after.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
from cds_engine.errors import ProblemsError
from cds_engine.record.json_text import parse_json

from cds_api.cds_hooks.discovery import PATIENT
from cds_api.cds_hooks.prefetch import missing_prefetch_keys
from cds_api.cds_hooks.requests import HookRequest
from cds_api.problems import FHIR_TYPE
from cds_api.settings import Settings

_ID = re.compile(r"(?!\.+$)[A-Za-z0-9.-]{1,64}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_FIELD = "{{context.patientId}}"


class Fetcher:
    """Fetches what ``templates`` stand for, which are those of the prefetched data."""

    def __init__(self, settings: Settings, templates: Mapping[str, str]) -> None:
        self.servers = frozenset(settings.fhir_servers)
        self.timeout = settings.fetch_timeout
        self.most = settings.max_body_bytes
        self.templates = templates
        self._tls = ssl.create_default_context() if self.servers else None

    async def completed(self, request: HookRequest) -> HookRequest:
        """Return ``request`` with what it lacks and what can be had of that."""
        server = (request.fhir_server or "").rstrip("/")
        authorization = request.fhir_authorization
        if server not in self.servers or authorization is None:
            return request
        token, patient = authorization.access_token, request.context.patient_id.removeprefix("Patient/")
        keys = missing_prefetch_keys(request)
        if not keys or not _ID.fullmatch(patient) or not _TOKEN.fullmatch(token):
            return request
        found = await self._fetch(server, token, {key: self._path(key, patient) for key in keys})
        wanted = {key: value for key, value in found.items() if key != PATIENT or value.get("id") == patient}
        return request.model_copy(update={"prefetch": {**(request.prefetch or {}), **wanted}})

    def _path(self, key: str, patient: str) -> str:
        return self.templates[key].replace(_FIELD, patient)

    async def _fetch(self, server: str, token: str, paths: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        headers = {
            "Accept": FHIR_TYPE,
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {token}",
        }
        deadline = asyncio.get_running_loop().time() + self.timeout
        # Neither redirects nor proxies of the environment: nothing else is to see the token.
        async with httpx.AsyncClient(
            headers=headers, verify=self._tls or True, follow_redirects=False, trust_env=False
        ) as client:
            answers = [self._get(client, f"{server}/{path}", deadline) for path in paths.values()]
            found = await asyncio.gather(*answers)
        return {key: value for key, value in zip(paths, found, strict=True) if value is not None}

    async def _get(self, client: httpx.AsyncClient, url: str, deadline: float) -> dict[str, Any] | None:
        """Return the resource at ``url``, if it is there by the ``deadline``."""
        body = bytearray()
        try:
            async with asyncio.timeout_at(deadline), client.stream("GET", url) as answer:
                if answer.status_code != 200 or "content-encoding" in answer.headers:
                    return None
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > self.most:
                        return None
            value = await asyncio.to_thread(parse_json, bytes(body), "fetched")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ProblemsError):
            return None
        return value if isinstance(value, dict) else None
