"""Stored decisions are evaluated again: identical with the stored rulebook, and without identifiers too."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cds_api.decisions import LedgerError
from cds_api.ledger import tables
from cds_api.ledger.database import Database
from cds_api.ledger.pseudonyms import KeyedPseudonyms
from cds_api.ledger.reading import read_entries
from cds_api.ledger.replay import Replayed, Replayer, Totals
from cds_api.ledger.rulebooks import pack, packed_digest, unpack
from cds_api.ledger.verify import verify
from cds_api.replays import REPLAYS
from cds_engine import Engine, load_rulebook
from cds_engine.record.json_text import parse_json, write_json
from cds_engine.rulebook.shipped import default_rulebook, shipped_folders

from tests.api.cds_hooks.calls import call, order, service
from tests.api.conftest import EXAMPLES, JSON
from tests.api.ledger.conftest import LedgerClient, MakeLedgerClient
from tests.api.ledger.test_storing import FHIR, NDJSON, stored
from tests.rulebook.tiny import TINY

SECRETS = ("Jane", "Doe", "MRN-4711", "Practitioner/77", "Elm Street", "her-own-words", "ehr.example")
"""What identifies somebody in the inputs below."""


def bundle(engine: Engine) -> dict[str, Any]:
    """Return a Bundle with what identifies its patient, and with words instead of codes."""
    draft = {
        **order(engine),
        "id": "MRN-4711-d",
        "status": "active",
        "subject": {"reference": "Patient/MRN-4711"},
    }
    name = [{"family": "Doe", "given": ["Jane"]}]
    patient = {"resourceType": "Patient", "id": "MRN-4711", "name": name, "birthDate": "1950-01-01"}
    patient |= {"gender": "female", "address": [{"line": ["1 Elm Street"]}]}
    note = {"resourceType": "Condition", "id": "MRN-4711-c", "code": {"text": "sad, in her-own-words (Jane)"}}
    note |= {"subject": {"reference": "Patient/MRN-4711"}, "recorder": {"reference": "Practitioner/77"}}
    entries = [
        {"fullUrl": f"https://ehr.example/fhir/{body['resourceType']}/{body['id']}", "resource": body}
        for body in (patient, note, draft)
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def send_all(client: LedgerClient, engine: Engine) -> list[str]:
    """Send one of each kind of input; return the answers."""
    http = client.http
    answers = []
    for path in EXAMPLES:
        record = json.loads(path.read_bytes())
        record["patient"]["id"] = "MRN-4711"
        record.setdefault("conditions", []).append({"code": "sad, says Jane Doe"})
        record.setdefault("symptoms", []).append({"code": "text|her-own-words"})
        for query in ("", "?explain=true"):
            answers.append(http.post(f"/v1/evaluate{query}", json=record).text)
    found = bundle(engine)
    answers.append(http.post("/v1/evaluate", json=found).text)
    answers.append(http.post("/v1/evaluate?as_of=2026-01-01", json=found, headers={"Accept": FHIR}).text)
    answers += http.post("/v1/evaluate/batch", content=json.dumps(found), headers=NDJSON).text.splitlines()
    later = {**order(engine), "authoredOn": "2099-01-01"}
    for body in (
        call("patient-view", conditions=found),
        call("order-sign", order(engine)),
        call("order-sign", later),
    ):
        body["context"] |= {
            "userId": "Practitioner/77",
            "patientId": "MRN-4711" if body["hook"] == "patient-view" else "x",
        }
        if body["hook"] == "patient-view":
            body["prefetch"] = {"patient": found["entry"][0]["resource"], "medicationRequests": found}
        answers.append(http.post(service(http, body["hook"]), json=body).text)
    return answers


def replay(database: Database, other: Engine | None = None) -> list[Replayed]:
    with database.snapshot() as connection, database.connect() as rulebooks:
        return list(Replayer(rulebooks, REPLAYS, other).replay(read_entries(connection)))


@pytest.fixture(scope="module")
def full(
    make_ledger_client: MakeLedgerClient, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> LedgerClient:
    client = make_ledger_client(f"sqlite:///{tmp_path_factory.mktemp('full')}/d.db")
    send_all(client, engine)
    return client


def test_every_answer_is_identical(full: LedgerClient) -> None:
    found = replay(full.database)
    assert len(found) == 2 * len(EXAMPLES) + 6
    assert {replayed.status for replayed in found} == {"identical"}
    assert [replayed.answer for replayed in found] == [row["answer"] for row in stored(full.database)]


@pytest.mark.parametrize("kept", ["pseudonymous", "digest"])
def test_nothing_that_identifies_is_stored(
    make_ledger_client: MakeLedgerClient, engine: Engine, tmp_path: Path, kept: str
) -> None:
    client = make_ledger_client(f"sqlite:///{tmp_path}/d.db", ledger_input=kept)
    given = send_all(client, engine)
    client.close()
    assert any("MRN-4711" in answer for answer in given)
    found = stored(client.database)
    for secret in SECRETS:
        assert secret not in str(found)
        assert secret.encode() not in (tmp_path / "d.db").read_bytes()
    assert {row["input_kept"] for row in found} == {kept}
    assert all(row["input_digest"].startswith("hmac-sha256:") for row in found)
    assert all(row["answer_digest"].startswith("hmac-sha256:") for row in found)
    patients = {
        json.loads(row["answer"]).get("patient_id") for row in found if "cds-services" not in row["route"]
    }
    assert len(patients) == 1  # the same patient has the same pseudonym, from records and Bundles
    for row, answer in zip(found, given, strict=True):
        assert said(json.loads(row["answer"])) == said(json.loads(answer))
    assert verify(client.database).findings == []
    replayed = replay(client.database)
    if kept == "digest":
        assert {result.reason for result in replayed} == {"only the digest of the input is kept"}
    else:
        assert {(result.status, result.reason) for result in replayed} == {("identical", None)}


def said(answer: dict[str, Any]) -> list[Any]:
    """Return what an answer advises, in any format."""
    if "cards" in answer:
        return [(card["uuid"], card["indicator"], card["summary"]) for card in answer["cards"]]
    if "entry" in answer:
        issues = [entry["resource"] for entry in answer["entry"]]
        return [issue["code"]["text"] for issue in issues if issue["resourceType"] == "DetectedIssue"]
    return [advisory["summary"] for advisory in answer["advisories"]]


def test_pseudonyms(engine: Engine) -> None:
    one, other = KeyedPseudonyms(b"one"), KeyedPseudonyms(b"other")
    assert one.patient("x") == one.patient("x") != other.patient("x")
    assert one.patient("x") != one.patient("y")
    assert one.patient(None) is None
    known = engine.rulebook.terminology.conditions
    name = next(iter(known))
    system, lists = next(item for item in known[name].codes.items() if item[1].is_)
    code = f"{engine.rulebook.terminology.systems[system].uri}|{lists.is_[0]}"
    record = {
        "patient": {"id": "x", "birth_date": "1950-01-01"},
        "conditions": [
            {"code": name, "onset": "2020-01-01"},
            {"code": known[name].title.upper()},
            {"code": code},
            {"code": f"{system}|ABC.12"},
            {"code": f"{system}|Jane said so"},
            {"code": "other|Jane"},
            {"code": "Jane"},
            {"code": "Jane", "present": False},
        ],
        "medications": [
            {"drug": "Jane", "indication": "Jane", "daily_dose": {"value": 1, "unit": "{Jane}/d"}}
        ],
        "observations": [{"code": name, "value": 1, "unit": "10*9{Jane}/L"}],
    }
    found = one.record(engine, record)
    codes = [entry["code"] for entry in found["conditions"]]
    assert codes[:4] == [name, known[name].title.upper(), code, f"{system}|ABC.12"]
    assert codes[4].startswith(f"{system}|word-")
    assert codes[5].startswith("text|word-")
    assert codes[6] == codes[7]
    assert "Jane" not in str(found)
    assert found["patient"] == {"id": one.patient("x"), "birth_date": "1950-01-01"}
    assert found["conditions"][0]["onset"] == "2020-01-01"
    assert found["medications"][0]["daily_dose"] == {"value": 1, "unit": "{unit}/d"}
    assert found["observations"][0]["unit"] == "10*9{unit}/L"
    assert "Jane" in str(record)  # the record itself is not changed


@pytest.mark.parametrize("folder", [*shipped_folders().values(), TINY], ids=lambda folder: folder.name)
def test_a_stored_rulebook_is_the_rulebook(folder: Path) -> None:
    engine = Engine(load_rulebook(folder))
    packed = pack(engine.rulebook)
    assert packed_digest(packed) == engine.rulebook.digest
    assert unpack(packed, engine.rulebook.digest).identity == engine.identity


def test_a_stored_rulebook_that_was_changed(engine: Engine) -> None:
    packed = pack(engine.rulebook)
    files = json.loads(packed)
    changed = json.dumps(files | {"rulebook/facts.yaml": files["rulebook/facts.yaml"] + "# later"})
    with pytest.raises(LedgerError, match="was changed"):
        unpack(changed.encode(), engine.rulebook.digest)
    with pytest.raises(LedgerError, match="cannot be loaded"):
        unpack(packed.replace(b"title", b"titel"), engine.rulebook.digest)
    for content in (b"[]", b"{", b'{"../x": ""}', b'{"/x": ""}', b'{"x": 1}'):
        assert packed_digest(content) is None


@pytest.fixture
def copied(full: LedgerClient, tmp_path: Path) -> Database:
    with full.database.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert full.database.path is not None
    shutil.copy(full.database.path, tmp_path / "d.db")
    return Database(f"sqlite:///{tmp_path}/d.db")


def change(database: Database, column: str, value: Callable[[Any], Any]) -> str:
    """Change a column of the first decision; return its id."""
    with database.connect() as connection:
        row = connection.execute(sa.select(tables.entries).order_by(tables.entries.c.id)).mappings().first()
        assert row is not None
        update = sa.update(tables.entries).where(tables.entries.c.id == row["id"])
        connection.execute(update.values({column: value(row[column])}))
        return str(row["id"])


def test_a_different_answer_says_how(copied: Database) -> None:
    def another(answer: bytes) -> bytes:
        found = json.loads(answer)
        found["advisories"][0]["summary"] = "Something else"
        del found["advisories"][1]
        found["outcomes"]["fired"] += 1
        return json.dumps(found).encode()

    original = json.loads(stored(copied)[0]["answer"])
    identifier = change(copied, "answer", another)
    first, *others = replay(copied)
    assert {replayed.status for replayed in others} == {"identical"}
    assert (first.id, first.status) == (identifier, "different")
    rules = [advisory["rule"] for advisory in original["advisories"][:2]]
    assert first.rules == {"began": [rules[1]], "ended": [], "changed": [rules[0]]}
    fired = original["outcomes"]["fired"]
    assert f"/outcomes/fired: {fired + 1} before, {fired} now" in first.places
    totals = Totals()
    totals.add(first)
    assert totals.as_json()["totals"] == {"identical": 0, "different": 1, "not attempted": 0}
    assert totals.as_json()["rules"][rules[1]] == {"began": 1, "ended": 0, "changed": 0}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("route", "/v1/elsewhere", "decisions of /v1/elsewhere cannot be replayed"),
        ("input", b"{}", "the stored input was changed"),
        ("input", None, "only the digest of the input is kept"),
        ("time", None, "pruned"),
        ("rulebooks", "sha256:0", "the rulebook sha256:0 is not stored"),
        ("rulebooks", "", "it cannot be evaluated: ValueError"),
        ("parameters", "{}", "it cannot be evaluated: KeyError"),
    ],
)
def test_what_is_not_attempted_says_why(copied: Database, column: str, value: Any, reason: str) -> None:
    change(copied, column, lambda _: value)
    first = replay(copied)[0]
    assert first.status == "not attempted"
    assert first.reason is not None
    assert first.reason.startswith(reason)


def test_an_input_that_is_not_valid_any_more(copied: Database) -> None:
    from cds_api.ledger.canonical import digest

    other = b'{"field": 1}'
    change(copied, "input", lambda _: other)
    change(copied, "input_kept_digest", lambda _: digest(other))
    first = replay(copied)[0]
    assert first.reason is not None
    assert first.reason.startswith("the input is not valid any more: /field: ")


@pytest.fixture(scope="module")
def changed_rulebook(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return the rulebook with one rule retired and one rule that says something else."""
    folder = tmp_path_factory.mktemp("changed") / "rulebook"
    shutil.copytree(default_rulebook(), folder)
    retired = folder / "monitoring" / "monitoring.febrile-neutropenia.yaml"
    retired.write_text(retired.read_text().replace("status: active", "status: retired"))
    louder = folder / "monitoring" / "monitoring.infection-signs.yaml"
    louder.write_text(louder.read_text().replace("indicator: critical", "indicator: warning"))
    return Engine(load_rulebook(folder))


