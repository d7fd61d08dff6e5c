"""The pages about rules, audits and scenarios, and the reports, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cds_engine.audit.report.html import to_html
from cds_engine.audit.result import AuditResult

from tests.api.workbench.conftest import NARROW, Visit, running, visiting
from tests.api.workbench.test_populations_pages import RULE, folder  # noqa: F401 - a fixture
from tests.engine.audit.workbench import Workbench

pytestmark = pytest.mark.slow

PAGES = (
    "/rules?disputed=yes",
    f"/rules/{RULE}",
    "/facts",
    "/facts/patient.adult",
    "/parameters",
    "/parameters/blood.fresh",
    "/evidence?basis=standard",
    "/evidence/ctcae-v5.neutrophils",
    "/conflicts",
    "/conflicts/ctcae-version",
    "/sources",
    "/sources/seed",
    "/pharmacology",
    "/terminology?code=loinc%7C751-8",
    "/terminology/major-depressive-disorder",
    "/audit",
    "/audit/evidence",
    "/scenarios",
    "/scenarios/features/monitoring/neutrophils.feature",
    "/scenarios/new",
)


WIDE = (
    f"/rules/{RULE}",
    "/rules",
    "/facts/patient.adult",
    "/audit",
    "/terminology/mianserin",
    "/scenarios/new",
)
"""One page of each layout, for wide windows."""


@pytest.fixture(scope="module")
def narrow(chromium: Any, address: str) -> Iterator[Visit]:
    """Return a tab in a narrow dark window."""
    with visiting(chromium, address, viewport=NARROW, color_scheme="dark") as opened:
        yield opened


@pytest.fixture(scope="module")
def wide(chromium: Any, address: str) -> Iterator[Visit]:
    """Return a tab in a wide light window."""
    with visiting(chromium, address) as opened:
        yield opened


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_clean_in_a_narrow_dark_window(narrow: Visit, path: str) -> None:
    narrow.open(path)
    narrow.assert_clean()


@pytest.mark.parametrize("path", WIDE)
def test_a_page_is_clean_in_a_wide_light_window(wide: Visit, path: str) -> None:
    wide.open(path)
    wide.assert_clean()


def test_the_editor_completes_runs_and_explains(narrow: Visit) -> None:
    page = narrow.open("/scenarios/new")
    page.fill("#feature-text", "Feature: Try\n\n  Scenario: One\n    ")
    page.locator("#feature-text").press("Control+End")
    for typed in ("Given as of", "\n    When the record", "\n    Then rule"):
        page.keyboard.type(typed)
        page.wait_for_selector("#suggestions [role=option]")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    narrow.assert_clean()
    written = page.input_value("#feature-text")
    assert "When the record is evaluated\n    Then rule augmentation.candidate" in written
    page.keyboard.type("\n    And rule monitoring.neut")
    assert page.text_content("#suggestion-0") == "monitoring.neutropenia-moderate"
    page.keyboard.press("Escape")
    assert page.is_hidden("#suggestions")
    page.keyboard.type("ropenia-moderate fires")
    page.locator("#feature-text").press("Control+Enter", no_wait_after=True)
    page.wait_for_selector("#result", timeout=60_000)
    assert "failed" in page.text_content("#result [role=status]")
    assert "expected " in page.text_content("#result .note.pre")
    narrow.assert_clean()


def test_a_link_to_a_line_shows_it(wide: Visit) -> None:
    page = wide.open(f"/rules/{RULE}")
    page.click("section#when >> text=line 14")
    assert "less_than" in page.text_content("li:target")


@pytest.mark.ci
def test_the_pages_of_a_population(
    chromium: Any,
    engine: Any,
    folder: Path,  # noqa: F811 - a fixture
) -> None:
    with (
        running(engine, populations=f"{folder / 'before'},{folder / 'after'}") as url,
        visiting(chromium, url, viewport=NARROW) as visit,
    ):
        page = visit.open("/populations")
        visit.assert_clean()
        page.click("text=Compare >> nth=-1")
        page.wait_for_selector("text=gain or lose an advisory")
        visit.assert_clean()
        page.click("dd a >> nth=0")
        page.wait_for_selector("#by-age")
        visit.assert_clean()
        page.click(f"tr:has-text('{RULE}') >> nth=0 >> td >> nth=0 >> a")
        page.wait_for_selector("text=2 patients")
        visit.assert_clean()
        page.click("button:has-text('Open') >> nth=0")
        page.wait_for_selector("text=Open in Evaluate")
        visit.assert_clean()
        assert "secret" not in page.url
        page.click("text=Open in Evaluate")
        assert page.text_content("h1") == "secret-anna"


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> AuditResult:
    """Return an audit that has everything that can be wrong."""
    bench = Workbench(tmp_path_factory.mktemp("failing"))
    bench.plant("amounts/amounts.low.yaml", {"{less_than: $amount.minimum}": "{less_than: $amount.maximum}"})
    bench.write("Scenario: It expects nothing\n  Given as of 2026-07-10\n  When the record is evaluated\n")
    return bench.audit()


@pytest.mark.ci
@pytest.mark.parametrize("width", [420, 1400])
def test_the_report_of_a_failing_audit(
    chromium: Any, failing: AuditResult, tmp_path: Path, width: int
) -> None:
    assert failing.scenario_problems
    assert failing.proof is not None
    assert failing.proof.issues
    path = tmp_path / "audit.html"
    path.write_text(to_html(failing), encoding="utf-8")
    with visiting(chromium, "file://", viewport={"width": width, "height": 800}) as visit:
        page = visit.open(str(path))
        visit.assert_clean()
        page.click("a[href='#amounts-low'] >> nth=0")
        assert page.locator("#amounts-low").is_visible()


@pytest.mark.ci
def test_the_report_of_a_population(
    chromium: Any,
    folder: Path,  # noqa: F811 - a fixture
) -> None:
    with visiting(chromium, "file://", viewport={"width": 420, "height": 800}) as visit:
        visit.open(str(folder / "before" / "summary.html"))
        visit.assert_clean()
