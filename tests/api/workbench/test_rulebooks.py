"""Pages with several rulebooks, and the entries of the navigation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cds_api.service import Service
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.workbench.pages import OWN, Html


@pytest.fixture
def two(client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Return a client of a service with two rulebooks."""
    file = engine.rulebook.file.model_copy(update={"id": "other", "title": "Another rulebook"})
    engines = {engine.rulebook.id: engine, "other": Engine(replace(engine.rulebook, file=file))}
    monkeypatch.setattr(Service, "engines", property(lambda _: engines))
    return client


def test_one_rulebook_needs_no_choice(client: TestClient) -> None:
    page = Html(client.get("/").text)
    assert not page.texts("select", name="rulebook")
    assert not any("rulebook=" in address for address in page.attributes("a", "href"))


def test_addresses_carry_a_rulebook_that_is_not_the_default(two: TestClient, engine: Engine) -> None:
    page = Html(two.get("/").text)
    assert page.texts("option") == [engine.rulebook.file.title, "Another rulebook"]
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
