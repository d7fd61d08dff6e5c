"""From claims to rules to scenarios: tables, the workbook, the page, and what a report says of itself."""

from __future__ import annotations

import csv
import datetime
import io
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from cds_api.commands.repository import commit_of
from cds_api.commands.sarif import FINGERPRINT, to_sarif
from cds_engine.audit.report.data import as_data
from cds_engine.audit.report.html import to_html
from cds_engine.audit.report.problems import problems
from cds_engine.audit.report.text import to_text
from cds_engine.audit.report.traceability import to_csv
from cds_engine.audit.report.workbook import to_workbook
from cds_engine.audit.result import About, AuditResult
from cds_engine.errors import Problem
from openpyxl import load_workbook

from tests.engine.audit.workbench import Workbench

SCENARIOS = """Scenario Outline: Doses
  Given as of <day>
  And a patient of 40
  And the patient takes velozine <dose>
  And zorbulin over time:
    | when       | result   |
    | 3 days ago | 8 umol/L |
  When the record is evaluated
  Then rule amounts.low <outcome>

  Examples:
    | day        | dose     | outcome       |
    | 2026-07-10 | 99 ug/d  | fires         |
    | 2026-07-10 | 100 ug/d | does not fire |
"""
ABOUT = About(
    datetime.date(2026, 11, 23), "0123456789ab", "1.2.3", {"rulebook": "sha256:ff", "audit.toml": None}
)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> AuditResult:
    """Return the audit of an outline with two rows."""
    bench = Workbench(tmp_path_factory.mktemp("traced"))
    bench.write(SCENARIOS)
    return replace(bench.audit(proof=False), about=ABOUT)


@pytest.fixture(scope="module")
def rows(result: AuditResult) -> list[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(result))))


def text_at(place: str) -> str:
    """Return the line at a place such as ``file:line``."""
    file, _, line = place.rpartition(":")
    return Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_a_claim_leads_to_its_rules_and_their_scenarios(rows: list[Mapping[str, str]]) -> None:
    bands = [row for row in rows if row["claim"] == "handbook.bands" and row["rule"] == "amounts.low"]
    assert [(row["outcome"], row["scenario"]) for row in bands] == [
        ("fired", "Doses [2026-07-10 | 99 ug/d | fires]"),
        ("not_met", "Doses [2026-07-10 | 100 ug/d | does not fire]"),
    ]
    for row in bands:
        assert row["used_as"] == "cited, parameter"
        assert "handbook.bands:" in text_at(row["claim_at"])
        assert text_at(row["rule_at"]) == "id: amounts.low"
    assert "99 ug/d" in text_at(bands[0]["scenario_at"])


def test_what_leads_nowhere_says_why(rows: list[Mapping[str, str]]) -> None:
    [unseen] = [row for row in rows if row["claim"] == "handbook.bands" and row["rule"] == "amounts.high"]
    assert unseen["note"] == "no scenario expects an outcome of the rule"
    [codes] = [row for row in rows if row["claim"] == "handbook.codes"]
    assert (codes["rule"], codes["note"]) == ("", "kept as the source of codes in the terminology")
    assert {row["research_use_only"] for row in rows} == {"true"}
    assert rows[0]["disclaimer"].startswith("Invented for tests")


def test_the_workbook_has_the_same_rows(result: AuditResult, rows: list[Mapping[str, str]]) -> None:
    content = to_workbook(result)
    assert content == to_workbook(result)
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["About", "Traceability", "Mutants", "Terminology", "Scenarios"]
    traced = list(book["Traceability"].iter_rows(values_only=True))
    assert len(traced) == len(rows) + 1
    assert [cell or "" for cell in traced[1]] == [rows[0][str(name)] for name in traced[0]]
    about = dict(book["About"].iter_rows(min_row=2, max_col=2, values_only=True))
    assert about["date"] == "2026-11-23"
    assert about["commit"] == "0123456789ab"
    assert about["research_use_only"] == "true"
    assert about["digest of rulebook"] == "sha256:ff"
    mutants = list(book["Mutants"].iter_rows(min_row=2, values_only=True))
    assert len(mutants) == len(result.mutants)
    noticed = next(row for row in mutants if row[1] == "amounts.low" and row[4] == "killed")
    assert "all.feature" in str(noticed[5])
    steps = [row[2] for row in book["Scenarios"].iter_rows(min_row=2, values_only=True)]
    assert "Given as of 2026-07-10" in str(steps[0])
    assert "| 3 days ago | 8 umol/L |" in str(steps[0])


