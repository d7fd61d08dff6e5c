"""Fixtures for the ledger: its files, both kinds of databases, and a service with a ledger."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cds_api.app import create_app
from cds_api.ledger import verify_rows
from cds_api.ledger.database import Database
from cds_api.ledger.ledger import Ledger
from cds_api.ledger.signing import read_public_key
from cds_api.settings import Settings
from cds_engine import Engine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.ledger.postgres import MISSING, PostgresServer, binaries, running_server


@pytest.fixture(scope="session", autouse=True)
def stored_rulebooks_read_once() -> Iterator[None]:
    """Read a stored rulebook once, although every verification computes its digest again."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(verify_rows, "packed_digest", cache(verify_rows.packed_digest))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    programs = binaries()
    if programs is None:
        pytest.skip(MISSING)
    with running_server(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a new database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/decisions.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create_database()


@dataclass(frozen=True)
class Files:
    """The files that the settings of a ledger name."""

    key: Path
    public_key: Path
    other_key: Path
    secret: Path

    @property
    def trusted(self) -> set[str]:
        return {read_public_key(self.public_key)}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("keys")
    found = Files(folder / "key.pem", folder / "public.pem", folder / "other.pem", folder / "secret")
    key = Ed25519PrivateKey.generate()
    pem = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    found.key.write_bytes(key.private_bytes(*pem))
    found.public_key.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    found.other_key.write_bytes(Ed25519PrivateKey.generate().private_bytes(*pem))
    found.secret.write_text("a secret of the tests, long enough")
    return found


@dataclass
class LedgerClient:
    """A client of a service with a ledger."""

    http: TestClient
    ledger: Ledger

    @property
    def database(self) -> Database:
        return self.ledger.database

    def close(self) -> None:
        self.ledger.close()


MakeLedgerClient = Callable[..., LedgerClient]


@pytest.fixture(scope="session")
def make_ledger_client(engine: Engine, files: Files) -> Iterator[MakeLedgerClient]:
    """Return a function that makes a client of a service with a ledger; `close` writes a checkpoint."""
    made: list[LedgerClient] = []

    def make(url: str, **settings: Any) -> LedgerClient:
        given = {
            "ledger": url,
            "ledger_key_file": files.key,
            "ledger_secret_file": files.secret,
            "ledger_checkpoint_seconds": 3600,
            "rate_limit": 0,
        }
        app = create_app(Settings(**{**given, **settings}), engine)
        assert app.ledger is not None
        made.append(LedgerClient(TestClient(app, base_url=LOCAL, raise_server_exceptions=False), app.ledger))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def ledger_variables(monkeypatch: pytest.MonkeyPatch, files: Files) -> Callable[[str], None]:
    """Set the variables of a ledger for the command line."""
    for name in [name for name in os.environ if name.startswith("CDS_")]:
        monkeypatch.delenv(name)

    def set_variables(url: str) -> None:
        monkeypatch.setenv("CDS_LEDGER", url)
        monkeypatch.setenv("CDS_LEDGER_KEY_FILE", str(files.key))

    return set_variables
