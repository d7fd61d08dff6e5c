"""The Evaluate pages in a real Chromium."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cds_engine import Engine

from tests.api.workbench.conftest import NARROW, Visit, running, visiting
from tests.api.workbench.test_rulebooks import renamed

pytestmark = pytest.mark.slow

NEUTROPENIA = "monitoring.neutropenia-moderate"
RULE = f"#rule-{NEUTROPENIA.replace('.', chr(92) + '.')}"


@pytest.fixture(params=["narrow, dark", pytest.param("wide, light", marks=pytest.mark.ci)])
def opened(request: pytest.FixtureRequest, chromium: Any, address: str) -> Any:
    """Return a tab in a narrow dark window; in CI, in a wide light one as well."""
    options: dict[str, Any] = (
        {"viewport": NARROW, "color_scheme": "dark"} if "narrow" in request.param else {}
    )
    with visiting(chromium, address, **options) as visit:
        yield visit


def open_example(visit: Visit, name: str) -> Any:
    page = visit.open("/")
    page.click(f"button[value='{name}']")
    page.wait_for_selector(".work")
    return page


def test_from_an_example_to_an_answer(opened: Visit) -> None:
    page = opened.open("/")
    opened.assert_clean()
    open_example(opened, "almost-nothing-known")
    page.fill("[name='answer complete:/medications/0 daily_dose']", "250")
    page.press("[name='answer complete:/medications/0 daily_dose']", "Enter")
    page.wait_for_selector("#advisory-dosing\\.above-every-label")
    assert "The answers are in the record" in page.text_content("#said")
    assert json.loads(page.input_value("#record"))["medications"][0]["daily_dose"]["value"] == 250
    opened.assert_quiet()


def test_why_not_what_if_and_the_smallest_change(opened: Visit) -> None:
    page = open_example(opened, "studied-augmentation-pair")
    page.fill("#rule-search", "moderate neutropenia")
    page.click(f"{RULE} > summary")
    assert "false, it is 4.6 10*9/L" in page.text_content(RULE)

    page.click(f"button[name=change][value='{NEUTROPENIA}']")
    page.wait_for_selector(".change-search")
    assert page.evaluate(f"document.querySelector({json.dumps(RULE)}).open")
    assert "not advice" in page.text_content(".change-search")

    page.select_option("#place", "/medications/0/daily_dose/value")
    assert page.input_value("#value") == "60"
    page.fill("#value", "250")
    page.press("#value", "Enter")
    page.wait_for_selector(".appears")
    assert "dosing.above-every-label" in page.text_content(".difference")
    # The closed rules are alike, and axe takes long for all of them.
    page.evaluate(
        "[...document.querySelectorAll('.rule:not([open])')].slice(3).forEach(each => each.remove())"
    )
    opened.assert_clean()
    page.click("button[value=keep]")
    page.wait_for_selector("#said")
    assert page.is_visible("#advisory-dosing\\.above-every-label")


def test_a_value_leads_to_its_line(visit: Visit) -> None:
    page = open_example(visit, "studied-augmentation-pair")
    page.click("#record-edit-tab")
    assert not page.is_visible(".lines")
    link = page.locator(".advisory .line-link").first
    number = link.text_content().removeprefix("line ")
    link.click()
    assert page.is_visible(f"#L{number}.target")
    assert not page.is_visible("#record")


def test_a_problem_is_shown_beside_the_record(opened: Visit) -> None:
    page = opened.open("/")
    page.fill("#record", '{\n  "as_of": "2026-02-30"\n}')
    page.press("#record", "Control+Enter")
    page.wait_for_selector("#problems")
    assert "expected a valid calendar date" in page.text_content("#L2")
    opened.assert_clean()


def test_a_file_becomes_the_text_of_the_record(visit: Visit, tmp_path: Path) -> None:
    from playwright import sync_api

    page = visit.open("/")
    file = tmp_path / "patient.json"
    file.write_text('{"as_of": "2026-11-23"}')
    page.set_input_files("#file", file)
    sync_api.expect(page.locator("#record")).to_have_value('{"as_of": "2026-11-23"}')
    page.click("button[value=evaluate] >> nth=-1")
    page.wait_for_selector(".work")
    assert page.title() == "Evaluation · CDS workbench"


def test_without_javascript(chromium: Any, address: str) -> None:
    with visiting(chromium, address, java_script_enabled=False) as visit:
        page = open_example(visit, "almost-nothing-known")
        page.fill("[name='answer complete:/medications/0 daily_dose']", "250")
        page.click("text=Evaluate with these answers")
        assert page.is_visible("#advisory-dosing\\.above-every-label")
        page.select_option("#place", "/medications/0/daily_dose/value")
        page.fill("#value", "60")
        page.click("text=Compare")
        assert "disappears" in page.text_content(".difference")
        page.click("text=Edit as a form")
        page.click("text=Add a drug")
        page.fill("[name='medications.1.drug']", "warfarin")
        page.click("text=Evaluate >> nth=-1")
        assert page.locator(".advisory").count() == 2


def test_the_form_of_a_record(opened: Visit) -> None:
    page = opened.open("/form")
    opened.assert_clean()
    page.fill("[name='medications.0.drug']", "mianserin")
    page.press("[name='medications.0.drug']", "Tab")
    assert page.input_value("[name='medications.0.daily_dose/unit']") == "mg/d"
    page.fill("[name='medications.0.daily_dose/value']", "250")
    page.click("[data-add=medications]")
    page.fill("[name='medications.1.drug']", "warfarin")
    page.click(".entry:has([name='medications.0.drug']) [data-remove]")
    assert page.input_value("[name='medications.0.drug']") == "warfarin"
    page.click("button[value=form] >> nth=-1")
    page.wait_for_selector(".work")
    assert json.loads(page.input_value("#record"))["medications"] == [{"drug": "warfarin"}]


def test_keys_reach_everything(visit: Visit) -> None:
    page = visit.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    open_example(visit, "almost-nothing-known")
    page.focus("#record-lines-tab")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "record-edit-tab"
    assert page.is_visible("#record")
    page.keyboard.press("End")
    assert page.is_visible("#record-examples")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#record-lines")


def test_the_first_view_is_light_and_quick(visit: Visit) -> None:
    sizes: dict[str, int] = {}
    visit.page.on(
        "requestfinished", lambda request: sizes.update({request.url: sum(request.sizes().values())})
    )
    page = open_example(visit, "agranulocytosis-with-fever")
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes.values()) < 100_000, sizes
    timing = page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive")
    assert timing < 1000


def test_what_was_entered_stays_if_the_service_fails(visit: Visit) -> None:
    page = visit.open("/")
    page.fill("#record", '{"as_of": "2026-11-23"}')
    page.route("**/*", lambda route: route.abort())
    page.press("#record", "Control+Enter")
    page.wait_for_selector("#not-sent")
    assert page.input_value("#record") == '{"as_of": "2026-11-23"}'
    page.unroute("**/*")
    page.press("#record", "Control+Enter")
    page.wait_for_selector(".work")


def test_the_timeline(opened: Visit) -> None:
    page = open_example(opened, "elderly-overdue-count")
    page.click("text=Timeline")
    page.wait_for_selector("svg.tl")
    assert page.is_visible(".due >> text=2027-01-13")
    page.click("text=The drawing as tables")
    opened.assert_clean()
    page.fill("#from", "2026-10-01")
    page.select_option("#scale", "log")
    page.press("#from", "Enter")
    page.wait_for_selector("#from[value='2026-10-01']")
    assert page.input_value("#scale") == "log"
    page.click("text=Evaluation")
    page.wait_for_selector(".work")
    opened.assert_quiet()


def test_code_is_copied(chromium: Any, address: str) -> None:
    with visiting(chromium, address, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = open_example(visit, "elderly-overdue-count")
        page.click("text=Copy as code")
        page.wait_for_selector("#as-gherkin")
        visit.assert_clean()
        page.click("#as-gherkin [data-copy]")
        page.wait_for_selector("text=Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.text_content("#as-gherkin pre code")
        assert "Scenario:" in copied
        page.click("#as-curl-tab")
        assert page.is_visible("#as-curl code")
        visit.assert_quiet()


def test_another_rulebook_takes_the_record(chromium: Any, engine: Engine) -> None:
    with running(engine, renamed(engine)) as address, visiting(chromium, address) as visit:
        page = open_example(visit, "elderly-overdue-count")
        assert not page.is_visible("#rulebook")  # it would lose the record
        page.click("button:text-is('other')")
        page.wait_for_url("**/?rulebook=other")
        assert "other 1.0.0" in page.text_content(".lead")
        assert page.get_attribute("text=Rules >> nth=0", "href") == "/rules?rulebook=other"
        visit.assert_clean()
