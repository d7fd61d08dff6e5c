"""``cds timeline``: each format, the days, and errors in one line each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import run

RECORD: dict[str, Any] = {
    "as_of": "2026-11-23",
    "patient": {"id": "p-1", "birth_date": "1948-03-02"},
    "medications": [{"drug": "mianserin", "start": "2026-10-01"}],
    "observations": [],
}


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(RECORD), encoding="utf-8")
    return str(path)


def test_text(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timeline", file]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("p-1, 2026-10-01 to 2026-11-23, ")
    assert "2026-10-30 to ...         warning   monitoring.elderly-count-overdue-initial" in lines


def test_json_of_some_days(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timeline", file, "--format", "json", "--from", "2026-11-01", "--to", "2027-01-31"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["from"], found["to"]) == ("2026-11-01", "2027-01-31")
    assert found["research_use_only"] is True
    overdue = [each for each in found["advisories"] if each["rule"].endswith("overdue-initial")]
    assert overdue == [
        {"rule": "monitoring.elderly-count-overdue-initial", "from": "2026-11-01", "to": "2026-12-30"}
    ]


@pytest.mark.parametrize("options", [[], ["--log"]])
def test_svg_into_a_file(file: str, tmp_path: Path, options: list[str]) -> None:
    output = tmp_path / "timeline.svg"
    assert run(["timeline", file, "--format", "svg", *options, "-o", str(output)]) == 0
    text = output.read_text(encoding="utf-8")
    assert text.startswith("<svg ")
    assert "For research use only" in text


def test_a_bundle_has_no_date_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bundle.json"
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": []}
    path.write_text(json.dumps(bundle), encoding="utf-8")
    assert run(["timeline", str(path), "--as-of", "2026-02-03", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["to"] == "2026-02-03"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "2026-12-01"], "--from, --to: expected a first day on or before the last day 2026-11-23"),
        (["--from", "yesterday"], "--from: expected a date written YYYY-MM-DD, found 'yesterday'"),
        (["--to", "2026-02-30"], "--to: expected a date written YYYY-MM-DD, found '2026-02-30'"),
        (["--log"], "expected --format svg, which has axes"),
    ],
)
def test_wrong_options(
    file: str, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["timeline", file, *options]) == 2
    assert message in capsys.readouterr().err


def test_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timeline", str(tmp_path / "none.json")]) == 2
    assert "none.json: cannot be read: " in capsys.readouterr().err
    path = tmp_path / "wrong.json"
    path.write_text('{"medications": 5, "symptom": []}', encoding="utf-8")
    assert run(["timeline", str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
