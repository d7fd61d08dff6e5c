"""The pages of stored decisions: each as it was given, its replay, and who may see it."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cds_api.app import create_app
from cds_api.ledger import search, tables
from cds_api.ledger.database import Database
from cds_api.ledger.prune import prune
from cds_api.ledger.signing import SigningKey
from cds_api.settings import Settings
from cds_api.workbench import decisions_pages
from cds_engine import Engine, load_rulebook
from fastapi.testclient import TestClient

from tests.api.conftest import JSON, LOCAL
from tests.api.ledger.conftest import (  # noqa: F401 - fixtures
    Files,
    LedgerClient,
    MakeLedgerClient,
    files,
    make_ledger_client,
)
from tests.api.ledger.test_replay import SECRETS, change, changed_rulebook, send_all  # noqa: F401 - a fixture
from tests.api.ledger.test_storing import FHIR, stored
from tests.api.ledger.test_tampering import fill
from tests.api.test_security import digest
from tests.api.workbench.crawler import Page
from tests.api.workbench.pages import OWN, Html
from tests.api.workbench.test_access import HTML, SESSION_KEY, log_in
from tests.rulebook.tiny import TINY

BUNDLE = Path(__file__).parents[3] / "docs" / "examples" / "bundle.json"
UNKNOWN = "01a2185c-dbf5-7000-a17a-c06344e762f6"


@pytest.fixture(scope="module")
def ledger(
    make_ledger_client: MakeLedgerClient,  # noqa: F811 - a fixture
    engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
) -> LedgerClient:
    """Return a service whose ledger has each kind of decision, and a checkpoint over all but the last."""
    path = tmp_path_factory.mktemp("pages") / "d.db"
    first = make_ledger_client(f"sqlite:///{path}")
    send_all(first, engine)
    fill(first, engine)
    first.close()
    client = make_ledger_client(f"sqlite:///{path}", ledger_key_file=None)
    sent = client.http.post("/v1/evaluate", content=BUNDLE.read_bytes(), headers={**JSON, "Accept": FHIR})
    assert sent.status_code == 200
    return client


@pytest.fixture
def copied(ledger: LedgerClient, tmp_path: Path) -> Path:
    """Return a copy of the ledger's file, which a test may change."""
    with ledger.database.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert ledger.database.path is not None
    return Path(shutil.copy(ledger.database.path, tmp_path / "d.db"))


@pytest.fixture
def serve(engine: Engine, files: Files) -> Iterator[Callable[..., TestClient]]:  # noqa: F811 - a fixture
    """Return a function that serves a ledger's file with other settings or another rulebook."""
    made = []

    def make(path: Path, *engines: Engine, **settings: Any) -> TestClient:
        given = {"ledger": f"sqlite:///{path}", "ledger_secret_file": files.secret, "rate_limit": 0}
        app = create_app(Settings(**{**given, **settings}), *(engines or (engine,)))
        made.append(app.ledger)
        return TestClient(app, base_url=LOCAL, raise_server_exceptions=False)

    yield make
    for each in made:
        if each is not None:
            each.close()


def path_of(row: dict[str, Any]) -> str:
    return f"/decisions/{row['id']}"


def send(client: TestClient, address: str) -> Html:
    """Press the button of a form without fields."""
    response = client.post(address, data={"x": ""}, headers=OWN)
    assert response.status_code == 200, response.text
    return Html(response.text)


def listed(client: TestClient, query: str = "") -> list[str]:
    """Return the identifiers of the decisions in a list, from all of its pages."""
    found: list[str] = []
    address: str | None = f"/decisions?{query}"
    while address is not None:
        response = client.get(address)
        assert response.status_code == 200
        page = Page(response.text)
        text = Html(response.text)
        rows = [each for each in text.attributes("a", "href") if each.startswith("/decisions/")]
        found += [each.removeprefix("/decisions/") for each in rows]
        assert not page.styled
        address = next((each for each in text.attributes("a", "href") if "before=" in each), None)
    return found


def samples(ledger: LedgerClient) -> list[dict[str, Any]]:
    """Return one decision of each kind."""
    kinds = {(row["route"], row["answer_type"], row["hook_instance"]): row for row in stored(ledger.database)}
    return list(kinds.values())


def newest_first(ledger: LedgerClient) -> list[dict[str, Any]]:
    return stored(ledger.database)[::-1]


