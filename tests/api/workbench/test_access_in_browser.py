"""Logging in with a real Chromium, at a service with several workers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import serving
from tests.api.test_security import KEY, digest
from tests.api.workbench.conftest import NARROW, visiting

pytestmark = pytest.mark.slow


@pytest.mark.ci
def test_a_session_holds_at_every_worker(chromium: Any, tmp_path: Path) -> None:
    keys = {"CDS_API_KEYS": f"ward:{digest(KEY)}"}
    with (
        serving(tmp_path / "log", "--workers", "2", **keys) as served,
        visiting(chromium, served.url, viewport=NARROW, color_scheme="dark") as visit,
    ):
        page = visit.open("/?x=1")
        assert page.url.endswith("/login?next=/%3Fx%3D1")
        visit.assert_clean()
        page.fill("#field-key", KEY)
        page.keyboard.press("Enter")
        page.wait_for_url("**/?x=1")
        for _ in range(8):  # the workers take turns
            assert "Log out ward" in visit.open("/").content()
        page.click("button[value=almost-nothing-known]")
        page.wait_for_selector(".work")
        visit.assert_quiet()
        assert page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]

        page.goto(served.url + "/nothing")
        assert page.text_content("h1") == "Not Found"
        visit.errors.clear()  # the browser notes the status
        visit.assert_clean()
        page.click("text=Log out ward")
        page.wait_for_url("**/login")
        page.goto(served.url + "/")
        assert "/login" in page.url
    assert "example-sparse" not in (tmp_path / "log").read_text()