def test_another_rulebook(full: LedgerClient, changed_rulebook: Engine) -> None:
    totals = Totals()
    for replayed in replay(full.database, changed_rulebook):
        totals.add(replayed)
    found = totals.as_json()
    del found["rules"]["not-evaluable"]  # the card about rules that lack data counts one rule less
    assert found["totals"]["not attempted"] == 0
    assert found["totals"]["different"] >= 2
    assert found["totals"]["identical"] >= 2
    assert found["rules"] == {
        "monitoring.febrile-neutropenia": {"began": 0, "ended": 2, "changed": 0},
        "monitoring.infection-signs": {"began": 0, "ended": 0, "changed": 2},
    }


def test_a_rulebook_for_something_else(full: LedgerClient) -> None:
    found = replay(full.database, Engine(load_rulebook(TINY)))
    assert {replayed.reason for replayed in found} == {"it was made with other rulebooks"}


def test_numbers_stay_as_they_were_sent() -> None:
    text = '{"a":[1.50,100,0.1,1E+2,-0,true,null,"é\\""],"b":{}}'
    parsed = parse_json(text.encode(), "x")
    assert write_json(parsed) == text
    assert parse_json(write_json(parsed).encode(), "x") == parsed


def test_examples_over_postgresql(make_ledger_client: MakeLedgerClient, url: str) -> None:
    client = make_ledger_client(url)
    for path in EXAMPLES:
        client.http.post("/v1/evaluate", content=path.read_bytes(), headers=JSON)
    assert {replayed.status for replayed in replay(client.database)} == {"identical"}
