"""The summary of a population: all formats have the same figures, and escape hostile texts."""

from __future__ import annotations

import datetime
import json
import random
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from cds_engine.cohort.counts import BANDS, Counts
from cds_engine.cohort.report.data import to_json
from cds_engine.cohort.report.formatting import number, percent, share
from cds_engine.cohort.report.html import to_html
from cds_engine.cohort.report.summary import Summary
from cds_engine.cohort.report.text import to_text
from cds_engine.language.kleene import OUTCOMES
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import default_rulebook

RULEBOOK = load_rulebook(default_rulebook())
AS_OF = datetime.date(2026, 11, 23)


def drawn(patients: int) -> Counts:
    """Return invented counts of about so many patients, always the same."""
    chance = random.Random(7)
    weights = (3, 9, 11, 13, 15, 9, 10, 16, 10, 3, 1)
    ages = {band: patients * weight // 100 for band, weight in zip(BANDS, weights, strict=True)}
    counts = Counts(patients=sum(ages.values()), rejected=patients // 800)
    counts.ages.update({band: count for band, count in ages.items() if count})
    for rule in RULEBOOK.active_rules:
        applies, known, meets = chance.uniform(0.1, 0.95), chance.uniform(0.2, 0.95), chance.random() ** 4
        slope = chance.uniform(0.3, 1)
        silent = chance.random() < 0.15
        for place, (band, here) in enumerate(ages.items()):
            inside = int(here * applies)
            settled = int(inside * known)
            fired = 0 if silent else int(settled * meets * (slope if place < 6 else 1))
            found = (fired, settled - fired, inside - settled, here - inside)
            for outcome, count in zip(OUTCOMES, found, strict=True):
                if count:
                    counts.outcomes[rule.id, band, outcome] += count
    asked = [fact for fact in RULEBOOK.facts.values() if fact.finding is None]
    for fact in chance.sample(asked, 34):
        counts.missing[fact.name] = int(patients * chance.random() ** 2)
    for fact in chance.sample([fact for fact in asked if fact.kind == "number"], 4):
        counts.unused[fact.name] = int(patients * chance.random() / 500) + 1
    return counts


def summary_of(counts: Counts) -> Summary:
    return Summary(
        rulebook=RULEBOOK,
        as_of=AS_OF,
        layout="tables",
        backend="duckdb",
        inputs=("cohort/patients.parquet", "cohort/observations.parquet"),
        notices=("observations.parquet: the column 'ward' is no part of the layout and was not read",),
        counts=counts,
    )


HOSTILE = "\x1b[31m</code><script>alert(1)</script>\u202e\r\n\x00"
MANY = summary_of(drawn(2_412_345))


class Page(HTMLParser):
    """Collects the outline of a page, everything that it would fetch, and the text of each table row."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.rows: dict[str, list[str]] = {}
        self._row: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags[tag] += 1
        self.ids += [name] if (name := found.get("id")) else []
        if tag == "a":
            self.links.append(found["href"] or "")
        elif found.get("src") or tag in ("link", "script"):
            self.fetched.append(str(found))
        if tag == "tr":
            self._row = self.rows.setdefault(found.get("id") or f"row {len(self.rows)}", [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._row = []

    def handle_data(self, data: str) -> None:
        self._row += [data.strip()] if data.strip() else []


def assert_self_contained(html: str) -> None:
    page = Page(html)
    assert page.fetched == []
    assert "url(" not in html
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {"main", "nav", "h1", "header", "footer"} <= set(page.tags)
    assert page.tags["table"] == page.tags["thead"]


def test_the_sample_counts_are_consistent() -> None:
    for rule in RULEBOOK.active_rules:
        for band, patients in MANY.ages.items():
            assert sum(MANY.counts.outcomes[rule.id, band, outcome] for outcome in OUTCOMES) == patients


@pytest.mark.parametrize("patients", [1, 2_000, 2_412_345])
def test_every_format_has_the_same_figures(patients: int) -> None:
    summary = summary_of(one_patient() if patients == 1 else drawn(patients))
    counts = summary.counts
    data, text, page = json.loads(to_json(summary)), to_text(summary, 200), Page(to_html(summary))
    assert data["patients"] == counts.patients == sum(data["ages"].values())
    assert [rule["rule"] for rule in data["rules"]] == [rule.id for rule in RULEBOOK.active_rules]
    for rule in data["rules"]:
        outcomes = rule["outcomes"]
        assert list(outcomes) == list(OUTCOMES)
        assert sum(outcomes.values()) == counts.patients
        assert Counter(outcomes) == sum(map(Counter, rule["by_age"].values()), Counter())
        cells = [
            cell for count in outcomes.values() for cell in (number(count), share(count, counts.patients))
        ]
        shown = [cell for cell in page.rows[rule["rule"]] if re.fullmatch(r"[<>]?[\d,.]+( %)?", cell)]
        assert shown == cells
        [line] = [line.split() for line in text.splitlines() if line.split()[:1] == [rule["rule"]]]
        figures = ((number(count), percent(count, counts.patients)) for count in outcomes.values())
        assert line == [rule["rule"], *(cell for pair in figures for cell in pair)]


def test_missing_facts_have_questions_and_are_sorted_by_patients() -> None:
    data, text, html = json.loads(to_json(MANY)), to_text(MANY), to_html(MANY)
    found = [item["patients"] for item in data["missing"]]
    assert found == sorted(MANY.counts.missing.values(), reverse=True)
    first = data["missing"][0]
    told = f"{number(first['patients'])}  {share(first['patients'], MANY.counts.patients):>7}"
    assert f"{told}  {first['question']} ({first['fact']})" in text
    assert f"and {len(found) - 10} more facts" in text
    assert all(item["question"] in html for item in data["missing"])


def test_implausible_values_are_counted_by_fact() -> None:
    data, text, html = json.loads(to_json(MANY)), to_text(MANY), to_html(MANY)
    assert {item["fact"]: item["values"] for item in data["unused"]} == dict(MANY.counts.unused)
    for item in data["unused"]:
        assert f"- {item['fact']}: {number(item['values'])} value" in text
        assert f'<td class="number">{number(item["values"])}</td>' in html


def test_the_same_counts_give_the_same_bytes() -> None:
    counts = MANY.counts
    turned = Counts(
        counts.patients,
        counts.rejected,
        Counter(dict(reversed(counts.ages.items()))),
        Counter(dict(reversed(counts.outcomes.items()))),
        Counter(dict(reversed(counts.missing.items()))),
        Counter(dict(reversed(counts.unused.items()))),
    )
    again = replace(MANY, counts=turned)
    assert (to_json(again), to_text(again), to_html(again)) == (to_json(MANY), to_text(MANY), to_html(MANY))


def test_the_json_contains_no_path_and_no_backend() -> None:
    assert to_json(replace(MANY, backend="spark", inputs=("elsewhere",))) == to_json(MANY)


def test_every_format_is_for_research_only() -> None:
    data = json.loads(to_json(MANY))
    disclaimer = RULEBOOK.file.disclaimer
    assert data["research_use_only"] is True
    assert data["disclaimer"] == disclaimer
    for text in (to_text(MANY), to_html(MANY)):
        assert "research use only" in text
        assert " ".join(disclaimer.split()) in " ".join(text.split()).replace("&#39;", "'")


def test_foreign_texts_are_escaped_for_terminal_and_html() -> None:
    hostile = replace(MANY, notices=(HOSTILE,), inputs=(HOSTILE,))
    assert all(line.isprintable() for line in to_text(hostile).splitlines())
    html = to_html(hostile)
    assert "<script" not in html
    assert not {"\x1b", "\u202e", "\x00"} & set(html)
    assert json.loads(to_json(hostile))["notices"] == [HOSTILE]


def test_the_page_is_self_contained_and_structured() -> None:
    assert_self_contained(to_html(MANY))


@pytest.mark.parametrize("width", [80, 100])
def test_text_keeps_within_its_width(width: int) -> None:
    assert max(map(len, to_text(MANY, width).splitlines())) <= width


def test_a_rule_takes_one_line_if_it_fits() -> None:
    narrow, wide = (to_text(MANY, width).splitlines() for width in (100, 140))
    assert len(narrow) - len(wide) >= len(MANY.rules)


def one_patient() -> Counts:
    counts = Counts(patients=1, ages=Counter({"65-69": 1}))
    rules = RULEBOOK.active_rules
    counts.outcomes.update({(rule.id, "65-69", "not_applicable"): 1 for rule in rules[1:]})
    counts.outcomes[rules[0].id, "65-69", "fired"] = 1
    return counts


def test_one_patient_is_all_patients() -> None:
    summary = summary_of(one_patient())
    assert f"{len(summary.rules) - 1} fired for no patient" in to_text(summary)
    assert "100 %" in to_html(summary)
    assert [found.rule for found in summary.by_fired] == [RULEBOOK.active_rules[0]]


def test_without_patients_there_are_no_percentages() -> None:
    summary = summary_of(Counts(rejected=3))
    text, html, data = to_text(summary), to_html(summary), json.loads(to_json(summary))
    assert " %" not in text
    assert "No rule fired for any patient." in html
    assert "None: no unknown fact could make another rule fire." in html
    assert_self_contained(html)
    assert data["patients"] == 0
    assert data["rejected"] == 3
    assert {count for rule in data["rules"] for count in rule["outcomes"].values()} == {0}


@pytest.mark.parametrize(
    ("count", "of", "shown"),
    [
        (0, 1_000_000, "0"),
        (1, 1_000_000, "<0.1"),
        (999, 1_000_000, "<0.1"),
        (1_000, 1_000_000, "0.1"),
        (500_000, 1_000_000, "50.0"),
        (999_000, 1_000_000, "99.9"),
        (999_001, 1_000_000, ">99.9"),
        (999_999, 1_000_000, ">99.9"),
        (1_000_000, 1_000_000, "100"),
        (0, 0, "-"),
    ],
)
def test_only_none_is_0_percent_and_only_all_are_100(count: int, of: int, shown: str) -> None:
    assert percent(count, of) == shown
