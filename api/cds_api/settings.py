"""The configuration of the service: environment variables that begin with ``CDS_``, checked at start-up."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cds_engine.cohort.result_folders import SUMMARY, result_folders
from cds_engine.errors import Problem, ProblemsError, RulebookError, nearest
from cds_engine.record.json_text import MAX_BYTES
from cds_engine.rulebook.shipped import find_rulebooks, shipped_folders, split_names
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "CDS_"
COHORT_PREFIX = "CDS_COHORT_"
"""The prefix of the variables of ``cds cohort``, which the service ignores."""
AREAS = ("evaluate", "knowledge", "cds-hooks", "metrics", "decisions")
"""The groups of routes that an API key can be limited to."""
DEFAULT_AREAS = frozenset(AREAS) - {"decisions"}
"""The areas of a key that names none: whoever may ask may not read what others asked."""
_KEY = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,64}):(?P<digest>[0-9a-fA-F]{64})(?::(?P<areas>[a-z+-]+))?")
_LEDGER = re.compile(r"sqlite:///(?!:memory:)[^?]+|postgresql://.+", re.ASCII)
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class SettingsError(ProblemsError):
    """An invalid configuration; each problem names its variable."""


class Settings(BaseSettings):
    """The settings of the service; the documentation lists them with these descriptions."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=True)

    host: str = Field("127.0.0.1", description="Address to bind to.")
    port: int = Field(8000, ge=0, le=65535, description="Port to bind to; 0 picks a free one.")
    workers: int = Field(1, ge=1, le=64, description="Worker processes.")
    insecure: bool = Field(False, description="Allow a non-loopback address without authentication.")
    rulebook: CommaSeparated = Field(
        (),
        description="Rulebooks, separated by commas: shipped ones by name, others by folder. The first is "
        "the default. If unset, all shipped rulebooks are served, and commands use the default one.",
    )
    public_url: str | None = Field(
        None,
        description="The absolute base URL that clients use; cards link to it, tokens name it as their "
        "audience, and a service without authentication answers to its host. `http://HOST:PORT` if unset.",
    )
    api_keys: CommaSeparated = Field(
        (),
        description="API keys, separated by commas: `name:SHA-256` in hexadecimal, or `name:SHA-256:areas`, "
        "with areas joined by `+` (evaluate, knowledge, cds-hooks, metrics, decisions; all but decisions by "
        "default).",
    )
    api_keys_file: Path | None = Field(
        None, description="File with one API key per line; `#` begins a comment."
    )
    jwt_issuers: Annotated[dict[str, Any], NoDecode] = Field(
        {},
        description="JSON object that maps each trusted issuer of tokens to its key set, either inline "
        '(`{"keys": [...]}`) or as the path of a file. Key sets are never downloaded.',
    )
    jwt_audiences: CommaSeparated = Field(
        (),
        description="Other accepted audiences of tokens, separated by commas; see the section on tokens.",
    )
    jwt_max_lifetime: int = Field(
        3600, ge=1, le=86400, description="The longest accepted lifetime of a token, in seconds."
    )
    session_key: str | None = Field(
        None,
        min_length=32,
        repr=False,
        description="Secret of at least 32 characters that signs the sessions of browsers. Set it if several "
        "machines serve one address; a random one if unset.",
    )
    fhir_servers: CommaSeparated = Field(
        (),
        description="Base URLs of FHIR servers, separated by commas, from which the service may fetch "
        "missing prefetch data of CDS Hooks requests. It fetches from no other server.",
    )
    fetch_timeout: float = Field(
        0.3, gt=0, le=10, description="Time limit for fetching the data of one request, in seconds."
    )
    report_missing: bool = Field(
        False,
        description="CDS Hooks: if there is no advisory, return one info card that says what could not be "
        "evaluated.",
    )
    cors_origins: CommaSeparated = Field(
        (),
        description="Origins whose browser applications may use the service, separated by commas; "
        "`*` for any.",
    )
    rate_limit: float = Field(
        500,
        ge=0,
        description="Requests per second for each key, issuer or address, in each worker; 0 for no limit.",
    )
    max_connections: int = Field(
        1000,
        ge=10,
        description="Open connections of each worker; fewer if it may not open 612 more files than that. One "
        "more takes the place of the connection that has waited longest for its client.",
    )
    max_body_bytes: int = Field(
        MAX_BYTES,
        ge=1024,
        le=MAX_BYTES,
        description="Largest request body, in bytes; does not apply to batches.",
    )
    max_line_bytes: int = Field(
        1048576, ge=1024, le=MAX_BYTES, description="Longest line of a batch, in bytes."
    )
    max_header_bytes: int = Field(16384, ge=1024, le=65536, description="Largest request head, in bytes.")
    body_timeout: float = Field(
        15,
        gt=0,
        description="Time limit for the head, and again for the body, of a request, in seconds; batches have "
        "limits of their own.",
    )
    write_timeout: float = Field(
        30, gt=0, description="How long a client may read nothing of its response, in seconds."
    )
    batch_idle_timeout: float = Field(
        30, gt=0, description="How long a batch may wait for its client to send or to receive, in seconds."
    )
    batch_timeout: float = Field(3600, gt=0, description="Time limit for a whole batch, in seconds.")
    shutdown_timeout: int = Field(
        30, ge=1, description="Time limit for finishing requests in flight after SIGTERM, in seconds."
    )
    trusted_proxies: CommaSeparated = Field(
        (),
        description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto headers "
        "are trusted, separated by commas.",
    )
    state_dir: Path | None = Field(
        None,
        description="Folder in which workers share metrics and used tokens; `cds serve` makes a temporary "
        "one if unset.",
    )
    populations: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Results of `cds cohort evaluate` that the workbench shows, separated by commas. "
        "Everyone who may evaluate records sees the patients in them.",
    )
    ledger: str | None = Field(
        None,
        description="Where every decision is stored: `sqlite:///decisions.db` or `postgresql://...`; see "
        "[The decision ledger](ledger.md). Nowhere if unset.",
    )
    ledger_input: Literal["full", "pseudonymous", "digest"] = Field(
        "full",
        description="What the ledger keeps of an input: all of it (`full`), the record that was evaluated "
        "without identifiers (`pseudonymous`), or a digest only (`digest`).",
    )
    ledger_secret_file: Path | None = Field(
        None,
        description="File with the secret for pseudonyms and digests; required unless the input is kept in "
        "full.",
    )
    ledger_key_file: Path | None = Field(
        None, description="PEM file with the Ed25519 key that signs checkpoints; none are written if unset."
    )
    ledger_checkpoint_seconds: float = Field(
        60, gt=0, le=86400, description="Time between two checkpoints of the ledger, in seconds."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The lowest level that is logged."
    )

    @field_validator(
        "api_keys",
        "jwt_audiences",
        "fhir_servers",
        "cors_origins",
        "trusted_proxies",
        "populations",
        mode="before",
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("rulebook", mode="before")
    @classmethod
    def _split_rulebooks(cls, value: object) -> object:
        return split_names(value) if isinstance(value, str) else value

    @field_validator("rulebook")
    @classmethod
    def _check_rulebooks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            find_rulebooks(value)
        except RulebookError as error:
            raise ValueError("; ".join(str(problem) for problem in error.problems)) from None
        return value

    @field_validator("jwt_issuers", mode="before")
    @classmethod
    def _parse_json(cls, value: object) -> object:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("expected a JSON object of issuers and their key sets") from None

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not _is_url(value):
            raise ValueError("expected an absolute http or https URL without user or query")
        return value.rstrip("/")

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and (not _is_url(origin) or urlsplit(origin).path):
                raise ValueError(f"expected origins such as https://app.example, or *; found '{origin}'")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in value:
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise ValueError(f"expected IP addresses or networks, found '{proxy}'") from None
        return value

    @field_validator("fhir_servers")
    @classmethod
    def _check_fhir_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            parts = urlsplit(url) if _is_url(url) else urlsplit("")
            encrypted = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
            if not encrypted:
                raise ValueError(f"expected an https URL without user or query, found '{url}'")
        return tuple(url.rstrip("/") for url in value)

    @field_validator("api_keys")
    @classmethod
    def _check_api_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for key in value:
            parse_api_key(key)
        return value

    @field_validator("jwt_issuers")
    @classmethod
    def _check_issuers(cls, value: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(value, dict) or not value:
            return value
        from cds_api.key_sets import KeySet, KeySetError  # imports cryptography, which few need

        for issuer, keys in value.items():
            if not isinstance(keys, dict) and not (isinstance(keys, str) and Path(keys).is_file()):
                raise ValueError(f"expected a key set or the path of one for issuer '{issuer}'")
            try:
                KeySet(keys)
            except KeySetError as error:
                raise ValueError(f"issuer '{issuer}': {error}") from None
        return value

    @field_validator("ledger")
    @classmethod
    def _check_ledger(cls, value: str | None) -> str | None:
        if value is not None and not _LEDGER.fullmatch(value):
            raise ValueError("expected sqlite:///PATH or postgresql://USER@HOST/DATABASE")
        return value

    @field_validator("api_keys_file", "state_dir", "ledger_secret_file", "ledger_key_file")
    @classmethod
    def _check_exists(cls, value: Path | None) -> Path | None:
        if value is not None and not value.exists():
            raise ValueError(f"nothing at '{value}'")
        return value

    @field_validator("populations")
    @classmethod
    def _check_populations(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for folder in value:
            if not result_folders(folder):
                raise ValueError(f"expected results of cds cohort evaluate, found no {SUMMARY} in '{folder}'")
        return value

    @model_validator(mode="after")
    def _check_authentication(self) -> Settings:
        if not (self.loopback or self.requires_authentication or self.insecure):
            raise ValueError(
                f"binding to {self.host} needs {PREFIX}API_KEYS, {PREFIX}API_KEYS_FILE or "
                f"{PREFIX}JWT_ISSUERS; {PREFIX}INSECURE=true (--insecure) allows everyone who can connect"
            )
        return self

    @model_validator(mode="after")
    def _check_ledger_secret(self) -> Settings:
        if self.ledger_input != "full" and self.ledger is not None and self.ledger_secret_file is None:
            raise ValueError(
                f"{PREFIX}LEDGER_INPUT={self.ledger_input} needs {PREFIX}LEDGER_SECRET_FILE, a file with a "
                "secret for pseudonyms and digests"
            )
        return self

    def rulebook_folders(self) -> list[Path]:
        """Return the folders of the rulebooks to serve, the default one first."""
        return find_rulebooks(self.rulebook) if self.rulebook else list(shipped_folders().values())

    @property
    def loopback(self) -> bool:
        """Whether only clients on this machine can connect."""
        return _is_loopback(self.host)

    @property
    def requires_authentication(self) -> bool:
        """Whether clients must send an API key or a token."""
        return bool(self.api_keys or self.api_keys_file or self.jwt_issuers)

    @property
    def base_url(self) -> str:
        """The absolute base URL that clients use."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    def all_api_keys(self) -> Iterator[tuple[str, bytes, frozenset[str]]]:
        """Yield the name, SHA-256 and areas of every API key."""
        yield from map(parse_api_key, self.api_keys)
        if self.api_keys_file is not None:
            for line in self.api_keys_file.read_text(encoding="utf-8").splitlines():
                if text := line.partition("#")[0].strip():
                    yield parse_api_key(text)

    def environment(self) -> dict[str, str]:
        """Return the environment variables that give worker processes these settings."""
        dumped = self.model_dump(mode="json", exclude_unset=True, exclude_none=True)
        return {PREFIX + name.upper(): _format_value(value) for name, value in dumped.items()}


def _is_url(text: str) -> bool:
    """Return whether a text is an absolute http or https URL of visible characters, without user or query."""
    try:
        parts = urlsplit(text)
        port = parts.port  # raises ValueError if there is no such port
    except ValueError:
        return False
    visible = text.isascii() and text.isprintable() and " " not in text
    host = parts.hostname is not None and (":" in parts.hostname or _HOST.fullmatch(parts.hostname))
    plain = "?" not in text and "#" not in text and "@" not in parts.netloc
    return parts.scheme in ("http", "https") and bool(host) and visible and plain and port != 0


def _is_loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def parse_api_key(text: str) -> tuple[str, bytes, frozenset[str]]:
    """Return the name, SHA-256 and areas of an API key in the configuration."""
    match = _KEY.fullmatch(text)
    if match is None:
        raise ValueError("expected name:SHA-256 (64 hexadecimal digits), optionally followed by :areas")
    areas = frozenset(match["areas"].split("+")) if match["areas"] else DEFAULT_AREAS
    if unknown := sorted(areas - set(AREAS)):
        raise ValueError(f"unknown area '{unknown[0]}'{nearest(unknown[0], AREAS)}")
    return match["name"], bytes.fromhex(match["digest"]), areas


def read_settings(**overrides: Any) -> Settings:
    """Return the settings in the environment, with ``overrides`` from the command line.

    Raises:
        SettingsError: with a problem for each variable that is invalid or does not exist.
    """
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    given = [name for name in os.environ if name.startswith(PREFIX) and not name.startswith(COHORT_PREFIX)]
    if unknown := sorted(set(given) - set(known)):
        raise SettingsError(Problem(name, f"no such setting{nearest(name, known)}") for name in unknown)
    try:
        settings = Settings(**overrides)
        list(settings.all_api_keys())
    except ValidationError as error:
        raise SettingsError(_to_problem(details) for details in error.errors(include_url=False)) from None
    except (ValueError, OSError) as error:  # in the file of API keys
        raise SettingsError([Problem(f"{PREFIX}API_KEYS_FILE", _lower(str(error)))]) from None
    return settings


def settings_table() -> str:
    """Return the table of settings in ``docs/configuration.md``."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _format_value(field.default) if field.default not in (None, (), {}) else ""
        default = f"`{default}`" if default else "none"
        lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines)


def _format_value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return json.dumps(value)
        case list() | tuple():
            return ",".join(map(str, value))
    return str(value)


def _to_problem(details: Any) -> Problem:
    name = f"{PREFIX}{str(details['loc'][0]).upper()}" if details["loc"] else "cds serve"
    return Problem(name, _lower(details["msg"].removeprefix("Value error, ")))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
