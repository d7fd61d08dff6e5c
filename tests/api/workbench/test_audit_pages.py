"""The pages of the audit: the stored one, and one that is run from the page."""

from __future__ import annotations

import csv
import io
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cds_api.app import create_app
from cds_api.settings import Settings
from cds_api.workbench import audit_run
from cds_api.workbench.processes import Finished
from cds_api.workbench.views.coverage import AuditFigures
from cds_engine import Engine, load_rulebook
from cds_engine.language.expressions import Comparison
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from tests.api.conftest import LOCAL
from tests.api.workbench.crawler import Crawl
from tests.api.workbench.pages import OWN, Html
from tests.rulebook.tiny import TINY

FEATURE = """Feature: Amounts

  Scenario: Below the minimum
    Given as of 2026-11-23
    And a patient of 30
    And the patient takes velozine 50 ug/d
    When the record is evaluated
    Then rule amounts.low fires
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[TestClient]:
    """Return a client of a service with a copy of the tiny rulebook that has a feature."""
    root = tmp_path / "tiny"
    shutil.copytree(TINY, root)
    (root / "features").mkdir()
    (root / "features" / "amounts.feature").write_text(FEATURE)
    (root / "audit.toml").write_text("[goals]\noutcome = 100\n")
    with TestClient(
        create_app(Settings(rate_limit=0), Engine(load_rulebook(root))), base_url=LOCAL
    ) as client:
        yield client


def run_and_wait(client: TestClient) -> Html:
    """Start an audit and return the page after it."""
    response = client.post("/audit", data={"run": "yes"}, headers=OWN, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == "/audit"
    deadline = time.monotonic() + 120
    while client.get("/audit/state").json()["running"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return Html(client.get("/audit").text)


def test_the_stored_audit(client: TestClient, engine: Engine) -> None:
    page = Html(client.get("/audit").text)
    stored = json.loads((engine.rulebook.root / "coverage.json").read_bytes())
    totals = stored["totals"]
    figures = page.texts("ul", **{"class": "figures"})[0]
    for total in totals.values():
        assert f"{total['covered']} of {total['of']}" in figures
    assert "From the stored audit." in "".join(page.texts("span", **{"class": "quiet"}))
    rows = page.texts("tr")
    first = stored["rules"][0]
    shares = "".join(f"{item['covered']}/{item['of']}" for item in first["totals"].values() if item["of"])
    assert first["id"] + shares in rows
    assert client.get("/audit/state").json() == {"running": False}


def test_claims_lead_to_rules_and_scenarios(client: TestClient) -> None:
    page = Html(client.get("/audit/evidence").text)
    [row] = [row for row in page.texts("tr") if "ctcae-v5.neutrophils" in row]
    assert "monitoring.agranulocytosis-range" in row
    assert "missing" not in row


@pytest.mark.ci
@pytest.mark.slow
def test_an_audit_run_from_the_page(tiny: TestClient) -> None:
    assert "No audit of this rulebook is stored." in tiny.get("/audit").text
    page = run_and_wait(tiny)
    assert page.text("span", **{"class": "truth-false"}) == "not passed"
    assert "Audited in this service." in "".join(page.texts("span", **{"class": "quiet"}))
    assert "fired" in page.texts("th")
    [row] = [row for row in page.texts("tr") if row.startswith("amounts.low")]
    assert row.startswith("amounts.low1never")
    assert "each of the" in "".join(page.texts("li"))
    assert page.texts("section", id="missing") or "Missing scenarios" in "".join(page.texts("h2"))
    rule = Html(tiny.get("/rules/amounts.low").text)
    assert "just below" in rule.text("section", id="when")
    assert "no scenario shows" in rule.text("section", id="source")
    crawl = Crawl()
    crawl.follow(tiny, "/audit")
    assert crawl.broken == []
    check_traceability(tiny)


def check_traceability(client: TestClient) -> None:
    """Check the way from a claim to the steps of a scenario, and the files for download."""
    evidence = Html(client.get("/audit/evidence").text)
    fired = "/audit/shown/amounts.low#shown-amounts-low-outcome-fired"
    assert fired in evidence.attributes("a", "href")
    shown = Html(client.get(fired).text)
    item = shown.text("div", id="shown-amounts-low-outcome-fired")
    assert item.startswith("fired")
    [scenario] = shown.texts("section", class_="scenario")
    assert "the patient takes velozine 50 ug/d" in scenario
    assert "/scenarios/features/amounts.feature#L" in "".join(shown.attributes("a", "href"))
    claim = next(each for each in evidence.attributes("a", "href") if each.startswith("/audit/evidence/"))
    assert "the patient takes velozine 50 ug/d" in Html(client.get(claim).text).text("main")
    matrix = Html(client.get("/audit").text)
    assert "/audit/shown/amounts.low#shown-amounts-low-condition" in matrix.attributes("a", "href")

    rows = list(csv.DictReader(io.StringIO(client.get("/audit/traceability.csv").text)))
    assert {"amounts.low"} <= {row["rule"] for row in rows}
    assert rows[0]["research_use_only"] == "true"
    workbook = client.get("/audit/audit.xlsx")
    assert workbook.headers["content-disposition"] == 'attachment; filename="tiny-audit.xlsx"'
    sheet = load_workbook(io.BytesIO(workbook.content), read_only=True)["Traceability"]
    assert sum(1 for _ in sheet.rows) == len(rows) + 1


@pytest.mark.parametrize("address", ["/audit/traceability.csv", "/audit/audit.xlsx"])
def test_files_are_made_from_an_audit(client: TestClient, address: str) -> None:
    response = client.get(address, headers=OWN)
    assert response.status_code == 404
    assert "Run the audit first" in response.text


def test_scenarios_of_a_claim_without_an_audit(client: TestClient) -> None:
    page = Html(client.get("/audit/evidence/ctcae-v5.neutrophils").text)
    assert "monitoring.agranulocytosis-range" in page.texts("h2")
    steps = page.texts("ol", class_="scenario-steps")
    assert steps
    assert all("When" in each or "Given" in each for each in steps)
    shown = Html(client.get("/audit/shown/monitoring.agranulocytosis-range").text)
    assert "Run the audit" in shown.text("main")


@pytest.mark.parametrize("address", ["/audit/evidence/nothing", "/audit/shown/nothing"])
def test_what_has_no_scenarios(client: TestClient, address: str) -> None:
    assert client.get(address, headers=OWN).status_code == 404


def test_an_audit_that_fails_says_why(tiny: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> Finished:
        return Finished(2, "some warning\ntiny.yaml:3:1: <unknown> key\n")

    monkeypatch.setattr(audit_run, "run_python", fail)
    page = run_and_wait(tiny)
    assert "tiny.yaml:3:1: <unknown> key" in "".join(page.texts("p"))


def test_only_a_page_of_this_service_starts_an_audit(tiny: TestClient) -> None:
    other = {"Origin": "https://other.example", "Accept": "text/html"}
    assert tiny.post("/audit", data={"run": "yes"}, headers=other).status_code == 403
    assert tiny.get("/audit/state").json() == {"running": False}


STORED: dict[str, Any] = {
    "totals": {},
    "rules": [{"id": "a.b", "totals": {"condition": {"covered": 2, "of": 3}}}],
    "findings": [],
    "survivors": [{"subject": "a.b", "change": "dropped", "accepted": None}],
    "missing": [
        {"target": "condition of a.b, line 5: 'count is below 2' is unknown", "reason": None},
        {"target": "mcdc of a.b, line 5: 'count is below 2' decides by being true", "reason": None},
        {"target": "boundary of a.b, line 5: count at 2: 2", "reason": None},
        {"target": "boundary of a.b, line 6: count just above 2: 3", "reason": None},
    ],
    "excluded": [
        {"kind": "boundary", "subject": "a.b", "pointer": "/when/count", "want": "just below", "label": "x",
         "reason": "outside"},
    ],
    "proof": {"done": True, "findings": [{"kind": "unreachable", "rules": ["a.b"], "statement": "never"}]},
}  # fmt: skip


def test_the_goals_of_a_comparison_from_the_stored_figures() -> None:
    figures = AuditFigures(STORED, current=True)
    assert not figures.detailed
    leaf = Comparison("count", "less_than", None, "limit", "/when/count")
    goals = figures.goals("a.b", leaf, 5)
    assert goals is not None
    assert [goal.state for goal in goals.truths] == ["shown", "shown", "missing"]
    assert goals.decides.state == "missing"
    assert [goal.state for goal in goals.sides] == ["impossible", "missing", "shown"]
    assert goals.sides[0].reason == "outside"
    elsewhere = figures.goals("a.b", Comparison("flag", "is", True, None, "/when/flag"), 7)
    assert elsewhere is not None
    assert not elsewhere.missing
    assert elsewhere.sides == ()
    assert figures.goals("other", leaf, 5) is None
    assert figures.excluded("a.b") == [("x", "outside")]
    assert [issue["kind"] for issue in figures.issues("a.b")] == ["unreachable"]
    assert [mutant["change"] for mutant in figures.survivors("a.b")] == ["dropped"]
