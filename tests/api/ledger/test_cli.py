"""``cds ledger``: what each command prints, and its exit codes."""

from __future__ import annotations

import datetime
import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import run
from cds_api.decisions import LABEL
from cds_engine import Engine
from fhir.resources.R4B.auditevent import AuditEvent

from tests.api.cds_hooks.calls import CALL
from tests.api.ledger.conftest import Files, LedgerClient, MakeLedgerClient
from tests.api.ledger.test_storing import stored
from tests.api.ledger.test_tampering import fill
from tests.rulebook.tiny import TINY

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def client(
    make_ledger_client: MakeLedgerClient,
    engine: Engine,
    tmp_path: Path,
    ledger_variables: Callable[[str], None],
) -> LedgerClient:
    url = f"sqlite:///{tmp_path}/decisions.db"
    made = make_ledger_client(url)
    fill(made, engine)
    made.close()
    ledger_variables(url)
    return made


def printed(capsys: Captured, *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(["ledger", *arguments]) == code
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_list(client: LedgerClient, capsys: Captured) -> None:
    found = stored(client.database)
    lines = printed(capsys, "list", "--limit", "3").splitlines()
    assert [line.split()[0] for line in lines[:3]] == [row["id"] for row in reversed(found)][:3]
    assert lines[3].startswith("Decisions: 3 of 5. For research use only.")
    listed = json.loads(printed(capsys, "list", "--format", "json"))
    assert listed["research_use_only"] is True
    assert len(listed["decisions"]) == 5
    assert listed["decisions"][0]["hook_instance"] == CALL
    for option, expected in (("--since", 5), ("--before", 0)):
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        assert (
            len(json.loads(printed(capsys, "list", option, today, "--format", "json"))["decisions"])
            == expected
        )
    moment = datetime.datetime.fromisoformat(found[2]["time"]).isoformat()
    since = json.loads(printed(capsys, "list", "--since", moment, "--format", "json"))["decisions"]
    assert [row["id"] for row in since] == [row["id"] for row in found[2:]][::-1]


def test_show(client: LedgerClient, capsys: Captured) -> None:
    row = stored(client.database)[-1]
    text = printed(capsys, "show", row["id"])
    card = json.loads(row["answer"])["cards"][0]
    assert card["summary"] in text
    assert text.count("overridden") == 2
    assert "checkpoint 1" in text
    assert str(LABEL["disclaimer"]) in text
    data = printed(capsys, "show", row["id"], "--format", "json")
    shown = json.loads(data)
    assert row["answer"].decode() in data  # byte for byte
    assert row["input"].decode() in data
    assert shown["research_use_only"] is True
    assert shown["checkpoint"] == 1
    assert [item["outcome"] for item in shown["feedback"]] == ["overridden"] * 2


def test_a_decision_that_is_not_there(client: LedgerClient, capsys: Captured) -> None:
    for arguments in (["show", "no\x1bthing"], ["show", CALL, "--proof"]):
        assert run(["ledger", *arguments]) == 2
        err = capsys.readouterr().err
        assert err.startswith("cds: the ledger has no decision")
        assert "\x1b" not in err


def test_proofs(client: LedgerClient, capsys: Captured, tmp_path: Path, files: Files) -> None:
    found = stored(client.database)
    file = tmp_path / "proof.json"
    for row in reversed(found):
        text = printed(capsys, "show", row["id"], "--proof")
        others = [other for other in found if other is not row]
        assert not any(other["id"] in text or other["digest"] in text for other in others)
        file.write_text(text)
        out = printed(capsys, "verify", "--proof", str(file), "--public-key", str(files.public_key))
        assert f"covers decision {row['id']}" in out
    proof = json.loads(file.read_text())
    assert "answer" not in proof
    assert proof["content"]["answer_digest"] == found[0]["answer_digest"]
    assert "with a key that was not given" in printed(capsys, "verify", "--proof", str(file))
    wrong: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
        ("the content is not what", lambda p: p["content"].update(caller="somebody else")),
        ("not among those", lambda p: p["place"].update(sequence=1)),
        ("not among those", lambda p: p["path"].reverse()),
        ("not among those", lambda p: p.update(index=3)),
        ("not among those", lambda p: p.update(size=50)),
        ("signature of the checkpoint is wrong", lambda p: p["checkpoint"].update(time="2020-01-01")),
        ("signature of the checkpoint is wrong", lambda p: p.update(signature="A")),
        ("not signed with a key that was given", lambda p: p.update(public_key="AAAA")),
        ("this is not a proof", lambda p: p.pop("place")),
        ("this is not a proof", lambda p: p.update(path=[5])),
        ("this is not a proof", lambda p: p.update(checkpoint=[])),
    ]
    for message, change in wrong:
        changed = json.loads(json.dumps(proof))
        change(changed)
        file.write_text(json.dumps(changed))
        key = ["--public-key", str(files.public_key)]
        assert message in printed(capsys, "verify", "--proof", str(file), *key, code=1)


