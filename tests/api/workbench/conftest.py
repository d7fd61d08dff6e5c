"""Fixtures for the workbench: a running service, and pages in a real Chromium."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from cds_api.app import create_app
from cds_api.settings import Settings
from cds_engine import Engine

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 360, "height": 740}


@contextmanager
def running(*engines: Engine, **settings: Any) -> Iterator[str]:
    """Serve ``engines`` on a free port from a thread of this process; yield the address."""
    app = create_app(Settings(**{"rate_limit": 0, **settings}), *engines)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    """Return the address of a running service."""
    with running(engine) as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Return a Chromium, or skip the test where there is none."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="the Python package playwright is not installed"
    )
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One tab of a browser, and what its console reported."""

    page: Any
    address: str
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> Any:
        """Open a page of the service and return the tab."""
        self.page.goto(self.address + path)
        return self.page

    def assert_clean(self) -> None:
        """Check that axe finds nothing, the console is empty, and the page is not wider than the window.

        This takes seconds on a long page: check each page once in each look, not after each step.
        """
        from axe_playwright_python.sync_playwright import Axe

        self.assert_quiet()
        found = Axe().run(self.page).response["violations"]
        assert not found, [
            (each["id"], each["help"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found
        ]

    def assert_quiet(self) -> None:
        """Check that the console is empty, and that the page is not wider than the window."""
        assert not self.errors, self.errors
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"the page is {wide} px wider than the window"


@contextmanager
def visiting(browser: Any, address: str, **options: Any) -> Iterator[Visit]:
    """Open a tab; ``options`` are those of a browser context, such as ``viewport`` and ``color_scheme``."""
    context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
    context.set_default_timeout(10_000)
    visit = Visit(context.new_page(), address)
    visit.page.on(
        "console", lambda message: message.type in ("error", "warning") and visit.errors.append(message.text)
    )
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    try:
        yield visit
    finally:
        context.close()


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Visit]:
    """Return a tab in a wide, light window."""
    with visiting(chromium, address) as opened:
        yield opened
