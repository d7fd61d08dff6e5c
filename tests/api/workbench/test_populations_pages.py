"""The pages of populations: only results that the service was started with, and no patient in an address."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cds_api.app import create_app
from cds_api.cli.main import run
from cds_api.opened import Opened
from cds_api.settings import Settings, SettingsError, read_settings
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.workbench.crawler import Crawl
from tests.api.workbench.pages import OWN, Html

pytestmark = pytest.mark.slow

RULE = "monitoring.neutropenia-moderate"
NAMES = ("secret-anna", "secret-bert", "secret-<c>")


def patient(name: str, count: float, age: int) -> str:
    record = {
        "patient": {"id": name, "age_years": age},
        "as_of": "2026-11-23",
        "medications": [{"drug": "mianserin"}],
        "observations": [{"code": "neutrophils", "value": count, "unit": "10*9/L", "date": "2026-11-20"}],
    }
    return json.dumps(record) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the results of two populations, and the input of the first."""
    path = tmp_path_factory.mktemp("populations")
    for result, counts in (("before", (1.2, 2.5, 1.4)), ("after", (1.2, 1.3, 2.5))):
        lines = path / f"{result}.ndjson"
        rows = zip(NAMES, counts, (30, 70, 72), strict=True)
        lines.write_text("".join(patient(*row) for row in rows))
        assert run(["cohort", "evaluate", str(lines), "-o", str(path / result), "--as-of", "2026-11-23"]) == 0
    (path / "after.ndjson").unlink()
    return path


@pytest.fixture(scope="module")
def client(folder: Path, engine: Engine) -> TestClient:
    settings = Settings(rate_limit=0, populations=f"{folder / 'before'},{folder / 'after'}")  # type: ignore[arg-type]
    return TestClient(create_app(settings, engine), base_url=LOCAL)


def cell(name: str, **query: str) -> str:
    return f"/populations/{name}/patients?" + "&".join(f"{key}={value}" for key, value in query.items())


def open_first(client: TestClient, address: str, name: str) -> Html:
    """Open the first patient of a cell."""
    page = Html(client.get(address).text)
    inputs = [found for tag, found, _ in page.elements if tag == "input"]
    fields = {
        name: next(found["value"] for found in inputs if found["name"] == name) for name in ("file", "row")
    }
    return Html(client.post(f"/populations/{name}/patient", data=fields, headers=OWN).text)


def test_every_link_leads_somewhere_and_names_no_patient(client: TestClient) -> None:
    crawl = Crawl()
    crawl.limit = lambda address: (
        address.startswith("/populations") and ("rule=" not in address or RULE in address)
    )
    crawl.follow(client, "/populations")
    assert crawl.broken == []
    assert len(crawl.pages) > 6
    assert not any("secret" in address for address in crawl.seen)
    assert not any(page.twice or page.styled for page in crawl.pages.values())


def test_the_patients_behind_a_figure(client: TestClient) -> None:
    page = Html(client.get(cell("before", rule=RULE, outcome="fired")).text)
    assert page.text("h1") == "2 patients"
    assert page.texts("th", scope="row") == ["secret-anna", "secret-<c>"]
    old = Html(client.get(cell("before", rule=RULE, outcome="fired", band="70-79")).text)
    assert old.texts("th", scope="row") == ["secret-<c>"]
    beyond = client.get(cell("before", rule=RULE, outcome="fired", page="9")).text
    assert "There is no patient on this page." in beyond


def test_a_patient_opens_in_evaluate(client: TestClient) -> None:
    page = open_first(client, cell("before", rule=RULE, outcome="fired", band="70-79"), "before")
    assert page.text("h1") == "secret-<c>"
    assert RULE in page.texts("details", **{"class": "boxed"})[1]
    record = page.text("textarea")
    assert json.loads(record) == json.loads(patient("secret-<c>", 1.4, 72))
    evaluated = Html(client.post("/", data={"record": record}, headers=OWN).text)
    assert evaluated.text("h1") == "secret-<c>"


