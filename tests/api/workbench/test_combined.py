"""A record with several rulebooks on the Evaluate page."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence

import pytest
from cds_api.app import create_app
from cds_api.settings import Settings
from cds_engine import Engine, load_rulebook
from cds_engine.combined import evaluate_with_all
from cds_engine.rulebook.shipped import shipped_folders
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.workbench.pages import OWN, Html

BOOKS = list(shipped_folders())
NEVER = datetime.date(1970, 1, 1)
"""The record has its own date."""
EXAMPLE = "lithium/with-mianserin-and-clozapine"
RECORD = shipped_folders()["lithium"] / "examples" / "with-mianserin-and-clozapine.json"
TEXT = RECORD.read_text().strip()
ALL = "/?" + "&".join(f"rulebook={name}" for name in BOOKS)


@pytest.fixture(scope="module")
def engines() -> tuple[Engine, ...]:
    return tuple(Engine(load_rulebook(folder)) for folder in shipped_folders().values())


@pytest.fixture(scope="module")
def all_three(engines: tuple[Engine, ...]) -> TestClient:
    return TestClient(create_app(Settings(rate_limit=0), *engines), base_url=LOCAL)


def send(
    client: TestClient, address: str = "/", rulebooks: Sequence[str] = (), **fields: str
) -> tuple[str, Html]:
    """Submit the form with rulebooks selected; return the address of the page and the page."""
    parts = [("rulebook", (None, name)) for name in rulebooks]
    parts += [(name, (None, value)) for name, value in fields.items()]
    response = client.post(address, files=parts, headers=OWN)
    assert response.status_code == 200, response.text
    return response.url.raw_path.decode(), Html(response.text)


def checked(page: Html) -> list[str]:
    return [
        found["value"]
        for tag, found, _ in page.elements
        if tag == "input" and found.get("name") == "rulebook" and "checked" in found
    ]


def test_one_answer_names_the_rulebook_of_each_advisory(
    all_three: TestClient, engines: tuple[Engine, ...]
) -> None:
    address, page = send(all_three, rulebooks=BOOKS, record=TEXT)
    assert address == ALL
    assert checked(page) == BOOKS
    expected = evaluate_with_all(engines, json.loads(RECORD.read_bytes()), NEVER)
    advisories = expected.evaluation.advisories
    assert {each.rulebook for each in advisories} == set(BOOKS)
    shown = page.attributes("article", "id")
    assert shown == [f"advisory-{each.rulebook}-{each.rule}" for each in advisories]
    text = page.text("main")
    for advisory in advisories:
        for statement in (advisory.summary, *(item.statement for item in advisory.evidence)):
            assert " ".join(statement.split()) in text


def test_links_lead_into_the_rulebook_of_the_advisory(all_three: TestClient) -> None:
    _, page = send(all_three, rulebooks=BOOKS, record=TEXT)
    default, *others = BOOKS
    addresses = page.attributes("a", "href")
    for kind in ("/rules/", "/evidence/"):
        found = [each for each in addresses if each.startswith(kind)]
        assert {each.partition("?")[2] for each in found} == {"", *(f"rulebook={name}" for name in others)}
        for address in dict.fromkeys(found):
            assert all_three.get(address).status_code == 200, address
    assert any(each.startswith("#L") for each in addresses)
    for name, query in [(default, ""), *((name, f"?rulebook={name}") for name in others)]:
        assert f"/{query}#questions" in page.attributes("button", "formaction"), name


def test_the_same_record_with_one_of_them(all_three: TestClient) -> None:
    address, page = send(all_three, "/?rulebook=lithium", rulebooks=BOOKS, record=TEXT, do="alone")
    assert address == "/?rulebook=lithium"
    assert page.record == TEXT
    assert "Questions" in page.texts("h2")
    assert ALL in page.attributes("button", "formaction")


def test_history_that_only_another_rulebook_knows(all_three: TestClient) -> None:
    record = {**json.loads(RECORD.read_bytes()), "history": {"lithium_sample_hours": 12}}
    text = json.dumps(record, indent=2)
    _, page = send(all_three, rulebooks=BOOKS, record=text)
    assert page.attributes("article", "id")
    assert page.record == text  # the record keeps it
    _, alone = send(all_three, "/", rulebooks=BOOKS, record=text, do="alone")
    assert "lithium_sample_hours" not in alone.record
    assert alone.attributes("article", "id")
    _, whole = send(all_three, "/?rulebook=lithium", rulebooks=BOOKS, record=text, do="alone")
    assert whole.record == text


def test_an_example_is_evaluated_with_the_rulebooks_that_it_is_about(all_three: TestClient) -> None:
    start = Html(all_three.get("/").text)
    assert EXAMPLE in [found.get("value") for tag, found, _ in start.elements if tag == "button"]
    assert checked(start) == BOOKS[:1]
    address, page = send(all_three, rulebooks=BOOKS[:1], example=EXAMPLE)
    assert address == ALL
    assert page.record.strip() == TEXT


@pytest.mark.parametrize(
    ("selected", "address"),
    [
        ((), "/"),
        (("mianserin",), "/"),
        (("lithium",), "/?rulebook=lithium"),
        (("lithium", "clozapine", "lithium"), "/?rulebook=clozapine&rulebook=lithium"),
    ],
)
def test_the_selection_becomes_the_address(
    all_three: TestClient, selected: tuple[str, ...], address: str
) -> None:
    found, page = send(all_three, rulebooks=selected, record="{}")
    assert found == address
    assert page.record == "{}"


def test_a_problem_of_the_record_keeps_the_selection(all_three: TestClient) -> None:
    address, page = send(all_three, rulebooks=BOOKS[1:], record='{"medication": []}')
    assert address == "/?rulebook=clozapine&rulebook=lithium"
    assert checked(page) == BOOKS[1:]
    assert page.texts(id="problems")
    assert page.attributes("form", "action")[-1] == address


def test_data_that_was_ignored_names_the_rulebooks_that_it_is_about(all_three: TestClient) -> None:
    record = {
        "as_of": "2026-11-23",
        "observations": [
            {"code": "lithium-level", "value": 999, "unit": "mmol/L", "date": "2026-11-20"},
            {"code": "never-heard-of", "value": 1, "unit": "1", "date": "2026-11-20"},
        ],
    }
    _, page = send(all_three, rulebooks=BOOKS, record=json.dumps(record, indent=2))
    notices = next(text for text in page.texts("section", class_="card-warning"))
    assert "999" in notices
    assert "lithium" in notices
    assert "never-heard-of" in notices


def test_a_rulebook_that_is_not_served(all_three: TestClient) -> None:
    response = all_three.post("/", files=[("rulebook", (None, "litium"))], headers=OWN)
    assert response.status_code == 404
    assert "did you mean 'lithium'?" in Html(response.text).text("p", class_="lead")


def test_one_rulebook_has_no_choice(client: TestClient) -> None:
    assert "rulebook-choice" not in client.get("/").text
