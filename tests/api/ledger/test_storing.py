"""Every evaluation is stored before it is answered, and nothing is answered that was not stored."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cds_api.decisions import Decision, LedgerError, LedgerUnavailableError, WithoutIdentifiers
from cds_api.ledger import tables
from cds_api.ledger.database import Database
from cds_api.ledger.ledger import Ledger
from cds_api.ledger.reading import read_entries
from cds_api.ledger.verify import verify
from cds_api.settings import Settings
from cds_engine import Engine
from sqlalchemy.exc import DBAPIError

from tests.api.cds_hooks.calls import CALL, call, order, service
from tests.api.conftest import EXAMPLES, JSON
from tests.api.ledger.conftest import Files, LedgerClient, MakeLedgerClient
from tests.api.ledger.postgres import PostgresServer
from tests.api.test_errors import assert_problem
from tests.api.test_security import digest

NDJSON = {"Content-Type": "application/x-ndjson"}
WHEN = "2026-11-23T10:15:00Z"
FHIR = "application/fhir+json"
BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": {"resourceType": "Patient", "id": "x", "birthDate": "1950-01-01"}}],
}


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def stored(database: Database) -> list[dict[str, Any]]:
    with database.snapshot() as connection:
        return list(read_entries(connection))


def rows(database: Database, *columns: sa.Table | sa.Column[Any]) -> list[dict[str, Any]]:
    with database.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(*columns)).mappings()]


def test_what_is_stored_of_an_evaluation(
    make_ledger_client: MakeLedgerClient, url: str, engine: Engine
) -> None:
    client = make_ledger_client(url, api_keys=(f"ward:{digest('a-key')}",), host="0.0.0.0")
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
    body = EXAMPLES[0].read_bytes()
    headers = {**JSON, "X-API-Key": "a-key"}
    response = client.http.post("/v1/evaluate?explain=true", content=body, headers=headers)
    assert response.status_code == 200
    [row] = stored(client.database)
    assert row["id"] == response.headers["x-decision-id"]
    assert row["input"] == body
    assert row["answer"] == response.content
    assert row["input_digest"] == row["input_kept_digest"] == sha256(body)
    assert row["answer_digest"] == row["answer_kept_digest"] == sha256(response.content)
    assert row["caller"] == "ward"
    assert row["route"] == "/v1/evaluate"
    assert row["answer_type"] == "application/json"
    assert row["rulebooks"] == engine.rulebook.digest
    assert row["engine"] == version("mianserin-cds")
    assert json.loads(row["parameters"]) == {
        "as_of": json.loads(body)["as_of"],
        "explain": True,
        "type": "application/json",
    }
    moment = datetime.datetime.fromisoformat(row["time"])
    assert before < moment < datetime.datetime.now(datetime.UTC)
    [rulebook] = rows(client.database, tables.rulebooks)
    assert rulebook["digest"] == engine.rulebook.digest
    own = {f"rulebook/{path}" for path in engine.rulebook.sources}
    kept = set(json.loads(rulebook["content"]))
    assert own < kept
    assert {path.split("/")[0] for path in kept - own} == {"shared"}
    client.close()
    assert verify(client.database).findings == []


def test_every_evaluating_route_is_stored(
    make_ledger_client: MakeLedgerClient, url: str, engine: Engine
) -> None:
    client = make_ledger_client(url)
    fhir = client.http.post("/v1/evaluate", json=BUNDLE, headers={"Accept": FHIR})
    lines = client.http.post(
        "/v1/evaluate/batch", content=b'{}\nnonsense\n{"as_of": "2026-01-01"}\n', headers=NDJSON
    )
    hook = client.http.post(service(client.http, "order-sign"), json=call("order-sign", order(engine)))
    assert [fhir.status_code, lines.status_code, hook.status_code] == [200, 200, 200]
    found = stored(client.database)
    given = lines.text.splitlines()
    assert [row["answer"].decode() for row in found] == [fhir.text, given[0], given[2], hook.text]
    assert [row["route"] for row in found] == [
        "/v1/evaluate",
        "/v1/evaluate/batch",
        "/v1/evaluate/batch",
        "/cds-services/{service_id}",
    ]
    assert found[0]["answer_type"] == FHIR
    assert [row["input"] for row in found[1:3]] == [b"{}", b'{"as_of": "2026-01-01"}']
    assert found[3]["hook_instance"] == CALL
    assert found[3]["id"] == hook.headers["x-decision-id"]
    cards = {card["uuid"] for card in hook.json()["cards"]}
    assert cards
    assert {(row["card"], row["entry"]) for row in rows(client.database, tables.cards)} == {
        (card, found[3]["id"]) for card in cards
    }


def test_what_is_refused_is_not_stored(make_ledger_client: MakeLedgerClient, tmp_path: Path) -> None:
    client = make_ledger_client(f"sqlite:///{tmp_path}/decisions.db")
    refused = client.http.post("/v1/evaluate", content=b"{", headers=JSON)
    assert refused.status_code == 400
    assert "x-decision-id" not in refused.headers
    assert stored(client.database) == []


def test_the_token_of_a_hook_call_is_not_stored(make_ledger_client: MakeLedgerClient, tmp_path: Path) -> None:
    client = make_ledger_client(f"sqlite:///{tmp_path}/decisions.db")
    authorization = {
        "access_token": "a-secret-token",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "cds",
    }
    observation = {"resourceType": "Observation", "valueQuantity": {"value": 1.50}}
    body = call("patient-view", observations={"resourceType": "Bundle", "entry": [{"resource": observation}]})
    body |= {"fhirServer": "https://ehr.test/fhir", "fhirAuthorization": authorization}
    response = client.http.post(service(client.http, "patient-view"), json=body)
    assert response.status_code == 200
    [row] = stored(client.database)
    kept = json.loads(row["input"])
    assert "a-secret-token" not in str(row)
    assert "fhirAuthorization" not in kept
    assert kept["prefetch"] == body["prefetch"]
    assert row["input_digest"] != row["input_kept_digest"] == sha256(row["input"])


def test_feedback_is_linked_to_its_decision(
    make_ledger_client: MakeLedgerClient, url: str, engine: Engine
) -> None:
    client = make_ledger_client(url)
    path = service(client.http, "order-sign")
    given = client.http.post(path, json=call("order-sign", order(engine)))
    card = given.json()["cards"][0]
    comment = "Jane Doe said no"
    reason = {"reason": card["overrideReasons"][0], "userComment": comment}
    items = [
        {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": WHEN, "overrideReason": reason},
        {"card": CALL, "outcome": "overridden", "outcomeTimestamp": WHEN},
        {"card": "\0 no uuid", "outcome": "accepted", "outcomeTimestamp": WHEN, "acceptedSuggestions": []},
    ]
    assert client.http.post(f"{path}/feedback", json={"feedback": items}).status_code == 200
    found = rows(client.database, tables.feedback)
    names = ("entry", "card", "outcome", "reason", "rule")
    rule = card["source"]["topic"]["code"]
    code = card["overrideReasons"][0]["code"]
    assert [tuple(row[name] for name in names) for row in found] == [
        (given.headers["x-decision-id"], card["uuid"], "overridden", code, rule),
        (None, CALL, "overridden", None, "unknown"),
        (None, None, "accepted", None, "unknown"),
    ]
    assert comment not in str(found)
    client.close()
    assert verify(client.database).findings == []


@pytest.fixture
def failing(make_ledger_client: MakeLedgerClient, tmp_path: Path) -> Iterator[LedgerClient]:
    """Return a client whose ledger has one decision, and is then locked by somebody else."""
    path = tmp_path / "decisions.db"
    client = make_ledger_client(f"sqlite:///{path}")
    assert client.http.post("/v1/evaluate", json={}).status_code == 200
    writer = client.ledger._writer
    writer._disconnect()
    locking = sqlite3.connect(path, isolation_level=None)
    client.ledger.database._engine.dispose()
    sa.event.listen(client.ledger.database._engine, "connect", _impatient)
    locking.execute("BEGIN IMMEDIATE")
    yield client
    locking.close()


def _impatient(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 20")


def test_an_answer_that_cannot_be_stored_is_not_given(failing: LedgerClient, engine: Engine) -> None:
    client = failing.http
    responses = [
        client.post("/v1/evaluate", json={}),
        client.post(service(client, "order-sign"), json=call("order-sign", order(engine))),
    ]
    for response in responses:
        assert_problem(response, 503)
        assert response.headers["retry-after"] == "1"
        assert "advisories" not in response.text
        assert "cards" not in response.text
        assert "x-decision-id" not in response.headers
    lines = client.post("/v1/evaluate/batch", content=b"{}\nnonsense\n{}\n", headers=NDJSON).text
    found = [json.loads(line) for line in lines.splitlines()]
    assert [line["line"] for line in found] == [1, 2, 3]
    assert "cannot be written" in found[0]["errors"][0]["detail"]
    assert "cannot be written" not in found[1]["errors"][0]["detail"]
    item = {"card": CALL, "outcome": "accepted", "outcomeTimestamp": WHEN, "acceptedSuggestions": []}
    feedback = client.post(f"{service(client, 'order-sign')}/feedback", json={"feedback": [item]})
    assert_problem(feedback, 503)
    assert_problem(client.get("/readyz"), 503)
    assert len(stored(failing.database)) == 1


def test_it_recovers_with_a_new_chain(make_ledger_client: MakeLedgerClient, tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    client = make_ledger_client(f"sqlite:///{path}")
    assert client.http.post("/v1/evaluate", json={}).status_code == 200
    elsewhere = path.rename(tmp_path / "elsewhere.db")  # what is written now is in another file
    assert_problem(client.http.post("/v1/evaluate", json={}), 503)
    assert_problem(client.http.get("/readyz"), 503)
    elsewhere.rename(path)
    assert client.http.get("/readyz").status_code == 200
    assert client.http.post("/v1/evaluate", json={}).status_code == 200
    assert client.http.get("/readyz").status_code == 200
    assert [(row["chain"], row["sequence"]) for row in stored(client.database)] == [(1, 0), (2, 0)]
    client.close()
    assert verify(client.database).findings == []


def test_it_recovers_when_postgresql_does(
    make_ledger_client: MakeLedgerClient, postgres: PostgresServer
) -> None:
    client = make_ledger_client(postgres.create_database())
    given = [client.http.post("/v1/evaluate", json={})]
    postgres.stop()
    try:
        assert_problem(client.http.post("/v1/evaluate", json={}), 503)
        assert_problem(client.http.get("/readyz"), 503)
        assert_problem(client.http.get("/v1/decisions"), 503)
    finally:
        postgres.start()
    assert client.http.get("/readyz").status_code == 200
    given.append(client.http.post("/v1/evaluate", json={}))
    postgres.restart()  # the next request finds its connection broken, and tries again
    given.append(client.http.post("/v1/evaluate", json={}))
    assert [response.status_code for response in given] == [200, 200, 200]
    assert [row["id"] for row in stored(client.database)] == [
        response.headers["x-decision-id"] for response in given
    ]
    client.close()
    assert verify(client.database).findings == []


def decision(engine: Engine, body: bytes) -> Decision:
    return Decision(
        route="/v1/evaluate",
        body=body,
        answer=b"{}",
        answer_type="application/json",
        engines=(engine,),
        parameters={},
        without_identifiers=lambda _: WithoutIdentifiers([], b"{}"),
    )


def test_concurrent_requests_share_transactions(url: str, engine: Engine) -> None:
    ledger = Ledger(Settings(ledger=url), lambda: datetime.datetime.now(datetime.UTC))
    groups: list[int] = []
    write = ledger._writer._write

    def counted(found: list[Any]) -> None:
        groups.append(len(found))
        write(found)

    ledger._writer._write = counted  # type: ignore[method-assign, assignment]

    async def client(number: int) -> list[str]:
        made = []
        for request in range(5):
            at = datetime.datetime.now(datetime.UTC)
            made += await ledger.record([decision(engine, f"{number} {request}".encode())], None, at)
        return made

    async def all_clients() -> list[list[str]]:
        return await asyncio.gather(*(client(number) for number in range(40)))

    given = [identifier for made in asyncio.run(all_clients()) for identifier in made]
    found = stored(ledger.database)
    assert {row["id"] for row in found} == set(given)
    assert sum(groups) == len(given) == 200
    assert max(groups) == 40
    assert len(groups) <= 10
    assert sorted(row["sequence"] for row in found) == list(range(200))
    assert verify(ledger.database).findings == []
    ledger.close()


def test_a_request_larger_than_a_transaction(tmp_path: Path, engine: Engine) -> None:
    ledger = Ledger(
        Settings(ledger=f"sqlite:///{tmp_path}/d.db"), lambda: datetime.datetime.now(datetime.UTC)
    )
    decisions = [decision(engine, str(number).encode()) for number in range(150)]
    at = datetime.datetime.now(datetime.UTC)
    given = asyncio.run(ledger.record(decisions, None, at))
    assert [row["id"] for row in stored(ledger.database)] == given
    assert verify(ledger.database).findings == []
    ledger.close()


def test_a_failed_transaction_refuses_all_of_its_requests(tmp_path: Path, engine: Engine) -> None:
    ledger = Ledger(
        Settings(ledger=f"sqlite:///{tmp_path}/d.db"), lambda: datetime.datetime.now(datetime.UTC)
    )
    with ledger.database.connect() as connection:
        connection.exec_driver_sql("DROP TABLE cards")
    at = datetime.datetime.now(datetime.UTC)
    broken = decision(engine, b"with cards")
    broken = Decision(**{name: getattr(broken, name) for name in broken.__slots__} | {"cards": ("a",)})

    async def together() -> list[Any]:
        requests = [ledger.record([one], None, at) for one in (decision(engine, b"x"), broken)]
        return await asyncio.gather(*requests, return_exceptions=True)

    assert [type(result) for result in asyncio.run(together())] == [LedgerUnavailableError] * 2
    assert stored(ledger.database) == []
    ledger.close()


def test_a_transaction_whose_outcome_was_lost(
    postgres: PostgresServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the commit: the second attempt finds the rows, and they are there once."""
    ledger = Ledger(Settings(ledger=postgres.create_database()), lambda: datetime.datetime.now(datetime.UTC))
    writer, broken = ledger._writer, []
    write = writer._write

    def write_and_break(found: list[Any]) -> None:
        write(found)
        if not broken:
            broken.append(len(found))
            raise DBAPIError("INSERT", {}, Exception("gone"), connection_invalidated=True)

    monkeypatch.setattr(writer, "_write", write_and_break)
    at = datetime.datetime.now(datetime.UTC)
    given = [asyncio.run(ledger.record([decision(engine, name)], None, at)) for name in (b"x", b"y")]
    assert broken == [1]
    assert [[row["id"]] for row in stored(ledger.database)] == given
    assert verify(ledger.database).findings == []
    ledger.close()