def test_what_is_said_where_the_input_is_gone(client: TestClient) -> None:
    page = open_first(client, cell("after", rule=RULE, outcome="fired"), "after")
    assert "The record cannot be shown: the input cannot be read any more" in page.text(
        "div", **{"class": "notice-info"}
    )
    assert not page.texts("textarea")


def test_a_comparison(client: TestClient) -> None:
    page = Html(client.get("/populations/compare?a=before&b=after").text)
    assert "2 of 3 patients (66.7 %) gain or lose an advisory." in page.texts("p")
    [row, *_] = page.texts("section", **{"class": "card"})
    assert "1 gain 1 lose 0 other" in row


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/populations/nothing", 404),
        ("/populations/opened", 404),
        (cell("before", rule="nothing", outcome="fired"), 404),
        (cell("before", rule=RULE, outcome="burned"), 404),
        (cell("before", rule=RULE, outcome="fired", band="7-8"), 404),
        (cell("before", rule=RULE, outcome="fired", page="x"), 422),
        (cell("before", rule=RULE, outcome="fired", page="0"), 422),
        ("/populations/compare?a=before&b=", 404),
    ],
)
def test_what_does_not_exist(client: TestClient, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_a_row_is_of_the_result(client: TestClient, folder: Path) -> None:
    for file, row in (("../before.ndjson", "0"), ("", "0"), ("part-00000-00000.parquet", "99"), ("x", "-1")):
        response = client.post("/populations/before/patient", data={"file": file, "row": row}, headers=OWN)
        assert response.status_code == 404


def test_a_result_that_was_opened(folder: Path, engine: Engine) -> None:
    opened = Opened(folder / "before")
    client = TestClient(create_app(Settings(rate_limit=0), engine, opened=opened), base_url=LOCAL)
    assert client.get("/populations/opened").status_code == 404
    assert "started without a result" in client.get("/populations").text
    assert client.get(opened.address).status_code == 200
    assert Html(client.get("/populations/opened").text).text("h1") == "Population opened"
    assert "3 patients" in client.get("/populations").text


def test_the_results_of_several_rulebooks(folder: Path, engine: Engine, tmp_path: Path) -> None:
    for name in ("mianserin", "other"):
        shutil.copytree(folder / "before", tmp_path / "both" / name)
    opened = Opened(tmp_path / "both")
    client = TestClient(create_app(Settings(rate_limit=0), engine, opened=opened), base_url=LOCAL)
    assert "3 patients" in client.get(opened.address).text  # leads to the list
    client.cookies.clear()
    settings = Settings(rate_limit=0, populations=str(tmp_path / "both"))  # type: ignore[arg-type]
    client = TestClient(create_app(settings, engine), base_url=LOCAL)
    links = Html(client.get("/populations").text).attributes("a", "href")
    assert {"/populations/both-mianserin", "/populations/both-other"} <= set(links)
    assert client.get("/populations/both-other").status_code == 200


def test_settings_name_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path) -> None:
    monkeypatch.setenv("CDS_POPULATIONS", f"{folder / 'before'}, {tmp_path}")
    with pytest.raises(SettingsError, match=r"CDS_POPULATIONS: expected results .* found no summary\.json"):
        read_settings()
    monkeypatch.setenv("CDS_POPULATIONS", f"{folder / 'before'}, {folder / 'after'}")
    settings = read_settings()
    assert settings.populations == (folder / "before", folder / "after")
    assert settings.environment()["CDS_POPULATIONS"] == f"{folder / 'before'},{folder / 'after'}"


def test_without_the_extra_the_page_says_what_to_install(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds_api.extras.find_spec", lambda _: None)
    response = client.get("/populations/before", headers={"Accept": "text/html"})
    assert response.status_code == 501
    assert "mianserin-cds[cohort]" in response.text