def test_decisions_are_listed_newest_first(ledger: LedgerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = newest_first(ledger)
    for size in (5, len(rows) - 1, len(rows), len(rows) + 1):
        monkeypatch.setattr(decisions_pages, "PER_PAGE", size)
        assert listed(ledger.http) == [row["id"] for row in rows]
    page = Html(ledger.http.get("/decisions").text)
    cells = page.texts("tr")[1:]
    assert all("mianserin 1.0.0" in each for each in cells)
    [hook] = [each for each in cells if "2 overridden" in each]
    assert "order-sign" in hook
    critical = sum(item["indicator"] == "critical" for item in json.loads(rows[-1]["answer"])["advisories"])
    assert f"{critical} critical" in cells[-1]
    assert "Research use only." in page.text("footer")


def test_filters(ledger: LedgerClient) -> None:
    rows = newest_first(ledger)
    everything = [row["id"] for row in rows]
    day = datetime.date.fromisoformat(rows[-1]["time"][:10])
    last = datetime.date.fromisoformat(rows[0]["time"][:10])
    before, after = day - datetime.timedelta(days=1), last + datetime.timedelta(days=1)
    assert listed(ledger.http, f"from={day}&to={last}") == everything
    assert listed(ledger.http, f"from={before}&to={before}") == []
    assert listed(ledger.http, f"from={after}") == []
    assert listed(ledger.http, "from=0001-01-01&to=9999-12-31") == everything
    assert listed(ledger.http, f"digest={rows[0]['rulebooks']}") == everything
    assert listed(ledger.http, "digest=sha256:0") == []
    assert listed(ledger.http, "caller=nobody") == []
    for route in {row["route"] for row in rows}:
        expected = [row["id"] for row in rows if row["route"] == route]
        assert listed(ledger.http, f"route={route}") == expected
    fired = {row["id"]: rules_of(row) for row in rows}
    some = sorted(set().union(*fired.values()))
    for rule in (some[0], some[-1], "dosing.elderly-initial-dose"):
        assert listed(ledger.http, f"rule={rule}") == [each for each in everything if rule in fired[each]]
    unfired = json.loads(rows[-1]["answer"])["not_evaluable"][0]["rule"]
    assert rows[-1]["id"] not in listed(ledger.http, f"rule={unfired}")  # it is named, but did not fire


def rules_of(row: dict[str, Any]) -> set[str]:
    """Return the rules that fired, read from each kind of answer."""
    answer = json.loads(row["answer"])
    if "cards" in answer:
        return {card["source"]["topic"]["code"] for card in answer["cards"]}
    if "entry" in answer:
        issues = [entry["resource"] for entry in answer["entry"] if "severity" in entry["resource"]]
        return {issue["code"]["coding"][0]["code"] for issue in issues}
    return {advisory["rule"] for advisory in answer["advisories"]}


@pytest.mark.parametrize("query", ["from=x", "to=2026-02-30", "before=x"])
def test_invalid_filters(ledger: LedgerClient, query: str) -> None:
    assert ledger.http.get(f"/decisions?{query}").status_code == 422


def test_a_search_that_takes_long_goes_on_from_where_it_stopped(
    ledger: LedgerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = newest_first(ledger)
    oldest = rules_of(rows[-1]) - set().union(
        *(rules_of(row) for row in rows[4:-2]), *map(rules_of, rows[:4])
    )
    rule = (oldest or rules_of(rows[-1])).pop()
    expected = listed(ledger.http, f"rule={rule}")
    assert rows[-1]["id"] in expected
    monkeypatch.setattr(search, "FIRST_BATCH", 3)
    monkeypatch.setattr(search, "BATCH", 3)
    monkeypatch.setattr(search, "MOST_EXAMINED", 3)
    assert listed(ledger.http, f"rule={rule}") == expected
    page = Html(ledger.http.get("/decisions?rule=not-evaluable&caller=nobody").text)
    assert "There are older ones." in page.text("p", class_="empty")
    assert "Search older decisions" in page.texts("a")


def test_each_decision_is_shown_as_it_was_given(ledger: LedgerClient) -> None:
    for row in samples(ledger):
        response = ledger.http.get(path_of(row))
        assert response.status_code == 200
        page, answer = Html(response.text), json.loads(row["answer"])
        cards = page.texts("article", class_="advisory")
        assert len(cards) == len(rules_of(row))
        shown = " ".join(cards)
        if "advisories" in answer:
            for advisory in answer["advisories"]:
                parts = [advisory["summary"], advisory["detail"], *advisory["limitations"]]
                parts += [item["statement"] for item in advisory["evidence"]]
                assert all(" ".join(part.split()) in shown for part in parts)
            notices = page.texts("section", **{"aria-labelledby": "ignored"})
            assert all(each["message"] in notices[0] for each in answer["notices"])
        for card in answer.get("cards", ()):
            lines = [line.strip("*-: ").replace("`", "") for line in card["detail"].split("\n")]
            assert all(line in shown for line in [card["summary"], *lines])
        for name in ("digest", "link", "input_digest", "answer_digest", "rulebooks"):
            assert row[name] in page.texts("code")
        assert "unchanged" in page.texts("span")
        covered = "and the checkpoint covers it" in response.text
        assert covered == (row["answer_type"] != FHIR or "2026-01-01" in row["parameters"])
        assert f"cds ledger show {row['id']} --proof" in page.texts("code")
        found = Page(response.text)
        assert not found.twice
        assert not found.styled
        assert {link[1:] for link in found.links if link.startswith("#")} <= found.ids


def test_values_lead_to_the_lines_of_the_stored_input(ledger: LedgerClient) -> None:
    [first, *_] = stored(ledger.database)
    page = Html(ledger.http.get(path_of(first)).text)
    lines = {each["id"]: text for tag, each, text in page.elements if tag == "li" and "id" in each}
    links = [each for each in page.attributes("a", "href") if each.startswith("#L")]
    assert links
    assert all(each[1:] in lines for each in links)
    text = "".join(lines[f"L{number}"].lstrip("0123456789") for number in range(1, len(lines) + 1))
    assert "MRN-4711" in text


def test_feedback_is_shown(ledger: LedgerClient) -> None:
    row = next(row for row in newest_first(ledger) if row["hook_instance"])
    page = Html(ledger.http.get(path_of(row)).text)
    assert [each.count("overridden") for each in page.texts("tr")[1:]] == [1, 1]
    assert page.texts("span", class_="chip").count("overridden") == 3  # also on its card


def test_the_input_opens_in_evaluate(ledger: LedgerClient) -> None:
    for row in samples(ledger):
        page = Html(ledger.http.get(path_of(row)).text)
        parameters = json.loads(row["parameters"])
        inputs = [each for tag, each, _ in page.elements if tag == "input" and each.get("name") == "as_of"]
        assert [each["value"] for each in inputs] == [parameters["as_of"]]
        fields = {"record": page.record, "as_of": parameters["as_of"]}
        evaluated = Html(ledger.http.post("/", data=fields, headers=OWN).text)
        said = {text.split(" ")[0] for text in evaluated.texts("p", class_="foot")}
        if "later" not in str(row["input"]) and "2099" not in str(row["input"]):
            assert said == rules_of(row) - {"not-evaluable"}


def test_no_address_names_a_patient(ledger: LedgerClient) -> None:
    for row in [*samples(ledger), None]:
        text = ledger.http.get("/decisions" if row is None else path_of(row)).text
        page = Html(text)
        addresses = page.attributes("a", "href") + page.attributes("form", "action")
        assert not any(secret in address for address in addresses for secret in SECRETS)
        if row is None:
            assert not any(secret in text for secret in SECRETS)


def test_a_replay_is_identical(ledger: LedgerClient) -> None:
    for row in samples(ledger):
        page = send(ledger.http, f"{path_of(row)}/replay")
        assert "identical" in page.text("section", id="stored")
        assert "mianserin 1.0.0 is the stored rulebook." in page.text("section", id="now")


def test_a_changed_decision_is_shown_as_it_is_stored_now_and_says_so(
    copied: Path, serve: Callable[..., TestClient]
) -> None:
    def another(answer: bytes) -> bytes:
        found = json.loads(answer)
        found["advisories"][0]["summary"] = "Something <else>"
        return json.dumps(found).encode()

    database = Database(f"sqlite:///{copied}")
    identifier = change(database, "answer", another)
    client = serve(copied)
    page = Html(client.get(f"/decisions/{identifier}").text)
    assert "its answer is not what was stored" in page.text("div", class_="notice-critical")
    assert "unchanged" not in page.texts("span")
    assert "Something <else>" in page.texts("h3")
    replayed = send(client, f"/decisions/{identifier}/replay")
    [row] = replayed.texts("tr")[1:]
    assert "different" in row
    assert "Something <else>" in row
    assert any("/advisories/0/summary: " in each for each in replayed.texts("code"))
    assert replayed.texts("div", class_="notice-critical")


@pytest.mark.parametrize("answer", [b"{", b'"x"', b'{"cards": 1}', b'{"advisories": [1]}'])
def test_an_answer_that_cannot_be_understood(
    copied: Path, serve: Callable[..., TestClient], answer: bytes
) -> None:
    identifier = change(Database(f"sqlite:///{copied}"), "answer", lambda _: answer)
    client = serve(copied)
    page = Html(client.get(f"/decisions/{identifier}").text)
    assert "This version does not understand the answer" in page.text("div", class_="notice-warning")
    assert identifier in listed(client)
    assert "different" in send(client, f"/decisions/{identifier}/replay").text("section", id="stored")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("parameters", "{"),
        ("parameters", "[]"),
        ("rulebooks", None),
        ("rulebooks", "sha256:0"),
        ("input", b"{"),
    ],
)
def test_other_changes_do_not_break_the_pages(
    copied: Path, serve: Callable[..., TestClient], column: str, value: Any
) -> None:
    identifier = change(Database(f"sqlite:///{copied}"), column, lambda _: value)
    client = serve(copied)
    assert identifier in listed(client)
    page = Html(client.get(f"/decisions/{identifier}").text)
    assert page.texts("div", class_="notice-critical")
    if column == "parameters":
        return
    assert "Not attempted: " in send(client, f"/decisions/{identifier}/replay").text("section", id="stored")


