"""A record as code: what is copied does what the page says."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from cds_api.cli.main import run
from fastapi.testclient import TestClient

from tests.api.conftest import EXAMPLES, LOCAL
from tests.api.workbench.pages import OWN, Html

BUNDLE = Path(__file__).parents[3] / "docs" / "examples" / "bundle.json"


def codes(client: TestClient, text: str) -> dict[str, str]:
    """Return the codes of the page by their language."""
    response = client.post("/copy", files={"record": (None, text)}, headers=OWN)
    assert response.status_code == 200
    elements = Html(response.text).elements
    found = {each["class"]: text for tag, each, text in elements if tag == "code" and "class" in each}
    return {name.removeprefix("language-"): text for name, text in found.items()}


@pytest.mark.parametrize("path", [EXAMPLES[0], BUNDLE], ids=lambda path: path.stem)
def test_the_scenario_passes(
    client: TestClient, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feature = tmp_path / "record.feature"
    feature.write_text(codes(client, path.read_text())["gherkin"])
    assert run(["scenarios", str(feature)]) == 0
    assert "1 scenario in 1 feature file, none failed" in capsys.readouterr().out


@pytest.mark.parametrize("path", [EXAMPLES[0], BUNDLE], ids=lambda path: path.stem)
def test_the_command_sends_the_record(client: TestClient, path: Path) -> None:
    words = shlex.split(codes(client, path.read_text())["sh"].replace("\\\n", " "))
    assert words[:2] == ["curl", f"{LOCAL}/v1/evaluate"]
    assert json.loads(words[words.index("--data-binary") + 1]) == json.loads(path.read_bytes())


@pytest.mark.slow
def test_the_program_evaluates_the_record(client: TestClient, tmp_path: Path) -> None:
    program = tmp_path / "evaluate.py"
    program.write_text(codes(client, EXAMPLES[0].read_text())["python"])
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True)
    assert "example-agranulocytosis" in done.stdout


def test_without_a_record(client: TestClient) -> None:
    assert client.get("/copy", follow_redirects=False).headers["location"] == "/"
    response = client.post("/copy", files={"record": (None, "[]")}, headers=OWN)
    assert "cannot be evaluated" in Html(response.text).text("div", id="problems")
