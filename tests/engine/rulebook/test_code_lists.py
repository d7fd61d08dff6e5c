"""Codes that are a concept, may be it or are near it: in lists, by prefix, and in FHIR ValueSets."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cds_api.commands.rules import check_rulebook
from cds_engine.errors import Problem
from cds_engine.rulebook.load import load_rulebook
from cds_engine.rulebook.vocabulary import SOMETHING_ELSE, Meaning, Section, Vocabulary
from hypothesis import given
from hypothesis import strategies as st

from tests.rulebook.tiny import TINY

SYSTEMS = """\
systems:
  cm: {uri: "http://hl7.org/fhir/sid/icd-10-cm", source: handbook.codes}
  who: {uri: "http://hl7.org/fhir/sid/icd-10", source: handbook.codes}
  atc: {uri: "http://www.whocc.no/atc", source: handbook.codes}
  loinc: {uri: "http://loinc.org", source: handbook.codes}
  sct: {uri: "http://snomed.info/sct", also: [SNOMED], source: handbook.codes}
"""
CONDITIONS = """\
conditions:
  epilepsy:
    title: epilepsy
    codes:
      cm: {is: [G40*], perhaps: [G40.5*, R56.9], not: [G40.50*, R56*], complete: true}
      who: {is: [G40*, G41*]}
      sct: {is: ["84757009"], perhaps: ["128613002"], not: ["1290882004"]}
  oedema:
    title: oedema of pregnancy
    codes:
      cm: {is: [O26*], not: [O26.7*], complete: true}
      who: {is: [R17.0*], complete: true}
      sct: ["271807003"]
  diabetes:
    title: diabetes
    codes:
      cm: {is: [E11*], complete: true}
  kidney:
    title: kidney failure
    codes:
      cm: {is: [N17*], perhaps: [E11.2*], complete: true}
