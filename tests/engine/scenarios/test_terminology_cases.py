"""Terminology cases: what they may say, what is wrong with one, and how they are run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from cds_engine import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.scenarios.features import FeatureError
from cds_engine.scenarios.names import NameLookup
from cds_engine.scenarios.problems import StepError
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.terminology.checks import CodeCheck
from cds_engine.scenarios.terminology.reading import CodesText, read_cases
from cds_engine.scenarios.terminology.resolving import resolve_case

from tests.rulebook.tiny import TINY

Problems = Callable[[str], list[str]]

TERMINOLOGY = """
systems:
  invented: {uri: http://example.org/codes, also: [INV, In Vented]}
  icd-10-cm: {uri: http://hl7.org/fhir/sid/icd-10-cm}
conditions:
  grumbling:
    title: grumbling
    codes:
      invented: [G-1]
      icd-10-cm: {is: [G40*], perhaps: [G40.5*], not: [R56.0*], complete: true}
  muttering:
    title: muttering
    codes:
      icd-10-cm: {is: [R56.0*], complete: true}
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "all.cases"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def problems(written: Callable[[str], Path], tmp_path: Path) -> Problems:
    """Return what is wrong with one case about the tiny rulebook with codes of a hierarchy."""
    names = NameLookup(_engine(tmp_path))

    def found(text: str) -> list[str]:
        [case] = read_cases(written(text))
        return [
            p for check in resolve_case(case, names) if (p := check.problem(names.vocabulary)) is not None
        ]

    return found


def _engine(folder: Path) -> Engine:
    """Return an engine with conditions that have codes of a hierarchy."""
    root = folder / "tiny"
    shutil.copytree(TINY, root)
    path = root / "terminology.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    more = yaml.safe_load(TERMINOLOGY)
    for coded in more["conditions"].values():
        coded["source"] = "handbook.codes"
    data["systems"] = more["systems"]
    data["conditions"] = more["conditions"]
    data["allergies"] = {"grumbling": ["velozine"]}
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return Engine(load_rulebook(root))


@pytest.mark.parametrize(
    "case",
    [
        "invented|V-1 is velozine",
        "http://example.org/codes|V-1 V-2 is velozine",
        "In Vented|V-1, V-2 are Velozine",
        "invented|G-1 is the condition grumbling",
        "icd-10-cm|G40* is grumbling",
        "icd-10-cm|G40.5* may be grumbling",
        "icd-10-cm|R56.00 is muttering",
        "icd-10-cm|R56.0* is not grumbling",
        "icd-10-cm|J45 is not grumbling or muttering",
        "icd-10-cm|J45 is something else",
        "icd-10-cm|?? is not understood",
        "unknown|1 is not understood",
        "invented|X-9 may be grumbling",
        "invented|Z-1 400 nmol/L is implausible",
        "invented|Z-1 500 nmol/L is zorbulin 0.5 umol/L",
        "zorbulin 0.5 micromol/L is 0.5 umol/L",
        "zorbulin 0.5 umol/L, 500 nmol/L, 0.0005 mmol/L are 0.5 umol/L",
        "invented|Z-1 500 nmol/L, 0.5 umol/L is zorbulin 0.5 umol/L",
        "zorbulin 0.4 umol/L is implausible",
        "zorbulin 400.1 umol/L is implausible",
        "zorbulin 5 mg is not understood",
        "dose 2 mg/d is 2000 ug/d",
        "velozine 2 mcg/day is 2 ug/d",
        "invented|V-1 2 mg/d is velozine 2000 ug/d",
        "an allergy to velozine is grumbling",
        "allergy to quandrol is not grumbling",
    ],
)
def test_cases_that_hold(case: str, problems: Problems) -> None:
    assert problems(case) == []


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("invented|G-1 is muttering", "invented|G-1 is grumbling"),
        ("invented|V-1 is grumbling", "invented|V-1 is velozine, one of the drugs"),
        (
            "invented|X-9 is grumbling",
            "invented|X-9 is not understood among the conditions: it may be any of them",
        ),
        ("icd-10-cm|G40.51 is grumbling", "icd-10-cm|G40.51 may be grumbling"),
        ("icd-10-cm|R56* is muttering", "icd-10-cm|R56 may be muttering"),
        ("icd-10-cm|J45 may be grumbling", "icd-10-cm|J45 is something else than the conditions"),
        ("icd-10-cm|G40 is something else", "icd-10-cm|G40 is grumbling"),
        ("zorbulin 500 nmol/L is 5 umol/L", "500 nmol/L is 0.5 umol/L"),
        ("zorbulin 0.5 umol/L, 5 umol/L is 0.5 umol/L", "5 umol/L is 5 umol/L"),
        ("zorbulin 400 umol/L is implausible", "400 umol/L is 400 umol/L"),
        ("zorbulin 400.1 umol/L is 400.1 umol/L", "400.1 umol/L is implausible"),
        ("zorbulin 5 umol/L is not understood", "5 umol/L is 5 umol/L"),
        ("allergy to velozine is not grumbling", "an allergy to velozine is grumbling"),
        ("allergy to quandrol is grumbling", "an allergy to quandrol is not grumbling"),
    ],
)
def test_cases_that_do_not_hold(case: str, message: str, problems: Problems) -> None:
    assert problems(case) == [message]


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("inventde|V-1 is velozine", "the rulebook has no code system 'inventde' (did you mean 'invented'?)"),
        ("invented|V-1 is velozin", "the rulebook has no concept 'velozin' (did you mean 'velozine'?)"),
        (
            "zorbulin 5 umol/L is 5000 nmol/L",
            "write the result in umol/L, the unit of the rulebook, not in 'nmol/L'",
        ),
        ("zorbulin 5 umol/L is zorbulin 5 umol/L", "expected a value and a unit, and no name after 'is'"),
        ("invented|Z-1 5 umol/L is 5 umol/L", "expected a concept, a value and a unit after 'is'"),
        ("zorbulin 5 umol/L is high", "expected a value and a unit after 'is', found 'high'"),
        ("grumbling 5 umol/L is implausible", "'grumbling' is one of the conditions, which have no values"),
        ("invented|G-1 5 umol/L is implausible", "invented|G-1 is neither an observation nor a drug"),
    ],
)
def test_names_that_the_rulebook_does_not_have(case: str, message: str, problems: Problems) -> None:
    with pytest.raises(StepError, match=re.escape(message)):
        problems(case)


