"""All reports are views of one result, so they agree with each other."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cds_engine.audit.report.data import to_json
from cds_engine.audit.report.html import to_html
from cds_engine.audit.report.lcov import to_lcov
from cds_engine.audit.report.problems import problems
from cds_engine.audit.report.text import to_text
from cds_engine.audit.result import KINDS, AuditResult, Total

from tests.engine.audit.workbench import Workbench


def test_percentages_are_never_rounded_up() -> None:
    assert Total(999_999, 1_000_000).percent == 99.9
    assert Total(0, 0).percent == 100.0
    assert not Total(949, 1000, required=95).met
    assert Total(950, 1000, required=95).met


@pytest.mark.slow
def test_the_figures_agree_in_every_report(partial: AuditResult) -> None:
    data = json.loads(to_json(partial))
    text, html = to_text(partial), to_html(partial)
    for kind in KINDS:
        total = data["totals"][kind]
        assert f"{total['percent']:.1f} %  {total['covered']} of {total['of']}" in text
        assert f"<small>{total['covered']} of {total['of']}" in html
        if kind in ("outcome", "condition", "mcdc", "boundary"):
            decisions = [*data["rules"], *data["findings"]]
            for what in ("covered", "of"):
                assert sum(decision["totals"][kind][what] for decision in decisions) == total[what]


@pytest.mark.slow
def test_the_json_has_the_shape_of_the_contract(partial: AuditResult) -> None:
    data = json.loads(to_json(partial))
    assert data["rulebook"]["digest"].startswith("sha256:")
    assert set(data["totals"]) >= {"outcome", "condition", "mcdc", "boundary", "mutation", "evidence"}
    assert all({"covered", "of", "percent"} <= set(total) for total in data["totals"].values())
    assert {"rules", "survivors", "missing"} <= set(data)
    assert isinstance(data["proof"]["findings"], list)
    assert all({"target", "scenario"} <= set(item) for item in data["missing"])
    assert data["research_use_only"] is True
    assert data["disclaimer"]


@pytest.mark.slow
def test_the_source_is_coloured_by_the_goals_of_its_line(partial: AuditResult) -> None:
    html = to_html(partial)
    start = r'<li class="(\w+)"><span class="at">\d+</span><span class="code-text">[^<]*'
    [line] = re.findall(start + r"less_than: \$amount.minimum.*?</li>", html)
    [decision] = [decision for decision in partial.decisions if decision.name == "amounts.low"]
    [condition] = [found for found in decision.conditions if "below" in found.text]
    goals = [goal for goal in partial.of("condition", "amounts.low") if goal.index == condition.index]
    assert {goal.want for goal in goals if goal.covered} == {"true", "false"}
    assert line == "part"


class Outline(HTMLParser):
    """Collects what a screen reader needs, and whatever a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.ids += [found["id"]] if found.get("id") else []  # type: ignore[list-item]
        if tag == "a":
            self.links.append(found["href"] or "")
        elif found.get("src") or tag == "link":
            self.fetched.append(str(found))


@pytest.mark.slow
def test_the_page_is_self_contained_and_structured(partial: AuditResult) -> None:
    page = Outline()
    html = to_html(partial)
    page.feed(html)
    assert page.fetched == []
    assert "url(" not in html
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {"main", "nav", "h1", "caption"} <= set(page.tags)
    assert partial.disclaimer in html


def test_the_page_escapes_what_scenarios_say(bench: Workbench) -> None:
    bench.write(
        "Scenario: <script>alert(1)</script>\n  Given as of 2026-07-10\n  When the record is evaluated\n"
    )
    assert "<script>alert" not in to_html(bench.audit(proof=False))


@pytest.mark.slow
def test_lcov_has_a_branch_for_every_outcome_and_truth(partial: AuditResult) -> None:
    text = to_lcov(partial)
    assert text.count("SF:") == text.count("end_of_record") == len({s.file for s in partial.decisions})
    branches = re.findall(r"^BRDA:\d+,\d+,\d+,(\d+)$", text, re.MULTILINE)
    counted = [t for t in partial.goals if t.kind in ("outcome", "condition") and t.counted]
    assert len(branches) == len(counted)
    assert sum(count != "0" for count in branches) == sum(goal.covered for goal in counted)


@pytest.mark.slow
def test_problems_point_at_lines(partial: AuditResult) -> None:
    found = list(problems(partial))
    assert {problem.code for problem in found} >= {"uncovered-outcome", "uncovered-mcdc", "surviving-mutant"}
    for problem in found:
        assert problem.line is not None
        assert Path(problem.source).is_file()
