"""Pages with several rulebooks, and the entries of the navigation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cds_api.app import create_app
from cds_api.opened import Opened
from cds_api.settings import Settings
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.workbench.pages import OWN, Html


def renamed(engine: Engine) -> Engine:
    """Return an engine with the same rulebook under another name."""
    file = engine.rulebook.file.model_copy(update={"id": "other", "title": "Another rulebook"})
    return Engine(replace(engine.rulebook, file=file))


@pytest.fixture
def two(engine: Engine) -> TestClient:
    """Return a client of a service with two rulebooks."""
    return TestClient(create_app(Settings(rate_limit=0), engine, renamed(engine)), base_url=LOCAL)


def test_one_rulebook_needs_no_choice(client: TestClient) -> None:
    page = Html(client.get("/").text)
    assert not page.texts("select", name="rulebook")
    assert not any("rulebook=" in address for address in page.attributes("a", "href"))


def test_addresses_carry_a_rulebook_that_is_not_the_default(two: TestClient, engine: Engine) -> None:
    page = Html(two.get("/").text)
    assert page.texts("option") == [engine.rulebook.id, "other"]
    assert not any("rulebook=" in address for address in page.attributes("a", "href"))
    default = engine.rulebook.id
    assert "rulebook=" not in " ".join(Html(two.get(f"/?rulebook={default}").text).attributes("a", "href"))

    page = Html(two.get("/?rulebook=other").text)
    navigation = [
        address for address in page.attributes("a", "href") if not address.startswith(("#", "/docs"))
    ]
    assert all(address.endswith("?rulebook=other") for address in navigation)
    assert set(page.attributes("form", "action")) == {"/", "/?rulebook=other"}  # one chooses the rulebook
    sent = two.post("/?rulebook=other", files={"record": (None, "{}")}, headers=OWN)
    assert "· other 1.0.0" in Html(sent.text).text("p", class_="lead")
    change = next(each for each in Html(sent.text).attributes("button", "formaction") if "#rule-" in each)
    assert change.startswith("/?rulebook=other#rule-")


@pytest.mark.parametrize("path", ["/", "/timeline", "/copy"])
def test_a_record_goes_to_another_rulebook_at_once(two: TestClient, engine: Engine, path: str) -> None:
    default = engine.rulebook.id
    for shown, other, address in ((default, "other", f"{path}?rulebook=other"), ("other", default, path)):
        sent = two.post(f"{path}?rulebook={shown}", files={"record": (None, "{}")}, headers=OWN)
        page = Html(sent.text)
        buttons = [(each, text) for tag, each, text in page.elements if tag == "button"]
        assert [each["formaction"] for each, text in buttons if text == other] == [address]
        assert not page.texts("select", name="rulebook")  # it would lose the record
    assert two.get(f"{path}?rulebook=other").url.query == b"rulebook=other"


def test_what_is_opened_goes_to_another_rulebook(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "patient.json"
    file.write_text("{}")
    opened = Opened(file)
    client = TestClient(
        create_app(Settings(rate_limit=0), engine, renamed(engine), opened=opened), base_url=LOCAL
    )
    page = Html(client.get(opened.address).text)
    assert "/?rulebook=other" in page.attributes("button", "formaction")
    assert not page.texts("select", name="rulebook")


def test_code_names_a_rulebook_that_is_not_the_default(two: TestClient, engine: Engine) -> None:
    for name, named in (("other", True), (engine.rulebook.id, False)):
        sent = two.post(f"/copy?rulebook={name}", files={"record": (None, "{}")}, headers=OWN)
        text = Html(sent.text).text("main")
        assert (f"{LOCAL}/v1/rulebooks/other/evaluate" in text) == named
        assert ("evaluate(record, 'other')" in text) == named
        assert ("--rulebook other" in text) == named


def test_a_rulebook_that_is_not_there(two: TestClient) -> None:
    response = two.get("/?rulebook=othr", headers=OWN)
    assert response.status_code == 404
    assert "did you mean 'other'?" in Html(response.text).text("p", class_="lead")


@pytest.mark.parametrize(("path", "current"), [("/", "page"), ("/form", "true"), ("/nothing", None)])
def test_the_navigation_says_where_one_is(client: TestClient, path: str, current: str | None) -> None:
    page = Html(client.get(path, headers=OWN).text)
    marked = [
        each.get("aria-current") for tag, each, text in page.elements if tag == "a" and text == "Evaluate"
    ]
    assert marked[0] == current  # others are links within the page