def test_only_the_owner_can_read_the_file(make_ledger_client: MakeLedgerClient, tmp_path: Path) -> None:
    client = make_ledger_client(f"sqlite:///{tmp_path}/decisions.db")
    client.http.post("/v1/evaluate", json={})
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.glob("decisions.db*")}
    assert modes == {"decisions.db": "0o600", "decisions.db-shm": "0o600", "decisions.db-wal": "0o600"}


def test_commits_wait_for_the_disk(url: str) -> None:
    database = Database(url)
    database.create_or_upgrade()
    with database.open_writer() as connection:
        if database.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    database.close()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "nowhere" / "d.db", "No such file or directory"),
        (lambda folder: folder, "Is a directory"),
    ],
    ids=["no folder", "a folder"],
)
def test_a_ledger_that_cannot_be_opened(make: Callable[[Path], Path], message: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=message):
        Database(f"sqlite:///{make(tmp_path)}").create_or_upgrade()


def test_a_password_is_never_shown() -> None:
    database = Database("postgresql://user:secret@127.0.0.1:1/x")
    assert "secret" not in database.name
    with pytest.raises(LedgerError) as raised:
        database.check()
    assert "secret" not in str(raised.value)


def test_files_of_the_settings(tmp_path: Path, files: Files) -> None:
    clock = lambda: datetime.datetime.now(datetime.UTC)  # noqa: E731
    short = tmp_path / "short"
    short.write_text("short")
    url = f"sqlite:///{tmp_path}/d.db"
    for settings in (
        {"ledger_key_file": short},
        {"ledger_key_file": files.public_key},
        {"ledger_input": "digest", "ledger_secret_file": short},
    ):
        with pytest.raises(LedgerError, match="expected a"):
            Ledger(Settings(ledger=url, **settings), clock)  # type: ignore[arg-type]
    assert not os.path.exists(tmp_path / "d.db")
