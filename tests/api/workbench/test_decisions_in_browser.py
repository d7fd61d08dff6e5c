"""The pages of stored decisions, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cds_engine import Engine

from tests.api.ledger.conftest import Files, files  # noqa: F401 - a fixture
from tests.api.ledger.test_tampering import fill
from tests.api.workbench.conftest import NARROW, Visit, running, visiting

pytestmark = pytest.mark.slow

HUGE = {"width": 1800, "height": 1000}


@dataclass(frozen=True)
class Client:
    """A client of the running service, as the functions that fill a ledger use it."""

    http: httpx.Client


@pytest.fixture(scope="module")
def address(
    engine: Engine,
    files: Files,  # noqa: F811 - a fixture
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Return the address of a service with some stored decisions and feedback."""
    path = tmp_path_factory.mktemp("browser") / "d.db"
    with running(engine, ledger=f"sqlite:///{path}", ledger_key_file=files.key) as url:
        with httpx.Client(base_url=url, timeout=30) as http:
            fill(Client(http), engine)  # type: ignore[arg-type]
        yield url


@pytest.fixture(
    scope="module", params=["narrow and dark", pytest.param("huge and light", marks=pytest.mark.ci)]
)
def looks(request: pytest.FixtureRequest, chromium: Any, address: str) -> Iterator[Visit]:
    """Return a tab in a narrow dark window; in CI, in a huge light one as well."""
    width, _, scheme = request.param.split(" ")
    sizes = {"narrow": NARROW, "huge": HUGE}
    with visiting(chromium, address, viewport=sizes[width], color_scheme=scheme) as opened:
        yield opened


def test_every_page_is_clean(looks: Visit) -> None:
    page = looks.open("/decisions")
    looks.assert_clean()
    page.click("tbody tr >> nth=-1 >> a")
    assert page.locator("article.advisory").count() > 0
    page.click("summary:has-text('Evidence') >> nth=0")
    looks.assert_clean()
    page.click("text=Replay")
    page.wait_for_selector("#stored")
    assert "identical" in page.text_content("#stored")
    looks.assert_clean()
    page.click("nav[aria-label=Breadcrumb] a >> nth=1")
    page.wait_for_selector("#advisories")
    page.click("text=Open the input in Evaluate")
    page.wait_for_selector(".work textarea[name=record]", state="attached")
    looks.assert_quiet()


def test_a_hook_call_with_feedback(looks: Visit) -> None:
    page = looks.open("/decisions?rule=dosing.elderly-initial-dose")
    page.click("tr:has-text('2 overridden') a")
    assert page.locator("#feedback").is_visible()
    looks.assert_clean()


def test_a_line_of_the_input(visit: Visit) -> None:
    page = visit.open("/decisions")
    page.click("tbody tr >> nth=-1 >> a")
    page.click(".line-link >> nth=0")
    assert page.locator("li:target").count() == 1


def test_verification_and_a_list_without_results(visit: Visit) -> None:
    page = visit.open("/decisions?caller=nobody")
    assert page.text_content(".empty") == "No decision passes these filters."
    visit.assert_clean()
    page.click("text=Verify the ledger")
    page.wait_for_selector("h1:has-text('Verification')")
    assert "Nothing in the ledger was changed" in page.text_content(".lead")
    visit.assert_clean()


def test_without_javascript(chromium: Any, address: str) -> None:
    with visiting(chromium, address, java_script_enabled=False) as visit:
        page = visit.open("/decisions")
        page.click("tbody tr >> nth=0 >> a")
        page.click("text=Replay")
        assert "identical" in page.text_content("#stored")


def test_how_to_turn_the_ledger_on(chromium: Any, engine: Engine, tmp_path: Path) -> None:
    with running(engine) as url, visiting(chromium, url, viewport=NARROW) as visit:
        page = visit.open("/decisions")
        assert "The decision ledger is off" in page.text_content(".empty")
        entry = page.locator(".site-nav [aria-current]").bounding_box()
        assert entry is not None
        assert 0 <= entry["x"] <= NARROW["width"] - entry["width"]  # although it is the last of nine
        visit.assert_clean()
