"""Every way to tamper with a ledger is detected and named."""

from __future__ import annotations

import datetime
import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cds_api.decisions import LedgerError
from cds_api.ledger import chains, tables
from cds_api.ledger.canonical import canonical, digest
from cds_api.ledger.checkpoints import read_checkpoints, segment_root, write_checkpoint
from cds_api.ledger.compression import compress, decompress
from cds_api.ledger.database import Database
from cds_api.ledger.signing import SigningKey
from cds_api.ledger.verify import Verification, verify
from cds_engine import Engine

from tests.api.cds_hooks.calls import call, order, service
from tests.api.conftest import EXAMPLES, JSON
from tests.api.ledger.conftest import Files, LedgerClient, MakeLedgerClient
from tests.api.ledger.test_storing import WHEN


def fill(client: LedgerClient, engine: Engine) -> None:
    """Store four evaluations, a hook call and feedback on it."""
    for path in EXAMPLES[:4]:
        assert client.http.post("/v1/evaluate", content=path.read_bytes(), headers=JSON).status_code == 200
    path = service(client.http, "order-sign")
    card = client.http.post(path, json=call("order-sign", order(engine))).json()["cards"][0]
    for _ in range(2):
        item = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": WHEN}
        assert client.http.post(f"{path}/feedback", json={"feedback": [item]}).status_code == 200


