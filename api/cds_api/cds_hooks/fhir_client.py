"""Fetches missing prefetch data from the client's FHIR server, if the configuration lists that server.

The token of a hook call is sent only to that server. Data that arrives too late, is too large or is not a
resource is left out; the caller decides whether the call can be answered without it.
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

from cds_api.cds_hooks.discovery import PATIENT, REQUIRED_PREFETCH
from cds_api.cds_hooks.prefetch import misplaced, missing_prefetch_keys
from cds_api.cds_hooks.requests import HookRequest
from cds_api.problems import FHIR_TYPE
from cds_api.settings import Settings

_ID = re.compile(r"(?!\.+$)[A-Za-z0-9.-]{1,64}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_PLACEHOLDER = "{{context.patientId}}"


class FhirClient:
    """Fetches the data of prefetch templates from the FHIR servers of the settings."""

    def __init__(self, settings: Settings, templates: Mapping[str, str]) -> None:
        self.servers = frozenset(settings.fhir_servers)
        self.timeout = settings.fetch_timeout
        self.max_bytes = settings.max_body_bytes
        self.templates = templates
        self._tls = ssl.create_default_context() if self.servers else None

    async def add_missing_prefetch(self, request: HookRequest) -> HookRequest:
        """Return ``request`` with the missing prefetch data that could be fetched.

        The request itself is returned if nothing is missing, or nothing may be fetched.
        """
        server = (request.fhir_server or "").rstrip("/")
        authorization = request.fhir_authorization
        if server not in self.servers or authorization is None:
            return request
        token, patient = authorization.access_token, request.context.patient_id.removeprefix("Patient/")
        keys = missing_prefetch_keys(request)
        if not keys or not _ID.fullmatch(patient) or not _TOKEN.fullmatch(token):
            return request
        paths = {key: self.templates[key].replace(_PLACEHOLDER, patient) for key in keys}
        found = await self._fetch(server, token, paths)
        if found.get(PATIENT, {}).get("id") != patient:
            found.pop(PATIENT, None)
        # What was asked for and not given is not known; without required data the call is refused.
        failed = dict.fromkeys(key for key in keys if key not in found and key not in REQUIRED_PREFETCH)
        return request.model_copy(update={"prefetch": {**(request.prefetch or {}), **failed, **found}})

    async def _fetch(self, server: str, token: str, paths: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """Return the resources at ``paths`` that arrive in time; they are fetched concurrently."""
        headers = {
            "Accept": FHIR_TYPE,
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {token}",
        }
        deadline = asyncio.get_running_loop().time() + self.timeout
        # No redirects and no proxies from the environment: no other server may receive the token.
        async with httpx.AsyncClient(
            headers=headers, verify=self._tls or True, follow_redirects=False, trust_env=False
        ) as client:
            requests = [self._get(client, f"{server}/{path}", deadline) for path in paths.values()]
            resources = await asyncio.gather(*requests)
        return {key: value for key, value in zip(paths, resources, strict=True) if value is not None}

    async def _get(self, client: httpx.AsyncClient, url: str, deadline: float) -> dict[str, Any] | None:
        """Return the resource at ``url``, or None if it does not arrive by ``deadline`` or is not usable."""
        body = bytearray()
        try:
            async with asyncio.timeout_at(deadline), client.stream("GET", url) as response:
                if response.status_code != 200 or "content-encoding" in response.headers:
                    return None
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > self.max_bytes:
                        return None
            value = await asyncio.to_thread(parse_json, bytes(body), "fetched")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ProblemsError):
            return None
        return value if isinstance(value, dict) and not any(misplaced(value, "")) else None
