"""Snippets do what they say, whatever the texts in a record are."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import subprocess
from decimal import Decimal
from typing import Any

import pytest
from cds_api.snippets import as_curl, as_python
from cds_engine import evaluate
from fastapi.testclient import TestClient

HOSTILE = "'; $(touch /tmp/x) `id` \\ \" \n %s {0} \N{SNOWMAN}"
RECORD: dict[str, Any] = {
    "as_of": "2026-11-23",
    "patient": {"id": HOSTILE, "age_years": 70, "sex": None},
    "medications": [
        {"drug": "mianserin", "daily_dose": {"value": Decimal("60.5"), "unit": "mg/d"}, "taken": True}
    ],
}
BUNDLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": {"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"}}],
}


@pytest.mark.parametrize("document", [RECORD, BUNDLE, {}])
def test_curl_sends_the_document(document: dict[str, Any], client: TestClient) -> None:
    shell = 'curl() { printf "%s\\0" "$@"; }\n' + as_curl(document, url="http://host:1")
    printed = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout
    address, header, content_type, data, body = printed.split("\0")[:-1]
    assert (address, header, data) == ("http://host:1/v1/evaluate", "--header", "--data-binary")
    name, _, value = content_type.partition(": ")
    response = client.post("/v1/evaluate", content=body, headers={name: value})
    assert response.status_code == 200
    plain = json.loads(json.dumps(document, default=float))
    assert response.json()["patient_id"] == evaluate(plain, as_of="2026-11-23").patient_id


@pytest.mark.parametrize("document", [RECORD, BUNDLE, {}])
@pytest.mark.parametrize("rulebook", [None, "mianserin"])
def test_python_prints_the_evaluation(document: dict[str, Any], rulebook: str | None) -> None:
    code = as_python(document, rulebook=rulebook)
    (assigned,) = [part for part in ast.parse(code).body if isinstance(part, ast.Assign)][:1]
    plain = json.loads(json.dumps(document, default=float))
    assert ast.literal_eval(assigned.value) == plain
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "snippet", "exec"), {})
    lines = printed.getvalue().splitlines()
    assert "For research use only" in lines[1]
    assert lines[2:] == str(evaluate(plain)).splitlines()[2:]