def test_a_replay_with_another_rulebook(
    copied: Path,
    serve: Callable[..., TestClient],
    changed_rulebook: Engine,  # noqa: F811 - a fixture
    ledger: LedgerClient,
) -> None:
    client = serve(copied, changed_rulebook)
    expected = {"monitoring.infection-signs": "different", "monitoring.febrile-neutropenia": "only then"}
    seen = set()
    affected = [row for row in stored(ledger.database) if rules_of(row) & expected.keys()][-3:]
    for row in (*affected, *samples(ledger)):
        page = send(client, f"{path_of(row)}/replay")
        assert "identical" in page.text("section", id="stored")
        now = page.text("section", id="now")
        rules, texts = page.texts("th", scope="row"), page.texts("tr")[1:]
        changes = dict(zip(rules, texts, strict=True))
        touched = {rule: rules_of(row) & {rule} for rule in expected}
        for rule, difference in expected.items():
            assert (rule in changes) == bool(touched[rule])
            if rule in changes:
                assert difference in changes[rule]
                seen.add(rule)
        assert ("different" in now) == bool(changes)
    assert seen == expected.keys()
    shown = client.get(path_of(stored(ledger.database)[0])).text
    assert "served now" not in shown


@pytest.mark.parametrize("kept", ["pseudonymous", "digest"])
def test_without_identifiers(
    make_ledger_client: MakeLedgerClient,  # noqa: F811 - a fixture
    engine: Engine,
    tmp_path: Path,
    kept: str,
) -> None:
    client = make_ledger_client(f"sqlite:///{tmp_path}/d.db", ledger_input=kept)
    send_all(client, engine)
    for row in samples(client):
        text = client.http.get(path_of(row)).text
        assert not any(secret in text for secret in SECRETS)
        page = Html(text)
        assert len(page.texts("article", class_="advisory")) == len(rules_of(row))
        assert ("Open the input in Evaluate" in text) == (kept == "pseudonymous")
        replayed = send(client.http, f"{path_of(row)}/replay").text("section", id="stored")
        expected = "identical" if kept == "pseudonymous" else "only the digest of the input is kept"
        assert expected in replayed


