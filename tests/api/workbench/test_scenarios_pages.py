"""The pages of scenarios: reading features, and writing and running one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from cds_api.workbench import scenarios_pages
from cds_api.workbench.processes import Finished
from cds_api.workbench.views.features import read_run
from cds_engine.rulebook.shipped import default_rulebook
from cds_engine.scenarios import run_file
from fastapi.testclient import TestClient

from tests.api.workbench.pages import OWN, Html

FEATURE = """Feature: Try

  Background:
    Given as of 2026-11-23

  Scenario Outline: Counts
    Given the patient takes mianserin
    And neutrophils of <count> 10*9/L, 3 days ago
    When the record is evaluated
    Then rule monitoring.neutropenia-moderate <outcome>

    Examples:
      | count | outcome          |
      | 1.2   | fires as warning |
      | 1.6   | fires            |

  Scenario: A name with a mistake
    Given the patient takes minaserin
    When the record is evaluated
    Then no rule fires

  @http
  Scenario: Over HTTP
    When the record is evaluated
    Then no rule fires
"""


def post(client: TestClient, path: str, text: str) -> Any:
    return client.post(path, data={"text": text}, headers=OWN)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the report of the feature, run in this process without limits."""
    monkeypatch.setattr(run_file.resource, "setrlimit", lambda *_: None)
    feature, output = tmp_path / "scenario.feature", tmp_path / "result.json"
    feature.write_text(FEATURE)
    assert run_file.main([str(feature), str(default_rulebook()), str(output), "20"]) == 0
    data: dict[str, Any] = json.loads(output.read_text())
    return data


def test_each_step_passes_fails_or_does_not_run(report: dict[str, Any]) -> None:
    run = read_run(report, FEATURE)
    assert [(scenario.line, scenario.passed) for scenario in run.scenarios] == [
        (14, True),
        (15, False),
        (17, False),
        (23, False),
    ]
    states = {line: state for line, (state, _) in run.notes.items()}
    assert states == {
        4: "full",
        7: "full",
        8: "full",
        9: "full",
        10: "missing",
        14: "full",
        15: "missing",
        17: "missing",
        18: "missing",
        19: "skipped",
        20: "skipped",
        23: "missing",
        24: "missing",
        25: "skipped",
    }
    [reason] = run.notes[10][1]
    assert reason.startswith("with 1.6 | fires:\nexpected monitoring.neutropenia-moderate to fire")
    assert "found 1.6" in reason
    assert run.notes[18][1] == ["the rulebook has no drug 'minaserin' (did you mean 'mianserin'?)"]
    assert run.notes[24][1] == ["a scenario over HTTP cannot run here; run it with: cds scenarios"]


def test_a_run_from_the_page(client: TestClient) -> None:
    scenario = FEATURE.partition("  Scenario Outline")[0] + (
        "  Scenario: Nothing but the date\n    When the record is evaluated\n    Then no rule fires\n"
    )
    page = Html(post(client, "/scenarios/run", scenario).text)
    assert page.text("p", role="status") == "1 scenario passed"
    assert page.text("textarea") == " ".join(scenario.split())


def test_text_that_is_no_feature(client: TestClient) -> None:
    page = Html(post(client, "/scenarios/run", "Feature: x\n  Scenario: <b>y</b>\n    Gven z").text)
    assert page.text("p", role="status") == "The feature cannot be run"
    assert "Line 3: unknown keyword 'Gven' (did you mean 'Given'?)" in page.texts("li")


def test_limits(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any, **__: Any) -> Finished:
        return Finished(None, "")

    monkeypatch.setattr(scenarios_pages, "run_python", never)
    page = Html(post(client, "/scenarios/run", "Feature: x").text)
    assert "took longer than 20 seconds" in "".join(page.texts("li"))
    assert post(client, "/scenarios/run", "x" * (scenarios_pages.MOST_TEXT + 1)).status_code == 413
    other = {"Origin": "https://other.example", "Accept": "text/html"}
    assert client.post("/scenarios/run", data={"text": "Feature: x"}, headers=other).status_code == 403


def test_few_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: Any) -> str:
        await asyncio.sleep(0)
        return "done"

    class Book:
        class rulebook:  # noqa: N801
            root = Path()

    async def all_at_once() -> list[Any]:
        runner = scenarios_pages.Runner()
        runs = [runner.run("x", Book()) for _ in range(6)]  # type: ignore[arg-type]
        return await asyncio.gather(*runs, return_exceptions=True)

    monkeypatch.setattr(scenarios_pages, "_run", slow)
    results = asyncio.run(all_at_once())
    assert results[:4] == ["done"] * 4
    assert [error.status for error in results[4:]] == [503, 503]


def test_download_and_the_editor(client: TestClient) -> None:
    response = post(client, "/scenarios/download", FEATURE)
    assert response.text == FEATURE
    assert response.headers["content-disposition"] == 'attachment; filename="scenario.feature"'
    assert response.headers["cache-control"] == "no-store"
    page = Html(post(client, "/scenarios/new", FEATURE).text)
    assert page.text("textarea") == " ".join(FEATURE.split())
    assert not page.texts("section", id="result")
    shipped = client.get("/scenarios/new?feature=monitoring/neutrophils.feature").text
    assert "The grades have no gap and no overlap" in shipped


def test_the_steps_are_listed_with_examples(client: TestClient) -> None:
    page = Html(client.get("/scenarios/new").text)
    templates = page.texts("p", **{"class": "template"})
    assert "When the record is evaluated" in templates
    assert any(text.startswith("Then rule {rule}") for text in templates)
    assert "monitoring.neutropenia-moderate" in page.attributes("option", "value")


def test_a_feature(client: TestClient) -> None:
    listed = client.get("/scenarios").text
    assert "/scenarios/features/monitoring/neutrophils.feature" in listed
    page = Html(client.get("/scenarios/features/monitoring/neutrophils.feature").text)
    assert "Scenario Outline: The grades have no gap and no overlap" in page.text("li", id="L11")
    assert "/rules/monitoring.neutropenia-moderate" in page.attributes("a", "href")