"""


def rulebook(folder: Path, conditions: str = CONDITIONS) -> Path:
    """Return a copy of the tiny rulebook with more code systems and conditions."""
    root = Path(shutil.copytree(TINY, folder / "tiny"))
    file = root / "terminology.yaml"
    text = file.read_text(encoding="utf-8").replace("systems:\n", SYSTEMS, 1)
    file.write_text(text.replace("conditions:\n", conditions, 1), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return Vocabulary(load_rulebook(rulebook(tmp_path_factory.mktemp("codes"))).terminology)


OTHERS = {"oedema", "diabetes", "kidney", "grumbling"}


@pytest.mark.parametrize(
    ("code", "concept", "perhaps"),
    [
        # the longest match counts
        ("cm|G40", "epilepsy", set()),
        ("cm|G40.909", "epilepsy", set()),
        ("cm|g40909", "epilepsy", set()),
        ("cm|G40.51", None, {"epilepsy"}),
        ("cm|G40.509", None, set()),
        ("cm|O26.8", "oedema", set()),
        ("cm|O26.71", None, set()),
        # an exact code outranks a prefix of the same length, and does not match longer ones
        ("cm|R56.9", None, {"epilepsy"}),
        ("cm|R56.91", None, set()),
        ("cm|R56.0", None, set()),
        # complete: what is in no list is something else, unless it is broader than what is listed
        ("cm|J45.909", None, set()),
        ("cm|G41.0", None, set()),
        ("cm|G4", None, {"epilepsy", *OTHERS}),
        ("cm|R56", None, {"epilepsy"}),
        ("cm|E1", None, {"epilepsy", *OTHERS}),
        ("cm|N17.9", "kidney", set()),
        # not complete
        ("who|G41.2", "epilepsy", set()),
        ("who|J45.9", None, {"epilepsy", "diabetes", "kidney"}),
        ("who|R17.9", None, {"epilepsy", "diabetes", "kidney"}),
        ("who|R17", None, {"epilepsy", "oedema", "diabetes", "kidney"}),
        # no code at all
        ("cm|epilepsy", None, {"epilepsy", *OTHERS}),
        ("who|F32.A", None, {"epilepsy", *OTHERS}),
        ("sct|84757008", None, {"epilepsy", *OTHERS}),
        # three lists of a system without hierarchy
        ("sct|84757009", "epilepsy", set()),
        ("SNOMED|84757009", "epilepsy", set()),
        ("sct|128613002", None, {"epilepsy", *OTHERS}),
        ("sct|1290882004", None, OTHERS),
        ("sct|22298006", None, {"epilepsy", *OTHERS}),
        # certain for one concept, stated as perhaps of another
        ("cm|E11.22", "diabetes", {"kidney"}),
        ("cm|E11.9", "diabetes", set()),
        # a system that is not known
        ("text|Epilepsy", None, {"epilepsy", *OTHERS}),
        ("OPS|G40", None, {"epilepsy", *OTHERS}),
    ],
)
def test_meaning(vocabulary: Vocabulary, code: str, concept: str | None, perhaps: set[str]) -> None:
    found = vocabulary.meaning("conditions", code)
    # The tiny rulebook's own condition lists no code of these systems, so that it may be meant by any.
    unlisted = {"grumbling"} if concept is None else set()
    assert found == Meaning(concept, frozenset(perhaps | unlisted))
    assert vocabulary.concept("conditions", code) == concept


@given(st.text(alphabet="GORE0123456789A.* ", max_size=8))
def test_what_is_certain_is_never_unlisted(code: str) -> None:
    plain = code.strip().upper().replace(".", "")
    found = _shared().meaning("conditions", f"cm|{code}")
    if found.concept is not None:
        assert plain.startswith(("G40", "O26", "E11", "N17"))
    if found == SOMETHING_ELSE:
        raise AssertionError("a concept without lists may always be meant")


@cache
def _shared() -> Vocabulary:
    with tempfile.TemporaryDirectory() as folder:
        return Vocabulary(load_rulebook(rulebook(Path(folder))).terminology)


# What `rules check` reports


def problems(book: Path, code: str | None = None) -> list[Problem]:
    return [found for found in check_rulebook(book)[1] if code in (None, found.code)]


def replaced(book: Path, old: str, new: str) -> tuple[int, int]:
    """Replace ``old`` by ``new`` in the terminology, and return line and column of its mark ``§``."""
    file = book / "terminology.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    before, mark, after = text.replace(old, new, 1).partition("§")
    assert mark
    file.write_text(before + after, encoding="utf-8")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ('sct: ["271807003"]', 'sct: [§"271807004"]', "code", "SNOMED CT would accept 271807003"),
        ("who: {is: [G40*, G41*]}", "who: {is: [G40*, §G4x]}", "code", "'G4x' is not a code of ICD-10"),
        (
            'sct: ["271807003"]',
            'sct: [§"27180*"]',
            "code",
            "only codes of ATC, ICD-10-CM, ICD-10 may end in '*'",
        ),
        ("E11*]", "E11*, §E11*]", "duplicate-code", "cm E11* is in 'is' twice"),
        ("perhaps: [E11.2*]", "perhaps: [E11.2*, §N17*]", "duplicate-code", "in 'perhaps' and in 'is'"),
        ("N17*]", "N17*, §e113*]", "duplicate-code", "cm e113* already means 'diabetes'"),
        ('sct: ["271807003"]', 'sct: [§"84757009"]', "duplicate-code", "already means 'epilepsy'"),
        ("cm: {is: [E11*]", "cm: {is: [E11*, §O26]", "duplicate-code", "cm O26 already means 'oedema'"),
        ("cm: {is: [E11*]", "§cmm: {is: [E11*]", "unknown-code-system", "did you mean 'cm'?"),
        ("is: [E11*]", "§iss: [E11*]", "unknown-key", "did you mean 'is'?"),
        ("is: [E11*]", "§is: E11", "shape", "expected a list"),
        ('{is: ["84757009"]', "{is: [§84757009]", "shape", "put it in quotes"),
        ("    title: kidney failure", "    §title: Diabetes", "duplicate-name", "already means 'diabetes'"),
        ("complete: true}\n  kidney", "complete: true, §source: x}\n  kidney", "unknown-claim", "'x'"),
    ],
)
def test_a_planted_error(tmp_path: Path, old: str, new: str, code: str, message: str) -> None:
    book = rulebook(tmp_path)
    assert problems(book) == []
    place = replaced(book, old, new)
    [found] = problems(book, code)
    assert message in found.message
    assert (found.line, found.column) == place
    assert found.source == (book / "terminology.yaml").as_posix()


def test_codes_need_a_source_somewhere(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    replaced(
        book,
        'sct: {uri: "http://snomed.info/sct", also: [SNOMED], source: handbook.codes}',
        'sct: {uri: "http://snomed.info/sct", also: [SNOMED]}§',
    )
    found = problems(book, "missing-key")
    assert len(found) == 2
    assert all("codes need a 'source'" in problem.message for problem in found)
    replaced(book, "  oedema:\n", "  oedema:\n    source: [handbook.codes]§\n")
    assert len(problems(book, "missing-key")) == 1


def test_the_same_code_in_two_sections_is_no_error(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    replaced(
        book,
        "  hiccup-storm: {title: hiccup storm}",
        "  hiccup-storm: {title: hiccup storm, codes: {cm: [G40*]}}§",
    )
    assert problems(book) == []


# Files of the folder terminology/


def part(book: Path, text: str, name: str = "more.yaml") -> Path:
    file = book / "terminology" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_part_adds_concepts_and_codes(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    digest = load_rulebook(book).digest
    part(
        book,
        'conditions:\n  ache: {title: ache, codes: {sct: ["22298006"]}}\n'
        '  grumbling: {codes: {sct: ["29857009"]}}\n',
    )
    assert problems(book) == []
    loaded = load_rulebook(book)
    vocabulary = Vocabulary(loaded.terminology)
    assert vocabulary.concept("conditions", "sct|22298006") == "ache"
    assert vocabulary.concept("conditions", "sct|29857009") == "grumbling"
    assert vocabulary.concept("conditions", "invented|G-1") == "grumbling"
    assert loaded.digest != digest


def test_problems_of_a_part_name_its_file(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    file = part(book, 'conditions:\n  grumbling:\n    title: noise\n    codes: {sct: ["22298007"]}\n')
    found = {(problem.source, problem.line, problem.column, problem.code) for problem in problems(book)}
    assert found == {
        (file.as_posix(), 3, 5, "duplicate-key"),
        (file.as_posix(), 4, 19, "code"),
    }
    [again] = problems(book, "duplicate-key")
    assert again.message.startswith(f"already given in {(book / 'terminology.yaml').as_posix()}, line ")


def test_units_of_a_part_are_checked(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    file = part(
        book,
        """\
