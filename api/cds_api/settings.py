"""The service's configuration: environment variables that begin with ``CDS_``, checked at start-up."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cds_engine.errors import Problem, ProblemsError, nearest
from cds_engine.record.json_text import MAX_BYTES
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "CDS_"
COHORT = "CDS_COHORT_"
"""What the variables of `cds cohort` begin with, which are no affair of the service."""
Areas = Literal["evaluate", "knowledge", "cds-hooks", "metrics"]
AREAS: tuple[Areas, ...] = ("evaluate", "knowledge", "cds-hooks", "metrics")
_KEY = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,64}):(?P<digest>[0-9a-fA-F]{64})(?::(?P<areas>[a-z+-]+))?")
List = Annotated[tuple[str, ...], NoDecode]


class SettingsError(ProblemsError):
    """The configuration cannot be used; each problem names its variable."""


class Settings(BaseSettings):
    """Everything that can be configured; each field's description is its line in the documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=True)

    host: str = Field("127.0.0.1", description="Address to bind to.")
    port: int = Field(8000, ge=0, le=65535, description="Port to bind to; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="Worker processes.")
    insecure: bool = Field(
        False, description="Allow an address other than loopback although nobody has to identify themselves."
    )
    rulebook: Path | None = Field(None, description="Folder of the rulebook; the shipped one if unset.")
    public_url: str | None = Field(
        None,
        description="Absolute base URL under which callers reach the service; stands in cards and is the "
        "audience of tokens. `http://HOST:PORT` if unset.",
    )
    api_keys: List = Field(
        (),
        description="API keys, separated by commas: `name:SHA-256` in hexadecimal, or `name:SHA-256:areas`, "
        "where areas are joined by `+` (evaluate, knowledge, cds-hooks, metrics; all if not given).",
    )
    api_keys_file: Path | None = Field(
        None, description="File with one such key a line; `#` begins a comment."
    )
    jwt_issuers: Annotated[dict[str, Any], NoDecode] = Field(
        {},
        description="JSON object: each trusted issuer of tokens to its key set, either inline "
        '(`{"keys": [...]}`) or the path of a file. Key sets are never fetched.',
    )
    jwt_audiences: List = Field(
        (),
        description="Further accepted audiences of tokens, separated by commas; see the section on tokens.",
    )
    jwt_max_lifetime: int = Field(
        3600, ge=1, le=86400, description="Longest accepted lifetime of a token, in seconds."
    )
    fhir_servers: List = Field(
        (),
        description="FHIR servers, as base URLs separated by commas, from which the service may fetch what a "
        "client of CDS Hooks did not prefetch. Nothing is ever fetched from any other.",
    )
    fetch_timeout: float = Field(
        0.3, gt=0, le=10, description="Seconds in which all that is fetched for one call must arrive."
    )
    cors_origins: List = Field(
        (), description="Origins whose browser applications may call, separated by commas; `*` for any."
    )
    rate_limit: float = Field(
        500,
        ge=0,
        description="Requests per second for each key, issuer or address, in each worker; 0: no limit.",
    )
    max_body_bytes: int = Field(
        MAX_BYTES, ge=1024, le=MAX_BYTES, description="Largest request body, in bytes; batches apart."
    )
    max_line_bytes: int = Field(
        1048576, ge=1024, le=MAX_BYTES, description="Longest line of a batch, in bytes."
    )
    max_header_bytes: int = Field(16384, ge=1024, le=65536, description="Largest request head, in bytes.")
    body_timeout: float = Field(
        15,
        gt=0,
        description="Seconds in which the head and then the body of a request must arrive; batches apart.",
    )
    batch_idle_timeout: float = Field(
        30, gt=0, description="Seconds for which a batch may wait for its caller, reading or writing."
    )
    batch_timeout: float = Field(3600, gt=0, description="Seconds that a batch may take in all.")
    shutdown_timeout: int = Field(
        30, ge=1, description="Seconds that requests in flight are given to finish after SIGTERM."
    )
    trusted_proxies: List = Field(
        (),
        description="Proxies whose X-Forwarded-For and -Proto are believed: addresses, separated by commas.",
    )
    state_dir: Path | None = Field(
        None,
        description="Folder shared by the workers for metrics and for tokens already used; "
        "`cds serve` makes a temporary one if unset.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")

    @field_validator(
        "api_keys", "jwt_audiences", "fhir_servers", "cors_origins", "trusted_proxies", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("jwt_issuers", mode="before")
    @classmethod
    def _json(cls, value: object) -> object:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("expected a JSON object of issuers and their key sets") from None

    @field_validator("public_url")
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("expected an absolute http or https URL without query")
        return value.rstrip("/")

    @field_validator("fhir_servers")
    @classmethod
    def _encrypted(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            parts = urlsplit(url)
            encrypted = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
            if not encrypted or not parts.hostname or parts.username or parts.query or parts.fragment:
                raise ValueError(f"expected an https URL without user or query, found '{url}'")
        return tuple(url.rstrip("/") for url in value)

    @field_validator("api_keys")
    @classmethod
    def _well_formed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for key in value:
            read_key(key)
        return value

    @field_validator("jwt_issuers")
    @classmethod
    def _key_sets(cls, value: dict[str, Any]) -> dict[str, Any]:
        for issuer, keys in value.items():
            inline = isinstance(keys, dict) and isinstance(keys.get("keys"), list)
            if not inline and not (isinstance(keys, str) and Path(keys).is_file()):
                raise ValueError(f"expected a key set or the path of one for issuer '{issuer}'")
        return value

    @field_validator("api_keys_file", "rulebook", "state_dir")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.exists():
            raise ValueError(f"nothing at '{value}'")
        return value

    @model_validator(mode="after")
    def _guarded(self) -> Settings:
        if not (self.loopback or self.guarded or self.insecure):
            raise ValueError(
                f"binding to {self.host} needs {PREFIX}API_KEYS, {PREFIX}API_KEYS_FILE or "
                f"{PREFIX}JWT_ISSUERS; {PREFIX}INSECURE=true (--insecure) serves anyone who can connect"
            )
        return self

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        return _is_loopback(self.host)

    @property
    def guarded(self) -> bool:
        """Whether callers must identify themselves."""
        return bool(self.api_keys or self.api_keys_file or self.jwt_issuers)

    @property
    def base_url(self) -> str:
        """The absolute URL under which callers reach the service."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    def all_keys(self) -> Iterator[tuple[str, bytes, frozenset[str]]]:
        """Yield name, SHA-256 and areas of every API key."""
        yield from map(read_key, self.api_keys)
        if self.api_keys_file is not None:
            for line in self.api_keys_file.read_text(encoding="utf-8").splitlines():
                if text := line.partition("#")[0].strip():
                    yield read_key(text)

    def environment(self) -> dict[str, str]:
        """Return the variables that give worker processes these settings."""
        dumped = self.model_dump(mode="json", exclude_unset=True, exclude_none=True)
        return {PREFIX + name.upper(): _variable(value) for name, value in dumped.items()}


def _is_loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def read_key(text: str) -> tuple[str, bytes, frozenset[str]]:
    """Return name, SHA-256 and areas of an API key as it stands in the configuration."""
    match = _KEY.fullmatch(text)
    if match is None:
        raise ValueError("expected name:SHA-256 (64 hexadecimal digits), optionally followed by :areas")
    areas = frozenset(match["areas"].split("+")) if match["areas"] else frozenset(AREAS)
    if unknown := sorted(areas - set(AREAS)):
        raise ValueError(f"unknown area '{unknown[0]}'{nearest(unknown[0], AREAS)}")
    return match["name"], bytes.fromhex(match["digest"]), areas


def read_settings(**given: Any) -> Settings:
    """Return the settings of the environment, with what the command line has ``given`` in their place.

    Raises:
        SettingsError: with one line for each variable that is wrong or that does not exist.
    """
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    ours = [name for name in os.environ if name.startswith(PREFIX) and not name.startswith(COHORT)]
    strange = [name for name in ours if name not in known]
    if strange:
        raise SettingsError(
            Problem(name, f"no such setting{nearest(name, known)}") for name in sorted(strange)
        )
    try:
        settings = Settings(**given)
        list(settings.all_keys())
    except ValidationError as error:
        raise SettingsError(_explain(fault) for fault in error.errors(include_url=False)) from None
    except (ValueError, OSError) as error:  # a line of the file of keys
        raise SettingsError([Problem(f"{PREFIX}API_KEYS_FILE", _lower(str(error)))]) from None
    return settings


def settings_table() -> str:
    """Return the table of ``docs/configuration.md``."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _variable(field.default) if field.default not in (None, (), {}) else ""
        shown = f"`{default}`" if default else "none"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines)


def _variable(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return json.dumps(value)
        case list() | tuple():
            return ",".join(value)
    return str(value)


def _explain(fault: Any) -> Problem:
    name = f"{PREFIX}{str(fault['loc'][0]).upper()}" if fault["loc"] else "cds serve"
    return Problem(name, _lower(fault["msg"].removeprefix("Value error, ")))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
