"""Several rulebooks on the command line: by name, by folder, from CDS_RULEBOOK, and the declared default."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_engine.rulebook.shipped import default_rulebook, shipped_folders, shipped_rulebooks

from tests.rulebook.tiny import FULL, OTHER, TINY

Captured = pytest.CaptureFixture[str]
BOTH = ["--rulebook", str(TINY), "--rulebook", str(OTHER)]


@pytest.fixture
def record(tmp_path: Path) -> str:
    path = tmp_path / "record.json"
    medications = [*FULL["medications"], {"drug": "frobnitol"}]
    path.write_text(json.dumps({**FULL, "medications": medications, "as_of": "2026-11-23"}))
    return str(path)


def identity(printed: str) -> list[str]:
    answer = json.loads(printed)
    return [book["id"] for book in answer.get("rulebooks", [answer.get("rulebook")])]


def test_the_default_is_declared_and_first() -> None:
    declared = (shipped_rulebooks() / "rulebooks.toml").read_text()
    assert f'default = "{default_rulebook().name}"' in declared
    assert next(iter(shipped_folders())) == default_rulebook().name
    assert (default_rulebook() / "rulebook.yaml").is_file()


def test_text_names_the_rulebook_of_each_advisory(record: str, capsys: Captured) -> None:
    assert run(["evaluate", record, *BOTH]) == 0
    text = capsys.readouterr().out
    for expected in (
        "t-1  as of 2026-11-23  (tiny 0.1.0, other 0.3.0, research use only)",
        "  rule      lab.zorbulin-low (other)",
        "  rule       lab.zorbulin-lowest (tiny)",
        "Missing data: 1 rule of tiny could not be evaluated",
        "tiny: 2 fired, 3 not met, 1 not evaluable, 0 not applicable.",
        "other: 1 fired, 1 not met, 0 not evaluable, 0 not applicable.",
        "Invented for tests; research use only. Invented as well; research use only.",
    ):
        assert expected in text
    assert "Data ignored or changed" not in text
    assert run(["evaluate", record, *BOTH, "--explain"]) == 0
    assert "Every rule of other, condition by condition" in capsys.readouterr().out


@pytest.mark.parametrize("format_", ["json", "fhir"])
def test_one_answer_in_each_format(format_: str, record: str, capsys: Captured) -> None:
    assert run(["evaluate", record, record, "--format", format_, *BOTH]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert "frobnitol" in first
    assert "velozine" in first


def test_one_rulebook_given_twice_is_one(record: str, capsys: Captured) -> None:
    assert (
        run(["evaluate", record, "--format", "json", "--rulebook", str(TINY), "--rulebook", str(TINY)]) == 0
    )
    assert "rulebook" in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"{TINY}", ["tiny"]),
        (f"{TINY},{OTHER}", ["tiny", "other"]),
        (f"{OTHER}:{TINY}", ["other", "tiny"]),
        ("", ["mianserin"]),
        ("mianserin", ["mianserin"]),
        (f"{OTHER}, mianserin", ["other", "mianserin"]),
    ],
)
def test_from_the_environment(
    value: str, expected: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured
) -> None:
    monkeypatch.setenv("CDS_RULEBOOK", value)
    empty = tmp_path / "empty.json"
    empty.write_text("{}")
    assert run(["evaluate", str(empty), "--format", "json"]) == 0
    assert identity(capsys.readouterr().out) == expected
    assert run(["evaluate", str(empty), "--format", "json", "--rulebook", str(TINY)]) == 0
    assert identity(capsys.readouterr().out) == ["tiny"], "the option comes before the environment"
    assert run(["rules", "list", "--format", "json"]) == 0
    first = {"tiny": "amounts.high", "other": "lab.shaky", "mianserin": "augmentation.candidate"}
    assert json.loads(capsys.readouterr().out)[0]["id"] == first[expected[0]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rulebook", "mianserine"], "mianserine: expected the folder of a rulebook or one of"),
        (["--rulebook", "mianserine"], "(did you mean 'mianserin'?)"),
        ([*BOTH, "--format", "record"], "expected one rulebook for --format record"),
    ],
)
def test_usage_errors(arguments: list[str], message: str, record: str, capsys: Captured) -> None:
    assert run(["evaluate", record, *arguments]) == 2
    assert message in capsys.readouterr().err


def test_all_names_that_are_wrong_are_reported(record: str, capsys: Captured) -> None:
    assert run(["evaluate", record, "--rulebook", "one", "--rulebook", "two"]) == 2
    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == ["one", "two"]


def test_two_rulebooks_with_one_id(record: str, tmp_path: Path, capsys: Captured) -> None:
    import shutil

    copy = Path(shutil.copytree(TINY, tmp_path / "copy"))
    (copy / "rulebook.yaml").write_text((copy / "rulebook.yaml").read_text().replace("0.1.0", "0.1.1"))
    assert run(["evaluate", record, "--rulebook", str(TINY), "--rulebook", str(copy)]) == 2
    assert "rulebooks that answer together need different ids" in capsys.readouterr().err


def test_commands_work_from_any_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["rulebook", "new", "my-drug"]) == 0
    for arguments in (["rules", "check", "my-drug"], ["scenarios", "--rulebook", "my-drug"]):
        assert run(arguments) == 0
    monkeypatch.chdir(tmp_path / "my-drug" / "safety")
    assert run(["rules", "check", ".."]) == 0
    assert run(["scenarios", "../features"]) == 0, "the features are in the folder of a rulebook"
    assert run(["rules", "show", "safety.on-treatment", "--rulebook", ".."]) == 0
    assert "on_treatment.feature:6: It fires" in capsys.readouterr().out


def test_a_rulebook_without_features_says_so(capsys: Captured) -> None:
    for command in ("scenarios", "audit"):
        assert run([command, "--rulebook", str(OTHER)]) == 2
        assert "the rulebook 'other' has no features; write some, or give a path" in capsys.readouterr().err


def test_a_folder_that_is_no_rulebook_is_one_error(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "facts.yaml").write_text("facts: {}")
    (tmp_path / "other.yaml").write_text("{}")
    assert run(["rules", "check", str(tmp_path)]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "no rulebook.yaml in this folder" in line