observations:
  quux:
    title: quux
    unit: g/L
    units:
      "g/dL": 100
    plausible: {minimum: 1, maximum: 2}
    resolution: 1
""",
    )
    [problem] = problems(book)
    assert problem.message == "one g/dL is 10 g/L, not 100"
    assert (problem.source, problem.line, problem.column) == (file.as_posix(), 6, 7)


@pytest.mark.parametrize("text", ["- a list\n", "", "a: [", "unknown: {}\n"])
def test_a_part_that_is_none(tmp_path: Path, text: str) -> None:
    book = rulebook(tmp_path)
    file = part(book, text)
    assert {problem.source for problem in problems(book)} == {file.as_posix()}


# FHIR ValueSets


def value_set(book: Path, body: Any, use: str = "{complete: true}", name: str = "value_sets/a.json") -> Path:
    """Write a value set, and let the condition 'grumbling' refer to it."""
    file = book / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(body if isinstance(body, str) else json.dumps(body, indent=1), encoding="utf-8")
    part(book, f"conditions:\n  grumbling:\n    value_sets:\n      {name}: {use}\n", "sets.yaml")
    return file


SCT = "http://snomed.info/sct"


def composed(*codes: str, **more: Any) -> dict[str, Any]:
    include = {"system": SCT, "concept": [{"code": code} for code in codes], **more}
    return {"resourceType": "ValueSet", "compose": {"include": [include]}}


def grumbling(book: Path, code: str, section: Section = "conditions") -> Meaning:
    assert problems(book) == []
    return Vocabulary(load_rulebook(book).terminology).meaning(section, f"sct|{code}")


def test_the_codes_of_a_value_set_are_listed(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    value_set(book, composed("22298006", "29857009"))
    assert grumbling(book, "22298006") == Meaning("grumbling")
    unlisted = frozenset({"epilepsy", "oedema", "diabetes", "kidney"})
    assert grumbling(book, "59621000") == Meaning(None, unlisted)
    digest = load_rulebook(book).digest
    value_set(book, composed("22298006"))
    assert load_rulebook(book).digest != digest
    value_set(book, composed("22298006"), "{list: perhaps}")
    assert "grumbling" in grumbling(book, "22298006").perhaps
    assert "grumbling" in grumbling(book, "59621000").perhaps
    value_set(book, composed("22298006"), "{list: not}")
    assert "grumbling" not in grumbling(book, "22298006").perhaps


def test_an_expansion_outranks_what_it_was_expanded_from(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    body = composed("22298006", filter=[{"property": "concept", "op": "is-a", "value": "1"}])
    body["expansion"] = {
        "total": 3,
        "contains": [
            {"system": SCT, "code": "29857009", "contains": [{"system": SCT, "code": "59621000"}]},
            {"abstract": True, "display": "group", "contains": [{"system": SCT, "code": "38341003"}]},
        ],
    }
    value_set(book, body)
    for code in ("29857009", "59621000", "38341003"):
        assert grumbling(book, code) == Meaning("grumbling")
    assert grumbling(book, "22298006").concept is None


def test_excluded_codes(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    body = composed("22298006", "29857009")
    body["compose"]["exclude"] = [{"system": SCT, "concept": [{"code": "29857009"}]}]
    value_set(book, body)
    assert grumbling(book, "22298006") == Meaning("grumbling")
    assert "grumbling" not in grumbling(book, "29857009").perhaps


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        (composed("22298007"), (8, 6), "SNOMED CT would accept 22298006"),
        (composed("84757009"), (8, 6), "already means 'epilepsy'"),
        (composed(filter=[{"property": "concept"}]), (8, 5), "'filter': a terminology server must"),
        (composed(valueSet=["http://example.org/vs"]), (8, 5), "'valueSet': a terminology server must"),
        (
            {"resourceType": "ValueSet", "compose": {"include": [{"system": SCT}]}},
            (5, 4),
            "a whole code system: a terminology server must",
        ),
        ({"resourceType": "ValueSet"}, (1, 1), "expected 'compose' or 'expansion' with codes"),
        ({"resourceType": "CodeSystem"}, (1, 1), "expected a FHIR ValueSet"),
        ([], (1, 1), "expected a FHIR ValueSet"),
        ("{\n  nothing\n}", (2, 3), "not JSON"),
        (
            {
                "resourceType": "ValueSet",
                "expansion": {"total": 7, "contains": [{"system": SCT, "code": "22298006"}]},
            },
            (4, 3),
            "the expansion has 1 of 7 codes",
        ),
        (
            {
                "resourceType": "ValueSet",
                "compose": {"include": [{"system": "http://snomed.info/sctt", "concept": [{"code": "1"}]}]},
            },
            (8, 6),
            "unknown code system 'http://snomed.info/sctt' (did you mean 'http://snomed.info/sct'?)",
        ),
        (
            {"resourceType": "ValueSet", "compose": {"include": [{"concept": [{"code": "1"}]}]}},
            (7, 6),
            "expected a code with its code system",
        ),
        ({"resourceType": "ValueSet", "compose": {"include": {}}}, (4, 3), "expected a list"),
        ({"resourceType": "ValueSet", "compose": {"include": [7]}}, (5, 4), "expected an object"),
    ],
)
def test_a_value_set_that_cannot_be_used(
    tmp_path: Path, body: Any, place: tuple[int, int], message: str
) -> None:
    book = rulebook(tmp_path)
    file = value_set(book, body)
    found = [problem for problem in problems(book) if message in problem.message]
    assert {(problem.source, problem.line, problem.column) for problem in found} == {
        (file.as_posix(), *place)
    }


def test_a_value_set_that_is_not_there(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    value_set(book, composed("22298006")).rename(book / "value_sets" / "b.json")
    messages = {problem.message for problem in problems(book)}
    assert "no file 'value_sets/a.json' in the rulebook (did you mean 'value_sets/b.json'?)" in messages
    assert "not read; no concept refers to it under 'value_sets'" in messages


def test_a_value_set_outside_the_rulebook(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    value_set(book, composed("22298006"), name="../outside.json")
    assert "no file '../outside.json' in the rulebook" in {problem.message for problem in problems(book)}


def test_a_pipe_as_a_value_set_is_not_waited_for(tmp_path: Path) -> None:
    book = rulebook(tmp_path)
    file = value_set(book, composed("22298006"))
    file.unlink()
    os.mkfifo(file)
    assert "not a regular file" in {problem.message for problem in problems(book)}
