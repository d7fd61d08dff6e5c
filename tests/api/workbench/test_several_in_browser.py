"""Several rulebooks, approvals, terminology cases, traceability and comparisons in a real Chromium."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import run
from cds_api.commands.audit import audit_rulebook
from cds_api.workbench import audit_process, audit_run
from cds_api.workbench.processes import Finished
from cds_engine import Engine, load_rulebook

from tests.api.workbench.conftest import NARROW, Visit, running, visiting
from tests.engine.approvals.test_approvals import CHANGES, NAME, SCENARIO, edit
from tests.engine.audit.workbench import CASES
from tests.rulebook.tiny import FULL, OTHER, TINY

pytestmark = pytest.mark.slow

WIDEST = {"width": 1800, "height": 1000}
RECORD = json.dumps({**FULL, "as_of": "2026-11-23"}, indent=2)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the tiny rulebook with a scenario, cases, and a text changed since its approval."""
    root = Path(shutil.copytree(TINY, tmp_path_factory.mktemp("several") / "tiny"))
    (root / "features").mkdir()
    (root / "features" / "zorbulin.feature").write_text(SCENARIO, encoding="utf-8")
    (root / "features" / "all.cases").write_text(CASES.replace("invented|G-1 is grumbling\n", ""))
    assert run(["rules", "approve", NAME, "--by", "A. Name", "--rulebook", str(root)]) == 0
    edit(root, *CHANGES["detail"])
    return root


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    """Return the address of a service with both invented rulebooks."""
    with running(Engine(load_rulebook(root)), Engine(load_rulebook(OTHER))) as url:
        yield url


@pytest.fixture(scope="module", params=["narrow", pytest.param("wide", marks=pytest.mark.ci)])
def visit(request: pytest.FixtureRequest, chromium: Any, address: str) -> Iterator[Visit]:
    """Return a tab in a narrow dark window; in CI, in the widest light one as well."""
    looks: dict[str, dict[str, Any]] = {
        "narrow": {"viewport": NARROW, "color_scheme": "dark"},
        "wide": {"viewport": WIDEST},
    }
    with visiting(chromium, address, **looks[request.param]) as opened:
        yield opened


def test_one_answer_of_several_rulebooks(visit: Visit) -> None:
    page = visit.open("/")
    page.fill("#record", RECORD)
    page.check("input[name=rulebook][value=other]")
    visit.assert_clean()
    page.click("button.primary")
    page.wait_for_selector("#each")
    assert page.url.endswith("/?rulebook=tiny&rulebook=other")
    assert page.locator("input[name=rulebook]:checked").count() == 2
    assert set(page.locator(".advisory .chip").all_text_contents()) >= {"tiny"}
    visit.assert_clean()
    page.click("#rulebook-tiny >> text=Why, and why not?")
    page.wait_for_selector("#rules")
    assert page.url.endswith("/#rules")
    assert FULL["patient"]["id"] in page.text_content("h1")
    page.click("text=all together")
    page.wait_for_selector("#each")
    visit.assert_quiet()


def test_a_selection_works_without_scripts(chromium: Any, address: str) -> None:
    with visiting(chromium, address, java_script_enabled=False) as visit:
        page = visit.open("/?rulebook=tiny&rulebook=other")
        page.fill("#record", json.dumps({"patient": FULL["patient"]}))
        page.uncheck("input[name=rulebook][value=tiny]")
        page.click("button.primary")
        assert page.url.endswith("/?rulebook=other")
        assert FULL["patient"]["id"] in page.text_content("h1")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/approvals", "Changed since the approval"),
        (f"/rules/{NAME}", "as approved"),
        ("/cases", "Code systems and daily dose"),
        ("/cases/all.cases", "invented|V-1 V-2 is velozine"),
        ("/terminology/grumbling", "no case"),
        ("/audit/evidence/handbook.zorbulin", "Scenarios and their steps"),
    ],
)
def test_a_page_is_clean(visit: Visit, path: str, shown: str) -> None:
    page = visit.open(path)
    assert shown in page.text_content("main")
    visit.assert_clean()


def test_files_are_compared(visit: Visit, root: Path) -> None:
    page = visit.open("/differences")
    text = (root / "amounts/amounts.low.yaml").read_text(encoding="utf-8")
    changed = text.replace("less_than: $amount.minimum", "at_most: $amount.minimum").encode()
    page.set_input_files(
        "#files", [{"name": "amounts.low.yaml", "mimeType": "application/yaml", "buffer": changed}]
    )
    page.uncheck("[name=scenarios]")
    page.click("form.compare button.primary", no_wait_after=True)
    page.wait_for_selector("#result", timeout=60_000)
    assert "wider" in page.text_content("[id='rules-amounts.low']")
    visit.assert_clean()
    page.click("text=Evaluate as before")
    page.wait_for_selector("#rules")


@pytest.fixture
def quick_audit(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an audit without proofs, which is quick, and let the page find it at once."""
    monkeypatch.setattr(audit_process, "audit_rulebook", partial(audit_rulebook, proof=False))
    code = audit_process.main([str(root), str(root / "features"), str(tmp_path)])

    async def copy(_: str, arguments: list[str], **__: object) -> Finished:
        shutil.copytree(tmp_path, arguments[-1], dirs_exist_ok=True)
        return Finished(code, "")

    monkeypatch.setattr(audit_run, "run_python", copy)


@pytest.mark.usefixtures("quick_audit")
def test_cells_lead_to_scenarios_and_their_steps(chromium: Any, address: str) -> None:
    with visiting(chromium, address, viewport=NARROW) as visit:
        page = visit.open("/audit")
        page.click("button:has-text('Run the audit')")
        page.wait_for_selector("text=Audited in this service.")
        visit.open("/audit/evidence")
        visit.assert_clean()
        with page.expect_download() as download:
            page.click("text=Download as CSV")
        assert download.value.suggested_filename == "tiny-traceability.csv"
        page.click("a.chip:has-text('fired') >> nth=0")
        page.wait_for_selector("section.scenario")
        visit.assert_clean()
        page.click(".shown a >> nth=0")
        assert "zorbulin of 3 umol/L" in page.text_content("section.scenario:target")
