"""The pages about rules, facts, parameters, evidence and terminology."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest
from cds_api.app import create_app
from cds_api.settings import Settings
from cds_engine import Engine, load_rulebook
from cds_engine.rulebook.shipped import shipped_rulebooks
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.workbench.crawler import Crawl
from tests.api.workbench.pages import OWN, Html
from tests.rulebook.tiny import TINY

RULE = "monitoring.neutropenia-moderate"
BASES = ("folklore", "labelling", "literature", "operational")
SHARE = 5 if os.environ.get("CI") else 15
"""Of so many pages of one kind, one is visited where not all are."""


def get(client: TestClient, address: str) -> Html:
    response = client.get(address, headers={"Accept": "text/html"})
    assert response.status_code == 200, address
    return Html(response.text)


def listed(client: TestClient, address: str) -> list[str]:
    """Return the ids of the rules in the list."""
    return [
        link.removeprefix("/rules/") for link in get(client, address).attributes("a", "href") if "." in link
    ]


@pytest.mark.ci
@pytest.mark.slow
def test_every_link_leads_somewhere(client: TestClient) -> None:
    crawl = Crawl()
    alike = ("/audit/evidence/", "/audit/shown/")
    crawl.limit = lambda address: not address.startswith(alike) or crc32(address.encode()) % SHARE == 0
    crawl.follow(client, "/rules")
    assert crawl.broken == []
    assert len(crawl.pages) > 800
    for address, page in crawl.pages.items():
        assert not page.twice, address
        assert not page.styled, address


@pytest.mark.slow
def test_links_keep_the_rulebook_that_was_chosen(engine: Engine) -> None:
    other = Engine(load_rulebook(shipped_rulebooks() / "clozapine"))
    client = TestClient(create_app(Settings(rate_limit=0), engine, other), base_url=LOCAL)
    crawl = Crawl()
    crawl.limit = lambda address: address.count("/") == 1 or crc32(address.encode()) % SHARE == 0
    crawl.follow(client, "/rules?rulebook=clozapine")
    assert crawl.broken == []
    assert len(crawl.pages) > 400 / SHARE
    assert {address for address in crawl.pages if "rulebook=clozapine" not in address} == {"/docs"}


@pytest.mark.parametrize(
    ("query", "check"),
    [
        ("family=dosing", lambda rule: rule.family == "dosing"),
        ("indicator=critical", lambda rule: rule.file.advisory.indicator == "critical"),
        ("disputed=yes", lambda rule: bool(rule.file.conflicts)),
        ("text=Neutropenia%20MODERATE", lambda rule: rule.id == RULE),
        ("family=dosing&disputed=yes", lambda rule: rule.family == "dosing" and bool(rule.file.conflicts)),
    ],
)
def test_filters_of_rules(client: TestClient, engine: Engine, query: str, check: Callable[..., bool]) -> None:
    expected = {rule.id for rule in engine.rulebook.rules.values() if check(rule)}
    found = set(listed(client, f"/rules?{query}")) & set(engine.rulebook.rules)
    assert 0 < len(expected) < len(engine.rulebook.rules)
    assert found == expected


def test_the_bases_are_those_of_the_rulebook(tmp_path: Path) -> None:
    root = tmp_path / "tiny"
    shutil.copytree(TINY, root)
    for name in ("evidence", "facts", "parameters"):
        file = root / f"{name}.yaml"
        file.write_text(file.read_text().replace("basis: standard", "basis: folklore"))
    with (root / "rulebook.yaml").open("a") as file:
        titles = ", ".join(f"{name}: {{title: {name}}}" for name in BASES)
        file.write(f"bases: {{{titles}}}\n")
    client = TestClient(create_app(Settings(rate_limit=0), Engine(load_rulebook(root))), base_url=LOCAL)
    assert "lab.zorbulin-low" in listed(client, "/rules?basis=folklore")
    assert "lab.zorbulin-low" not in listed(client, "/rules?basis=labelling")
    for address in ("/rules", "/evidence"):
        found = get(client, address).texts("select", name="basis")
        assert [" ".join(text.split()) for text in found] == [" ".join(["all", *BASES])]


def test_filters_by_basis_and_by_fact(client: TestClient, engine: Engine) -> None:
    claims = engine.rulebook.evidence.claims
    standard = {
        rule.id
        for rule in engine.rulebook.rules.values()
        if any(claims[name].basis == "standard" for name in rule.file.evidence)
    }
    assert set(listed(client, "/rules?basis=standard")) == standard
    falling = set(listed(client, "/rules?fact=neutrophils.latest")) & set(engine.rulebook.rules)
    assert {RULE, "monitoring.count-falling"} <= falling  # the second one through a formula
    page = get(client, "/rules?fact=neutrophil.latest")
    assert "No rule passes" in page.text("p", **{"class": "empty"})
    assert "did you mean 'neutrophils.latest'?" in "".join(page.texts("div", **{"class": "notice"}))


def test_the_page_of_a_rule(client: TestClient) -> None:
    page = get(client, f"/rules/{RULE}")
    assert page.text("h1") == "Moderate neutropenia on mianserin"
    [when] = page.texts("section", id="when")
    for text in (
        "current treatment with mianserin",
        "latest neutrophil count is below 1.5 10*9/L",
        "just above",
    ):
        assert text in when
    assert "2017-11-27" in page.text("section", id="numbers")
    assert "read in the grading tables" in page.text("section", id="evidence")
    assert "Decision: Version 5.0 is used." in page.text("section", id="conflicts")
    assert "The grades have no gap and no overlap" in page.text("section", id="scenarios")
    assert "For every value of neutrophils.latest exactly one rule" in page.text("section", id="proved")
    assert "the meaning is that of the lock" in page.text("section", id="history")
    assert "by the project's maintainers" in page.text("section", id="history")
    source = page.text("section", id="source")
    assert re.search(r"14 - neutrophils.latest: \{less_than: \$blood.neutrophils.grade2_below\}", source)


def test_numbers_are_those_of_the_day(client: TestClient) -> None:
    assert "Values on 2020-01-01." in client.get(f"/rules/{RULE}?as_of=2020-01-01").text
    assert client.get(f"/rules/{RULE}?as_of=tomorrow").status_code == 422


def test_pages_of_facts(client: TestClient) -> None:
    finding = get(client, "/facts/patient.adult")
    assert "age of the patient is at least 18 years" in finding.text("section", id="meaning")
    assert "Labels exclude patients under 18" in finding.text("section", id="meaning")
    assert "18 rules depend on it" in finding.text("section", id="used-by")
    formula = get(client, "/facts/neutrophils.fall_percent")
    assert "Written once for many concepts" in formula.text("section", id="source")
    assert "neutrophils.previous_fresh" in formula.text("section", id="uses")
    rows = get(client, "/facts?origin=finding&used=yes").texts("th", scope="row")
    assert "patient.adultadult age" in rows
    assert all("neutrophils.latest" not in row for row in rows)


def test_pages_of_parameters(client: TestClient) -> None:
    page = get(client, "/parameters/blood.neutrophils.grade2_below")
    assert "1.5 10*9/L holds on" in page.text("section", id="values")
    assert RULE in page.text("section", id="rules")
    assert len(get(client, "/parameters?text=neutrophil").texts("th", scope="row")) == 3


def test_pages_of_evidence(client: TestClient, engine: Engine) -> None:
    claim = get(client, "/evidence/ctcae-v5.neutrophils")
    assert "Common Terminology Criteria" in claim.text("section", id="stated")
    assert "Versions of CTCAE" in claim.text("section", id="conflicts")
    assert RULE in claim.text("section", id="rules")
    unused = get(client, "/evidence?unused=yes").texts("td", **{"class": "statement"})
    assert 0 < len(unused) < len(engine.rulebook.evidence.claims)
    assert not any("ctcae-v5.neutrophils" in row for row in unused)
    assert "Version 5.0 is used." in get(client, "/conflicts/ctcae-version").text("section", id="statement")
    assert "cited by" in get(client, "/sources").text("table")
    assert "Ki 4.8 nM" in get(client, "/pharmacology").text("section", id="target-alpha2a-adrenergic")


@pytest.mark.parametrize(
    ("code", "section", "said"),
    [
        ("loinc%7C751-8", "In observations", "certain It is neutrophils."),
        ("LOINC%7C751-8", "In drugs", "nothing It is certainly none of the drugs"),
        ("icd-10-cm%7CF32.4", "In conditions", "perhaps It may be one of these"),
        ("loinc%7C30451-9", "In observations", "perhaps It may be one of these"),
        ("unheard-of%7C1", "In conditions", "not understood The rulebook does not understand it"),
        ("neutrophil%20count", "In observations", "certain It is neutrophils."),
    ],
)
def test_what_a_code_means(client: TestClient, code: str, section: str, said: str) -> None:
    cards = get(client, f"/terminology?code={code}").texts("section", **{"class": "card"})
    [card] = [text for text in cards if text.startswith(section)]
    assert card.removeprefix(section).strip().startswith(said)


def test_codes_are_found_by_their_beginning(client: TestClient) -> None:
    rows = get(client, "/terminology?code=F32.1").texts("tr")
    assert "F32.1*icd-10-cmmajor depressive disorderis the concept" in rows
    page = get(client, "/terminology/neutrophils")
    assert "complete: a code in no list is something else" in page.text("section", id="codes")
    assert "K/uL" in page.text("section", id="units")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/rules/monitoring.neutropenia-moderat", "did you mean &#39;monitoring.neutropenia-moderate&#39;?"),
        ("/facts/patient.adul", "did you mean"),
        ("/parameters/nothing", "no parameter"),
        ("/evidence/nothing", "no claim"),
        ("/conflicts/nothing", "no conflict"),
        ("/sources/nothing", "no source"),
        ("/terminology/mianserine", "did you mean &#39;mianserin&#39;?"),
        ("/scenarios/features/nothing.feature", "no feature"),
        ("/scenarios/features/../../pyproject.toml", ""),
        ("/rules?rulebook=minaserin", "did you mean &#39;mianserin&#39;?"),
    ],
)
def test_what_does_not_exist(client: TestClient, address: str, said: str) -> None:
    response = client.get(address, headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert said in response.text


@pytest.mark.parametrize(
    "path",
    ["/rules", "/approvals", "/facts", "/evidence", "/terminology", "/cases", "/audit", "/audit/evidence"],
)
def test_long_pages_are_light(client: TestClient, path: str) -> None:
    """The first view of a page, with everything that it loads, takes less than 100 kB."""
    headers = {"Accept-Encoding": "gzip", "Accept": "text/html"}
    sizes = []
    page = client.get(path, headers=headers)
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    for address in (path, *files):
        response = client.get(address, headers=headers)
        assert response.status_code == 200
        assert (
            response.headers.get("content-encoding") == "gzip"
            or int(response.headers["content-length"]) < 1024
        )
        sizes.append(int(response.headers["content-length"]))
    assert len(files) >= 3
    assert sum(sizes) < 100_000


def test_a_rulebook_without_features() -> None:
    client = TestClient(create_app(Settings(rate_limit=0), Engine(load_rulebook(TINY))), base_url=LOCAL)
    crawl = Crawl()
    crawl.follow(client, "/rules")
    assert crawl.broken == []
    assert "not on this machine" in client.get("/scenarios").text
    assert "not on this machine" in client.get("/audit").text
    assert client.post("/audit", data={"run": "yes"}, headers=OWN).status_code == 404