def test_a_decision_that_no_checkpoint_covers_yet(
    client: LedgerClient, capsys: Captured, make_ledger_client: MakeLedgerClient
) -> None:
    later = make_ledger_client(f"sqlite:///{client.database.path}")
    later.http.post("/v1/evaluate", json={})
    identifier = stored(client.database)[-1]["id"]
    assert "none covers it yet" in printed(capsys, "show", identifier)
    assert run(["ledger", "show", identifier, "--proof"]) == 2
    assert capsys.readouterr().err == f"cds: no checkpoint covers {identifier} yet\n"
    assert "Not covered by a checkpoint: 1." in printed(capsys, "verify")


def test_verify(client: LedgerClient, capsys: Captured, files: Files, tmp_path: Path) -> None:
    out = printed(capsys, "verify", "--public-key", str(files.public_key))
    assert "decisions: 5, feedback: 2, pruned: 0, chains: 2, checkpoints: 1" in out
    assert "Findings: none. For research use only." in out
    published = tmp_path / "published.ndjson"
    assert printed(capsys, "export", "--format", "checkpoints", "-o", str(published)) == ""
    printed(capsys, "verify", "--checkpoint", str(published))
    with sqlite3.connect(tmp_path / "decisions.db") as connection:
        connection.execute("UPDATE entries SET caller = 'somebody else' WHERE sequence = 0")
        connection.execute("DELETE FROM checkpoints")
        connection.execute("DELETE FROM coverage")
    report = json.loads(printed(capsys, "verify", "--checkpoint", str(published), "--format", "json", code=1))
    assert report["research_use_only"] is True
    kinds = [(finding["kind"], finding["place"].split()[0]) for finding in report["findings"]]
    assert kinds == [("truncated", "checkpoint"), ("changed", "entries")]
    assert run(["ledger", "verify", "--checkpoint", str(files.secret)]) == 2
    assert "expected JSON objects" in capsys.readouterr().err
    published.write_text("{}")
    assert run(["ledger", "verify", "--checkpoint", str(published)]) == 2
    assert "line 1 is not a checkpoint" in capsys.readouterr().err