def test_a_pruned_decision(copied: Path, serve: Callable[..., TestClient], files: Files) -> None:  # noqa: F811
    database = Database(f"sqlite:///{copied}")
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    rows = stored(database)
    prune(database, SigningKey(files.key), at, at, lambda _: None)
    client = serve(copied, ledger_key_file=files.key)
    assert listed(client) == [row["id"] for row in reversed(rows)]
    assert listed(client, "route=/v1/evaluate") == []
    page = Html(client.get(path_of(rows[0])).text)
    assert "The content of this decision was removed." in page.text("div", class_="notice-info")
    assert "Its link fits its place." in page.text("section", **{"aria-labelledby": "place"})
    assert "Replay" not in page.texts("button")
    assert "Not attempted: pruned." in send(client, f"{path_of(rows[0])}/replay").text("section", id="stored")


@pytest.mark.slow
def test_the_ledger_is_verified(copied: Path, serve: Callable[..., TestClient], files: Files) -> None:  # noqa: F811
    client = serve(copied, ledger_key_file=files.key)
    count = len(stored(Database(f"sqlite:///{copied}")))
    page = send(client, "/decisions/verify")
    assert "Nothing in the ledger was changed" in page.text("p", class_="lead")
    assert f"Decisions{count}" in page.text("ul", class_="figures")
    identifier = change(Database(f"sqlite:///{copied}"), "caller", lambda _: "somebody <else>")
    page = send(client, "/decisions/verify")
    assert page.text("p", class_="lead") == "The ledger was changed."
    [row] = page.texts("tr")[1:]
    assert row.startswith("changedentries ")
    assert identifier in row
    assert client.get("/decisions/verify").url.path == "/decisions"