def test_a_beginning_stands_for_what_no_longer_entry_decides(tmp_path: Path) -> None:
    vocabulary = _engine(tmp_path).vocabulary
    codes = CodeCheck("icd-10-cm", "G40*", "conditions", "is", "grumbling", 1).codes(vocabulary)
    assert "G40" in codes
    assert {"G400", "G409", "G40X"} <= set(codes)
    assert "G405" not in codes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("invented|V-1 velozine", [(1, "expected a case such as")]),
        ("invented|V-1 is", [(1, "expected something after 'is'")]),
        ("velozine is a drug", [(1, "expected a case such as")]),
        ("zorbulin 5 umol/L may be zorbulin", [(1, "a value with a unit 'is' another one")]),
        ("zorbulin 5, 6 umol/L is 5 umol/L", [(1, "expected a value and its unit, found '5'")]),
        ("invented|V-1 is implausible", [(1, "expected a value and its unit before 'is implausible'")]),
        ("invented| is velozine", [(1, "expected a code system and a code")]),
        ("invented|V-1 other|V-2 is velozine", [(1, "a second code system in 'other|V-2'")]),
        ("an allergy to velozine may be grumbling", [(1, "expected 'an allergy to DRUG is CONDITION'")]),
        ("# only a comment\n", [(1, "no case in the file")]),
        ("  is velozine\n", [(1, "indented, but there is no case above")]),
        (
            "@unreviewd\ninvented|V-1 is velozine",
            [(1, "unknown tag '@unreviewd' (did you mean '@unreviewed'?)")],
        ),
        ("@unreviewed invented|V-1 is velozine", [(1, "write the tag on a line of its own")]),
        ("invented|V-1 is velozine\n@unreviewed\n", [(2, "no case below this tag")]),
        ("one\n\ninvented|V-1 is velozine\ntwo", [(1, "expected a case"), (4, "expected a case")]),
    ],
)
def test_every_line_that_is_no_case_is_reported(
    text: str, expected: list[tuple[int, str]], written: Callable[[str], Path]
) -> None:
    with pytest.raises(FeatureError) as caught:
        read_cases(written(text))
    found = [(problem.line, problem.message) for problem in caught.value.problems]
    assert [line for line, _ in found] == [line for line, _ in expected]
    assert all(message.startswith(start) for (_, message), (_, start) in zip(found, expected, strict=True))


CONTINUED = """\
\ufeff# Codes
invented|V-1  # the salt
  V-2
  # nothing
\tis velozine
@Unreviewed
zorbulin 5 {#}/uL is not understood
"""


def test_lines_that_continue_comments_and_tags(written: Callable[[str], Path]) -> None:
    first, second = read_cases(written(CONTINUED))
    assert (first.line, first.text, first.reviewed) == (2, "invented|V-1 V-2 is velozine", True)
    assert isinstance(first.statement, CodesText)
    assert [(code.text, code.line) for code in first.statement.codes] == [("V-1", 2), ("V-2", 3)]
    assert (second.line, second.text, second.reviewed) == (7, "zorbulin 5 {#}/uL is not understood", False)


def test_a_recording_has_the_cases_that_held(written: Callable[[str], Path]) -> None:
    cases = "invented|V-1\n  G-1 is velozine\n@unreviewed\ninvented|Z-1 is zorbulin\ninvented|Z-1 is a\n"
    path = written(cases)
    recording = run_features([path], TINY)
    assert (recording.cases_run, recording.scenarios) == (3, 0)
    assert [(case.line, case.reviewed, len(case.checks)) for case in recording.cases] == [(4, False, 1)]
    wrong, unknown = recording.failures
    assert (wrong.kind, wrong.line) == ("expectation", 1)
    place = f"{path.as_posix()}:1: invented|V-1 G-1 is velozine"
    assert wrong.message == f"{place}\n    line 2: invented|G-1 is grumbling, one of the conditions"
    assert (unknown.kind, unknown.line) == ("step", 5)


def test_a_file_with_a_mistake_is_a_failure(written: Callable[[str], Path]) -> None:
    recording = run_features([written("nonsense\n")], TINY)
    [failure] = recording.failures
    assert (failure.kind, failure.line, recording.cases_run) == ("feature", 1, 0)


def test_the_range_of_doses_is_not_applied_to_shared_cases(
    written: Callable[[str], Path], tmp_path: Path
) -> None:
    names = NameLookup(_engine(tmp_path))
    [case] = read_cases(written("dose 9 mg/d is 9000 ug/d\n"))
    own, shared = (resolve_case(case, names, shared=shared)[0] for shared in (False, True))
    assert own.problem(names.vocabulary) == "9000 ug/d is implausible"
    assert shared.problem(names.vocabulary) is None
