"""The page that compares rulebooks, and the files that it takes."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cds_api.app import create_app
from cds_api.settings import Settings
from cds_api.workbench import uploads
from cds_api.workbench.forms import Upload
from cds_api.workbench.uploads import UploadError, changed_rulebook, read_uploads, write_files
from cds_engine import Engine, load_rulebook
from cds_engine.rulebook.model import Rulebook
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.workbench.pages import OWN, Html
from tests.rulebook.tiny import TINY

RULE = "amounts/amounts.low.yaml"
FEATURE = """Feature: Amounts

  Scenario: At the minimum
    Given as of 2026-11-23
    And a patient of 30
    And the patient takes velozine 100 ug/d
    When the record is evaluated
    Then rule amounts.low does not fire
"""


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the tiny rulebook with a feature."""
    root = tmp_path_factory.mktemp("rulebook") / "tiny"
    shutil.copytree(TINY, root)
    (root / "features").mkdir()
    (root / "features" / "amounts.feature").write_text(FEATURE)
    return root


@pytest.fixture(scope="module")
def tiny(root: Path) -> Rulebook:
    return load_rulebook(root)


@pytest.fixture(scope="module")
def served(tiny: Rulebook) -> TestClient:
    return TestClient(create_app(Settings(rate_limit=0), Engine(tiny)), base_url=LOCAL)


def compare(client: TestClient, files: Mapping[str, str | bytes] | None = None, **fields: str) -> Html:
    """Send the form and return the page."""
    parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in fields.items()]
    parts += [("files", (name, content)) for name, content in (files or {}).items()]
    response = client.post("/differences", files=parts or [("none", (None, ""))], headers=OWN)
    assert response.status_code == 200, Html(response.text).texts("p", class_="lead")
    return Html(response.text)


def changed(root: Path, old: str, new: str, file: str = RULE) -> str:
    text = (root / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    return text.replace(old, new)


def test_a_changed_file_is_compared_with_the_rulebook(served: TestClient, root: Path) -> None:
    text = changed(root, "less_than: $amount.minimum", "at_most: $amount.minimum")
    page = compare(served, {"amounts.low.yaml": text}, before="tiny", after="tiny", scenarios="yes")
    item = page.text("section", id="rules-amounts.low")
    assert item.startswith("wideramounts.low")
    assert "Before: not met. After: fired." in item
    assert "less_than" in item
    assert "/rules/amounts.low" in page.attributes("a", "href")
    record = next(text for tag, found, text in page.elements if found.get("name") == "record")
    evaluated = served.post("/", files=[("record", (None, record))], headers=OWN)
    assert 'id="rule-amounts.low"' in evaluated.text
    scenarios = page.texts("tr")
    [row] = [row for row in scenarios if "At the minimum" in row]
    assert "amounts.feature:3" in row
    assert "not met" in row
    assert "fails" in row
    assert "## tiny 0.1.0" in page.text("details", id="markdown")


def test_a_zip_of_a_whole_rulebook(served: TestClient, root: Path) -> None:
    files = {f"mine/{path.relative_to(root).as_posix()}": path.read_bytes() for path in root.rglob("*.yaml")}
    title = changed(root, "title: Zorbulin low", "title: Zorbulin quite low", "lab/lab.zorbulin-low.yaml")
    files["mine/lab/lab.zorbulin-low.yaml"] = title.encode()
    files["mine/run.py"] = b"raise SystemExit"
    page = compare(served, {"mine.zip": zipped(files)})
    item = page.text("section", id="rules-lab.zorbulin-low")
    assert item.startswith("same meaning, other text")
    assert "Zorbulin lowafterZorbulin quite low" in item.replace(" ", " ")
    assert "They were not run." in page.text("main")


def test_two_days_of_one_rulebook(served: TestClient) -> None:
    page = compare(served, before_on="2026-05-31", after_on="2026-06-01", scenarios="yes")
    assert page.text("section", id="parameters-amount.maximum").startswith("differentamount.maximum")
    assert [text for text in page.texts("h2") if "that differ" in text] == [
        "Rules that differ 2",
        "Parameters that differ 1",
    ]
    assert "with the numbers of 2026-06-01" in page.text("h2", id="result-title")
    assert "Scenarios state their own days" in page.text("main")


def test_an_uploaded_rulebook_with_problems(served: TestClient, root: Path) -> None:
    text = changed(root, "less_than: $amount.minimum", "les_than: $amount.minimum")
    problems = compare(served, {"amounts.low.yaml": text}).text("div", id="problems")
    assert problems.startswith("The rulebook has problemsamounts/amounts.low.yaml:")
    assert "les_than" in problems
    assert "/tmp" not in problems


@pytest.mark.parametrize(
    ("fields", "files", "said"),
    [
        ({}, {}, "these are the same"),
        ({"before_on": "2026-01-01", "after_on": "2026-01-01"}, {}, "these are the same"),
        ({"before_on": "yesterday"}, {}, "Expected a day written YYYY-MM-DD, found 'yesterday'"),
        ({}, {"amounts.lo.yaml": "id: x"}, "did you mean 'amounts.low.yaml'?"),
        ({}, {"run.py": "print()"}, "neither a YAML file nor a zip"),
    ],
)
def test_what_cannot_be_compared(
    served: TestClient, fields: dict[str, str], files: dict[str, str], said: str
) -> None:
    assert said in compare(served, files, **fields).text("div", id="problems")


def test_a_rulebook_that_is_not_served(served: TestClient) -> None:
    response = served.post("/differences", files=[("after", (None, "tinny"))], headers=OWN)
    assert response.status_code == 404
    assert "did you mean 'tiny'?" in Html(response.text).text("p", class_="lead")


@pytest.mark.parametrize(
    "name", ["../rulebook.yaml", "/etc/rulebook.yaml", "a\\..\\rulebook.yaml", "a/../../b.yaml"]
)
def test_a_zip_cannot_leave_its_folder(name: str) -> None:
    with pytest.raises(UploadError, match="leads out of the zip"):
        read_uploads([Upload("a.zip", zipped({name: "id: x"}))])


def test_limits_of_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    monkeypatch.setattr(uploads, "MOST_FILES", 3)
    assert len(read_uploads([Upload("a.zip", zipped({"a.yaml": "x" * 1000}))])["a.yaml"]) == 1000
    with pytest.raises(UploadError, match="more than"):
        read_uploads([Upload("a.zip", zipped({"a.yaml": "x" * 1001}))])
    with pytest.raises(UploadError, match="more than"):
        read_uploads([Upload(f"{number}.yaml", b"") for number in range(4)])
    with pytest.raises(UploadError, match="cannot be read as a zip"):
        read_uploads([Upload("a.zip", zipped({"a.yaml": "x" * 500})[:60])])


def test_files_take_their_places(tiny: Rulebook, tmp_path: Path) -> None:
    files = changed_rulebook(tiny, {"amounts.low.yaml": b"new", "parameters.yaml": b"other"})
    folder = write_files(files, tmp_path)
    assert (folder / RULE).read_bytes() == b"new"
    assert (folder / "parameters.yaml").read_bytes() == b"other"
    assert (folder / "rulebook.yaml").read_bytes() == tiny.sources["rulebook.yaml"]
    whole = changed_rulebook(
        tiny, {"a/rulebook.yaml": b"1", "a/x/y.yaml": b"2", "shared/z/z.yaml": b"3", "b.yaml": b""}
    )
    assert whole == {"rulebook/rulebook.yaml": b"1", "rulebook/x/y.yaml": b"2", "shared/z/z.yaml": b"3"}