def test_a_verification_that_takes_too_long(ledger: LedgerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_api.workbench.ledger_check.SECONDS", 0.01)
    page = send(ledger.http, "/decisions/verify")
    assert "Use the command line: cds ledger verify" in page.text("div", class_="notice-warning")


def test_without_a_ledger(client: TestClient) -> None:
    response = client.get("/decisions")
    assert response.status_code == 200
    assert "CDS_LEDGER=sqlite:///decisions.db" in response.text
    assert "Decisions" in Html(response.text).texts("a")
    for address in (f"/decisions/{UNKNOWN}", "/decisions/x"):
        assert client.get(address).status_code == 404
    for address in (f"/decisions/{UNKNOWN}/replay", "/decisions/verify"):
        assert client.post(address, data={"x": ""}, headers=OWN).status_code == 404


@pytest.mark.parametrize("name", [UNKNOWN, "x", "%00", "x" * 5000])
def test_a_decision_that_is_not_there(ledger: LedgerClient, name: str) -> None:
    assert ledger.http.get(f"/decisions/{name}", headers=HTML).status_code in (404, 414)
    replayed = ledger.http.post(f"/decisions/{name}/replay", data={"x": ""}, headers=OWN)
    assert replayed.status_code in (404, 414)


def test_a_ledger_that_cannot_be_read(
    copied: Path, serve: Callable[..., TestClient], ledger: LedgerClient
) -> None:
    client = serve(copied)
    with Database(f"sqlite:///{copied}").connect() as connection:
        connection.execute(sa.delete(tables.cards))
        connection.exec_driver_sql("DROP TABLE entries")
    for address in ("/decisions", path_of(stored(ledger.database)[0])):
        response = client.get(address, headers=HTML)
        assert response.status_code == 503
        assert "The decision ledger cannot be read." in response.text


def test_only_the_area_decisions_may_read(
    copied: Path, serve: Callable[..., TestClient], ledger: LedgerClient
) -> None:
    keys = (f"ward:{digest('ward')}", f"auditor:{digest('auditor')}:decisions")
    address = path_of(stored(ledger.database)[0])
    reads, sends = ("/decisions", address), (f"{address}/replay", "/decisions/verify")

    def statuses(client: TestClient, **headers: str) -> set[int]:
        found = {client.get(each, headers=headers, follow_redirects=False).status_code for each in reads}
        own = {**OWN, **headers}
        return found | {client.post(sends[0], data={"x": ""}, headers=own).status_code}

    client = serve(copied, api_keys=keys, session_key=SESSION_KEY)
    assert statuses(client) == {401}
    assert client.get(address, headers=HTML, follow_redirects=False).headers["location"].startswith("/login?")
    assert statuses(client, **{"X-API-Key": "ward"}) == {403}
    assert statuses(client, **{"X-API-Key": "auditor"}) == {200}

    log_in(client, "ward")
    assert statuses(client) == {403}
    assert client.post(sends[1], data={"x": ""}, headers=OWN).status_code == 403
    assert "Decisions" not in Html(client.get("/", headers=HTML).text).texts("a")

    log_in(client, "auditor")
    assert statuses(client) == {200}
    page = client.get(address, headers=HTML).text
    assert "Open the input in Evaluate" not in page
    navigation = [text for tag, each, text in Html(page).elements if tag == "a" and "aria-current" in each]
    assert navigation == ["Decisions"]
    assert "Evaluate" not in Html(page).texts("a")
    foreign = client.post(sends[0], data={"x": ""}, headers={"Origin": "http://evil.test"})
    assert foreign.status_code == 403


def test_a_decision_is_shown_with_its_own_rulebook(
    serve: Callable[..., TestClient], engine: Engine, tmp_path: Path
) -> None:
    other = Engine(load_rulebook(TINY))
    client = serve(tmp_path / "d.db", engine, other)
    name = other.rulebook.id
    sent = client.post(f"/v1/rulebooks/{name}/evaluate", json={})
    response = client.get(f"/decisions/{sent.headers['x-decision-id']}", follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"].endswith(f"?rulebook={name}")
    page = Html(client.get(response.headers["location"]).text)
    assert f"/?rulebook={name}" in page.attributes("form", "action")
    assert other.rulebook.digest in page.texts("code")
