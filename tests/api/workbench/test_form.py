"""The form of a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cds_api.workbench.evaluating.record_form import COLUMNS, PATIENT, record_of
from cds_api.workbench.forms import Form
from fastapi.testclient import TestClient

from tests.api.conftest import EXAMPLES
from tests.api.workbench.pages import OWN, Html

EVERYTHING = {
    "patient": {"id": "p", "age_years": 47, "sex": "male", "deceased_date": "2026-12-01"},
    "as_of": "2026-11-23T10:00:00+01:00",
    "conditions": [
        {"code": "diabetes", "onset": "2020-01-01", "resolved": "2021-01-01"},
        {"code": "epilepsy", "present": False},
        {"code": "mania", "present": None},
    ],
    "medications": [
        {"drug": "mianserin", "daily_dose": {"value": 7.5, "unit": "mg/d"}, "start": "2026-01-01"},
        {"drug": "fluoxetine", "stop": "2026-02-01", "indication": "major-depressive-disorder"},
        {"drug": "warfarin", "stopped": True},
        {"drug": "sertraline", "taken": False},
        {"drug": "zopiclone", "taken": None},
    ],
    "observations": [
        {
            "code": "neutrophils",
            "value": 1.5,
            "unit": "10*9/L",
            "date": "2026-11-20",
            "status": "preliminary",
        },
        {"code": "hamd17", "date": "2026-11-20T09:30:00+01:00"},
    ],
    "symptoms": [{"code": "fever", "severity": "mild"}, {"code": "dizziness", "present": False}],
    "incomplete": ["medications", "symptoms"],
    "history": {"failed_antidepressant_trials": 2},
}


def post(client: TestClient, path: str, fields: Mapping[str, str]) -> tuple[int, Html]:
    response = client.post(path, files=[(name, (None, value)) for name, value in fields.items()], headers=OWN)
    return response.status_code, Html(response.text)


def fields_of(page: Html) -> dict[str, str]:
    """Return what a browser would send for the form of a page."""
    fields = {}
    for tag, attributes, _ in page.elements:
        if tag == "input" and (attributes["type"] != "checkbox" or "checked" in attributes):
            fields[attributes["name"]] = attributes["value"]
    selected = {}
    options: list[str] = []
    for tag, attributes, _ in page.elements:  # the reader lists an element after what is in it
        if tag == "option":
            options.append(attributes["value"] if "selected" in attributes else "")
        elif tag == "select":
            selected[attributes["name"]] = "".join(options)
            options = []
        elif tag == "datalist":
            options = []
    return fields | {name: value for name, value in selected.items() if name != "rulebook"}


def without_defaults(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without values that say what is so anyway."""
    found = json.loads(json.dumps(record))
    for section in ("conditions", "symptoms"):
        for entry in found.get(section, ()):
            if entry.get("present") is True:
                del entry["present"]
    return found


@pytest.mark.parametrize("record", [EVERYTHING, *(json.loads(path.read_bytes()) for path in EXAMPLES)])
def test_a_record_survives_the_form(client: TestClient, record: Mapping[str, Any]) -> None:
    status, page = post(client, "/form", {"record": json.dumps(record)})
    assert status == 200
    fields = fields_of(page)
    assert record_of(Form({name: (value,) for name, value in fields.items()}, {})) == without_defaults(record)
    status, evaluated = post(client, "/", {**fields, "do": "form"})
    assert status == 200
    assert json.loads(evaluated.record) == without_defaults(record)


def test_the_form_has_a_field_for_everything_in_a_record() -> None:
    from cds_engine.record.models import (
        ConditionEntry,
        MedicationEntry,
        ObservationEntry,
        Patient,
        SymptomEntry,
    )

    models = {
        "conditions": ConditionEntry,
        "medications": MedicationEntry,
        "observations": ObservationEntry,
        "symptoms": SymptomEntry,
    }
    for section, model in models.items():
        paths = {column.path.partition("/")[0] for column in COLUMNS[section]}
        assert (paths - {"state"}) | ({"taken", "stopped"} if "state" in paths else set()) == set(
            model.model_fields
        )
    assert {column.path for column in PATIENT} == set(Patient.model_fields)


def test_a_blank_form_is_an_empty_record(client: TestClient) -> None:
    fields = fields_of(Html(client.get("/form").text))
    assert "symptoms.0.severity" in fields
    status, evaluated = post(client, "/", {**fields, "do": "form"})
    assert status == 200
    assert evaluated.record == "{}"


def test_a_list_that_is_complete_and_empty_means_none(client: TestClient) -> None:
    _, page = post(client, "/", {"do": "form", "symptoms.complete": "yes", "as_of": "2026-11-23"})
    assert json.loads(page.record) == {"as_of": "2026-11-23", "symptoms": []}


def test_a_row_is_added_without_javascript(client: TestClient) -> None:
    fields = {"add": "medications", "medications.0.drug": "mianserin", "patient.sex": "female"}
    _, page = post(client, "/form", fields)
    sent = fields_of(page)
    assert sent["medications.0.drug"] == "mianserin"
    assert sent["medications.1.drug"] == ""
    assert sent["patient.sex"] == "female"
    assert "observations.0.code" not in sent


def test_problems_are_said_at_their_field(client: TestClient) -> None:
    fields = {
        "do": "form",
        "as_of": "2026-11-23",
        "patient.age_years": "old",
        "medications.0.drug": "mianserin",
        "medications.0.daily_dose/value": "6o",
        "medications.0.daily_dose/unit": "mg/d",
    }
    status, page = post(client, "/", fields)
    assert status == 200
    assert "expected a number" in page.text("small", id="medications.0.daily_dose-value-problem")
    assert "expected a number, found 'old'" in page.text("small", id="patient.age_years-problem")
    assert fields_of(page)["medications.0.daily_dose/value"] == "6o"


def test_a_bundle_becomes_a_form(client: TestClient) -> None:
    bundle = Path(__file__).parents[3] / "docs" / "examples" / "bundle.json"
    status, page = post(client, "/form", {"record": bundle.read_text()})
    assert status == 200
    assert fields_of(page)["medications.0.drug"] == "mianserin"


@pytest.mark.parametrize("record", ["{", json.dumps({"symptoms": [{"code": "fever"}] * 201})])
def test_what_cannot_be_a_form(client: TestClient, record: str) -> None:
    status, page = post(client, "/form", {"record": record})
    assert status == 200
    assert page.texts("div", class_="notice-warning")
    assert fields_of(page)["symptoms.0.code"] == ""
