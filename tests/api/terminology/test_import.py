"""``cds terminology import``: value sets that are complete, from OMOP files and from a FHIR server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import run
from cds_engine import Engine, load_rulebook
from cds_engine.rulebook.vocabulary import SOMETHING_ELSE, Meaning, Section

from tests.api.terminology.server import TerminologyServer, serving
from tests.api.terminology.vocabulary import NAMES, omop, rulebook, sct
from tests.rulebook.tiny import evaluate


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return rulebook(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return omop(tmp_path / "vocabulary")


@pytest.fixture
def server() -> Iterator[TerminologyServer]:
    with serving(TerminologyServer()) as served:
        yield served


@pytest.fixture(params=["omop", "fhir"])
def source(request: pytest.FixtureRequest) -> str:
    if request.param == "omop":
        return str(request.getfixturevalue("folder"))
    return str(request.getfixturevalue("server").base)


def import_(source: str | Path, book: Path, *options: str) -> int:
    return run(["terminology", "import", str(source), "--rulebook", str(book), *options])


def meaning(book: Path, section: Section, code: str) -> Meaning:
    return Engine(load_rulebook(book)).vocabulary.meaning(section, code)


GRUMBLING = {
    20: Meaning("grumbling"),
    21: Meaning(None, frozenset({"grumbling"})),  # a kind of grumbling and a kind of noise
    22: Meaning(None, frozenset({"grumbling"})),
    23: SOMETHING_ELSE,
    24: SOMETHING_ELSE,
    30: Meaning(None, frozenset({"grumbling"})),
    31: Meaning(None, frozenset({"grumbling"})),
    10: SOMETHING_ELSE,
    99: SOMETHING_ELSE,
}


@pytest.mark.parametrize("number", GRUMBLING)
def test_before_the_import_unlisted_codes_are_not_understood(book: Path, number: int) -> None:
    found = meaning(book, "conditions", f"snomed-ct|{sct(number)}")
    listed = number in (20, 23, 30)
    assert found == (GRUMBLING[number] if listed else Meaning(None, frozenset({"grumbling"})))


def test_codes_below_the_listed_ones_get_their_list(source: str, book: Path) -> None:
    assert import_(source, book) == 0
    vocabulary = Engine(load_rulebook(book)).vocabulary
    found = {number: vocabulary.meaning("conditions", f"snomed-ct|{sct(number)}") for number in GRUMBLING}
    assert found == GRUMBLING


def test_a_replaced_code_means_what_replaced_it(folder: Path, book: Path) -> None:
    assert import_(folder, book) == 0
    assert meaning(book, "conditions", f"snomed-ct|{sct(40)}") == Meaning(None, frozenset({"grumbling"}))
    assert meaning(book, "conditions", f"snomed-ct|{sct(41)}") == Meaning(None, frozenset({"grumbling"}))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"snomed-ct|{sct(70)}", Meaning("velozine")),
        (f"snomed-ct|{sct(71)}", Meaning("velozine")),
        (f"snomed-ct|{sct(72)}", Meaning("velozine")),
        (f"snomed-ct|{sct(80)}", Meaning("quandrol")),
        (f"snomed-ct|{sct(10)}", SOMETHING_ELSE),
        ("rxnorm|901", Meaning("velozine")),
        ("rxnorm|902", Meaning("velozine")),
        ("rxnorm|903", Meaning("velozine")),
        ("rxnorm|904", Meaning("velozine")),
        ("rxnorm|905", Meaning("quandrol")),
        # Only a product of quandrol is listed, so that another code may be it.
        ("rxnorm|999", Meaning(None, frozenset({"quandrol"}))),
    ],
)
def test_drugs_with_their_products(source: str, book: Path, code: str, expected: Meaning) -> None:
    assert import_(source, book) == 0
    assert meaning(book, "drugs", code) == expected


def test_records_use_what_was_imported(folder: Path, book: Path) -> None:
    record: dict[str, Any] = {"medications": [{"drug": f"snomed-ct|{sct(72)}"}]}
    before = evaluate(record, by=Engine(load_rulebook(book)))
    assert import_(folder, book) == 0
    after = evaluate(record, by=Engine(load_rulebook(book)))
    assert before.notices
    assert not [notice for notice in after.notices if "does not know" in notice.message]


def test_the_result_is_versioned_data(source: str, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = load_rulebook(book).digest
    assert import_(source, book) == 0
    output = capsys.readouterr()
    assert "snomed-ct" in output.out
    assert "rxnorm stays incomplete for quandrol: the rulebook lists no ingredient" in output.err
    assert load_rulebook(book).digest != before
    file = book / "value_sets" / "snomed-ct" / "conditions.grumbling.is.json"
    value_set = json.loads(file.read_text(encoding="utf-8"))
    assert value_set["resourceType"] == "ValueSet"
    assert value_set["version"] in ("SNOMED test 2024-02", "test-5")
    assert value_set["date"] in ("2024-01-31", "2024-05-06")
    assert "licence" in value_set["copyright"]
    [include] = value_set["compose"]["include"]
    assert include["concept"] == [{"code": sct(20), "display": NAMES[20]}]
    assert str(book.parent) not in file.read_text(encoding="utf-8")


def test_both_sources_give_the_same_lists(folder: Path, server: TerminologyServer, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, other = rulebook(tmp_path / "one"), rulebook(tmp_path / "other")
    assert import_(folder, one) == 0
    assert import_(server.base, other) == 0
    assert _lists(one) == {
        # Only the download has the retired codes.
        name: codes | ({sct(40), sct(41)} if name.endswith("grumbling.perhaps.json") else set())
        for name, codes in _lists(other).items()
    }


def _lists(book: Path) -> dict[str, set[str]]:
    return {
        file.name: {
            concept["code"]
            for include in json.loads(file.read_text(encoding="utf-8"))["compose"]["include"]
            for concept in include["concept"]
        }
        for file in (book / "value_sets").glob("*/*.json")
    }


def test_a_second_import_replaces_the_first(source: str, book: Path) -> None:
    assert import_(source, book) == 0
    digest = load_rulebook(book).digest
    stale = book / "value_sets" / "snomed-ct" / "conditions.gone.is.json"
    stale.write_text("{}", encoding="utf-8")
    assert import_(source, book) == 0
    assert not stale.exists()
    assert load_rulebook(book).digest == digest


def test_one_system_version_and_date_by_option(folder: Path, book: Path) -> None:
    (folder / "VOCABULARY.csv").unlink()
    options = ("--system", "rxnorm", "--version", "my-5", "--date", "2026-01-02")
    assert import_(folder, book, *options) == 0
    assert not (book / "value_sets" / "snomed-ct").exists()
    [file] = (book / "value_sets" / "rxnorm").glob("drugs.velozine.*.json")
    value_set = json.loads(file.read_text(encoding="utf-8"))
    assert (value_set["version"], value_set["date"]) == ("my-5", "2026-01-02")


def test_the_server_is_asked_page_by_page(server: TerminologyServer, book: Path) -> None:
    assert import_(server.base, book, "--system", "snomed-ct") == 0
    assert {part["offset"]["valueInteger"] for part in server.requests} >= {0, 2, 4}


# What goes wrong


def test_a_folder_that_is_no_download(tmp_path: Path, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_(tmp_path, book) == 2
    error = capsys.readouterr().err
    assert "no CONCEPT.csv, CONCEPT_RELATIONSHIP.csv, CONCEPT_ANCESTOR.csv" in error
    assert error.count("\n") == 1


def test_a_source_that_is_nothing(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_("nowhere", book) == 2
    assert "expected the folder of an OMOP vocabulary download" in capsys.readouterr().err


def _without_column(folder: Path) -> None:
    file = folder / "CONCEPT.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("concept_code", "code", 1), encoding="utf-8")


def _short_row(folder: Path) -> None:
    with (folder / "CONCEPT_ANCESTOR.csv").open("a", encoding="utf-8") as file:
        file.write("1\t2\n")


def _no_number(folder: Path) -> None:
    with (folder / "CONCEPT_RELATIONSHIP.csv").open("a", encoding="utf-8") as file:
        file.write("x\t2\tIs a\t\t\t\n")


def _not_utf_8(folder: Path) -> None:
    with (folder / "CONCEPT.csv").open("ab") as file:
        file.write(b"\xff\t\n")


def _no_snomed(folder: Path) -> None:
    file = folder / "CONCEPT.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("\tSNOMED\t", "\tOTHER\t"), encoding="utf-8")


def _no_version(folder: Path) -> None:
    (folder / "VOCABULARY.csv").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_without_column, "CONCEPT.csv:1: no column concept_code"),
        (_short_row, "CONCEPT_ANCESTOR.csv:5: expected 4 columns, found 2"),
        (_no_number, "CONCEPT_RELATIONSHIP.csv:32: expected a number"),
        (_not_utf_8, "CONCEPT.csv:22: not UTF-8"),
        (_no_snomed, "no concept of the vocabulary SNOMED"),
        (_no_version, "add --version"),
    ],
)
def test_a_spoiled_download(
    spoil: Callable[[Path], None],
    message: str,
    folder: Path,
    book: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(folder)
    assert import_(folder, book) == 2
    assert message in capsys.readouterr().err
    assert not (book / "value_sets").exists()


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        ((500, b"oops"), "HTTP 500"),
        (
            (
                422,
                json.dumps(
                    {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "too costly"}]}
                ).encode(),
            ),
            "HTTP 422: too costly",
        ),
        ((200, b"<html>"), "expected a ValueSet with an expansion"),
        ((200, b'{"resourceType": "ValueSet"}'), "expected a ValueSet with an expansion"),
        (
            (200, b'{"resourceType": "ValueSet", "expansion": {"total": 0}}'),
            "knows none of the 5 listed codes",
        ),
    ],
)
def test_a_server_that_fails(
    failure: tuple[int, bytes],
    message: str,
    server: TerminologyServer,
    book: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.failure = failure
    assert import_(server.base, book) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_server_that_is_not_there(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_("http://127.0.0.1:9/fhir", book) == 2
    assert "ValueSet/$expand" in capsys.readouterr().err


def test_a_rulebook_without_the_system(folder: Path, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = book / "terminology.yaml"
    text = file.read_text(encoding="utf-8").replace("http://snomed.info/sct", "http://example.org/other")
    file.write_text(text, encoding="utf-8")
    assert import_(folder, book) == 2
    assert "does not have the code system http://snomed.info/sct" in capsys.readouterr().err


def test_a_code_that_is_too_general(
    folder: Path, book: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds_api.terminology.source.MAX_DESCENDANTS", 3)
    assert import_(folder, book) == 2
    assert f"{sct(20)} Grumbling has 5 codes below it, more than 3" in capsys.readouterr().err


def test_a_rulebook_with_errors_is_not_changed(folder: Path, book: Path) -> None:
    (book / "facts.yaml").write_text("x", encoding="utf-8")
    assert import_(folder, book) == 2
    assert not (book / "value_sets").exists()