@pytest.fixture(scope="module")
def original(
    make_ledger_client: MakeLedgerClient, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a ledger of two writers, each with a checkpoint, and a third without."""
    path = tmp_path_factory.mktemp("original") / "decisions.db"
    for _ in range(2):
        client = make_ledger_client(f"sqlite:///{path}")
        fill(client, engine)
        client.close()
    last = make_ledger_client(f"sqlite:///{path}", ledger_key_file=None)
    fill(last, engine)
    last.close()
    return path


class Tampered:
    """A copy of the ledger to tamper with."""

    def __init__(self, path: Path, files: Files) -> None:
        self.path = path
        self.files = files
        self.database = Database(f"sqlite:///{path}")
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA synchronous = OFF")

    def execute(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        return self.connection.execute(statement, values).fetchall()

    def verify(self, **options: Any) -> Verification:
        return verify(self.database, **{"public_keys": self.files.trusted, **options})

    def findings(self, **options: Any) -> list[str]:
        return [str(finding) for finding in self.verify(**options).findings]

    def relink(self, chain: int, kind: str = "entries") -> None:
        """Compute every digest and link of a chain again, as whoever can write the database can."""
        start = dict(self.execute("SELECT * FROM chains WHERE chain = ?", chain)[0])
        head = chains.start_link(start)
        for row in map(dict, self.execute(f"SELECT * FROM {kind} WHERE chain = ? ORDER BY sequence", chain)):
            row["digest"] = chains.content_digest(kind, row)
            head = chains.link(row, head)
            self.execute(
                f"UPDATE {kind} SET digest = ?, link = ? WHERE id = ?", row["digest"], head, row["id"]
            )


@pytest.fixture
def tampered(original: Path, tmp_path: Path, files: Files) -> Tampered:
    copied = tmp_path / "decisions.db"
    shutil.copy(original, copied)
    return Tampered(copied, files)


def test_an_intact_ledger(tampered: Tampered) -> None:
    found = tampered.verify()
    assert found.findings == []
    assert (found.entries, found.feedback, found.chains, found.pruned) == (15, 6, 6, 0)
    assert found.checkpoints == 2
    assert found.uncovered == 7
    assert found.last_checkpoint is not None


@pytest.mark.parametrize("table", ["entries", "feedback", "chains", "rulebooks"])
@pytest.mark.parametrize(
    "chain", [pytest.param(1, id="covered"), pytest.param(5, id="not covered", marks=pytest.mark.ci)]
)
def test_any_changed_column_is_found(tampered: Tampered, table: str, chain: int) -> None:
    chain += table == "feedback"
    where = "" if table == "rulebooks" else f"WHERE chain = {chain}"
    row = dict(tampered.execute(f"SELECT rowid AS at, * FROM {table} {where} LIMIT 1")[0])
    key = row.pop("at")
    assert row.keys() == {column.name for column in tables.METADATA.tables[table].columns}
    for column, old in row.items():
        other: Any = old + 90 if isinstance(old, int) else b"{}" if isinstance(old, bytes) else f"{old} "
        if column == "kind":
            other = "feedback" if old == "entries" else "entries"
        rowid = other if (table, column) == ("chains", "chain") else key  # that column is the rowid
        tampered.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", other, key)
        findings = tampered.findings()
        assert findings, column
        if table in tables.LINK_TABLES and column not in ("chain", "sequence", "id", "digest"):
            assert f"{table} {row['id']} (chain {chain}, 0)" in findings[0], column
        tampered.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", old, rowid)
    assert tampered.findings() == []


@pytest.mark.parametrize("table", ["entries", "feedback"])
def test_any_emptied_column_is_found(tampered: Tampered, table: str) -> None:
    identifier = tampered.execute(f"SELECT id FROM {table} ORDER BY id LIMIT 1")[0][0]
    for column in (*tables.CONTENT[table], *tables.BLOBS[table]):
        [[old]] = tampered.execute(f"SELECT {column} FROM {table} WHERE id = ?", identifier)
        if old is None:
            continue
        tampered.execute(f"UPDATE {table} SET {column} = NULL WHERE id = ?", identifier)
        assert any(f"changed: {table} {identifier}" in finding for finding in tampered.findings()), column
        tampered.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", old, identifier)
    assert tampered.findings() == []


def test_a_changed_answer_is_named(tampered: Tampered) -> None:
    [row] = tampered.execute("SELECT id, answer FROM entries WHERE chain = 1 AND sequence = 2")
    answer = decompress(row["answer"])
    changed = answer.replace(b"warning", b"harmless")
    assert changed != answer
    place = f"entries {row['id']} (chain 1, 2)"
    cut, damaged = row["answer"][:-1], row["answer"][:40] + b"?" + row["answer"][41:]
    for stored in (compress(changed), changed, cut, damaged, b""):
        tampered.execute("UPDATE entries SET answer = ? WHERE id = ?", stored, row["id"])
        assert tampered.findings() == [f"changed: {place}: its answer is not what was stored"]


def test_rows_of_earlier_versions_are_not_compressed(tampered: Tampered) -> None:
    for row in tampered.execute("SELECT id, input, answer FROM entries"):
        plain = decompress(row["input"]), decompress(row["answer"])
        assert plain[1] != row["answer"]
        tampered.execute("UPDATE entries SET input = ?, answer = ? WHERE id = ?", *plain, row["id"])
    assert tampered.findings() == []


def test_a_changed_answer_with_all_its_digests(tampered: Tampered) -> None:
    tampered.execute(
        "UPDATE entries SET answer = ?, answer_kept_digest = ? WHERE chain = 1 AND sequence = 2",
        b"{}",
        digest(b"{}"),
    )
    tampered.relink(1)
    [finding] = tampered.findings()
    assert finding.startswith("changed: chain 1: entries 0 to 4 agree with each other")
    assert finding.endswith("checkpoint 1 covers")


def test_a_deleted_entry(tampered: Tampered) -> None:
    tampered.execute("DELETE FROM entries WHERE chain = 1 AND sequence IN (1, 2)")
    assert tampered.findings() == ["missing: chain 1: entries 1 to 2 of the chain"]


def test_a_deleted_entry_whose_gap_is_closed(tampered: Tampered) -> None:
    tampered.execute("DELETE FROM entries WHERE chain = 1 AND sequence = 1")
    for sequence in (2, 3, 4):
        tampered.execute(
            "UPDATE entries SET sequence = ? WHERE chain = 1 AND sequence = ?", sequence - 1, sequence
        )
    findings = tampered.findings()
    assert findings[0] == "truncated: chain 1: it has 4 rows; checkpoint 1 covers 5"
    assert [finding.partition(": it belongs")[2] for finding in findings[1:]] == [
        " in chain 1, 3",
        " in chain 1, 4",
    ] or findings[1].startswith("changed: entries")


@pytest.mark.parametrize(
    ("first", "second"),
    [((1, 1), (1, 2)), ((1, 0), (1, 4)), ((1, 1), (3, 3)), ((1, 4), (5, 0)), ((5, 1), (5, 3))],
)
def test_two_entries_that_changed_places(
    tampered: Tampered, first: tuple[int, int], second: tuple[int, int]
) -> None:
    where = "SELECT id FROM entries WHERE chain = ? AND sequence = ?"
    [[one]], [[other]] = tampered.execute(where, *first), tampered.execute(where, *second)
    move = "UPDATE entries SET chain = ?, sequence = ? WHERE id = ?"
    tampered.execute(move, -1, -1, one)
    tampered.execute(move, *first, other)
    tampered.execute(move, *second, one)
    assert sorted(tampered.findings()) == sorted(
        f"reordered: entries {found} (chain {now[0]}, {now[1]}): it belongs in chain {true[0]}, {true[1]}"
        for found, now, true in ((one, second, first), (other, first, second))
    )


def test_a_truncated_chain(tampered: Tampered) -> None:
    tampered.execute("DELETE FROM entries WHERE chain = 3 AND sequence >= 4")
    assert tampered.findings()[0] == "truncated: chain 3: it has 4 rows; checkpoint 2 covers 5"


def test_a_deleted_chain(tampered: Tampered) -> None:
    for table in ("entries", "chains"):
        tampered.execute(f"DELETE FROM {table} WHERE chain = 3")
    assert "missing: chain 3: checkpoint 2 covers it" in tampered.findings()


def test_a_chain_without_start(tampered: Tampered) -> None:
    tampered.execute("DELETE FROM chains WHERE chain = 5")
    assert tampered.findings()[0] == "missing: chain 5: the start of a chain of entries"


def test_an_added_entry(tampered: Tampered) -> None:
    names = ", ".join(column.name for column in tables.entries.columns if column.name != "id")
    copied = names.replace("sequence", "5")
    last = "FROM entries WHERE chain = 1 AND sequence = 3"
    tampered.execute(f"INSERT INTO entries (id, {names}) SELECT 'added', {copied} {last}")
    [finding] = tampered.findings()
    assert finding.startswith("changed: entries added (chain 1, 5): its link")


def test_deleted_feedback_and_its_decision(tampered: Tampered) -> None:
    [[entry]] = tampered.execute("SELECT DISTINCT entry FROM feedback WHERE chain = 2")
    tampered.execute("DELETE FROM feedback WHERE chain = 2 AND sequence = 0")
    assert tampered.findings() == ["missing: chain 2: feedback 0 of the chain"]
    tampered.execute("DELETE FROM entries WHERE id = ?", entry)
    assert any(finding.startswith(f"missing: entries {entry}: feedback") for finding in tampered.findings())


def test_a_deleted_rulebook(tampered: Tampered, engine: Engine) -> None:
    tampered.execute("DELETE FROM rulebooks")
    findings = tampered.findings()
    assert findings[0].startswith(f"missing: rulebook {engine.rulebook.digest}: entries ")
    assert len(findings) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM cards WHERE rowid = 1",
        "INSERT INTO cards VALUES ('another', 'another')",
        "UPDATE cards SET card = 'another' WHERE rowid = 1",
        "UPDATE cards SET entry = 'another' WHERE rowid = 1",
    ],
)
def test_a_changed_index_of_cards(tampered: Tampered, statement: str) -> None:
    tampered.execute(statement)
    findings = tampered.findings()
    assert findings
    assert all(finding.startswith("changed: the index of cards: ") for finding in findings)


@pytest.mark.parametrize("column", ["chain", "length", "checkpoint"])
def test_a_changed_index_of_checkpoints(tampered: Tampered, column: str) -> None:
    tampered.execute(f"UPDATE coverage SET {column} = {column} + 50 WHERE rowid = 1")
    findings = tampered.findings()
    assert findings
    assert all(finding.startswith("changed: coverage of chain ") for finding in findings)


def test_changed_checkpoints(tampered: Tampered) -> None:
    for column, other in (("content", "{}"), ("signature", "AAAA"), ("signature", "é"), ("public_key", "A")):
        [[old]] = tampered.execute(f"SELECT {column} FROM checkpoints WHERE number = 1")
        tampered.execute(f"UPDATE checkpoints SET {column} = ? WHERE number = 1", other)
        assert any(finding.startswith("forged: checkpoint 1: ") for finding in tampered.findings())
        tampered.execute(f"UPDATE checkpoints SET {column} = ? WHERE number = 1", old)
    tampered.execute("UPDATE checkpoints SET number = 7 WHERE number = 2")
    findings = tampered.findings()
    assert "missing: checkpoint 2 to 6: the number is skipped" in findings
    assert "reordered: checkpoint 7: it was signed as checkpoint 2" in findings


def test_a_deleted_checkpoint(tampered: Tampered) -> None:
    tampered.execute("DELETE FROM checkpoints WHERE number = 1")
    assert "missing: checkpoint 1: the number is skipped" in tampered.findings()


def rewritten(tampered: Tampered, key: Path) -> None:
    """Change an answer and sign all checkpoints again with a key."""
    tampered.execute("UPDATE entries SET answer_type = 'x' WHERE chain = 1 AND sequence = 2")
    tampered.relink(1)
    signing, previous = SigningKey(key), None
    with tampered.database.connect() as connection:
        found = read_checkpoints(connection)
    for number, checkpoint in found:
        fields = {**checkpoint.fields, "previous": previous}
        for segment in fields["chains"]:
            kind = tampered.execute("SELECT kind FROM chains WHERE chain = ?", segment["chain"])[0][0]
            links = [
                row[0]
                for row in tampered.execute(
                    f"SELECT link FROM {kind} WHERE chain = ? AND sequence < ? ORDER BY sequence",
                    segment["chain"],
                    segment["length"],
                )
            ]
            segment["root"], segment["head"] = segment_root(links), links[-1]
        content = canonical(fields)
        previous = digest(content)
        tampered.execute(
            "UPDATE checkpoints SET content = ?, signature = ?, public_key = ? WHERE number = ?",
            content.decode(),
            signing.sign(content),
            signing.public_key,
            number,
        )


def test_checkpoints_forged_with_another_key(tampered: Tampered) -> None:
    rewritten(tampered, tampered.files.other_key)
    assert tampered.findings()[:2] == [
        "forged: checkpoint 1: it is not signed with a key that was given",
        "forged: checkpoint 2: it is not signed with a key that was given",
    ]
    without_key = tampered.verify(public_keys=())
    assert without_key.findings == []  # nothing in the ledger shows it, and the report says so
    assert not without_key.keys_given


def published(database: Database) -> list[dict[str, Any]]:
    with database.connect() as connection:
        return [json.loads(json.dumps(found.as_json())) for _, found in read_checkpoints(connection)]


def test_a_ledger_rewritten_by_the_owner_of_the_key(original: Path, tampered: Tampered) -> None:
    copies = published(Database(f"sqlite:///{original}"))
    rewritten(tampered, tampered.files.key)
    assert tampered.findings() == []  # a split view: only checkpoints published elsewhere show it
    assert tampered.findings(published=copies) == [
        "changed: checkpoint 1: another one was published with this number",
        "changed: checkpoint 2: another one was published with this number",
    ]


def test_an_end_cut_off_with_its_checkpoints(original: Path, tampered: Tampered) -> None:
    copies = published(Database(f"sqlite:///{original}"))
    tampered.execute("DELETE FROM checkpoints WHERE number = 2")
    tampered.execute("DELETE FROM coverage WHERE checkpoint = 2")
    for table in ("entries", "feedback", "chains"):
        tampered.execute(f"DELETE FROM {table} WHERE chain >= 3")
    tampered.execute("DELETE FROM cards WHERE entry NOT IN (SELECT id FROM entries)")
    assert tampered.findings() == []
    assert tampered.findings(published=copies) == [
        "truncated: checkpoint 2: it was published, and the ledger ends before it"
    ]


def test_content_removed_without_pruning(tampered: Tampered) -> None:
    removed = ", ".join(f"{name} = NULL" for name in (*tables.CONTENT["entries"], "input", "answer"))
    [[identifier]] = tampered.execute("SELECT id FROM entries WHERE chain = 1 AND sequence = 1")
    tampered.execute(f"UPDATE entries SET {removed} WHERE id = ?", identifier)
    message = "its content was removed, and no checkpoint records that it was pruned"
    assert tampered.findings() == [f"changed: entries {identifier} (chain 1, 1): {message}"]


def test_many_moved_rows_are_one_finding(tampered: Tampered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_api.ledger.moved.MOST", 2)
    tampered.execute("UPDATE entries SET link = link || ' ' WHERE chain = 1")
    findings = tampered.findings()
    assert sum("do not fit their places" in finding for finding in findings) == 1


def test_a_tampered_postgresql(
    make_ledger_client: MakeLedgerClient, engine: Engine, url: str, files: Files
) -> None:
    client = make_ledger_client(url)
    fill(client, engine)
    client.close()
    assert verify(client.database, files.trusted).findings == []
    with client.database.connect() as connection:
        connection.exec_driver_sql("UPDATE entries SET answer = input WHERE sequence = 1")
        connection.exec_driver_sql("DELETE FROM entries WHERE sequence = 3")
    findings = [str(finding) for finding in verify(client.database, files.trusted).findings]
    assert len(findings) == 2
    assert findings[0].startswith("changed: entries ")
    assert findings[1].startswith("missing: chain 1: entries 3")


def test_checkpoints_of_several_processes(tampered: Tampered) -> None:
    at = datetime.datetime.now(datetime.UTC)
    key = SigningKey(tampered.files.key)
    first = write_checkpoint(tampered.database, key, at)
    assert first is not None
    assert first.fields["number"] == 3
    assert write_checkpoint(tampered.database, key, at) is None  # nothing is new
    assert tampered.verify().uncovered == 0
    numbers = [write_checkpoint(tampered.database, key, at, pruned_before=" ") for _ in range(2)]
    assert [found.fields["number"] for found in numbers if found is not None] == [4, 5]
    with pytest.raises(LedgerError):
        write_checkpoint(Database("sqlite:////nowhere/d.db"), key, at)


def test_of_two_checkpoints_at_the_same_moment_one_waits(tampered: Tampered) -> None:
    at, key = datetime.datetime.now(datetime.UTC), SigningKey(tampered.files.key)
    copies = [Database(f"sqlite:///{tampered.path}") for _ in range(6)]
    with ThreadPoolExecutor(len(copies)) as pool:
        found = list(pool.map(lambda one: write_checkpoint(one, key, at, pruned_before=" "), copies))
    numbers = [checkpoint.fields["number"] for checkpoint in found if checkpoint is not None]
    assert sorted(numbers) == list(range(3, 9))
    assert tampered.findings() == []
