"""The pages about approved texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_api.app import create_app
from cds_api.settings import Settings
from cds_engine import Engine, load_rulebook
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.workbench.pages import OWN, Html
from tests.engine.approvals.test_approvals import (
    CHANGES,
    NAME,
    approval,
    book,  # noqa: F401 - a fixture
    edit,
)


def get(folder: Path, address: str) -> Html:
    client = TestClient(create_app(Settings(rate_limit=0), Engine(load_rulebook(folder))), base_url=LOCAL)
    response = client.get(address, headers=OWN)
    assert response.status_code == 200, response.text
    return Html(response.text)


def approved_card(folder: Path) -> Html:
    return get(folder, f"/rules/{NAME}")


def test_a_text_as_it_was_approved(book: Path) -> None:  # noqa: F811
    page = approved_card(book)
    card = page.text("section", id="approval")
    assert "approved as it is" in card
    assert "by A. Name" in card
    assert not page.texts("section", class_="differs")
    listed = get(book, "/approvals")
    assert "Approved as it is 1" in listed.texts("h2")
    [row] = [row for row in listed.texts("tr") if "A. Name" in row]
    assert row.startswith(NAME)


@pytest.mark.parametrize("section", [name for name in CHANGES if name != "evidence"])
def test_a_changed_text_beside_the_approved_one(section: str, book: Path) -> None:  # noqa: F811
    edit(book, *CHANGES[section])
    page = approved_card(book)
    [differs] = page.texts("section", class_="differs")
    assert differs.casefold().startswith(f"{section} changed")
    assert "as approved" in differs
    assert "as it is now" in differs
    assert "changed since the approval" in page.text("section", id="approval")
    listed = get(book, "/approvals")
    assert listed.texts("h2")[0] == "Changed since the approval 1"
    [row] = [row for row in listed.texts("tr") if "A. Name" in row]
    assert row.startswith(NAME)
    assert section in row
    assert f"/rules/{NAME}#approval" in listed.attributes("a", "href")


def test_a_rule_that_does_not_fire_any_more(book: Path) -> None:  # noqa: F811
    path = approval(book)
    path.write_text(path.read_text().replace('"value": 3,', '"value": 300,'))
    assert "does not fire any more" in approved_card(book).text("section", id="approval")


def test_what_nobody_approved_and_what_cannot_be_read(book: Path) -> None:  # noqa: F811
    approval(book).write_text("something else")
    assert "the approval cannot be read" in approved_card(book).text("section", id="approval")
    headings = get(book, "/approvals").texts("h2")
    assert headings[0] == "The approval cannot be read 1"
    assert headings[1].startswith("Approved by nobody")
    other = get(book, "/rules/amounts.low").text("section", id="approval")
    assert 'cds rules approve amounts.low --by "YOUR NAME"' in other


def test_the_approvals_of_the_shipped_rules(client: TestClient) -> None:
    page = Html(client.get("/approvals", headers=OWN).text)
    assert [text for text in page.texts("h2") if "Approved as it is" in text] == page.texts("h2")
