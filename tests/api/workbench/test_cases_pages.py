"""The pages about terminology cases."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cds_api.app import create_app
from cds_api.settings import Settings
from cds_engine import Engine, load_rulebook
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.workbench.pages import OWN, Html
from tests.engine.audit.workbench import CASES, Workbench


def serve(bench: Workbench) -> TestClient:
    shutil.copytree(bench.features, bench.root / "features")
    return TestClient(create_app(Settings(rate_limit=0), Engine(load_rulebook(bench.root))), base_url=LOCAL)


def get(client: TestClient, address: str) -> Html:
    response = client.get(address, headers=OWN)
    assert response.status_code == 200, address
    return Html(response.text)


@pytest.fixture(scope="module")
def covered(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """Return a client of the tiny rulebook, whose cases cover everything."""
    return serve(Workbench(tmp_path_factory.mktemp("covered")))


def rows(page: Html, text: str) -> list[str]:
    return [row for row in page.texts("tr") if text in row]


@pytest.mark.parametrize(
    ("concept", "entry", "case"),
    [
        ("velozine", "invented V-2 is velozine", "invented|V-1 V-2 is velozine"),
        ("zorbulin", "'micromol/L' is umol/L", "zorbulin 5 umol/L, 5000 nmol/L"),
        ("zorbulin", "1 nmol/L is 0.001 umol/L", "zorbulin 5 umol/L, 5000 nmol/L"),
        ("zorbulin", "plausible maximum 400 umol/L", "zorbulin 400 umol/L is 400 umol/L"),
    ],
)
def test_an_entry_leads_to_the_case_that_covers_it(
    covered: TestClient, concept: str, entry: str, case: str
) -> None:
    page = get(covered, f"/terminology/{concept}")
    [row] = rows(page, entry)
    line = next(number for number, text in enumerate(CASES.splitlines(), 1) if text.startswith(case))
    assert f"all.cases:{line}" in row
    assert f"/cases/all.cases#L{line}" in page.attributes("a", "href")
    assert "no case" not in page.text("section", id="cases")
    assert case in get(covered, "/cases/all.cases").text("li", id=f"L{line}")


def test_entries_of_no_concept_are_on_the_page_of_all_cases(covered: TestClient) -> None:
    page = get(covered, "/cases")
    assert "all.cases:1" in rows(page, "'INV' is the code system invented")[0]
    assert "all.cases:9" in rows(page, "'mcg/day' is ug/d")[0]
    assert rows(page, "all.cases1616")


@pytest.mark.parametrize(
    ("change", "entry", "note"),
    [
        (("invented|G-1 is grumbling\n", ""), "invented G-1 is grumbling", ""),
        (
            ("invented|G-1 is", "@unreviewed\ninvented|G-1 is"),
            "invented G-1 is grumbling",
            "nobody has reviewed",
        ),
        (("invented|G-1 is", "invented|G-2 is"), "invented G-1 is grumbling", "G-2"),
    ],
)
def test_what_has_no_case(tmp_path: Path, change: tuple[str, str], entry: str, note: str) -> None:
    bench = Workbench(tmp_path)
    bench.write_cases(CASES.replace(*change, 1))
    client = serve(bench)
    assert rows(get(client, "/terminology/grumbling"), entry)[0].endswith("no case")
    notes = get(client, "/cases/all.cases").texts("span", class_="note")
    assert bool(notes) == bool(note)
    assert note in " ".join(notes)


def test_a_file_that_is_no_file_of_cases(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    bench.write_cases("velozine is\n")
    client = serve(bench)
    assert "expected something after 'is'" in get(client, "/cases").text("main")
    assert get(client, "/cases/all.cases").texts("li", class_="missing")


def test_a_rulebook_without_cases(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    bench.write_cases("")
    client = serve(bench)
    assert "No terminology cases" in get(client, "/cases").text("main")
    assert "No terminology cases" in get(client, "/terminology/velozine").text("section", id="cases")


def test_the_stored_audit_lists_what_has_no_case(client: TestClient) -> None:
    page = get(client, "/cases")
    assert "Every entry has a case." in page.text("main")
    assert "Entries covered" in page.text("main")


def test_an_unknown_file(covered: TestClient) -> None:
    response = covered.get("/cases/al.cases", headers=OWN)
    assert response.status_code == 404
    assert "did you mean 'all.cases'?" in Html(response.text).text("p", class_="lead")