def test_without_a_key_verify_says_what_that_means(
    client: LedgerClient, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDS_LEDGER_KEY_FILE")
    assert "No public key was given" in printed(capsys, "verify")


def test_replay(client: LedgerClient, capsys: Captured, tmp_path: Path) -> None:
    out = printed(capsys, "replay")
    assert out.startswith("Decisions: 5; answers: 5 identical, 0 different, 0 not attempted\nFor research")
    none = printed(capsys, "replay", "--rulebook", str(TINY))
    assert "not attempted: 5: it was made with other rulebooks" in none
    with sqlite3.connect(tmp_path / "decisions.db") as connection:
        connection.execute("UPDATE entries SET answer = '{}' WHERE sequence = 0")
    out = printed(capsys, "replay", code=1)
    assert "4 identical, 1 different" in out
    assert f"different: {stored(client.database)[0]['id']}" in out
    report = json.loads(printed(capsys, "replay", "--format", "json", code=1))
    assert report["totals"] == {"identical": 4, "different": 1, "not attempted": 0}
    assert [decision["status"] for decision in report["decisions"]] == ["different"]
    assert report["disclaimer"] == LABEL["disclaimer"]


def test_export(client: LedgerClient, capsys: Captured, tmp_path: Path) -> None:
    found = stored(client.database)
    lines = [json.loads(line) for line in printed(capsys, "export").splitlines()]
    assert [line["decision"]["id"] for line in lines] == [row["id"] for row in found]
    assert [line["answer"] for line in lines] == [row["answer"].decode() for row in found]
    assert len(lines[-1]["feedback"]) == 2
    assert all(line["research_use_only"] for line in lines)
    output = tmp_path / "events.ndjson"
    printed(capsys, "export", "--format", "fhir", "-o", str(output))
    events = [json.loads(line) for line in output.read_text().splitlines()]
    assert [event["id"] for event in events] == [row["id"] for row in found]
    for event, row in zip(events, found, strict=True):
        AuditEvent.model_validate(event)
        assert event["recorded"] == row["time"]
        assert event["meta"]["tag"][0]["code"] == "HRESCH"
        details = {detail["type"]: detail["valueString"] for detail in event["entity"][0]["detail"]}
        assert details["link"] == row["link"]
        assert "research use only" in details["disclaimer"]
    assert printed(capsys, "export", "--since", "2100-01-01") == ""


def test_prune(client: LedgerClient, capsys: Captured, tmp_path: Path, files: Files) -> None:
    found = stored(client.database)
    with client.database.connect() as connection:
        query = "SELECT answer FROM entries ORDER BY id"
        compressed = [row[0] for row in connection.exec_driver_sql(query)]
    boundary = datetime.datetime.fromisoformat(found[2]["time"])
    before = ["--before", boundary.isoformat()]
    assert printed(capsys, "prune", *before, "--dry-run").startswith(
        "Decisions and feedback that would be pruned: 2."
    )
    assert [row["answer"] for row in stored(client.database)] == [row["answer"] for row in found]
    assert printed(capsys, "prune", *before).startswith("Decisions and feedback pruned: 2.")
    left = stored(client.database)
    assert [row["answer"] is None for row in left] == [True, True, False, False, False]
    assert [row["link"] for row in left] == [row["link"] for row in found]
    assert {
        value
        for row in left[:2]
        for name, value in row.items()
        if name not in ("chain", "sequence", "id", "digest", "link")
    } == {None}
    key = ["--public-key", str(files.public_key)]
    assert "pruned: 2, chains: 2, checkpoints: 2" in printed(capsys, "verify", *key)
    assert "3 identical, 0 different, 2 not attempted" in printed(capsys, "replay")
    assert f"pruned; its digest is {found[0]['digest']}" in printed(capsys, "show", found[0]["id"])
    assert "pruned" in printed(capsys, "list").splitlines()[-2]
    proof = tmp_path / "proof.json"
    proof.write_text(printed(capsys, "show", found[0]["id"], "--proof"))
    assert json.loads(proof.read_text())["content"] is None
    assert "covers decision" in printed(capsys, "verify", "--proof", str(proof), *key)
    assert len(printed(capsys, "export", "--format", "fhir").splitlines()) == 3
    assert printed(capsys, "prune", *before).startswith("Decisions and feedback pruned: 0.")
    database = (tmp_path / "decisions.db").read_bytes()
    assert compressed[0][200:400] not in database  # overwritten, not only unlinked
    assert compressed[2][200:400] in database


def test_prune_everything(client: LedgerClient, capsys: Captured) -> None:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    assert printed(capsys, "prune", "--before", now).startswith("Decisions and feedback pruned: 7.")
    with client.database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cards").scalar() == 0
    assert "pruned: 7" in printed(capsys, "verify")


def test_prune_refuses(client: LedgerClient, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["ledger", "prune", "--before", "2100-01-01"]) == 2
    assert "in the future" in capsys.readouterr().err
    monkeypatch.delenv("CDS_LEDGER_KEY_FILE")
    assert run(["ledger", "prune", "--before", "2020-01-01"]) == 2
    assert "prune needs CDS_LEDGER_KEY_FILE" in capsys.readouterr().err
    assert run(["ledger", "prune", "--before", "yesterday"]) == 2
    assert "expected a date" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (None, "no ledger is given: set CDS_LEDGER, or use --ledger URL"),
        ("sqlite:///nothing.db", "there is no ledger at sqlite:///nothing.db"),
        ("sqlite:///empty.db", "sqlite:///empty.db has no tables of a ledger; expected version 0001"),
        ("sqlite:///newer.db", "sqlite:///newer.db has tables of version 9999; expected version 0001"),
        ("sqlite:///text.db", "file is not a database"),
        ("mysql://x", "CDS_LEDGER: expected sqlite:///PATH or postgresql://"),
        ("sqlite:///:memory:", "CDS_LEDGER: expected sqlite:///PATH or postgresql://"),
        ("postgresql://x@127.0.0.1:port/x", "the ledger's address cannot be understood"),
    ],
)
def test_ledgers_that_cannot_be_used(
    url: str | None,
    message: str,
    capsys: Captured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CDS_LEDGER", raising=False)
    sqlite3.connect("empty.db").execute("CREATE TABLE x (y)")
    newer = sqlite3.connect("newer.db", isolation_level=None)
    newer.execute("CREATE TABLE alembic_version (version_num TEXT)")
    newer.execute("INSERT INTO alembic_version VALUES ('9999')")
    Path("text.db").write_text("This is no database, but a text that is long enough.")
    assert run(["ledger", "list", *([] if url is None else ["--ledger", url])]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1
    assert not Path("nothing.db").exists()


@pytest.mark.parametrize("package", ["alembic", "psycopg", "rfc8785", "sqlalchemy"])
def test_a_missing_extra(package: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # blocks the import
    monkeypatch.setenv("CDS_LEDGER", "sqlite:///decisions.db")
    install = "needs the extra 'ledger': pip install 'mianserin-cds[ledger]'\n"
    assert run(["ledger", "list"]) == 2
    assert capsys.readouterr() == ("", f"cds ledger {install}")
    assert run(["serve"]) == 2
    assert capsys.readouterr() == ("", f"CDS_LEDGER {install}")


def test_help_needs_no_extra(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    assert run(["ledger", "replay", "--help"]) == 0
    assert "cds ledger replay" in capsys.readouterr().out


def test_serve_stops_if_the_ledger_cannot_be_opened(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CDS_LEDGER", f"sqlite:///{tmp_path}/nowhere/decisions.db")
    assert run(["serve", "--port", "0"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "cannot be opened: No such file or directory" in err
    assert len(err.splitlines()) == 1
