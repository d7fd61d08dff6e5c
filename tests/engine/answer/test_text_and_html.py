"""An evaluation as text and as HTML: everything that the evaluation says, and nothing unescaped."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from cds_engine.answer.html import evaluation_html
from cds_engine.answer.text import WIDTH, evaluation_text

from tests.rulebook import tiny
from tests.rulebook.tiny import FULL

RULEBOOK = tiny.engine().rulebook
INLINE = ("strong", "small", "span")
NASTY = '<script>alert("x")</script>\x1b[31m'


def text_of(sections: dict[str, Any], **options: Any) -> str:
    return evaluation_text(RULEBOOK, tiny.evaluate(sections, **options))


def html_of(sections: dict[str, Any], **options: Any) -> str:
    return evaluation_html(RULEBOOK, tiny.evaluate(sections, **options))


class Visible(HTMLParser):
    """Collects the visible text and the tags of HTML, and checks that every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.parts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.parts += [] if tag in INLINE else [" "]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())


def test_text() -> None:
    assert text_of(FULL).splitlines() == [
        "t-1, as of 2026-11-23, tiny 0.1.0",
        "For research use only",
        "",
        "CRITICAL  Zorbulin 1.5 umol/L: lowest",
        "  The handbook calls zorbulin below 2 umol/L lowest.",
        "  because    latest zorbulin: 1.5 umol/L (< 2 umol/L)",
        "             current treatment with velozine: yes",
        "  evidence   Zorbulin below 5.5 umol/L is low, below 2 lowest, and used for 30 days. [Handbook, page",  # noqa: E501
        "             3; standard]",
        "  mechanism  Gribbling is dampened.",
        "  rule       lab.zorbulin-lowest",
        "",
        "WARNING  Velozine 350 ug/d: above 300 ug/d",
        "  The handbook reports doses up to 300 ug/d.",
        "  because    daily dose of velozine: 350 ug/d (> 300 ug/d)",
        "             current treatment with velozine: yes",
        "             age of the patient: 30 years (>= 16 years)",
        "  evidence   Velozine is taken at 100 to 400 ug a day, lately to 300. [Handbook, page 2; labelling,",
        "             reliability A]",
        "  conflict   An older page says 400. Decision: The younger page counts from its date on.",
        "  limitation Half a tablet cannot be told from a whole one.",
        "  rule       amounts.high",
        "",
        "Missing facts, without which 1 rule could not be evaluated",
        "  - What is velozine taken for? (velozine.indication, 1 rule)",
        "",
        "2 fired, 3 not met, 1 not evaluable, 0 not applicable.",
        "Invented for tests; research use only.",
    ]


@pytest.mark.parametrize("render", [text_of, html_of])
def test_missing_facts_and_disclaimer(render: Any) -> None:
    shown = render({"patient": {"age_years": 30}})
    for expected in (
        "no patient id",
        "For research use only",
        "No advisory.",
        "Missing facts, without which 6 rules could not be evaluated",
        "Invented for tests; research use only.",
        "0 fired, 0 not met, 6 not evaluable, 0 not applicable.",
    ):
        assert expected in shown
    assert "Data ignored or changed" not in shown


@pytest.mark.parametrize("render", [text_of, html_of])
def test_the_trace_is_shown_if_there_is_one(render: Any) -> None:
    assert "amounts.low: not_met" not in render(FULL)
    shown = render(FULL, explain=True)
    for rule in RULEBOOK.active_rules:
        assert f"{rule.id}: " in shown
    assert "velozine.daily_dose" in shown


def test_text_is_wrapped_and_has_no_control_characters() -> None:
    shown = text_of({**FULL, "patient": {"id": NASTY}, "symptoms": [{"code": NASTY}]}, explain=True)
    assert "\x1b" not in shown
    assert "Data ignored or changed" in shown
    assert max(map(len, shown.splitlines())) <= WIDTH


def test_html_says_what_the_text_says() -> None:
    shown = Visible(html_of(FULL)).text
    label = r"^ *(because|evidence|mechanism|conflict|limitation|rule|CRITICAL|WARNING|-) +"
    lines = [re.sub(label, "", line).strip() for line in text_of(FULL).splitlines()]
    assert [line for line in lines if line not in shown] == []


def test_html_is_escaped_and_self_contained() -> None:
    html = html_of({**FULL, "patient": {"id": NASTY}, "symptoms": [{"code": NASTY}]}, explain=True)
    page = Visible(html)
    assert page.tags <= {"div", "p", "span", "strong", "small", "details", "summary", "ul", "li"}
    assert 'alert("x")' in page.text
    assert not re.search(r"https?://|\b(src|href|url|on\w+)\s*[=(]", html)
