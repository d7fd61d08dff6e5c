"""The Evaluate page without a browser: every way to enter a record, and what is done with it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cds_engine import Engine
from cds_engine.cached_json import encode_json
from fastapi.testclient import TestClient

from tests.api.conftest import EXAMPLES
from tests.api.workbench.pages import OWN, Html

DOCS = Path(__file__).parents[3] / "docs" / "examples"
RECORD = {
    "patient": {"id": "<b>p-1</b>", "birth_date": "1948-03-02"},
    "as_of": "2026-11-23",
    "medications": [
        {"drug": "mianserin", "daily_dose": {"value": 60, "unit": "mg/d"}, "start": "2026-10-01"}
    ],
    "observations": [{"code": "neutrophils", "value": 1.5, "unit": "10*9/L", "date": "2026-11-20"}],
}
NEUTROPENIA = "monitoring.neutropenia-moderate"


def send(
    client: TestClient, fields: Mapping[str, Any], files: Mapping[str, Any] | None = None
) -> tuple[int, Html]:
    """Submit the form; return the status and the page."""
    parts = [(name, (None, value)) for name, value in fields.items()]
    parts += [(name, value) for name, value in (files or {}).items()]
    response = client.post("/", files=parts, headers=OWN)
    assert response.headers["content-type"].startswith("text/html")
    return response.status_code, Html(response.text)


def evaluate(client: TestClient, record: object, **fields: str) -> Html:
    text = record if isinstance(record, str) else json.dumps(record, indent=2)
    status, page = send(client, {"record": text, **fields})
    assert status == 200, page.texts(class_="notice")
    return page


def fired(page: Html) -> set[str]:
    return {each.removeprefix("advisory-") for each in page.attributes("article", "id")}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_shows_what_the_engine_says(client: TestClient, engine: Engine, path: Path) -> None:
    status, page = send(client, {"example": path.stem})
    assert status == 200
    evaluation = engine.evaluate(engine.read(json.loads(path.read_bytes())))
    assert fired(page) == {advisory.rule for advisory in evaluation.advisories}
    rules = {
        each.removeprefix("rule-") for each in page.attributes("details", "id") if each.startswith("rule-")
    }
    assert rules == set(evaluation.outcomes.by_rule)
    assert page.record == path.read_text()
    text = page.text("main")
    for advisory in evaluation.advisories:
        for part in (
            advisory.summary,
            *(item.statement for item in advisory.evidence),
            *advisory.limitations,
        ):
            assert " ".join(part.split()) in text
    for notice in evaluation.notices:
        assert " ".join(notice.message.split()) in text


def test_values_lead_to_their_lines(client: TestClient) -> None:
    page = evaluate(client, RECORD)
    lines = json.dumps(RECORD, indent=2).splitlines()
    wanted = next(number for number, line in enumerate(lines, 1) if '"drug"' in line) - 1  # the entry's brace
    assert f"#L{wanted}" in page.attributes("a", "href")
    assert f"L{wanted}" in page.attributes("li", "id")


def test_a_bundle_as_a_file(client: TestClient) -> None:
    data = (DOCS / "bundle.json").read_bytes()
    for content in (data, b"\xef\xbb\xbf" + data):  # some editors write a byte order mark
        status, page = send(client, {"record": ""}, {"file": ("bundle.json", content)})
        assert status == 200
        assert fired(page)
        assert "FHIR Bundle" in page.texts("span", class_="chip")


def test_a_bundle_that_is_changed_becomes_a_record(client: TestClient) -> None:
    bundle = (DOCS / "bundle.json").read_text()
    page = evaluate(client, bundle, place="/medications/0/daily_dose/value", value="250", do="keep")
    assert "The Bundle became a native record." in page.text("div", id="said")
    assert json.loads(page.record)["medications"][0]["daily_dose"]["value"] == 250
    assert "dosing.above-every-label" in fired(page)
    compared = evaluate(client, bundle, place="/medications/0/daily_dose/value", value="250", do="what-if")
    assert json.loads(compared.record) == json.loads(bundle)


def test_texts_of_a_record_are_escaped(client: TestClient) -> None:
    page = evaluate(client, RECORD)
    assert page.text("h1") == "<b>p-1</b>"
    assert not page.texts("b")


def test_what_is_not_json_is_said_with_its_place(client: TestClient) -> None:
    status, page = send(client, {"record": '{\n  "as_of": "2026-11-23",\n}'})
    assert status == 200
    assert "line 2 column 24 expected no comma before the closing bracket" in page.text("div", id="problems")
    assert "Problem: expected no comma" in page.text("li", id="L2")
    assert page.record == '{\n  "as_of": "2026-11-23",\n}'


def test_every_problem_of_a_record_is_said_with_its_place(client: TestClient) -> None:
    record = {**RECORD, "as_of": "2026-02-30", "symptoms": [{"code": "fever", "present": "maybe"}]}
    status, page = send(client, {"record": json.dumps(record, indent=2)})
    assert status == 200
    problems = page.text("div", id="problems")
    assert "/as_of line 6 expected a valid calendar date" in problems
    assert "/symptoms/0/present line" in problems
    assert "found 'maybe'" in problems


@pytest.mark.parametrize("fields", [{}, {"record": "  "}, {"record": "", "as_of": "2026-11-23"}])
def test_nothing_to_evaluate(client: TestClient, fields: Mapping[str, str]) -> None:
    status, page = send(client, {"do": "evaluate", **fields})
    assert status == 200
    assert "Nothing was evaluated" in page.text("div", id="problems")


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "2026-11-23T10:00"])
def test_a_day_that_is_none(client: TestClient, day: str) -> None:
    status, page = send(client, {"record": "{}", "as_of": day})
    assert status == 200
    assert "YYYY-MM-DD" in page.text("div", id="problems")
    assert page.record == "{}"


def test_the_day_of_the_form_counts_if_the_record_has_none(client: TestClient) -> None:
    assert evaluate(client, {}, as_of="2026-03-04").text("time") == "2026-03-04"
    assert evaluate(client, {"as_of": "2026-05-06"}, as_of="2026-03-04").text("time") == "2026-05-06"


def test_answers_go_into_the_record(client: TestClient) -> None:
    known = {"as_of": "2026-11-23", "medications": [{"drug": "mianserin"}], "observations": []}
    page = evaluate(client, known)
    assert fired(page) == set()
    names = {name for tag in ("input", "select") for name in page.attributes(tag, "name")}
    answers = {
        "answer complete:/medications/0 daily_dose": "250",
        "answer set:patient:age_years age_years": "70",
        "answer add:observations:neutrophils value": "1,2",
        "answer add:observations:neutrophils date": "2026-11-20",
        "answer state:symptoms:dizziness present": "yes",
        "answer state:symptoms:constipation present": "",
    }
    assert answers.keys() <= names
    answered = evaluate(client, page.record, do="answer", **answers)
    assert {"dosing.above-every-label", NEUTROPENIA} <= fired(answered)
    record = json.loads(answered.record)
    assert record["patient"] == {"age_years": 70}
    assert record["medications"][0]["daily_dose"] == {"value": 250, "unit": "mg/d"}
    assert record["observations"][0]["value"] == 1.2
    assert record["symptoms"] == [{"code": "dizziness", "present": True}]
    assert "symptoms" in record["incomplete"]


def test_a_list_with_nothing_in_it_is_an_answer(client: TestClient) -> None:
    page = evaluate(
        client, {"as_of": "2026-11-23"}, do="answer", **{"answer list:medications current": "-none-"}
    )
    assert json.loads(page.record)["medications"] == []


def test_answers_that_do_not_fit_change_nothing(client: TestClient) -> None:
    record = {"as_of": "2026-11-23", "medications": [{"drug": "mianserin"}]}
    for name, value in {
        "complete:/medications/0 daily_dose": "much",
        "complete:/medications/0 start": "2026-02-30",
        "complete:/medications/0 indication": "boredom",
        "set:patient:age_years age_years": "-3",
    }.items():
        page = evaluate(client, record, do="answer", **{f"answer {name}": value})
        assert "These answers do not fit" in page.text("section", **{"aria-labelledby": "questions"}), name
        assert json.loads(page.record) == record


def what_if(client: TestClient, place: str, value: str, do: str = "what-if") -> Html:
    return evaluate(client, RECORD, place=place, value=value, do=do)


@pytest.mark.parametrize(
    ("value", "appears"), [("1.51", False), ("1.5", False), ("1.49", True), ("1,49", True)]
)
def test_what_if_at_a_threshold(client: TestClient, value: str, appears: bool) -> None:
    page = what_if(client, "/observations/0/value", value)
    found = page.texts("p", class_="appears")
    assert any(NEUTROPENIA in text for text in found) == appears
    assert json.loads(page.record) == RECORD


def test_what_if_names_what_disappears_and_what_is_reworded(client: TestClient) -> None:
    page = what_if(client, "/medications/0", "")  # the entry is removed
    assert len(page.texts("p", class_="disappears")) == len(fired(page)) > 0
    page = what_if(client, "/medications/0/daily_dose/value", "250")
    assert any("dosing.above-every-label" in text for text in page.texts("p", class_="appears"))
    page = what_if(client, "/observations/0/value", "1.5")
    assert "The answer would be the same." in page.text("div", class_="difference")


def test_a_change_can_be_kept(client: TestClient) -> None:
    page = what_if(client, "/observations/0/value", "1.2", do="keep")
    assert NEUTROPENIA in fired(page)
    assert json.loads(page.record)["observations"][0]["value"] == 1.2


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("/observations/0/value", "low", "expected a number"),
        ("/observations/0/unit", "kg", "/observations/0/unit"),
        ("/as_of", "tomorrow", "/as_of"),
        ("/observations/9/value", "1", "expected the place of a value"),
        ("/patient", "", "expected the place of a value"),
    ],
)
def test_a_change_that_gives_no_valid_record(client: TestClient, place: str, value: str, said: str) -> None:
    page = what_if(client, place, value)
    assert said in page.text("section", **{"aria-labelledby": "what-if"})
    assert json.loads(page.record) == RECORD


def test_the_smallest_change(client: TestClient) -> None:
    page = evaluate(client, RECORD, change=NEUTROPENIA)
    said = page.text("details", id=f"rule-{NEUTROPENIA}")
    assert "not advice" in said
    assert "1.49 10*9/L instead of 1.5 10*9/L" in said
    (changed,) = [value for value in page.attributes("button", "value") if '"as_of"' in value]
    assert NEUTROPENIA in fired(evaluate(client, RECORD, instead=changed))
    assert fired(evaluate(client, RECORD, change="no.such-rule")) == fired(page)


def test_a_rule_shows_its_expressions_with_their_truth(client: TestClient) -> None:
    said = evaluate(client, RECORD).text("details", id=f"rule-{NEUTROPENIA}")
    assert "false Latest neutrophil count is below 1.5 10*9/L: false, it is 1.5 10*9/L" in said
    assert "true Latest neutrophil count is at least 1 10*9/L" in said
    unknown = {**RECORD, "observations": [], "incomplete": ["observations"]}
    assert "unknown Latest neutrophil count" in evaluate(client, unknown).text(
        "details", id=f"rule-{NEUTROPENIA}"
    )


def test_a_long_record_is_cut_on_the_page_only(client: TestClient) -> None:
    many = {**RECORD, "observations": RECORD["observations"] * 700}  # evaluated in the background
    page = evaluate(client, many)
    assert "lines are not shown" in page.text("main")
    assert json.loads(page.record) == many


def test_a_record_on_one_line_is_written_anew_with_its_digits(client: TestClient) -> None:
    text = encode_json({**RECORD, "symptoms": [{"code": "fever"}] * 20}).replace("1.5", "1.50")
    page = evaluate(client, text)
    assert page.record.count("\n") > 10
    assert '"value": 1.50' in page.record


def test_patient_data_is_in_no_address_log_or_cookie(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = client.post("/", files={"record": (None, json.dumps(RECORD))}, headers=OWN)
    assert response.status_code == 200
    assert "p-1" not in caplog.text
    assert "set-cookie" not in response.headers
    page = Html(response.text)
    for tag, name in (("a", "href"), ("form", "action"), ("button", "formaction")):
        assert not any("p-1" in value or "1948" in value for value in page.attributes(tag, name))
    assert set(page.attributes("form", "method")) == {"post"}


def test_another_site_cannot_send_the_form(client: TestClient) -> None:
    response = client.post("/", files={"record": (None, "{}")}, headers={**OWN, "Origin": "http://evil.test"})
    assert response.status_code == 403
    assert "Only pages of this service" in response.text


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "text/plain"])
def test_what_is_not_a_form(client: TestClient, content_type: str) -> None:
    response = client.post("/", content=b"{}", headers={**OWN, "Content-Type": content_type})
    assert response.status_code in (400, 415)
    assert "<h1>" in response.text