def test_formulas_and_links_stay_text(result: AuditResult) -> None:
    claim = replace(result.claims[0], locator="=1+1", source="http://example.org/x")
    book = load_workbook(io.BytesIO(to_workbook(replace(result, claims=(claim,)))))
    row = next(iter(book["Traceability"].iter_rows(min_row=2, max_row=2)))
    assert [cell.data_type for cell in row if cell.value in ("=1+1", "http://example.org/x")] == ["s", "s"]


def test_each_cell_of_the_page_links_to_scenarios_and_their_steps(result: AuditResult) -> None:
    page = to_html(result)
    ids = set(re.findall(r'id="([^"]+)"', page))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= ids
    assert '<a href="#shown-amounts-low-outcome">1</a>' in page
    assert {"shown-amounts-low-outcome", "shown-amounts-low-mutation", "scenario-1", "scenario-2"} <= links
    assert "| 3 days ago | 8 umol/L |" in page
    assert page.count("<html") == 1


def test_each_killed_mutant_names_the_scenario(result: AuditResult) -> None:
    killed = as_data(result)["killed"]
    assert killed
    assert all(re.search(r"all\.feature:\d+ \(.*all\.feature:\d+\)$", mutant["reason"]) for mutant in killed)


def test_reports_say_when_and_from_what_they_were_made(result: AuditResult) -> None:
    about = as_data(result)["about"]
    assert about == {
        "date": "2026-11-23",
        "commit": "0123456789ab",
        "engine": "1.2.3",
        "digests": {"rulebook": "sha256:ff", "audit.toml": None},
    }
    assert "Audited on 2026-11-23, of commit 0123456789ab, with engine 1.2.3; sha256:" in to_text(result)
    page = to_html(result)
    assert "Made on 2026-11-23" in page
    assert "0123456789ab" in page
    assert "sha256:ff" in page
    assert "Audited on" not in to_text(replace(result, about=About()))


def test_sarif_describes_rules_and_tells_problems_apart(result: AuditResult) -> None:
    log = to_sarif(problems(result), "1.2.3", result.disclaimer)
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("cds", "1.2.3")
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in driver["rules"]}
    assert levels["uncovered-outcome"] == levels["surviving-mutant"] == "warning"
    assert all(rule["shortDescription"]["text"].endswith(".") for rule in driver["rules"])
    assert run["properties"]["research_use_only"] is True
    fingerprints = [found["partialFingerprints"][FINGERPRINT] for found in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)
    for found in run["results"]:
        assert driver["rules"][found["ruleIndex"]]["id"] == found["ruleId"]
        assert found["level"] == levels[found["ruleId"]]


def test_a_fingerprint_stays_when_lines_move() -> None:
    def fingerprint(line: int) -> str:
        problem = Problem("a/rule.yaml", "wrong", "/when", line, 1, "misfit")
        found: str = to_sarif([problem], "1")["runs"][0]["results"][0]["partialFingerprints"][FINGERPRINT]
        return found

    assert fingerprint(3) == fingerprint(7)
    assert to_sarif([Problem("x", "m", code="misfit")], "1")["runs"][0]["results"][0]["level"] == "error"


def test_the_commit_of_a_folder(tmp_path: Path) -> None:
    assert commit_of(tmp_path / "nowhere") is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    assert commit_of(tmp_path) is None
    (tmp_path / "a").write_text("1")
    subprocess.run([*git, "add", "a"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
    commit = commit_of(tmp_path)
    assert commit is not None
    assert re.fullmatch("[0-9a-f]{12}", commit)
    (tmp_path / "a").write_text("2")
    assert commit_of(tmp_path) == f"{commit} with changes"
