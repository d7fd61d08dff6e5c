"""The Timeline page without a browser."""

from __future__ import annotations

import json

import pytest
from cds_engine import Engine
from cds_engine.timeline import record_timeline
from fastapi.testclient import TestClient

from tests.api.conftest import EXAMPLES
from tests.api.workbench.pages import OWN, Html

EXAMPLE = next(path for path in EXAMPLES if path.stem == "elderly-overdue-count")


def timeline(client: TestClient, **fields: str) -> Html:
    sent = {"record": EXAMPLE.read_text(), **fields}
    parts = [(name, (None, value)) for name, value in sent.items()]
    response = client.post("/timeline", files=parts, headers=OWN)
    assert response.status_code == 200
    assert "style=" not in response.text
    return Html(response.text)


def days(page: Html) -> tuple[str, str]:
    fields = {each["name"]: each["value"] for tag, each, _ in page.elements if tag == "input"}
    return fields["from"], fields["to"]


def test_the_page_says_what_the_timeline_says(client: TestClient, engine: Engine) -> None:
    page = timeline(client)
    record = engine.read(json.loads(EXAMPLE.read_bytes()))
    assert record.as_of is not None
    expected = record_timeline(engine, record, record.as_of)
    rows = page.texts("tr")
    for each in expected.advisories:
        assert any(row.startswith(str(each.begin)) and row.endswith(each.rule) for row in rows)
    due = page.text("ul", class_="due")
    for found in expected.due:
        assert f"{found.date}" in due
        assert found.summary in due
    assert days(page) == (str(expected.begin), str(expected.end))
    assert page.texts("svg", class_="tl")
    assert page.record == EXAMPLE.read_text().strip()


@pytest.mark.parametrize(
    ("fields", "begin", "end"),
    [
        ({"from": "2026-10-01", "to": "2026-11-01"}, "2026-10-01", "2026-11-01"),
        ({"from": "2026-10-01", "to": "2026-10-01"}, "2026-10-01", "2026-10-01"),
        ({"from": "2026-10-01"}, "2026-10-01", "2026-11-23"),
        ({"span": "90 days", "from": "2026-10-01"}, "2026-08-25", "2026-11-23"),
        ({"span": "everything", "from": "2026-10-01"}, "2024-05-02", "2026-11-23"),
    ],
)
def test_the_days(client: TestClient, fields: dict[str, str], begin: str, end: str) -> None:
    assert days(timeline(client, **fields)) == (begin, end)


@pytest.mark.parametrize(
    "fields", [{"from": "2026-10-02", "to": "2026-10-01"}, {"from": "2026-02-30"}, {"from": "2027-01-01"}]
)
def test_days_that_cannot_be_shown(client: TestClient, fields: dict[str, str]) -> None:
    page = timeline(client, **fields)
    assert page.texts("div", id="problems")
    assert days(page) == ("2024-05-02", "2026-11-23")


def test_the_scale(client: TestClient) -> None:
    pages = [timeline(client, scale=name) for name in ("linear", "log")]
    linear, logarithmic = (page.attributes("polyline", "points") for page in pages)
    assert linear != logarithmic


def test_a_record_with_problems_is_shown_with_them(client: TestClient) -> None:
    response = client.post("/timeline", files={"record": (None, "{")}, headers=OWN)
    assert "cannot be evaluated" in Html(response.text).text("div", id="problems")


def test_without_a_record_the_first_page_is_shown(client: TestClient) -> None:
    assert client.get("/timeline", follow_redirects=False).headers["location"] == "/"
